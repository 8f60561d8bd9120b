import { Unavailable } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Reading } from './read-accounts.ts';
import { checkOrder, insertJob, insertJobAtOnce, mostAtOnce, scheduleJob, type CheckedOrder, type SnapshotOrder, type StartedJob } from './start-job.ts';
import { readBatch, type SnapshotParts } from './take-snapshots.ts';
import { workOnJob, type JobHooks } from './work-on-job.ts';
import { writeSnapshots, type Occasion } from './write-snapshots.ts';

/** An order with what was read of its accounts. */
export interface ReadOrder extends CheckedOrder {
  /** Null where there are too many accounts, or reading them failed. */
  readonly reading: Reading | null;
}

/** Checks an order and, where its accounts are few and named, reads them in the same state of the database. */
export function readOrder(parts: SnapshotParts, asked: SnapshotOrder): Promise<ReadOrder> {
  return parts.briefly(async (sql) => {
    const order = await checkOrder({ tenantId: parts.tenantId, rows: (statement, values) => sql.rows(statement, values) }, asked);
    const isRead = isTakenAtOnce(order) && order.accountIds.length > 0;
    return { ...order, reading: isRead ? await readBatch(parts, sql, order.accountIds).catch(() => null) : null };
  });
}

function isTakenAtOnce(order: CheckedOrder): order is CheckedOrder & { readonly accountIds: readonly Id<'Account'>[] } {
  return order.accountIds !== null && order.accountIds.length <= mostAtOnce;
}

/**
 * Runs an order. Few named accounts have their snapshots when it returns: the job is started and its snapshots are written
 * in one transaction. What that cannot take (an account that changed since it was read, a fault) is taken like any job's,
 * account by account, and a worker continues should this process end. Other orders are left to a worker.
 */
export async function runOrder(parts: SnapshotParts, order: ReadOrder, hooks: JobHooks): Promise<Id<'SnapshotJob'>> {
  if (!isTakenAtOnce(order)) return (await begin(parts, order)).id;
  const { reading } = order;
  const { id, isDone } = reading ? await takeTogether(parts, order, reading).catch((error: unknown) => beginAfter(error, parts, order)) : { ...(await begin(parts, order, true)), isDone: false };
  if (!isDone) await workOnJob(parts, id, hooks);
  return id;
}

function takeTogether(parts: SnapshotParts, order: CheckedOrder, reading: Reading): Promise<StartedJob & { readonly isDone: boolean }> {
  return parts.transact(async (work) => {
    const { id, total, accountIds, finish } = await insertJobAtOnce(work, order);
    const occasion: Occasion = { type: order.type, reason: order.reason, triggerEvents: order.triggerEvent === null ? [] : [order.triggerEvent], runId: id };
    const occasions = new Map(accountIds.map((accountId) => [accountId, occasion]));
    const { taken } = reading.accounts.size > 0 ? await writeSnapshots(work, reading, { claim: async () => occasions }) : { taken: [] };
    const isDone = await finish(taken.map(({ accountId }) => accountId));
    if (!isDone) await scheduleJob(work, { id, total }, { later: true });
    return { id, total, isDone };
  });
}

/** Nothing of the order was kept: it begins again, so that the one account that the error is about does not hold up the rest. */
async function beginAfter(error: unknown, parts: SnapshotParts, order: CheckedOrder): Promise<StartedJob & { readonly isDone: boolean }> {
  if (error instanceof Unavailable) throw error;
  return { ...(await begin(parts, order, true)), isDone: false };
}

function begin(parts: SnapshotParts, order: CheckedOrder, later = false): Promise<StartedJob> {
  return parts.transact(async (work) => {
    const job = requireJob(await insertJob(work, order));
    await scheduleJob(work, job, { later });
    return job;
  });
}

function requireJob(job: StartedJob | null): StartedJob {
  if (!job) throw new Error('a job without a day was started twice');
  return job;
}
