import type { AsOf } from '../../platform/graphql/call.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { GivenRows } from '../../platform/postgres/tables-at.ts';
import { latestSummary, summariesToChooseFrom } from '../accounts/index.ts';
import type { TenantSql } from '../lineage/index.ts';
import { stageKindSql } from '../stages/index.ts';
import { mostOf, type ContextRecords } from './context-records.ts';
import { contextSections } from './sections.ts';

type Table = (name: string) => string;

/** The tables that the statement reads and that are folded from statements for a moment of two times. */
export const statedTables: readonly string[] = contextSections.flatMap(({ tables }) => tables);

const iso = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const systems = ['salesforce', 'sfdc', 'hubspot'].map((system, place) => `when '${system}' then ${place}`).join(' ');
const preferred = `case r.system ${systems} else 9 end, r.system collate "C", r.external_id collate "C"`;
/** The name of a node in other systems that comes first: of the CRM before others. */
const referenceOf = (table: Table, node: string): string =>
  `(select json_build_object('system', r.system, 'id', r.external_id) from ${table('external_ref')} r where r.tenant_id = $1 and r.node_id = ${node} order by ${preferred} limit 1)`;

/** Rows of a table below the account as a JSON array; the table is called `t`. */
function listed(table: Table, { from, columns, order, most, where = '', beside = '' }: { readonly from: string; readonly columns: string; readonly order: string; readonly most: number; readonly where?: string; readonly beside?: string }): string {
  return `(select coalesce(json_agg(row), '[]'::json) from (select ${columns} from ${table(from)} t ${beside} where t.tenant_id = $1 and t.account_id = asked.id${where} order by ${order} limit ${most}) row)`;
}

const first = (list: string): string => `${list} -> 0`;

const byTime = 't.occurred_at desc, t.id desc';
// Only one is shown: of several of one instant content decides, not the order of arrival.
const lastActivity = 't.occurred_at desc, t.type collate "C", t.subject collate "C", t.id';
const ticket = `t.id, t.key, t.summary, t.status, t.status_category as "statusCategory", t.assignee, t.priority, t.labels, t.created_on as "createdOn", t.resolved_on as "resolvedOn"`;
const urgency = `array_position('{HIGHEST,HIGH,MEDIUM,LOW,LOWEST}'::text[], t.priority)`;

const sources = contextSections.flatMap((section) => section.sources.map((source) => `('${source}')`)).join(', ');
/** When each source last stated something of the account or its records: one index entry for each. */
const statements = (table: Table): string => `(select json_agg(row) from (select fed.source, ${iso('max(l.recorded_at)')} as at from (values ${sources}) fed(source) join member m on m.root = asked.id cross join lateral (
      (select s.recorded_at from ${table('source_statement')} s where s.tenant_id = $1 and s.account_id = m.node and s.source = fed.source order by s.recorded_at desc limit 1)
      union all
      (select s.recorded_at from ${table('source_statement')} s where s.tenant_id = $1 and s.account_id is null and s.node_id = m.node and s.source = fed.source order by s.recorded_at desc limit 1)) l group by fed.source) row)`;
const outcomes = contextSections.flatMap(({ name }) => ['FETCHED', 'FAILED'].map((outcome) => `('${name}', '${outcome}')`)).join(', ');
/** The last fetch of each section that succeeded, and the last that failed; most accounts were never fetched. */
const fetches = (table: Table): string => `(select json_agg(row) from (select h.section, h.outcome, ${iso('h.fetched_at')} as at, h.error_code as "errorCode" from member m cross join (values ${outcomes}) f(section, outcome) cross join lateral (
      select * from ${table('context_fetch')} h where h.tenant_id = $1 and h.account_id = m.node and h.section = f.section and h.outcome = f.outcome order by h.recorded_at desc limit 1) h
    where m.root = asked.id and exists (select from ${table('context_fetch')} h where h.tenant_id = $1 and h.account_id = m.node)) row)`;

const contactsOf = (table: Table): string => `(select coalesce(json_agg(row), '[]'::json) from (
    select t.id, encode(k.wrapped_key, 'base64') as "wrappedKey", encode(t.name_sealed, 'base64') as "nameSealed", encode(t.email_sealed, 'base64') as "emailSealed", t.title, t.role
    from ${table('contact')} t left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id
    where t.tenant_id = $1 and t.account_id = asked.id order by t.occurred_at desc, t.id limit ${mostOf.contacts}) row)`;

interface Heard {
  readonly statements: readonly { readonly source: string; readonly at: string }[] | null;
  readonly fetches: readonly { readonly section: string; readonly outcome: string; readonly at: string; readonly errorCode: string | null }[] | null;
}

type Row = Omit<ContextRecords, 'readAt' | 'tickets' | 'sections' | 'weeklySummary'> & Heard & { readonly weeklySummaries: readonly NonNullable<ContextRecords['weeklySummary']>[]; readonly catalogueVersion: number; readonly openTickets: ContextRecords['tickets']; readonly doneTickets: ContextRecords['tickets'] };

const records = datedStatement<Row>(
  'context_records',
  2,
  (table) => `with asked as materialized (select id from unnest($2::uuid[]) a(id)),
    member as materialized (select id as root, id as node from asked union all
      select i.survivor_id, i.id from ${table('node_identity')} i where i.tenant_id = $1 and i.survivor_id = any($2::uuid[]) and i.survivor_id <> i.id)
    select asked.id as "accountId", coalesce((select max(c.version) from ${table('stage_catalogue')} c where c.tenant_id = $1), 0) as "catalogueVersion",
    (select coalesce(json_agg(json_build_object('system', r.system, 'id', r.external_id) order by ${preferred}), '[]'::json) from member m join ${table('external_ref')} r on r.tenant_id = $1 and r.node_id = m.node where m.root = asked.id) as "references",
    json_build_object('name', a.name, 'industry', a.industry, 'employeeCount', a.employee_count, 'website', a.website, 'ownerName', a.owner_name, 'ownerEmail', a.owner_email,
      'jiraProjectKey', a.jira_project_key, 'slackChannelId', a.slack_channel_id, 'notionPageId', a.notion_page_id) as account,
    ${listed(table, { from: 'opportunity', most: mostOf.opportunities, beside: `cross join lateral (select ${stageKindSql('t.stage', table)} as stage_kind offset 0) g`, order: `g.stage_kind in ('WON', 'LOST'), coalesce(t.close_date, 'infinity'), coalesce(t.amount_minor, -1) desc, t.name collate "C", t.stage collate "C", t.id`, columns: `t.id, ${referenceOf(table, 't.id')} as reference, t.name, t.stage, g.stage_kind as "stageKind",
      t.amount_minor as "amountMinor", t.amount_currency as currency, t.close_date as "closeDate", t.probability, t.next_step as "nextStep", ${iso('t.stage_since')} as "stageSince"` })} as opportunities,
    ${contactsOf(table)} as contacts,
    ${first(listed(table, { from: 'activity', most: 1, order: lastActivity, columns: `t.id, t.type, t.subject, ${iso('t.occurred_at')} as "occurredAt"` }))} as "lastActivity",
    ${listed(table, { from: 'ticket', most: mostOf.openTickets, where: ` and t.status_category <> 'DONE'`, order: `${urgency} nulls last, t.created_on nulls last, t.id`, columns: ticket })} as "openTickets",
    ${listed(table, { from: 'ticket', most: mostOf.doneTickets, where: ` and t.status_category = 'DONE'`, order: `coalesce(t.resolved_on, t.occurred_at::date) desc, t.id desc`, columns: ticket })} as "doneTickets",
    ${listed(table, { from: 'thread', most: mostOf.threads, order: byTime, columns: `t.id, t.author, t.preview, t.reply_count as "replyCount", ${iso('t.occurred_at')} as "occurredAt"` })} as threads,
    ${listed(table, { from: 'se_mention', most: mostOf.seMentions, order: byTime, columns: `t.id, t.name, ${iso('t.last_active_at')} as "lastActiveAt", t.status` })} as "seMentions",
    ${listed(table, { from: 'manager_flag', most: mostOf.managerFlags, order: byTime, columns: `t.id, t.flag, t.set_by as "setBy", t.note` })} as "managerFlags",
    ${listed(table, { from: 'weekly_summary', most: summariesToChooseFrom, order: 't.week_of desc, t.id desc', columns: `t.id, t.week_of as "weekOf", ${iso('t.occurred_at')} as "occurredAt", t.status, t.highlights, t.risks` })} as "weeklySummaries",
    ${statements(table)} as statements,
    ${fetches(table)} as fetches
    from asked left join ${table('account')} a on a.tenant_id = $1 and a.id = asked.id`,
);

/** Which contexts are read. */
export interface RecordsOrder {
  readonly accountIds: readonly string[];
  readonly at: AsOf;
  /** Rows that stand in for the tables, for a moment of two times. */
  readonly given?: GivenRows;
  /** When they are read. RFC 3339. */
  readonly now: string;
}

/** Records with the version of the stage catalogue by which their deals are open. */
export interface ReadRecords {
  readonly records: ContextRecords;
  readonly catalogueVersion: number;
}

/** The records of contexts, now or as they were known at an instant, by account. One statement, however many accounts. */
export async function readContextRecords(sql: TenantSql, { accountIds, at, given, now }: RecordsOrder): Promise<Map<string, ReadRecords>> {
  const rows = await sql.rows(records(at), records.values([sql.tenantId, accountIds], at, given));
  return new Map(rows.map(({ openTickets, doneTickets, weeklySummaries, catalogueVersion, statements: stated, fetches: fetched, ...row }) => [row.accountId, { records: { ...row, readAt: now, weeklySummary: latestSummary(weeklySummaries), tickets: [...openTickets, ...doneTickets], sections: sectionsHeard({ statements: stated, fetches: fetched }) }, catalogueVersion }]));
}

function sectionsHeard({ statements: stated, fetches: fetched }: Heard): ContextRecords['sections'] {
  return contextSections.map(({ name, sources: own }) => {
    const latest = (instants: readonly string[]): string | null => instants.reduce<string | null>((one, other) => (one === null || other > one ? other : one), null);
    const ended = (outcome: string) => (fetched ?? []).filter((fetch) => fetch.section === name && fetch.outcome === outcome);
    const failedAt = latest(ended('FAILED').map(({ at }) => at));
    return {
      section: name, statedAt: latest((stated ?? []).filter(({ source }) => own.includes(source)).map(({ at }) => at)), fetchedAt: latest(ended('FETCHED').map(({ at }) => at)),
      failedAt, errorCode: ended('FAILED').find(({ at }) => at === failedAt)?.errorCode ?? null,
    };
  });
}
