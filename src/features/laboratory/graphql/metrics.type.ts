import { GraphQLFloat, GraphQLInt } from 'graphql';
import { Field, ObjectType } from 'type-graphql';

/** What a run found. */
@ObjectType('ExperimentMetrics', { description: 'What a completed run found. A figure is null where its denominator is 0.', simpleResolvers: true })
export class ExperimentMetrics {
  @Field(() => GraphQLFloat, { nullable: true, description: 'Share of the flagged accounts that were won within the horizon, 0 to 1; null if no flagged account has an outcome or a passed horizon.' })
  precision!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Share of the won accounts that were flagged before, 0 to 1; null if none was won.' })
  recall!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Mean hours from the first crossing within the horizon to the win; null if no won account was flagged.' })
  meanLeadTimeHours!: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Upward crossings of the threshold that the candidate has and production does not.' })
  crossingsGained!: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Upward crossings of the threshold that production has and the candidate does not.' })
  crossingsLost!: number | null;
}
