import { z } from 'zod';
import { defineEvent, type EventKind } from '../../platform/events/event.ts';
import { SnapshotJobStatus, SnapshotType } from './enums.ts';

/** A snapshot was taken. */
export const snapshotCreated = defineEvent(
  'snapshot.created',
  1,
  'A snapshot of an account was taken.',
  z.strictObject({
    snapshotId: z.uuid(),
    accountId: z.uuid(),
    sequenceNumber: z.int().positive().describe('Its number among the snapshots of the account, without a gap.'),
    type: z.enum(SnapshotType),
    significant: z.boolean().describe('Whether what changed since the one before is significant.'),
  }),
);

const job = z.strictObject({
  jobId: z.uuid(),
  status: z.enum(SnapshotJobStatus),
  done: z.int().nonnegative(),
  total: z.int().nonnegative(),
  failed: z.int().nonnegative(),
});

/** A job was begun. */
export const snapshotJobStarted = defineEvent('snapshot_job.started', 1, 'A job that takes snapshots was begun.', job);
/** A job came further. */
export const snapshotJobProgressed = defineEvent('snapshot_job.progressed', 1, 'A job that takes snapshots came further, or is done.', job);
/** A job was ended early. */
export const snapshotJobCancelled = defineEvent('snapshot_job.cancelled', 1, 'Somebody ended a job that takes snapshots.', job);
export type SnapshotJobChanged = z.infer<typeof job>;

/** What snapshots are bound by was replaced. */
export const snapshotPolicySaved = defineEvent('snapshot_policy.saved', 1, 'A new version of what snapshots are bound by is in force.', z.strictObject({ version: z.int() }));

/** Snapshots were dropped. */
export const snapshotsDropped = defineEvent(
  'snapshots.dropped',
  1,
  'Snapshots past the tenant\'s retention were dropped.',
  z.strictObject({
    count: z.int().positive(),
    firstTakenAt: z.iso.datetime().describe('When the oldest of them was taken.'),
    lastTakenAt: z.iso.datetime().describe('When the newest of them was taken.'),
    policyVersion: z.int(),
    monthsKept: z.int(),
  }),
);

/** Every kind of fact that snapshots record. */
export const snapshotEvents = [snapshotCreated, snapshotJobStarted, snapshotJobProgressed, snapshotJobCancelled, snapshotPolicySaved, snapshotsDropped] as unknown as readonly EventKind<never>[];
/** The kinds that subscriptions about snapshots and their jobs listen to. */
export const snapshotEventKinds: readonly string[] = [snapshotCreated.kind, snapshotJobStarted.kind, snapshotJobProgressed.kind, snapshotJobCancelled.kind];
