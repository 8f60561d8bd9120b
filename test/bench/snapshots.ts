import { Client } from 'pg';
import { toGlobalId } from '../../src/platform/ids.ts';
import { compare, type Bench } from './bench.ts';
import { httpContestant } from './http-contestant.ts';
import { Caller } from './load.ts';

/** What of S3's tables hangs on each account: 10 KPIs, 12 months, 3 products, 4 runs, 2 recommendations, 4 reports, 8 notes. */
const records: readonly (readonly [table: string, columns: string, values: string, each: number])[] = [
  ['kpi', 'category, parameter, value', `(array['Product Usage', 'Support', 'Customer Sentiment'])[1 + n % 3], (array['Product activation rate', 'Open tickets', 'NPS'])[1 + n % 3], (n * 7 % 100) || ' %'`, 10],
  ['product', 'name', `'Product ' || n`, 3],
  ['playbook_execution', 'playbook_id, playbook_name, status, started_at, completed_at', `'pb-' || n, 'Playbook ' || n, case n % 2 when 0 then 'COMPLETED' else 'RUNNING' end, now() - n * interval '9 days', case n % 2 when 0 then now() - n * interval '8 days' end`, 4],
  ['playbook_trigger', 'playbook_type, auto_trigger_enabled', `'kind ' || n, true`, 2],
  ['playbook_report', 'playbook_name, generated_at, content', `'Playbook ' || n, now() - n * interval '8 days', repeat('All is well. ', 30)`, 4],
  ['note', 'note_type, content', `'CALL', repeat('They said so. ', 20)`, 8],
];

async function fill(admin: Client, tenantId: string): Promise<void> {
  await admin.query('set session_replication_role = replica');
  for (const [table, columns, values, each] of records) {
    await admin.query(
      `insert into ${table} (tenant_id, id, account_id, ${columns}, occurred_at, recorded_at, sys_from)
       select tenant_id, uuidv7(), a.id, ${values}, now() - n * interval '1 day', now() - interval '1 day', now() - interval '1 day' from account a cross join generate_series(1, ${each}) n where a.tenant_id = $1`, [tenantId]);
  }
  await admin.query(
    `insert into health_trend (tenant_id, id, account_id, year, month, overall_score, support_score, occurred_at, recorded_at, sys_from)
     select tenant_id, uuidv7(), a.id, 2025, n, n * 8, n * 7, now() - interval '1 day', now() - interval '1 day', now() - interval '1 day' from account a cross join generate_series(1, 12) n where a.tenant_id = $1 on conflict do nothing`, [tenantId]);
  await admin.query('reset session_replication_role');
  await admin.query(`vacuum analyze ${records.map(([table]) => table).join(', ')}, health_trend`);
  await admin.query("select ensure_snapshot_partitions(now()::date, 2)");
  // Statistics of empty tables, which autovacuum never gathers, would mislead the planner about the first run.
  await admin.query('select pg_clear_relation_stats($1, name) from unnest($2::text[]) name', ['public', await written(admin)]);
}

/** The tables that snapshots are written to, partitions included. */
async function written(admin: Client): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(
    `select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and (relname ~ '^account_snapshot' or relname = any('{snapshot_number,snapshot_head,snapshot_run,snapshot_run_item,account_version,account_inputs}'::text[]))`);
  return rows.map(({ name }) => name);
}

/** What somebody writes who needs the figures alone: no judged KPIs, no lineage, no audit, no event, nothing that numbers or compares. */
const byHand = `insert into bench_snapshot
  select a.tenant_id, uuidv7(), a.id, now(), a.revenue_minor, a.revenue_currency, a.status, a.industry, a.region, a.tier, a.lifecycle_stage, a.onboarding_status, a.engagement_score, t.*, p.*, e.*, g.*, k.*, n.*, r.*
  from account a
  left join lateral (select overall_score, product_usage_score, support_score, customer_sentiment_score, business_outcomes_score, relationship_strength_score, occurred_at from health_trend t where t.tenant_id = a.tenant_id and t.account_id = a.id order by year desc, month desc limit 1) t on true
  cross join lateral (select array_agg(name order by occurred_at, id), count(*) from product p where p.tenant_id = a.tenant_id and p.account_id = a.id) p
  cross join lateral (select count(*) filter (where status = 'RUNNING'), count(*) filter (where status = 'COMPLETED'), count(*) filter (where completed_at > now() - interval '30 days'), (array_agg(playbook_name order by started_at desc))[1] from playbook_execution e where e.tenant_id = a.tenant_id and e.account_id = a.id) e
  cross join lateral (select array_agg(playbook_type) from playbook_trigger g where g.tenant_id = a.tenant_id and g.account_id = a.id and auto_trigger_enabled) g
  cross join lateral (select count(*), count(*) filter (where product_id is null) from kpi k where k.tenant_id = a.tenant_id and k.account_id = a.id) k
  cross join lateral (select array_agg(id) from (select id from note n where n.tenant_id = a.tenant_id and n.account_id = a.id order by occurred_at desc limit 5) n) n
  cross join lateral (select array_agg(id) from (select id from playbook_report r where r.tenant_id = a.tenant_id and r.account_id = a.id order by generated_at desc limit 3) r) r
  where a.tenant_id = $1`;
const bareTable = `create table bench_snapshot (tenant_id uuid, id uuid, account_id uuid, taken_at timestamptz, revenue_minor bigint, revenue_currency text, status text, industry text, region text, tier text, lifecycle_stage text, onboarding_status text, engagement_score float8,
  overall float8, usage float8, support float8, sentiment float8, outcomes float8, relationship float8, health_as_of timestamptz, products text[], product_count bigint, running bigint, completed bigint, lately bigint, last text, recommendations text[],
  kpis bigint, account_kpis bigint, notes uuid[], reports uuid[], primary key (tenant_id, id))`;

const create = 'mutation($ids: [ID!]) { createSnapshots(input: { accountIds: $ids }) { ... on SnapshotJob { id status } ... on UserError { message } } }';

/** A run of all accounts is as long as it is; more rounds would make the bench too long. */
const mostRuns = 2;

/** One snapshot over HTTP, and every account of the tenant in one run, beside a single INSERT … SELECT. */
export async function measureSnapshots(bench: Bench): Promise<void> {
  const { adminUrl, tenantId, token, plan } = bench;
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const part = await bench.program();
  const caller = new Caller(part.url, 1, { authorization: `Bearer ${token}` });
  try {
    await fill(admin, tenantId);
    await admin.query(bareTable);
    const { rows } = await admin.query<{ id: string }>('select id from account where tenant_id = $1 order by id', [tenantId]);
    const bodies = rows.map(({ id }) => JSON.stringify({ query: create, variables: { ids: [toGlobalId('Account', id)] } }));
    await compare(bench, { name: 'snapshots.one', title: 'One snapshot over HTTP, one connection', unit: 'snapshot', contestants: [httpContestant(bench, { name: 'program', part, caller, connections: 1, bodies, warmUp: 20 })] });
    await compare({ ...bench, plan: { ...plan, rounds: Math.min(plan.rounds, mostRuns) } }, { name: 'snapshots.run', title: `All ${rows.length.toLocaleString('en')} accounts in one run; lineage, audit, numbers and comparison are the program's alone`, unit: 'snapshot', contestants: [
      { name: 'program', part, async prepare() {
        caller.reconnect();
        // As autovacuum does within a minute of a run.
        await admin.query(`analyze ${(await written(admin)).join(', ')}, lineage_edge`);
      }, async turn() {
        await runAll(caller);
        return { units: rows.length };
      } },
      { name: 'one INSERT … SELECT', part: null, prepare: () => admin.query('truncate bench_snapshot'), async turn() {
        await admin.query(byHand, [tenantId]);
        return { units: rows.length };
      } },
    ] });
  } finally {
    caller.close();
    await admin.end();
  }
}

async function runAll(caller: Caller): Promise<void> {
  const { createSnapshots } = await caller.query<{ createSnapshots: { id?: string; message?: string } }>(create, { ids: null });
  if (!createSnapshots.id) throw new Error(createSnapshots.message);
  for (let status = 'RUNNING'; status === 'RUNNING'; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { snapshotJob } = await caller.query<{ snapshotJob: { status: string } }>('query($id: ID!) { snapshotJob(id: $id) { status } }', { id: createSnapshots.id });
    status = snapshotJob.status;
  }
}
