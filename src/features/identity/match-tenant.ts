import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { matchNodes } from './match-nodes.ts';

const portion = 200;
const next = (table: 'account' | 'contact') => statement<{ id: string }>(`${table}s_to_match_again`, `select id from ${table} where tenant_id = $1 and id > $2 order by id limit ${portion}`);
const tables = [['accounts', next('account')], ['contacts', next('contact')]] as const;
const first = '00000000-0000-0000-0000-000000000000';

/** Matches every node of a tenant, a portion per transaction: under a new policy, and what was stored before there was matching. */
export async function matchTenant(transact: <Result>(body: (work: Work) => Promise<Result>) => Promise<Result>, seal: Seal): Promise<void> {
  for (const [kind, following] of tables) {
    for (let after: string | undefined = first; after !== undefined; ) {
      const from: string = after;
      after = await transact(async (work) => {
        const ids = (await work.rows(following, [work.tenantId, from])).map(({ id }) => id);
        await matchNodes(work, seal, { accounts: [], contacts: [], [kind]: ids, everything: true });
        return ids.length < portion ? undefined : ids.at(-1);
      });
    }
  }
}

const tenants = statement<{ id: Id<'Tenant'> }>('tenants_to_match', 'select id from tenant order by id');

/** Matches the nodes of every tenant. */
export async function matchTenants(database: Database, seal: Seal, caller: Omit<Caller, 'tenantId'>): Promise<void> {
  for (const { id: tenantId } of await database.system((sql) => sql.rows(tenants))) {
    await matchTenant((body) => database.transact({ ...caller, tenantId }, body), seal);
  }
}
