import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { storeHealth } from './store-health.ts';

/** The most accounts of one transaction. */
const mostAtOnce = 200;
const outdated = statement<{ id: Id<'Account'>; aged: boolean }>(
  'accounts_to_reassess',
  `select a.id, h.model_version is not distinct from (select coalesce(max(version), 0) from health_model where tenant_id = $1) as aged
   from account a left join account_health h on h.tenant_id = a.tenant_id and h.account_id = a.id
   where a.tenant_id = $1 and a.id > $2 and (h.trend_stale_at <= app_now() or h.model_version is distinct from (select coalesce(max(version), 0) from health_model where tenant_id = $1))
     and (h.id is not null or exists (select from kpi k where k.tenant_id = a.tenant_id and k.account_id = a.id)
       or exists (select from health_trend t where t.tenant_id = a.tenant_id and t.account_id = a.id))
   order by a.id limit ${mostAtOnce}`,
);

/** Stores the health of the next accounts that another model, or none, judged last, or whose trend has passed the horizon. Returns the last one, null when none is left. */
async function reassessNext(work: Work, after: Id<'Account'> | null): Promise<Id<'Account'> | null> {
  const found = await work.rows(outdated, [work.tenantId, after ?? '00000000-0000-0000-0000-000000000000']);
  await storeHealth(work, found.flatMap(({ id, aged }) => (aged ? [] : [id])), 'MODEL');
  await storeHealth(work, found.flatMap(({ id, aged }) => (aged ? [id] : [])), 'TIME');
  return found.at(-1)?.id ?? null;
}

/** Stores the health of a tenant's accounts that the model in force has not judged yet, or whose trend has passed the horizon. Safe to repeat. */
export async function reassessTenant(database: Pick<Database, 'transact'>, caller: Caller): Promise<void> {
  let after: Id<'Account'> | null = null;
  do {
    const from: Id<'Account'> | null = after;
    after = await database.transact(caller, (work) => reassessNext(work, from));
  } while (after !== null);
}

const tenants = statement<{ id: Id<'Tenant'> }>('tenants_to_reassess', 'select id from tenant order by id');

/** The same for every tenant: what was there before health was stored is found so. */
export async function reassessTenants(database: Pick<Database, 'transact' | 'system'>, caller: Omit<Caller, 'tenantId'>): Promise<void> {
  for (const { id } of await database.system((sql) => sql.rows(tenants))) await reassessTenant(database, { ...caller, tenantId: id });
}
