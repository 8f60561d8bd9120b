import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { storeDerivedValues } from './store-derived.ts';

/** The name of the job that derives the values of a tenant's accounts again. */
export const deriveTask = 'derive-contexts';

/** The most accounts of one transaction. */
const mostAtOnce = 100;
const next = statement<{ id: Id<'Account'> }>('accounts_to_derive', `select id from account where tenant_id = $1 and id > $2 order by id limit ${mostAtOnce}`);
const moving = statement<{ id: Id<'Account'> }>('derivations_that_move', `select account_id as id from context_derivation where tenant_id = $1 and moves_at <= $2 order by moves_at, account_id limit ${mostAtOnce}`);
const movingTenants = statement<{ id: Id<'Tenant'> }>('tenants_with_moving_derivations', 'select id from tenant order by id');

/** What deriving again works on. */
export interface Rederiving {
  readonly database: Pick<Database, 'transact' | 'system'>;
  readonly seal: Seal;
}

/** Derives the values of every account of a tenant again: after new rules, or where they were never derived. Safe to repeat. */
export async function deriveTenant({ database, seal }: Rederiving, caller: Caller): Promise<void> {
  let after: string | null = '00000000-0000-0000-0000-000000000000';
  while (after !== null) {
    const from: string = after;
    after = await database.transact(caller, async (work) => {
      const found = await work.rows(next, [work.tenantId, from]);
      await storeDerivedValues(work, seal, found.map(({ id }) => id), 'RULES');
      return found.length < mostAtOnce ? null : (found.at(-1)?.id ?? null);
    });
  }
}

/** Derives again what changes by time alone and is due. Returns how many accounts. */
export async function deriveDue({ database, seal }: Rederiving, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  let total = 0;
  for (const { id: tenantId } of await database.system((sql) => sql.rows(movingTenants))) {
    let found = mostAtOnce;
    while (found === mostAtOnce) {
      found = await database.transact({ ...caller, tenantId }, (work) => deriveMoving(work, seal));
      total += found;
    }
  }
  return total;
}

async function deriveMoving(work: Work, seal: Seal): Promise<number> {
  const due = await work.rows(moving, [work.tenantId, work.now]);
  await storeDerivedValues(work, seal, due.map(({ id }) => id), 'TIME');
  return due.length;
}
