import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import { accountsToScore, decayTask, refreshDecayed } from './score-accounts.ts';

const batch = 500;
const due = statement<{ tenantId: Id<'Tenant'>; accountId: Id<'Account'>; refreshAt: string }>(
  'scores_moved_by_decay',
  `select tenant_id as "tenantId", account_id as "accountId", refresh_at as "refreshAt" from account_contexts
   where refresh_at <= app_now() and (refresh_at, account_id) > ($1::timestamptz, $2::uuid)
   order by refresh_at, account_id limit ${batch}`,
);

const crossingSoon = statement(
  'wake_for_crossings',
  `select schedule_job('${decayTask}', '{}', to_timestamp(second), '${decayTask}:' || second) from (
     select distinct ceil(extract(epoch from next_crossing_at))::bigint as second from account_contexts
     where refresh_at <= app_now() + interval '2 minutes' and next_crossing_at > app_now() and next_crossing_at <= app_now() + interval '2 minutes'
   ) soon`,
);

/** Gives the crossings before the next rounds a round of their own, at their second: each is told when it happens. */
async function wakeForCrossings(database: Database): Promise<void> {
  await database.system((sql) => sql.rows(crossingSoon));
}

/** Refreshes every stored score that decay has moved by now, and states the threshold crossings. Answers how many crossed. */
export async function decayScores(database: Database, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  let crossed = 0;
  // Going on behind the last row, not from the start: what could not be refreshed stays due.
  let after: readonly unknown[] = ['-infinity', '00000000-0000-0000-0000-000000000000'];
  for (;;) {
    const from = after;
    const found = await database.system((sql) => sql.rows(due, from));
    for (const [tenantId, rows] of Map.groupBy(found, (row) => row.tenantId)) {
      crossed += await database.transact({ ...caller, tenantId }, async (work) => {
        const accounts = await accountsToScore(work, rows.map((row) => row.accountId));
        return refreshDecayed(work, [...accounts.values()]);
      });
    }
    const last = found.at(-1);
    if (!last || found.length < batch) break;
    after = [last.refreshAt, last.accountId];
  }
  await wakeForCrossings(database);
  return crossed;
}
