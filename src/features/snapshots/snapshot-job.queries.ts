import type { Call, Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { SnapshotFailureReason } from './enums.ts';
import type { SnapshotFailure, SnapshotJobRow } from './snapshot-job.type.ts';

interface RawJob extends Omit<SnapshotJobRow, 'progress' | 'id' | 'asOf' | '__typename'> {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
}
const jobs = statement<RawJob>(
  'snapshot_jobs_by_id',
  `select id as uuid, status, type, coalesce(r.reason, (
     select s.reason from snapshot_number n join account_snapshot s on s.tenant_id = n.tenant_id and s.id = n.snapshot_id and s.taken_at = n.taken_at where n.tenant_id = r.tenant_id and n.run_id = r.id limit 1)) as reason, trigger_event as "triggerEvent", started_at as "startedAt", ended_at as "endedAt", done, total, failed from snapshot_run r where tenant_id = $1 and id = any($2::uuid[])`,
);

/** The job of an id; null where the tenant has none. */
export const jobById: Question<string, SnapshotJobRow | null> = {
  name: 'snapshot_jobs_by_id',
  async load(call: Call, ids) {
    const rows = await call.read.rows(jobs, [call.tenantId, ids]);
    const found = new Map(rows.map((row) => [row.uuid, asNode('SnapshotJob', { ...row, progress: { done: row.done, total: row.total, failed: row.failed } }, null)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

const failures = statement<{ runId: string; accountId: string; reason: SnapshotFailureReason }>(
  'failures_of_snapshot_jobs',
  `select f.run_id as "runId", f.account_id as "accountId", f.failed_because as reason from unnest($2::uuid[], $3::int[]) as run(id, most) cross join lateral (
     select * from snapshot_run_item i where i.tenant_id = $1 and i.run_id = run.id and i.state = 'FAILED' order by i.account_id limit run.most) f order by f.run_id, f.account_id`,
);

/** The first accounts of which jobs could take no snapshot, in the order of their ids. */
export const failuresOfJob: Question<{ readonly runId: string; readonly first: number }, readonly SnapshotFailure[]> = {
  name: 'failures_of_snapshot_jobs',
  identity: ({ runId, first }) => `${runId} ${first}`,
  async load(call, keys) {
    const rows = Map.groupBy(await call.read.rows(failures, [call.tenantId, keys.map(({ runId }) => runId), keys.map(({ first }) => first)]), ({ runId }) => runId);
    return keys.map(({ runId, first }) => (rows.get(runId) ?? []).slice(0, first).map(({ accountId, reason }) => ({ accountId: toGlobalId('Account', accountId), reason })));
  },
};
