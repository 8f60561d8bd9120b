import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { removeDerivations } from '../lineage/index.ts';
import { snapshotLineage } from './snapshot-lineage.ts';
import { snapshotPolicy } from './snapshot-policy.ts';
import { snapshotsDropped } from './snapshot.events.ts';

const together = 2_000;
const bounded = statement<{ id: Id<'Tenant'> }>(
  'tenants_with_bounded_snapshots',
  'select distinct on (tenant_id) tenant_id as id, months_kept from snapshot_policy order by tenant_id, version desc',
);
const drop = statement<{ id: string; takenAt: string }>('drop_snapshots_past_retention', `select snapshot_id as id, taken_at as "takenAt" from drop_snapshots_past_retention(${together})`);
const dropPartitions = statement<{ dropped: number }>('drop_empty_snapshot_partitions', 'select drop_empty_snapshot_partitions() as dropped');

/** Drops the oldest snapshots of the tenant that its policy no longer keeps, a few thousand at once, and says so in the audit. Answers how many. */
export async function retireSnapshots(work: Work): Promise<number> {
  const dropped = (await work.rows(drop)).toSorted((one, other) => (one.takenAt < other.takenAt ? -1 : 1));
  const [first, last] = [dropped[0], dropped.at(-1)];
  if (!first || !last) return 0;
  await removeDerivations(work, dropped.map(({ id }) => snapshotLineage.ref(id)));
  const { version, monthsKept } = await snapshotPolicy(work);
  work.record(snapshotsDropped.fact({ accountId: null, data: { count: dropped.length, firstTakenAt: first.takenAt, lastTakenAt: last.takenAt, policyVersion: version, monthsKept: monthsKept ?? 0 } }));
  return dropped.length;
}

/** Drops what no policy keeps any more, of every tenant, and then the months that are empty. Answers how many snapshots. */
export async function retireAllSnapshots(database: Database, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  const tenants = await database.system((sql) => sql.rows(bounded));
  let total = 0;
  for (const { id } of tenants) {
    for (let dropped = -1; dropped !== 0; total += dropped) dropped = await database.transact({ ...caller, tenantId: id }, retireSnapshots);
  }
  await database.system((sql) => sql.rows(dropPartitions));
  return total;
}
