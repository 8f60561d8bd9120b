import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import { accountsToScore, refreshDecayed } from './score-accounts.ts';
import { modelInForce } from './scoring-model.queries.ts';

const batch = 500;
const due = statement<{ tenantId: Id<'Tenant'>; accountId: Id<'Account'>; refreshAt: string }>(
  'scores_moved_by_decay',
  `select tenant_id as "tenantId", account_id as "accountId", refresh_at as "refreshAt" from account_contexts
   where refresh_at <= app_now() and (refresh_at, account_id) > ($1::timestamptz, $2::uuid)
   order by refresh_at, account_id limit ${batch}`,
);

/** Refreshes every stored score that decay has moved by now, and states the threshold crossings. Answers how many crossed. */
export async function decayScores(database: Database, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  let crossed = 0;
  // Going on behind the last row, not from the start: a score that waits for another model stays due.
  let after: readonly unknown[] = ['-infinity', '00000000-0000-0000-0000-000000000000'];
  for (;;) {
    const from = after;
    const found = await database.system((sql) => sql.rows(due, from));
    for (const [tenantId, rows] of Map.groupBy(found, (row) => row.tenantId)) {
      crossed += await database.transact({ ...caller, tenantId }, async (work) => {
        const accounts = await accountsToScore(work, rows.map((row) => row.accountId));
        return refreshDecayed(work, await modelInForce(work, tenantId), [...accounts.values()]);
      });
    }
    const last = found.at(-1);
    if (!last || found.length < batch) return crossed;
    after = [last.refreshAt, last.accountId];
  }
}
