import { GraphQLInt } from 'graphql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import { SnapshotFailureReason, SnapshotJobStatus, SnapshotType, triggerEvents } from './enums.ts';

/** How far a job has come. */
@ObjectType('SnapshotJobProgress', { description: 'How far a job has come, in accounts.', simpleResolvers: true })
export class SnapshotJobProgress {
  @Field(() => GraphQLInt, { description: 'Accounts that have their snapshot.' })
  done!: number;

  @Field(() => GraphQLInt, { description: 'Accounts in all.' })
  total!: number;

  @Field(() => GraphQLInt, { description: 'Accounts of which none could be taken.' })
  failed!: number;
}

/** A job that takes snapshots. */
@ObjectType('SnapshotJob', { implements: Node, simpleResolvers: true, description: 'A job that takes one snapshot of each of its accounts. It survives the process that works on it.' })
export class SnapshotJob extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => SnapshotJobStatus, { description: 'Where it stands.' })
  status!: SnapshotJobStatus;

  @Field(() => SnapshotJobProgress, { description: 'How far it has come.' })
  progress!: SnapshotJobProgress;

  @Field(() => SnapshotType, { description: 'On what occasion the snapshots are taken.' })
  type!: SnapshotType;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'Why, as whoever asked for it said; null when nobody did.' })
  reason!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'What triggered it; null when nothing did.' })
  triggerEvent!: string | null;

  @Field(() => DateTime, { description: 'When it was started. UTC.' })
  startedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was over; null while it runs. UTC.' })
  endedAt!: string | null;
}

/** A job as resolvers are given it. */
export interface SnapshotJobRow extends NodeRow, Omit<SnapshotJob, 'id'> {
  readonly uuid: string;
}

/** An account of which no snapshot could be taken. */
@ObjectType('SnapshotFailure', { description: 'An account of which a job could take no snapshot.', simpleResolvers: true })
export class SnapshotFailure {
  @Field(() => ID, { description: 'Global id of the account.' })
  accountId!: string;

  @Field(() => SnapshotFailureReason, { description: 'Why.' })
  reason!: SnapshotFailureReason;
}

/** Which snapshots to take. */
@InputType('CreateSnapshotsInput', { description: 'Of which accounts to take a snapshot, and why.' })
export class CreateSnapshotsInput {
  @Field(() => [ID], { nullable: true, description: 'The accounts, at most 1,000; every account of the tenant when left out.' })
  accountIds?: string[] | null;

  @Field(() => SnapshotType, { defaultValue: 'MANUAL', description: 'On what occasion.' })
  type!: SnapshotType;

  @Field(() => String, { nullable: true, description: 'Why, in at most 500 characters.' })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: `What triggered it, in whatever case: one of ${triggerEvents.join(', ')}.` })
  triggerEvent?: string | null;
}

/** What taking snapshots answers. */
export const CreateSnapshotsResult = resultUnion('CreateSnapshotsResult', 'The job, or why there is none.', [SnapshotJob]);
/** What cancelling answers. */
export const CancelSnapshotJobResult = resultUnion('CancelSnapshotJobResult', 'The job, or why it was not cancelled.', [SnapshotJob]);

/** What snapshots are bound by. */
@ObjectType('SnapshotPolicy', { description: 'What the tenant calls a significant change, and how long snapshots are kept.', simpleResolvers: true })
export class SnapshotPolicyType {
  @Field(() => GraphQLInt, { description: 'Its version; 0 for the program\'s defaults.' })
  version!: number;

  @Field(() => Number, { description: 'Health that moves by more points than these is significant, since the snapshot before or since the last significant one; 5 unless set.' })
  healthPoints!: number;

  @Field(() => Number, { description: 'Revenue that moves by more per cent than these is significant, since the snapshot before or since the last significant one; 10 unless set.' })
  revenuePercent!: number;

  @Field(() => Number, { description: 'Hours that must lie between the three snapshots of a health trend, each and the next; 12 unless set.' })
  trendHoursApart!: number;

  @Field(() => GraphQLInt, { nullable: true, description: 'For how many whole months snapshots are kept; null for ever, which is the default.' })
  monthsKept!: number | null;
}

/** What of the policy is to be different. */
@InputType('SnapshotPolicyInput', { description: 'What of the policy is to be different; what is left out stays.' })
export class SnapshotPolicyInput {
  @Field(() => Number, { nullable: true, description: 'Health that moves by more points than these is significant: 0 to 100.' })
  healthPoints?: number | null;

  @Field(() => Number, { nullable: true, description: 'Revenue that moves by more per cent than these is significant: from 0.' })
  revenuePercent?: number | null;

  @Field(() => Number, { nullable: true, description: 'Hours that must lie between the three snapshots of a health trend, each and the next: 0 to 8760.' })
  trendHoursApart?: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'For how many whole months snapshots are kept: at least 3. Older ones are dropped when the policy is a day old, for good.' })
  monthsKept?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'true: keeps snapshots for ever again.' })
  keepForEver?: boolean | null;
}

/** What saving the policy answers. */
export const SaveSnapshotPolicyResult = resultUnion('SaveSnapshotPolicyResult', 'The policy in force, or why it stays as it was.', [SnapshotPolicyType]);
