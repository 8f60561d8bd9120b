import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { SnapshotFailureReason, SnapshotJobStatus, SnapshotType } from './enums.ts';
import { snapshotJobCancelled, snapshotJobProgressed } from './snapshot.events.ts';
import { readBatch, takeIsolated, type AccountBatch, type SnapshotParts } from './take-snapshots.ts';
import type { Occasion } from './write-snapshots.ts';

type JobId = Id<'SnapshotJob'>;

/** The accounts of one transaction: its locks are held for a fifth of a second on a busy two-core machine. */
const together = 200;
const waiting = statement<{ id: Id<'Account'> }>(
  'accounts_waiting_for_snapshots',
  `select i.account_id as id from snapshot_run r join snapshot_run_item i on i.tenant_id = r.tenant_id and i.run_id = r.id and i.state = 'WAITING'
   where r.tenant_id = $1 and r.id = $2 and r.status = 'RUNNING' and i.account_id > $3 order by i.account_id limit ${together}`,
);
const claimItems = statement<{ accountId: Id<'Account'>; type: SnapshotType; reason: string | null; triggerEvent: string | null }>(
  'claim_snapshot_run_items',
  `select i.account_id as "accountId", r.type, r.reason, r.trigger_event as "triggerEvent" from snapshot_run r join snapshot_run_item i on i.tenant_id = r.tenant_id and i.run_id = r.id
   where r.tenant_id = $1 and r.id = $2 and r.status = 'RUNNING' and i.account_id = any($3::uuid[]) and i.state = 'WAITING' order by i.account_id for update of i`,
);
const settleItems = statement<{ taken: boolean }>(
  'settle_snapshot_run_items',
  `with done as (
     delete from snapshot_run_item where tenant_id = $1 and run_id = $2 and account_id = any($3::uuid[]) and state = 'WAITING' returning true as taken
   ), failed as (
     update snapshot_run_item i set state = 'FAILED', failed_because = g.because from unnest($4::uuid[], $5::text[]) as g(account_id, because)
     where i.tenant_id = $1 and i.run_id = $2 and i.account_id = g.account_id and i.state = 'WAITING' returning false as taken
   )
   select taken from done union all select taken from failed`,
);
interface Progress {
  readonly status: SnapshotJobStatus;
  readonly done: number;
  readonly total: number;
  readonly failed: number;
}
const progress = statement<Progress>(
  'progress_of_snapshot_run',
  `update snapshot_run r set done = done + $3, failed = failed + $4,
     status = case when status = 'RUNNING' and done + failed + $3 + $4 = total then 'DONE' else status end,
     ended_at = case when status = 'RUNNING' and done + failed + $3 + $4 = total then $5::timestamptz else ended_at end,
     reason = case when done + failed + $3 + $4 < total then reason end
   where tenant_id = $1 and id = $2 returning status, done, total, failed`,
);

/** How progress on a job is reported. */
export interface JobHooks {
  readonly signal?: AbortSignal;
  onError(error: unknown, fields: Readonly<Record<string, string>>): void;
}

/** Before the first account. */
const start = '00000000-0000-0000-0000-000000000000' as Id<'Account'>;

/** So many batches are written at the same time: what each waits for, the other uses. */
const mostWriting = 2;

/**
 * Works on a job until no account waits, batch by batch, each in a transaction of its own: what is done stays done, and
 * another worker can continue with the rest. While batches are written, the next one is read. Several workers may work on
 * one job. Throws `Unavailable` when the database is away; an account whose snapshot fails otherwise is named and does not
 * hold up the rest.
 */
export async function workOnJob(parts: SnapshotParts, jobId: JobId, { signal, onError }: JobHooks): Promise<void> {
  const job = { id: jobId, isOver: false, onError };
  const writing = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const write = (batch: AccountBatch): void => {
    const written = takeBatch(parts, job, batch)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => void writing.delete(written));
    writing.add(written);
  };
  const waitUntilFewerThan = async (most: number): Promise<void> => {
    while (writing.size >= most) await Promise.race(writing);
    if (failures.length > 0) throw failures[0];
  };
  try {
    for (let after = start; !job.isOver; ) {
      signal?.throwIfAborted();
      const batch = await nextBatch(parts, jobId, after);
      const last = batch.accountIds.at(-1);
      if (!last && after === start) return;
      await waitUntilFewerThan(mostWriting);
      if (last) write(batch);
      // Behind a full batch more may wait; behind a part of one, only accounts that were left over, from the first on.
      const isFull = batch.accountIds.length === together;
      if (!isFull) await waitUntilFewerThan(1);
      after = isFull && last ? last : start;
    }
  } finally {
    // No transaction outlives the call.
    await Promise.all(writing);
  }
}

/** Finds the accounts that wait behind one, and reads them in the same state of the database. */
function nextBatch(parts: SnapshotParts, jobId: JobId, after: Id<'Account'>): Promise<AccountBatch> {
  return parts.briefly(async (sql) => {
    const accountIds = (await sql.rows(waiting, [parts.tenantId, jobId, after])).map(({ id }) => id);
    // What cannot be read all together is read again, and then account by account.
    const reading = accountIds.length === 0 ? null : await readBatch(parts, sql, accountIds).catch(() => null);
    return { accountIds, reading };
  });
}

/** A job that is worked on. */
interface Job {
  readonly id: JobId;
  /** Whether nobody waits any more, as this process knows. */
  isOver: boolean;
  readonly onError: JobHooks['onError'];
}

/** How snapshots are written as a job's: of accounts that wait, which then no longer wait. */
function jobHooks(job: { readonly id: JobId; isOver?: boolean }): Parameters<typeof takeIsolated>[2] {
  return {
    claim: (work, accountIds) => claim(work, job.id, accountIds),
    settle: (work, taken) => settle(work, job, { done: taken.map(({ accountId }) => accountId), failed: [] }),
  };
}

async function takeBatch(parts: SnapshotParts, job: Job, batch: AccountBatch): Promise<void> {
  const fail = (failed: readonly Id<'Account'>[], because: SnapshotFailureReason): Promise<void> =>
    failed.length === 0 ? Promise.resolve() : parts.transact((work) => settle(work, job, { done: [], failed: failed.map((accountId) => ({ accountId, because })) }));
  await takeIsolated(parts, batch, jobHooks(job), {
    async onTaken({ gone, changedMeanwhile }) {
      await fail(gone, 'GONE');
      await fail(changedMeanwhile, 'CHANGED_MEANWHILE');
    },
    async onFault(accountId, error) {
      job.onError(error, { jobId: job.id, accountId });
      await fail([accountId], 'FAULT');
    },
  });
}

async function claim(work: Work, jobId: JobId, ids: readonly Id<'Account'>[]): Promise<Map<Id<'Account'>, Occasion>> {
  const rows = await work.rows(claimItems, [work.tenantId, jobId, ids]);
  return new Map(rows.map(({ accountId, type, reason, triggerEvent }) => [accountId, { type, reason, triggerEvents: triggerEvent === null ? [] : [triggerEvent], runId: jobId }]));
}

/** What became of accounts. Those that have their snapshot are found by it, and no longer wait; the others stay, each with the reason. */
interface Settled {
  readonly done: readonly Id<'Account'>[];
  readonly failed: readonly { readonly accountId: Id<'Account'>; readonly because: SnapshotFailureReason }[];
}

async function settle(work: Work, job: { readonly id: JobId; isOver?: boolean }, { done, failed }: Settled): Promise<void> {
  const settled = await work.rows(settleItems, [work.tenantId, job.id, done, failed.map(({ accountId }) => accountId), failed.map(({ because }) => because)]);
  const count = settled.filter(({ taken }) => taken).length;
  const [now] = await work.rows(progress, [work.tenantId, job.id, count, settled.length - count, work.now]);
  if (!now) return;
  work.record(snapshotJobProgressed.fact({ accountId: null, data: { jobId: job.id, ...now } }));
  work.afterCommit(() => void (job.isOver = now.status !== 'RUNNING'));
}

const cancel = statement<Progress>(
  'cancel_snapshot_run',
  `update snapshot_run set status = 'CANCELLED', ended_at = $3, reason = null where tenant_id = $1 and id = $2 and status = 'RUNNING' returning status, done, total, failed`,
);

/** Ends a job early: what was taken stays, a batch in hand is finished. False when it was over already, or is not there. */
export async function cancelJob(work: Work, jobId: string): Promise<boolean> {
  const [now] = await work.rows(cancel, [work.tenantId, jobId, work.now]);
  if (now) work.record(snapshotJobCancelled.fact({ accountId: null, data: { jobId, ...now } }));
  return now !== undefined;
}
