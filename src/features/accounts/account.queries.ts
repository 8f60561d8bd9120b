import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { toMoney } from '../../platform/graphql/money.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { Moment } from '../../platform/moment.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { maskRow, seesAddresses, type Viewer } from '../access/index.ts';
import type { ExternalRefInput } from './account-selector.ts';
import { accountTexts, type AccountRow, type Person } from './account.type.ts';
import { toAccountRows } from './stated-rows.ts';
import { accountStateAt } from './states-at.ts';

/** The columns of an account; the table is called `t`. */
export const accountColumns = `t.id as uuid, t.name, t.is_stub as "isStub", t.industry, t.region, t.website,
  t.employee_count as "employeeCount", t.status, t.tier, t.revenue_minor as "revenueMinor",
  t.revenue_currency as "revenueCurrency", t.owner_name as "ownerName", t.owner_email as "ownerEmail",
  t.csm_name as "csmName", t.csm_email as "csmEmail", t.csm_manager_name as "csmManagerName",
  t.csm_manager_email as "csmManagerEmail", t.lifecycle_stage as "lifecycleStage",
  t.onboarding_status as "onboardingStatus", t.last_qbr_on as "lastQbrOn", t.next_qbr_on as "nextQbrOn", t.renewal_on as "renewalOn",
  t.engagement_score as "engagementScore", t.primary_champion_id as "primaryChampionId",
  t.champion_status as "championStatus", t.stakeholder_count as "stakeholderCount",
  t.jira_project_key as "jiraProjectKey", t.slack_channel_id as "slackChannelId", t.notion_page_id as "notionPageId",
  t.occurred_at as "occurredAt", t.recorded_at as "recordedAt"`;

const accountColumnList = accountColumns.split(',').map((column) => column.trim());
const aliasOf = (column: string): string => /"(\w+)"$/.exec(column)?.[1] ?? column.replace(/^t\./, '').replace(/^.* as /, '');
/** What composed fields are made of. */
const madeOf: Readonly<Record<string, readonly string[]>> = {
  revenue: ['revenueMinor', 'revenueCurrency'], owner: ['ownerName', 'ownerEmail'], csm: ['csmName', 'csmEmail'], csmManager: ['csmManagerName', 'csmManagerEmail'],
};

/** Of the columns of an account those that these fields are made of, and its key. */
export function accountColumnsOf(fields: ReadonlySet<string>): string {
  const aliases = new Set(['uuid', ...[...fields].flatMap((field) => madeOf[field] ?? [field])]);
  return accountColumnList.filter((column) => aliases.has(aliasOf(column))).join(', ');
}

/** The fields of an account that are made of other columns than those of these fields. */
export function unreadFields(fields: ReadonlySet<string>): readonly string[] {
  const parts = new Set(Object.values(madeOf).flat());
  return [...accountColumnList.map(aliasOf).filter((alias) => alias !== 'uuid' && !parts.has(alias)), ...Object.keys(madeOf)].filter((field) => !fields.has(field));
}

/** A row as `accountColumns` selects it. */
export interface RawAccount extends Record<string, unknown> {
  /** Since when it is retired; absent or null while it is in use. */
  readonly retiredAt?: string | null;
  readonly uuid: string;
  readonly revenueMinor: number | null;
  readonly revenueCurrency: string | null;
}

function person(name: unknown, email: unknown): Person | null {
  return typeof name === 'string' ? { name, email: typeof email === 'string' ? email : null } : null;
}

/** What a colleague's fields can show; every row that shows one masks it by this. */
export const personTexts = [['name', 'PERSON_NAME'], ['email', 'PERSON_ADDRESS']] as const;

/** Makes a selected row the account that GraphQL is given, as the caller may see it. */
export function toAccount(raw: RawAccount, viewer: Viewer, asOf: AsOf): AccountRow {
  const composed = Object.assign(raw, {
    revenue: toMoney(raw.revenueMinor, raw.revenueCurrency),
    owner: person(raw['ownerName'], raw['ownerEmail']),
    csm: person(raw['csmName'], raw['csmEmail']),
    csmManager: person(raw['csmManagerName'], raw['csmManagerEmail']),
  });
  if (!seesAddresses(viewer)) {
    maskRow(viewer, composed, accountTexts);
    for (const each of [composed.owner, composed.csm, composed.csmManager]) if (each) maskRow(viewer, each, personTexts);
  }
  return asNode('Account', composed, asOf) as unknown as AccountRow;
}

/** Of ids in `asked`, the accounts in use that they count for. */
const accountsOfIdentities = (table: (name: string) => string, asked: string): string => `
    select ${asked}, ${accountColumns} from asked
    join ${table('node_identity')} i on i.tenant_id = $1 and i.id = asked.id
    join ${table('account')} t on t.tenant_id = $1 and t.id = i.survivor_id`;

const accountsById = datedStatement<RawAccount & { asked: string }>(
  'accounts_by_id',
  2,
  (table) => `with asked as (select id from unnest($2::uuid[]) a(id)) ${accountsOfIdentities(table, 'asked.id as asked')}`,
);

/** The account of an id: of one that was merged its survivor, of one that is retired its last state; null where the tenant has none. */
export const accountById: Question<string, AccountRow | null> = {
  name: 'accounts_by_id',
  async load(call: Call, ids: readonly string[], asOf: AsOf) {
    if (asOf !== null && asOf.validAt !== null) return accountsAt(call, asOf, ids);
    const rows = await call.read.rows(accountsById(asOf), accountsById.values([call.tenantId, ids], asOf));
    const found = new Map(rows.map((row) => [row.asked, toAccount(row, call, asOf)]));
    const missing = ids.filter((id) => !found.has(id));
    if (missing.length > 0) for (const [index, retired] of (await retiredAccounts(call, asOf, missing)).entries()) if (retired) found.set(missing[index] ?? '', retired);
    return ids.map((id) => found.get(id) ?? null);
  },
};

const statedAccounts = datedStatement<RawAccount>('stated_accounts', 1, (table) => `select ${accountColumns} from ${table('account')} t where t.tenant_id = $1`);

/** Accounts at a moment of two times, folded from what was stated. */
async function accountsAt(call: Call, moment: Moment, ids: readonly string[], asOf: AsOf = moment): Promise<(AccountRow | null)[]> {
  const states = await Promise.all(ids.map((id) => ask(call, accountStateAt, moment, id)));
  const byRoot = new Map(states.flatMap((state) => (state ? [[state.rootId, state] as const] : [])));
  const given = new Map([['account', JSON.stringify(await toAccountRows(call, moment, [...byRoot.values()]))]]);
  const rows = await call.read.rows(statedAccounts(moment), statedAccounts.values([call.tenantId], moment, given));
  const found = new Map(rows.map((row) => [row.uuid, toAccount({ ...row, retiredAt: byRoot.get(row.uuid)?.folded.retired?.statement.occurredAt ?? null }, call, asOf)]));
  return states.map((state) => (state && found.get(state.rootId)) ?? null);
}

/** After everything that was recorded. */
const endOfTime = '9999-12-31T23:59:59.999Z';

/** The last states of retired accounts, which have no row: as their statements imply them. Null for others. */
async function retiredAccounts(call: Call, asOf: AsOf, ids: readonly string[]): Promise<(AccountRow | null)[]> {
  const known = asOf?.knownAt ?? endOfTime;
  const accounts = await accountsAt(call, new Moment(known, known), ids, asOf);
  return accounts.map((account) => (account?.retiredAt ? account : null));
}

const nodesByRef = datedStatement<{ system: string; externalId: string; nodeId: string }>(
  'account_nodes_by_external_ref',
  3,
  (table) => `select r.system, r.external_id as "externalId", r.node_id as "nodeId" from unnest($2::text[], $3::text[]) as given(system, external_id)
    join ${table('external_ref')} r on r.tenant_id = $1 and r.node_type = 'Account' and r.system = given.system and r.external_id = given.external_id`,
);

const accountsByRef = datedStatement<RawAccount & { system: string; externalId: string }>(
  'accounts_by_external_ref',
  3,
  (table) => `with asked as (
      select r.system, r.external_id, r.node_id as id from unnest($2::text[], $3::text[]) as given(system, external_id)
      join ${table('external_ref')} r on r.tenant_id = $1 and r.node_type = 'Account' and r.system = given.system and r.external_id = given.external_id)
    ${accountsOfIdentities(table, 'asked.system, asked.external_id as "externalId"')}`,
);

async function byTheirIds(call: Call, refs: readonly ExternalRefInput[], asOf: AsOf): Promise<(AccountRow | null)[]> {
  const values = [call.tenantId, refs.map((ref) => ref.system), refs.map((ref) => ref.id)];
  const named = new Map((await call.read.rows(nodesByRef(asOf), nodesByRef.values(values, asOf))).map((row) => [`${row.system}\n${row.externalId}`, row.nodeId]));
  return Promise.all(refs.map(async (ref) => {
    const id = named.get(`${ref.system}\n${ref.id}`);
    return id === undefined ? null : ask(call, accountById, asOf, id);
  }));
}

/** The account of an external reference; null where the tenant has none. */
export const accountByExternalRef: Question<ExternalRefInput, AccountRow | null> = {
  name: 'accounts_by_external_ref',
  identity: (ref) => `${ref.system}\n${ref.id}`,
  async load(call: Call, refs: readonly ExternalRefInput[], asOf: AsOf) {
    const values = [call.tenantId, refs.map((ref) => ref.system), refs.map((ref) => ref.id)];
    if (asOf !== null && asOf.validAt !== null) return byTheirIds(call, refs, asOf);
    const rows = await call.read.rows(accountsByRef(asOf), accountsByRef.values(values, asOf));
    const found = new Map(rows.map((row) => [`${row.system}\n${row.externalId}`, toAccount(row, call, asOf)]));
    return refs.every((ref) => found.has(`${ref.system}\n${ref.id}`)) ? refs.map((ref) => found.get(`${ref.system}\n${ref.id}`) ?? null) : byTheirIds(call, refs, asOf);
  },
};
