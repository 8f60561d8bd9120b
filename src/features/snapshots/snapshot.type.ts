import { GraphQLInt } from 'graphql';
import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.ts';
import { Derived } from '../../platform/graphql/derived.ts';
import { Money } from '../../platform/graphql/money.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime, Day } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { HealthSource, HealthSourceReason } from '../health/index.ts';
import { HealthTrendAbsence, RevenueChangeAbsence, SignificanceReason, SnapshotHealthTrend, SnapshotType } from './enums.ts';
import type { PinnedReference } from './read-accounts.ts';

const score = (what: string): string => `${what}, 0 to 100; null when not known.`;

/** Everything that was known of an account at one instant. */
@ObjectType('AccountSnapshot', {
  implements: Node,
  simpleResolvers: true,
  description: 'Everything that was known of an account at one instant, read in one transaction. It never changes; but what names a person is read in the version of then, and is gone once that person was erased.',
})
export class AccountSnapshot extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => GraphQLInt, { description: 'Its number among the snapshots of the account: 1, 2, 3, … without a gap.' })
  sequenceNumber!: number;

  @Field(() => SnapshotType, { description: 'On what occasion it was taken.' })
  type!: SnapshotType;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Why, as whoever asked for it said; null when nobody did.' })
  reason!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'What it was taken because of: `KPI_DATA_UPLOADED`, the first of `triggerEvents`; null when nothing triggered it.' })
  triggerEvent!: string | null;

  @Shows('SYSTEM')
  @Field(() => [String], { description: 'Everything that happened to the account for which this one snapshot was taken.' })
  triggerEvents!: readonly string[];

  @Field(() => DateTime, { description: 'The instant that it is about: the account read with this `asOf` is the same. UTC.' })
  takenAt!: string;

  @Field(() => DateTime, { description: 'When it was written, moments later. UTC.' })
  recordedAt!: string;

  @Field(() => Money, { nullable: true, description: 'Yearly revenue with the customer; null when unknown.' })
  revenue!: Money | null;

  @Derived()
  @Field(() => Money, { nullable: true, description: 'What revenue moved by since the snapshot before; null when that cannot be told, as `revenueChangeAbsent` says.' })
  revenueChange!: Money | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'The same in per cent of the revenue before, negative for a loss; null when that cannot be told, and of nothing.' })
  revenueChangePercent!: number | null;

  @Field(() => RevenueChangeAbsence, { nullable: true, description: 'Why one of the two is null; null when neither is.' })
  revenueChangeAbsent!: RevenueChangeAbsence | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: score('Overall health') })
  overallHealthScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Mean of the health categories that had a score, 0 to 100, however little of the formula they covered; null when not known, and in snapshots from before it was kept.' })
  healthPartialScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'How much of the health formula had data, 0 to 1; null in snapshots from before it was kept.' })
  healthCoverage!: number | null;

  @Field(() => HealthSource, { description: 'Where the health scores come from.' })
  healthSource!: keyof typeof HealthSource;

  @Field(() => HealthSourceReason, { nullable: true, description: 'Why they come from there; null in snapshots from before it was kept.' })
  healthSourceReason!: keyof typeof HealthSourceReason | null;

  @Field(() => DateTime, { nullable: true, description: 'When what health was made of was measured; null of nothing. UTC.' })
  healthAsOf!: string | null;

  @Field(() => GraphQLInt, { description: 'The version of the health model that judged the KPIs; 0 for the program\'s own.' })
  healthModelVersion!: number;

  @Derived()
  @Field(() => SnapshotHealthTrend, { nullable: true, description: 'Which way health went over the last three snapshots that lie far enough apart (`trendHoursApart` of the policy), this one included; null where `healthTrendAbsent` says why.' })
  healthTrend!: SnapshotHealthTrend | null;

  @Field(() => HealthTrendAbsence, { nullable: true, description: 'Why there is no health trend; null where there is one, and in snapshots from before it was kept.' })
  healthTrendAbsent!: HealthTrendAbsence | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Points that overall health moved by since the snapshot before; null where one of them has none.' })
  healthScoreChange!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Points that overall health moved by since `baseline`; null where one of them has none.' })
  healthChangeSinceBaseline!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: score('Product usage') })
  productUsageScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: score('Support') })
  supportScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: score('Customer sentiment') })
  customerSentimentScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: score('Business outcomes') })
  businessOutcomesScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: score('Relationship strength') })
  relationshipStrengthScore!: number | null;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Where the customer stood: `ACTIVE`, `INACTIVE`, `AT_RISK`, `CHURN`.' })
  accountStatus!: string;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Industry; null when unknown.' })
  industry!: string | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Sales region; null when unknown.' })
  region!: string | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Service tier; null when unknown.' })
  accountTier!: string | null;

  @Shows('IDENTIFIER', { atRow: true })
  @Field(() => String, { nullable: true, description: 'The account\'s external id in the first of its systems by name; null if no system has told of it.' })
  externalAccountId!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'How far the customer had come: `ONBOARDING`, `GROWTH`, `MATURE`, `RENEWAL`; null when unknown.' })
  lifecycleStage!: string | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'How the onboarding stood; null when unknown.' })
  onboardingStatus!: string | null;

  @Field(() => Day, { nullable: true, description: 'Day of the last quarterly business review; null when there was none.' })
  lastQbrDate!: string | null;

  @Field(() => Day, { nullable: true, description: 'Day of the next quarterly business review; null when none was planned.' })
  nextQbrDate!: string | null;

  @Field(() => Float, { nullable: true, description: score('Engagement') })
  engagementScore!: number | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => [String], { description: 'The products used, the one longest known first.' })
  productsUsed!: readonly string[];

  @Field(() => GraphQLInt, { description: 'How many products.' })
  productCount!: number;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'The product longest known; null when there is none.' })
  primaryProduct!: string | null;

  @Field(() => GraphQLInt, { description: 'Runs of playbooks under way.' })
  playbooksRunning!: number;

  @Field(() => GraphQLInt, { description: 'Runs of playbooks completed so far.' })
  playbooksCompleted!: number;

  @Field(() => GraphQLInt, { description: 'Of these, completed in the 30 days before.' })
  playbooksCompletedLast30Days!: number;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'The playbook that was begun last; null when none ever was.' })
  lastPlaybookExecuted!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was begun; null when none ever was. UTC.' })
  lastPlaybookExecutedAt!: string | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => [String], { description: 'Kinds of playbooks that were recommended and active, the latest first.' })
  playbookRecommendations!: readonly string[];

  @Field(() => GraphQLInt, { description: 'How many KPIs.' })
  kpiTotal!: number;

  @Field(() => GraphQLInt, { description: 'KPIs of the whole account.' })
  kpiAccountLevel!: number;

  @Field(() => GraphQLInt, { description: 'KPIs of one of its products.' })
  kpiProductLevel!: number;

  @Derived()
  @Field(() => GraphQLInt, { description: 'KPIs that were critical.' })
  kpiCritical!: number;

  @Derived()
  @Field(() => GraphQLInt, { description: 'KPIs that were at risk.' })
  kpiAtRisk!: number;

  @Derived()
  @Field(() => GraphQLInt, { description: 'KPIs that were healthy.' })
  kpiHealthy!: number;

  @Derived()
  @Field(() => GraphQLInt, { description: 'KPIs that could not be judged.' })
  kpiUnknown!: number;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'How the primary champion stood: `active`; null when unknown.' })
  championStatus!: string | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Number of known stakeholders; null when unknown.' })
  stakeholderCount!: number | null;

  @Derived()
  @Field(() => GraphQLInt, { nullable: true, description: 'Whole days of 24 hours since the snapshot before; null when there is none.' })
  daysSinceLastSnapshot!: number | null;

  @Derived()
  @Field(() => Boolean, { description: 'Whether health or revenue moved by more than the policy says, since the snapshot before or since `baseline`, or the currency changed, or one of them became unknown or known.' })
  isSignificantChange!: boolean;

  @Derived()
  @Field(() => [SignificanceReason], { description: 'Which of these; empty when none.' })
  significantBecause!: readonly SignificanceReason[];

  @Field(() => GraphQLInt, { description: 'The version of the policy that was held against; 0 for the program\'s defaults.' })
  policyVersion!: number;
}

/** A page of snapshots. */
export const AccountSnapshotConnection = connectionType('AccountSnapshot', () => AccountSnapshot);

/** A KPI as it was when a snapshot was taken. */
@ObjectType('SnapshotKpi', { description: 'A KPI as it was when a snapshot was taken.', simpleResolvers: true })
export class SnapshotKpi {
  @Field(() => ID, { description: 'Global id of the KPI as it was at that instant.' })
  id!: string;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { description: 'What is measured.' })
  name!: string;

  @Shows('IDENTIFIER', { atRow: true })
  @Field(() => String, { description: 'The measurement of then, as it was delivered, with its unit.' })
  value!: string;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { description: 'Its group.' })
  category!: string;
}

/** A version of a row that a snapshot refers to. */
@ObjectType('SnapshotReference', { description: 'A version of an item that a snapshot refers to instead of holding a copy.', simpleResolvers: true })
export class SnapshotReference {
  @Field(() => ID, { description: 'Global id of the item.' })
  of!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'From which instant on the version was current, as the database writes it.' })
  version!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'SHA-256 over the version, in hex. After an erasure took words out of it, it no longer has this digest.' })
  digest!: string;
}

/** Which snapshots to list. */
@InputType('AccountSnapshotFilter', { description: 'Which snapshots to list; conditions are joined by AND.' })
export class AccountSnapshotFilter {
  @Field(() => [SnapshotType], { nullable: true, description: 'Taken on one of these occasions.' })
  types?: SnapshotType[] | null;

  @Field(() => Boolean, { nullable: true, description: 'true: only significant changes; false: only others.' })
  significant?: boolean | null;

  @Field(() => DateTime, { nullable: true, description: 'Taken from this instant on.' })
  takenFrom?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Taken before this instant.' })
  takenBefore?: string | null;
}

/** A snapshot as resolvers are given it. */
export interface SnapshotRow extends NodeRow, ListedRow, Omit<AccountSnapshot, 'id'> {
  readonly uuid: string;
  readonly accountId: string;
  readonly accountVersion: string;
  readonly previousId: string | null;
  readonly baselineId: string | null;
  readonly runId: string | null;
  readonly champion: PinnedReference | null;
  readonly topCriticalKpis: readonly PinnedReference[];
  readonly recentNotes: readonly PinnedReference[];
  readonly recentPlaybookReports: readonly PinnedReference[];
}
