import { z } from 'zod';
import { statement, type Sql } from '../../platform/postgres/statement.ts';

/** What of an account's context an action is decided on: facts that would change a decider's mind, and no personal data. */
export const contextFactsForm = z.strictObject({
  account: z.strictObject({ name: z.string(), status: z.string(), tier: z.string().nullable(), lifecycleStage: z.string().nullable() }),
  opportunities: z.array(z.strictObject({ id: z.uuid(), stage: z.string(), amountMinor: z.number().nullable(), currency: z.string().nullable(), closeDate: z.string().nullable() })),
  openTickets: z.array(z.strictObject({ id: z.uuid(), key: z.string(), priority: z.string().nullable() })),
  managerFlags: z.array(z.string()),
});
/** The frozen context. */
export type ContextFacts = z.infer<typeof contextFactsForm>;

const facts = statement<ContextFacts>(
  'context_facts_of_action',
  `select json_build_object('name', a.name, 'status', a.status, 'tier', a.tier, 'lifecycleStage', a.lifecycle_stage) as account,
     (select coalesce(json_agg(o.fact order by o.id), '[]') from (
        select id, json_build_object('id', id, 'stage', stage, 'amountMinor', amount_minor, 'currency', amount_currency, 'closeDate', close_date) as fact
        from opportunity where tenant_id = $1 and account_id = a.id order by occurred_at desc, id desc limit 20) o) as opportunities,
     (select coalesce(json_agg(t.fact order by t.id), '[]') from (
        select id, json_build_object('id', id, 'key', key, 'priority', priority) as fact
        from ticket where tenant_id = $1 and account_id = a.id and status_category <> 'DONE' order by occurred_at desc, id desc limit 20) t) as "openTickets",
     (select coalesce(json_agg(f.flag order by f.flag), '[]') from (
        select flag from manager_flag where tenant_id = $1 and account_id = a.id order by occurred_at desc, id desc limit 20) f) as "managerFlags"
   from account a where a.tenant_id = $1 and a.id = $2`,
);

/** The records of an account as actions freeze them; `deal-health-facts.ts` adds what is derived from them. */
export async function contextFacts(sql: Sql & { readonly tenantId: string }, accountId: string): Promise<ContextFacts> {
  const [row] = await sql.rows(facts, [sql.tenantId, accountId]);
  if (!row) throw new Error('an action is about an account that is not there');
  return contextFactsForm.parse(row);
}
