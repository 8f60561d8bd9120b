import type { Actor } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { recordEnded } from './expire-fields.ts';
import { profileSettingsOf } from './field-definition.queries.ts';
import { profileFieldErased, profileFieldExpired } from './profiles.events.ts';

interface Emptied {
  readonly id: Id<'ProfileField'>;
  readonly accountId: Id<'Account'>;
  readonly wasActive: boolean;
}

const portion = 500;
const tenants = statement<{ tenantId: Id<'Tenant'> }>('tenants_with_child_values', 'select distinct tenant_id as "tenantId" from profile_field where holds_child_data');
const accounts = statement<{ accountId: Id<'Account'> }>(
  'accounts_with_old_child_values',
  `select distinct account_id as "accountId" from (select account_id from profile_field where tenant_id = $1 and holds_child_data and value_sealed is not null and recorded_at < $2 order by recorded_at, id limit ${portion}) due`,
);
const empty = statement<Emptied>('erase_old_child_values', 'select id, account_id as "accountId", was_active as "wasActive" from erase_child_values($1)');

/** Deletes values that are data of children and are kept no longer, past versions too, and expires those that were active. Returns how many. */
export async function expireChildValues(database: Database, caller: { readonly actor: Actor; readonly requestId: string }): Promise<number> {
  let emptied = 0;
  for (const { tenantId } of await database.system((sql) => sql.rows(tenants))) {
    for (let found = portion; found === portion; emptied += found) found = await database.transact({ ...caller, tenantId }, emptyPortion);
  }
  return emptied;
}

async function emptyPortion(work: Work): Promise<number> {
  const before = new Date(Date.parse(work.now) - (await profileSettingsOf(work, work.tenantId)).childDataDays * 86_400_000).toISOString();
  await lockAccounts(work, (await work.rows(accounts, [work.tenantId, before])).map(({ accountId }) => accountId));
  const rows = await work.rows(empty, [before]);
  recordEnded(work, rows.filter(({ wasActive }) => wasActive), profileFieldExpired);
  recordEnded(work, rows, profileFieldErased);
  return rows.length;
}
