import type { AsOf } from '../../platform/graphql/call.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { GivenRows } from '../../platform/postgres/tables-at.ts';
import { disagreements, opportunities } from '../accounts/index.ts';
import type { TenantSql } from '../lineage/index.ts';
import { stageKindSql } from '../stages/index.ts';
import { mostFacts, type ContextFacts, type DealFact } from './facts.ts';

type Table = (name: string) => string;

/** The tables that are folded from statements for a moment of two times. */
export const factTables = ['account', 'opportunity', 'ticket', 'thread', 'note', 'weekly_summary', 'activity', 'se_mention', 'contact'] as const;

const iso = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const when = `${iso('t.occurred_at')} as "occurredAt"`;
const latest = 't.occurred_at desc, t.id desc';

interface Rows {
  readonly columns: string;
  readonly where?: string;
  readonly order: string;
  readonly most?: number;
  /** Only the first, and all that come in the same place of the order. */
  readonly latestOnly?: boolean;
}

const of = (table: Table, name: string, { columns, where, order, most, latestOnly = false }: Rows): string =>
  `(select ${columns} from ${table(name)} t where t.tenant_id = $1 and t.account_id = a.id${where ? ` and ${where}` : ''} order by ${order}${most ? ` limit ${most}` : ''}${latestOnly ? ' fetch first 1 row with ties' : ''})`;
const list = (rows: string): string => `(select coalesce(json_agg(row), '[]'::json) from ${rows} row)`;

const written = (table: Table, name: string, { type, texts, most }: { readonly type: string; readonly texts: string; readonly most: number }): string =>
  of(table, name, { columns: `'${type}' as type, t.id, ${when}, ${texts} as texts`, order: latest, most });
const contacts = (table: Table, name: string, type: string, where = 'true'): string[] => [
  of(table, name, { columns: `'${type}' as type, t.id, ${when}`, where: `${where} and t.occurred_at <= $3`, order: 't.occurred_at desc', latestOnly: true }),
  of(table, name, { columns: `'${type}' as type, t.id, ${when}`, where: `${where} and t.occurred_at > $3`, order: 't.occurred_at, t.id', most: mostFacts.planned }),
];

interface FactsRow extends Omit<ContextFacts, 'deals'> {
  readonly deals: readonly (Omit<DealFact, 'disagreements'> & { readonly sources: number })[];
}

const facts = datedStatement<FactsRow>('context_facts', 3, (table) => `
  select json_build_object('id', a.id, 'name', a.name, 'isStub', a.is_stub, 'status', a.status, 'hasIndustry', a.industry is not null,
      'hasEmployeeCount', a.employee_count is not null, 'hasWebsite', a.website is not null, 'hasOwner', a.owner_name is not null) as account,
    ${list(`(select * from ${of(table, 'opportunity', {
      columns: `t.id, t.name, t.stage, ${stageKindSql('t.stage', table)} as "stageKind", t.amount_minor as "amountMinor", t.amount_currency as currency, t.close_date as "closeDate", t.next_step as "nextStep", ${iso('t.stage_since')} as "stageSince",
        (select min((r.system || ':' || r.external_id) collate "C") from ${table('external_ref')} r where r.tenant_id = $1 and r.node_id = t.id) as ref,
        (select count(distinct s.source) from source_statement s where s.tenant_id = $1 and s.node_id = t.id and s.is_current) as sources`,
      where: `${stageKindSql('t.stage', table)} not in ('WON', 'LOST')`,
      // As `primaryDeal` has it: the deal that the context is about is always among those read.
      order: `coalesce(t.close_date, 'infinity'), coalesce(t.amount_minor, -1) desc, t.name collate "C", t.stage collate "C", ref, t.id`,
      most: mostFacts.deals,
    })} o)`)} as deals,
    ${list(of(table, 'ticket', { columns: `t.id, t.key, t.summary, t.status_category as "statusCategory", t.priority, t.labels, t.assignee, t.created_on as "createdOn"`, where: `t.status_category <> 'DONE'`, order: latest }))} as tickets,
    ${list(`(${[
      written(table, 'thread', { type: 'Thread', texts: 'array[t.preview]', most: mostFacts.threads }),
      written(table, 'note', { type: 'Note', texts: 'array[t.content]', most: mostFacts.notes }),
      written(table, 'weekly_summary', { type: 'WeeklySummary', texts: 't.highlights || t.risks || array[t.status]', most: mostFacts.weeklySummaries }),
    ].join(' union all ')})`)} as texts,
    ${list(`(${[...contacts(table, 'activity', 'Activity'), ...contacts(table, 'note', 'Note', `t.note_type <> 'GENERAL'`)].join(' union all ')})`)} as contacts,
    ${list(of(table, 'se_mention', { columns: `t.id, t.name, t.status, ${iso('t.last_active_at')} as "lastActiveAt", ${when}`, order: latest, most: mostFacts.presences }))} as presences,
    ${list(of(table, 'contact', { columns: `t.id, t.role, ${when}`, order: latest, most: mostFacts.people }))} as people
  from unnest($2::uuid[]) asked (id) join ${table('account')} a on a.tenant_id = $1 and a.id = asked.id`);

/** Which facts are read. */
export interface FactsOrder {
  readonly accountIds: readonly string[];
  readonly at: AsOf;
  /** Rows that stand in for the tables, for a moment of two times. */
  readonly given?: GivenRows;
  /** The instant up to which contacts have taken place. RFC 3339. */
  readonly now: string;
}

/**
 * The facts of accounts, now or as they were known at an instant, by account. One statement however many accounts, and two
 * more where a deal has several sources or a past instant is read. Accounts that are not in use are left out.
 */
export async function readContextFacts(sql: TenantSql, seal: Seal, { accountIds, at, given, now }: FactsOrder): Promise<Map<string, ContextFacts>> {
  if (accountIds.length === 0) return new Map();
  const rows = await sql.rows(facts(at), facts.values([sql.tenantId, [...new Set(accountIds)], now], at, given));
  const several = rows.flatMap(({ deals }) => deals.filter(({ sources }) => at !== null || sources > 1).map(({ id }) => id));
  const fields = await disagreements({ sql, seal }, opportunities, several, at);
  const toDeal = ({ id, name, stage, stageKind, amountMinor, currency, closeDate, nextStep, stageSince, ref }: FactsRow['deals'][number]): DealFact =>
    ({ id, name, stage, stageKind, amountMinor, currency, closeDate, nextStep, stageSince, ref: ref ?? null, disagreements: fields.get(id) ?? [] });
  return new Map(rows.map(({ deals, ...row }) => [row.account.id, { ...row, deals: deals.map(toDeal) }]));
}
