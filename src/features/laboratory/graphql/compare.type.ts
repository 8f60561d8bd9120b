import { GraphQLFloat, GraphQLInt } from 'graphql';
import { Field, ID, ObjectType } from 'type-graphql';
import { graphEnum } from '../../../platform/graphql/graph-enum.ts';
import { DateTime } from '../../../platform/graphql/scalars.ts';
import { ExperimentModelFigures } from './metrics.type.ts';

/** Why nothing would have been proposed at a crossing. */
export const WouldNotProposeReason = graphEnum('WouldNotProposeReason', 'Why no e-mail would have been proposed at a crossing.', {
  COOL_DOWN: 'The cool-down of an earlier proposal had not passed.',
  STANDING_PROPOSAL: 'An earlier proposal waited for a decision.',
  NO_CONSENT: 'No contact of the account had consented to outreach by e-mail.',
  ACCOUNT_STATUS: 'The outreach policy allows no outreach to accounts of this status.',
});

/** A score that differs. */
@ObjectType('MovedScore', { description: 'An account whose score at the end of the window differs.', simpleResolvers: true })
export class MovedScore {
  @Field(() => ID, { description: 'Global id of the account.' })
  accountId!: string;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Score by the model that is compared with, 0 to 100; null if the account has none.' })
  before!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Score by the candidate, 0 to 100; null if the account has none.' })
  after!: number | null;
}

/** A crossing of the threshold. */
@ObjectType('ExperimentCrossing', { description: 'A score that reached the threshold of its model.', simpleResolvers: true })
export class ExperimentCrossing {
  @Field(() => ID, { description: 'Global id of the account.' })
  accountId!: string;

  @Field(() => DateTime, { description: 'When the threshold was reached; the start of the window if the score was above it already. UTC.' })
  at!: string;

  @Field(() => GraphQLFloat, { description: 'The score then, 0 to 100.' })
  score!: number;

  @Field(() => Boolean, { description: 'Whether an e-mail would have been proposed, as far as that can be known afterwards.' })
  wouldPropose!: boolean;

  @Field(() => WouldNotProposeReason, { nullable: true, description: 'Why not; null if it would.' })
  whyNot!: keyof typeof WouldNotProposeReason | null;
}

/** A run beside another, or beside production. */
@ObjectType('ExperimentComparison', { description: 'A run beside another run, or beside the production model.', simpleResolvers: true })
export class ExperimentComparison {
  @Field(() => GraphQLFloat, { nullable: true, description: 'Precision of the candidate, 0 to 1; null if nothing can be judged.' })
  precision!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Recall of the candidate, 0 to 1; null if no account was won.' })
  recall!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Mean hours from flag to win of the candidate; null without hits.' })
  meanLeadTimeHours!: number | null;

  @Field(() => ExperimentModelFigures, { description: 'The candidate.' })
  candidate!: ExperimentModelFigures;

  @Field(() => ExperimentModelFigures, { description: 'What it is compared with: the candidate of the other run, or the production model.' })
  comparedWith!: ExperimentModelFigures;

  @Field(() => [ExperimentModelFigures], { description: 'The baselines of the run: PRODUCTION, RECENCY, NOTHING.' })
  baselines!: ExperimentModelFigures[];

  @Field(() => GraphQLInt, { description: 'Accounts whose score at the end of the window differs.' })
  movedCount!: number;

  @Field(() => GraphQLInt, { description: 'Accounts that only the candidate flags.' })
  gainedCount!: number;

  @Field(() => GraphQLInt, { description: 'Accounts that only the model compared with flags.' })
  lostCount!: number;
}
