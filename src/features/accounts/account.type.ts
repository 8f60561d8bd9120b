import { GraphQLInt } from 'graphql';
import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { Money, MoneyInput } from '../../platform/graphql/money.ts';
import { TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime, Day } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { ExternalRefInput } from './account-selector.ts';
import { AccountStatus, LifecycleStage } from './enums.ts';
import { OriginClass, originDescription } from '../trust/index.ts';

/** Someone on the tenant's side. */
@ObjectType('Person', { description: 'Someone on the tenant\'s side who looks after an account.', simpleResolvers: true })
export class Person {
  @Shows('PERSON_NAME', { atRow: true })
  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Shows('PERSON_ADDRESS', { atRow: true })
  @Field(() => String, { nullable: true, description: 'E-mail address; null when unknown, and for roles that do not see addresses.' })
  email!: string | null;
}

/** Someone on the tenant's side, as a caller states it. */
@InputType('PersonInput', { description: 'Someone on the tenant\'s side who looks after an account.' })
export class PersonInput {
  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'E-mail address.' })
  email?: string | null;
}

/** The texts of an account, and what they can show of people. */
export const accountTexts = [
  ...(['name', 'industry', 'region', 'website', 'tier', 'onboardingStatus', 'championStatus'] as const).map((name) => [name, 'TEXT'] as const),
  ...(['jiraProjectKey', 'slackChannelId', 'notionPageId'] as const).map((name) => [name, 'IDENTIFIER'] as const),
];

/** A customer of the tenant. */
@ObjectType(temporalType('Account'), {
  implements: TemporalNode,
  simpleResolvers: true,
  description: 'A customer of the tenant, with everything known about it. Facts are as fresh as the sources that told them; see each one\'s recordedAt.',
})
export class Account extends TemporalNode {
  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'What the customer is called; a stub has its external id until the CRM sends the name. Always there for an account; of the same type as `Contact.name`, so that both can be selected together.' })
  name!: string;

  @Field(() => Boolean, { description: 'Whether the account was only heard of through a signal so far.' })
  isStub!: boolean;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Industry; null when unknown.' })
  industry!: string | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Sales region; null when unknown.' })
  region!: string | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Web site; null when unknown.' })
  website!: string | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Number of employees; null when unknown.' })
  employeeCount!: number | null;

  @Field(() => AccountStatus, { description: 'Where the customer stands.' })
  status!: keyof typeof AccountStatus;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Service tier: `enterprise`; null when unknown.' })
  tier!: string | null;

  @Field(() => Money, { nullable: true, description: 'Yearly revenue with the customer; null when unknown.' })
  revenue!: Money | null;

  @Field(() => Person, { nullable: true, description: 'Who owns the account in sales; null when nobody does.' })
  owner!: Person | null;

  @Field(() => Person, { nullable: true, description: 'The customer success manager; null when there is none.' })
  csm!: Person | null;

  @Field(() => Person, { nullable: true, description: 'Whom the customer success manager reports to; null when unknown.' })
  csmManager!: Person | null;

  @Field(() => LifecycleStage, { nullable: true, description: 'How far the customer has come; null when unknown.' })
  lifecycleStage!: keyof typeof LifecycleStage | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'How the onboarding stands; null when unknown.' })
  onboardingStatus!: string | null;

  @Field(() => Day, { nullable: true, description: 'Day of the last quarterly business review; null when there was none.' })
  lastQbrOn!: string | null;

  @Field(() => Day, { nullable: true, description: 'Day of the next quarterly business review; null when none is planned.' })
  nextQbrOn!: string | null;

  @Field(() => Day, { nullable: true, description: 'Day on which the contract renews; null when unknown.' })
  renewalOn!: string | null;

  @Field(() => Float, { nullable: true, description: 'Engagement, 0 to 100; null when not measured.' })
  engagementScore!: number | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'How the primary champion stands: `active`; null when unknown.' })
  championStatus!: string | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Number of known stakeholders; null when unknown.' })
  stakeholderCount!: number | null;

  @Shows('IDENTIFIER', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Key of the Jira project whose issues concern the account: `ACME`; null when unknown.' })
  jiraProjectKey!: string | null;

  @Shows('IDENTIFIER', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Id of the Slack channel about the account; null when unknown.' })
  slackChannelId!: string | null;

  @Shows('IDENTIFIER', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Id of the Notion page of the account; null when unknown.' })
  notionPageId!: string | null;

  @Field(() => DateTime, { description: 'When this state of the account was true. UTC.' })
  occurredAt!: string;

  @Field(() => DateTime, { description: 'When the system last learned it. UTC.' })
  recordedAt!: string;
}

/** An account row as GraphQL is given it. */
export interface AccountRow extends NodeRow, ListedRow, Omit<Account, keyof TemporalNode> {
  readonly primaryChampionId: string | null;
  /** Since when it is retired; null while it is in use. */
  readonly retiredAt: string | null;
}

/** An account as a caller states it. */
@InputType('AccountInput', { description: 'An account. A field that is left out stays as it is; null says that the source knows of no value.' })
export class AccountInput {
  @Field(() => ExternalRefInput, { description: 'What the source calls it; the same reference again updates the same account.' })
  externalRef!: ExternalRefInput;

  @Field(() => String, { nullable: true, description: 'What the customer is called.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'The source that states this; the system of externalRef when left out. `manual` for what a person states by hand, which wins over every machine.' })
  source?: string | null;

  @Field(() => OriginClass, { nullable: true, description: originDescription })
  origin?: OriginClass | null;

  @Field(() => String, { nullable: true, description: 'Industry.' })
  industry?: string | null;

  @Field(() => String, { nullable: true, description: 'Sales region.' })
  region?: string | null;

  @Field(() => String, { nullable: true, description: 'Web site.' })
  website?: string | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Number of employees.' })
  employeeCount?: number | null;

  @Field(() => AccountStatus, { nullable: true, description: 'Where the customer stands; ACTIVE when left out.' })
  status?: keyof typeof AccountStatus | null;

  @Field(() => String, { nullable: true, description: 'Service tier.' })
  tier?: string | null;

  @Field(() => MoneyInput, { nullable: true, description: 'Yearly revenue with the customer.' })
  revenue?: MoneyInput | null;

  @Field(() => PersonInput, { nullable: true, description: 'Who owns the account in sales.' })
  owner?: PersonInput | null;

  @Field(() => PersonInput, { nullable: true, description: 'The customer success manager.' })
  csm?: PersonInput | null;

  @Field(() => PersonInput, { nullable: true, description: 'Whom the customer success manager reports to.' })
  csmManager?: PersonInput | null;

  @Field(() => LifecycleStage, { nullable: true, description: 'How far the customer has come.' })
  lifecycleStage?: keyof typeof LifecycleStage | null;

  @Field(() => String, { nullable: true, description: 'How the onboarding stands.' })
  onboardingStatus?: string | null;

  @Field(() => Day, { nullable: true, description: 'Day of the last quarterly business review.' })
  lastQbrOn?: string | null;

  @Field(() => Day, { nullable: true, description: 'Day of the next quarterly business review.' })
  nextQbrOn?: string | null;

  @Field(() => Day, { nullable: true, description: 'Day on which the contract renews.' })
  renewalOn?: string | null;

  @Field(() => Float, { nullable: true, description: 'Engagement, 0 to 100.' })
  engagementScore?: number | null;

  @Field(() => ID, { nullable: true, description: 'The contact who is the primary champion.' })
  primaryChampionId?: string | null;

  @Field(() => String, { nullable: true, description: 'How the primary champion stands.' })
  championStatus?: string | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Number of known stakeholders.' })
  stakeholderCount?: number | null;

  @Field(() => String, { nullable: true, description: 'Key of the Jira project whose issues concern the account.' })
  jiraProjectKey?: string | null;

  @Field(() => String, { nullable: true, description: 'Id of the Slack channel about the account.' })
  slackChannelId?: string | null;

  @Field(() => String, { nullable: true, description: 'Id of the Notion page of the account.' })
  notionPageId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When this state was true; now when left out.' })
  occurredAt?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the source last changed what it says, for what can change without another occurredAt, such as an edited note. Of two statements of one source the one with the later modifiedAt, or occurredAt where it is left out, is current.' })
  modifiedAt?: string | null;
}
