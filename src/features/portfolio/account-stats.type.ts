import { Field, Int, ObjectType } from 'type-graphql';
import { Money } from '../../platform/graphql/money.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { AccountStatus, LifecycleStage, Person } from '../accounts/index.ts';
import { IntentBand } from '../scoring/index.ts';
import { StageKind } from '../stages/index.ts';

/** How many accounts have a status. */
@ObjectType('AccountStatusCount', { description: 'How many accounts have a status.', simpleResolvers: true })
export class AccountStatusCount {
  @Field(() => AccountStatus, { description: 'The status.' })
  status!: string;

  @Field(() => Int, { description: 'How many accounts.' })
  count!: number;
}

/** How many accounts have an intent band. */
@ObjectType('IntentBandCount', { description: 'How many accounts have an intent band.', simpleResolvers: true })
export class IntentBandCount {
  @Field(() => IntentBand, { nullable: true, description: 'The band of the stored score, by the scoring model in force; null for accounts that were never scored.' })
  band!: string | null;

  @Field(() => Int, { description: 'How many accounts.' })
  count!: number;
}

/** How many accounts an owner has. */
@ObjectType('AccountOwnerCount', { description: 'How many accounts an owner has.', simpleResolvers: true })
export class AccountOwnerCount {
  @Field(() => Person, { nullable: true, description: 'The owner; null for accounts without one.' })
  owner!: Person | null;

  @Field(() => Int, { description: 'How many accounts.' })
  count!: number;
}

/** How many accounts are in a tier. */
@ObjectType('AccountTierCount', { description: 'How many accounts are in a tier.', simpleResolvers: true })
export class AccountTierCount {
  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'The tier; null for accounts without one.' })
  tier!: string | null;

  @Field(() => Int, { description: 'How many accounts.' })
  count!: number;
}

/** How many accounts are in a lifecycle stage. */
@ObjectType('LifecycleStageCount', { description: 'How many accounts are in a lifecycle stage.', simpleResolvers: true })
export class LifecycleStageCount {
  @Field(() => LifecycleStage, { nullable: true, description: 'The stage; null for accounts without one.' })
  lifecycleStage!: string | null;

  @Field(() => Int, { description: 'How many accounts.' })
  count!: number;
}

/** Deals of one stage. */
@ObjectType('PipelineStage', { description: 'Deals of one stage that are not decided.', simpleResolvers: true })
export class PipelineStage {
  @Shows('TEXT')
  @Field(() => String, { description: 'The stage, as the CRM names it.' })
  stage!: string;

  @Field(() => StageKind, { description: 'OPEN, or UNKNOWN if the stage catalogue does not name the stage.' })
  kind!: StageKind;

  @Field(() => Int, { description: 'How many deals, those without an amount included.' })
  count!: number;

  @Field(() => [Money], { description: 'The sum of their amounts in each currency, by currency code. Deals without an amount add nothing.' })
  amounts!: Money[];
}
