import type { Id } from '../../platform/ids.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { AccountOutcome } from './measure-account.ts';

const firstOutcomes = statement<{ accountId: Id<'Account'> } & AccountOutcome>(
  'lab_first_outcomes',
  `with deals as (
     select o.id, o.account_id from opportunity o where o.tenant_id = $1 and o.account_id = any($2::uuid[]) and o.sys_from <= $5
     union
     select h.id, h.account_id from opportunity_history h where h.tenant_id = $1 and h.account_id = any($2::uuid[]) and h.sys_from <= $5 and h.sys_to > $5
   ), kinds as (
     select coalesce((select c.kinds from stage_catalogue c where c.tenant_id = $1 and c.published_at <= $5 order by c.version desc limit 1), default_stage_kinds()) as kinds
   ), states as (
     select d.account_id, o.id, o.stage, coalesce(o.stage_since, o.occurred_at) as at from deals d join opportunity o on o.tenant_id = $1 and o.id = d.id and o.sys_from <= $5
     union all
     select d.account_id, h.id, h.stage, coalesce(h.stage_since, h.occurred_at) from deals d join opportunity_history h on h.tenant_id = $1 and h.id = d.id and h.sys_from <= $5
   ), closed as (
     select s.account_id, s.id, s.at, kinds.kinds ->> stage_key(s.stage) as result from states s cross join kinds
     union all
     select coalesce(i.survivor_id, l.account_id), l.id, l.closed_at, l.result from lab.outcome l
       left join node_identity i on i.tenant_id = l.tenant_id and i.id = l.account_id and i.node_type = 'Account'
     where l.tenant_id = $1 and coalesce(i.survivor_id, l.account_id) = any($2::uuid[])
   )
   select distinct on (account_id) account_id as "accountId", result, floor(extract(epoch from at) * 1000)::float8 as "closedAt"
   from closed where result in ('WON', 'LOST') and at > $3 and at <= $4 order by account_id, at, result, id`,
  'BY_VALUE',
);

/** How the first deal of some accounts that was won or lost in a time ended: by the stage catalogue as it was known, and by what was imported. */
export async function accountOutcomes(sql: Sql & { readonly tenantId: string }, accountIds: readonly string[], { after, until, frozenAt }: { readonly after: string; readonly until: string; readonly frozenAt: string }): Promise<ReadonlyMap<string, AccountOutcome>> {
  const rows = await sql.rows(firstOutcomes, [sql.tenantId, accountIds, after, until, frozenAt]);
  return new Map(rows.map(({ accountId, result, closedAt }) => [accountId, { result, closedAt }]));
}
