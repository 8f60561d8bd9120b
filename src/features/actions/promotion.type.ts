import { GraphQLInt } from 'graphql';
import { Field, ID, ObjectType } from 'type-graphql';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import { Action } from './action.type.ts';
import { PromotionKind } from './enums.ts';
import { NotPermitted } from './result.type.ts';

/** A parameter that a promotion changes. */
@ObjectType('ModelParameterChange', { description: 'A parameter of the scoring model that a promotion changes.', simpleResolvers: true })
export class ModelParameterChange {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Its path: `highIntentThreshold`, `signalTypes.demo_request.weight`, `icp.industries`.' })
  parameter!: string;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Its value in the replaced model; null if the model does not have it.' })
  before!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Its value in the published model; null if the model does not have it.' })
  after!: string | null;
}

/** What a promotion publishes. */
@ObjectType('ModelPromotion', { description: 'What a promotion publishes, and what it replaces, frozen with the evidence. The evidence digest covers all of it.', simpleResolvers: true })
export class ModelPromotion {
  @Field(() => PromotionKind, { description: 'Where the model comes from.' })
  kind!: PromotionKind;

  @Field(() => ID, { nullable: true, description: 'The experiment; null for a roll-back.' })
  experimentId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The pinned run that is the ground; null for a roll-back.' })
  runId!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'The digest of the run; null for a roll-back.' })
  runDigest!: string | null;

  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'The name that the experiment had when this was proposed; null for a roll-back, and if the caller\'s roles do not read drafts.' })
  experimentName!: string | null;

  @Field(() => GraphQLInt, { description: 'The version that was in force when the evidence was frozen: the one that is replaced.' })
  replacesVersion!: number;

  @Field(() => GraphQLInt, { nullable: true, description: 'The earlier version whose parameters a roll-back restores; null otherwise.' })
  restoredVersion!: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'The version that was published; null until the action is executed.' })
  publishedVersion!: number | null;

  @Field(() => [ModelParameterChange], { description: 'Every parameter in which the two models differ, by path.' })
  changes!: ModelParameterChange[];
}

/** What proposing a promotion returns. */
export const PromoteExperimentResult = resultUnion('PromoteExperimentResult', 'The proposed action, or why none was proposed.', [Action, NotPermitted]);
