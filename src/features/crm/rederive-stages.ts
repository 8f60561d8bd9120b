import type { Caller } from '../../platform/postgres/work.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Id } from '../../platform/ids.ts';
import { lockAccounts } from '../accounts/index.ts';
import { deriveStageSignals } from './derive-stage-signals.ts';

const portion = 100;
const next = statement<{ id: string }>('next_reported_opportunities', `select distinct opportunity_id as id from stage_report where tenant_id = $1 and opportunity_id > $2 order by 1 limit ${portion}`);
const accountsOf = statement<{ id: Id<'Account'> }>('accounts_of_stage_reports', 'select distinct account_id as id from stage_report where tenant_id = $1 and opportunity_id = any($2::uuid[])');

/** Derives the signals of all of a tenant's reported deals again, a portion per transaction, after the catalogue changed. Safe to repeat. */
export async function rederiveStages(database: Pick<Database, 'transact'>, caller: Caller): Promise<void> {
  for (let after: string | null = '00000000-0000-0000-0000-000000000000'; after !== null; ) {
    const from: string = after;
    after = await database.transact(caller, async (work) => {
      const ids = (await work.rows(next, [work.tenantId, from])).map(({ id }) => id);
      await lockAccounts(work, (await work.rows(accountsOf, [work.tenantId, ids])).map(({ id }) => id));
      await deriveStageSignals(work, ids);
      return ids.length < portion ? null : (ids.at(-1) ?? null);
    });
  }
}
