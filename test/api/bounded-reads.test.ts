import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client } from 'pg';
import { roles } from '../../src/app/config.ts';
import { countedBelowParent } from '../../src/platform/page/list.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

/** Rows below the account of a long history, more than are ever counted. */
const many = 24_000;
/** Of a type that is counted to the end. */
const few = 1_000;
let program: Arranged;
let tenant: Client;
let id = '';
interface Asked {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}
const asked: Asked[] = [];
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  [{ id = '' } = {}] = (await program.upsertAccounts([{ externalRef: crm('acme'), name: 'Acme' }])).results;
  await program.ingest(['stage_change', 'meeting', 'email_open'].map((type) => ({ account: { externalRef: crm('acme') }, type, source: 'test', sourceEventId: type })));
  await program.settled();
  await addHistory(parseGlobalId(id)?.id ?? '');
  const open = program.database.read;
  program.database.read = (tenantId) => {
    const read = open(tenantId);
    const rows = read.rows;
    return Object.assign(read, {
      rows: (statement: { name: string; text: string }, values: readonly unknown[] = []) => {
        asked.push({ name: statement.name, text: statement.text, values });
        return rows(statement as never, values);
      },
    });
  };
  tenant = new Client({ connectionString: program.testDatabase.url, options: '-c TimeZone=UTC' });
  await tenant.connect();
  await tenant.query(`select set_config('app.tenant', '${program.tenant}', false)`);
}, 120_000);
afterAll(async () => {
  await tenant.end();
  await program.close();
});

/** What years leave below one account, written by the owner: the program would take minutes. */
async function addHistory(account: string): Promise<void> {
  await program.admin.query('set session_replication_role = replica');
  const at = `timestamptz '2026-11-20' - n * interval '7 minutes'`;
  await program.rows(
    `insert into signal (tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, payload, request_id)
     select tenant_id, gen_random_uuid(), account_id, case when n <= ${few} then 'demo' else (array['stage_change', 'meeting', 'email_open', 'note'])[1 + (n * 7) % 4] end, 'test', 'old-' || n, 'old-' || n, ${at}, ${at} + interval '1 second' * (n % 3 - 1), '{}', 'old'
     from signal, generate_series(1, $2::int) n where account_id = $1 and type = 'meeting'`, [account, many]);
  await program.rows(
    `insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, previous, cause, model_version, icp_fit, state, sums)
     select tenant_id, gen_random_uuid(), account_id, ${at}, ${at}, value, previous, cause, model_version, icp_fit, state, sums from (select * from score_point where account_id = $1 limit 1) p, generate_series(1, $2::int) n`, [account, many]);
  await program.rows(
    `insert into activity (tenant_id, id, account_id, type, subject, occurred_at, recorded_at, sys_from)
     select tenant_id, gen_random_uuid(), $1, 'Call', 'Call ' || n, ${at}, ${at}, ${at} from tenant t, lateral (select t.id as tenant_id) own, generate_series(1, $2::int) n where t.id = $3`, [account, many, program.tenant]);
  await program.admin.query('reset session_replication_role');
  await program.admin.query('vacuum analyze');
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Relation Name'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that the scans of a plan touched, whether they were let through or not. */
function rowsRead(node: PlanNode): number {
  const own = node['Relation Name'] === undefined ? 0 : (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'];
  return own + (node.Plans ?? []).reduce((sum, each) => sum + rowsRead(each), 0);
}

/** The rows that each statement of an operation reads, by its name. */
async function readsOf(query: string): Promise<Record<string, number>> {
  asked.length = 0;
  await program.see(query, { id });
  const found: Record<string, number> = {};
  for (const { name, text, values } of asked.splice(0)) {
    // A kept plan knows no values: that is the one which must be bounded.
    await tenant.query('set plan_cache_mode = force_generic_plan');
    const { rows } = await tenant.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(`explain (analyze, format json, timing off) ${text}`, [...values]);
    found[name.replace(/_[0-9a-f]{8}(_of_\d+)?$/, '')] = Math.round(rowsRead(rows[0]?.['QUERY PLAN'][0]?.Plan ?? { 'Node Type': '', 'Actual Rows': 0, 'Actual Loops': 0 }));
  }
  return found;
}

/** A page of 20 and what goes with it. */
const bound = 500;
const beyond = (found: Record<string, number>): Record<string, number> => Object.fromEntries(Object.entries(found).filter(([name, rows]) => rows > (name.startsWith('count_') ? 2 * (countedBelowParent + 1) : bound)));

test.each([
  ['signals of two types', 'signals(first: 20, filter: { types: ["stage_change", "meeting"] }) { edges { node { id } } }'],
  ['signals of two types, the earliest first', 'signals(first: 20, filter: { types: ["stage_change", "meeting"] }, orderBy: { field: OCCURRED_AT, direction: ASC }) { edges { node { id } } }'],
  ['all signals', 'signals(first: 20) { edges { node { id payload withdrawnAt } } }'],
  ['counts', 'signals(first: 20, filter: { types: ["stage_change", "meeting"] }) { totalCount } activities(first: 5) { totalCount } intent { ... on IntentScore { history(first: 5) { totalCount } } }'],
  ['the score, its reasons and its history', 'intent { ... on IntentScore { value trend contributions(first: 20) { points signal { id type payload } } history(first: 20) { edges { node { value } } } } }'],
  ['activities', 'activities(first: 20) { edges { node { id } } }'],
])('%s: a page reads a bounded number of rows, whatever the history', async (_what, fields) => {
  expect(beyond(await readsOf(`query($id: ID!) { account(id: $id) { ${fields} } }`))).toEqual({});
});

interface Page {
  readonly account: { readonly signals: { readonly pageInfo: { readonly endCursor: string }; readonly edges: readonly { readonly node: { readonly sourceEventId: string } }[] } };
}

test('the second page of signals of some types goes on where the first ended, and the same in the past', async () => {
  for (const asOf of ['', ', asOf: "2026-11-21T09:00:00.000Z"']) {
    const walk: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 4; page += 1) {
      const { account }: Page = await program.see<Page>(
        `query($id: ID!, $after: String) { account(id: $id${asOf}) { signals(first: 25, after: $after, filter: { types: ["meeting", "stage_change", "meeting"], sources: ["test"] }) { pageInfo { endCursor } edges { node { sourceEventId } } } } }`, { id, after });
      walk.push(...account.signals.edges.map(({ node }) => node.sourceEventId));
      after = account.signals.pageInfo.endCursor;
    }
    const right = await program.rows(`select source_event_id as event from signal where tenant_id = $1 and type in ('meeting', 'stage_change') and recorded_at <= '2026-11-21T09:00:00Z' order by occurred_at desc, id desc limit 100`, [program.tenant]);
    expect(walk).toEqual(right.map((row) => row['event']));
  }
});

test('a count says that it stopped', async () => {
  const { account } = await program.see<{ account: Record<'some' | 'few', { totalCount: number; totalCountIsExact: boolean }> }>(
    'query($id: ID!) { account(id: $id) { some: signals(first: 1, filter: { types: ["meeting", "note"] }) { totalCount totalCountIsExact } few: signals(first: 1, filter: { types: ["demo"] }) { totalCount totalCountIsExact } } }', { id });
  expect(account).toEqual({ some: { totalCount: countedBelowParent, totalCountIsExact: false }, few: { totalCount: few, totalCountIsExact: true } });
});
