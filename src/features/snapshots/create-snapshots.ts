import { ask, type Call } from '../../platform/graphql/call.ts';
import { requireRole } from '../access/index.ts';
import { jobById } from './snapshot-job.queries.ts';
import type { SnapshotJobRow } from './snapshot-job.type.ts';
import { mayTakeSnapshots } from './snapshot.policy.ts';
import type { SnapshotOrder } from './start-job.ts';
import { readOrder, runOrder } from './take-at-once.ts';
import { partsOfCall } from './take-snapshots.ts';

/** Starts a job; where its accounts are few and named, the answer is the finished job. Every door's way to snapshots. */
export async function createSnapshots(call: Call, order: SnapshotOrder): Promise<SnapshotJobRow> {
  requireRole(call, mayTakeSnapshots, 'have snapshots taken');
  const parts = partsOfCall(call);
  const id = await runOrder(parts, await readOrder(parts, order), { onError: (error, fields) => call.log.error({ error, ...fields, tenantId: call.tenantId }, 'a snapshot could not be taken') });
  const job = await ask(call, jobById, null, id);
  if (!job) throw new Error('a job that was just started is not there');
  return job;
}
