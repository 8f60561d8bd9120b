import { Client } from 'pg';
import { Caller, measureLoad, type Measured } from './load.ts';
import { startPart, type PartOptions } from './part.ts';
import { printTable, times } from './table.ts';
import { asTenant } from './tenant-url.ts';

/** How long each question is measured. */
export interface LineagePlan {
  readonly requests: number;
  readonly mostSeconds: number;
}

const rule = `'USED', 'bench', '1', now()`;
const insert = 'insert into lineage_edge (tenant_id, to_type, to_id, from_type, from_id, relation, rule_name, rule_version, recorded_at)';
/** Score points in a row, each deriving from the one before; the first is an origin. */
const chain = `with point as (select n, p.id from (select row_number() over (order by id) as n, id from (
    select id from score_point where tenant_id = $1 order by id offset $2 limit $3) s) p)
  ${insert} select $1, 'ScorePoint', b.id, 'ScorePoint', a.id, ${rule} from point a join point b on b.n = a.n + 1`;
/** Signals in layers of 1,000, each deriving from ten of the layer before: 100 edges for each of 1,000 places. */
const layers = `with node as (select (row_number() over (order by id) - 1)::int as n, id from (select id from signal where tenant_id = $1 order by id limit 11000) s)
  ${insert} select $1, 'Signal', b.id, 'Signal', a.id, ${rule} from node b cross join generate_series(0, 9) as k(k)
  join node a on a.n = (b.n / 1000 - 1) * 1000 + (b.n * 7 + k.k * 101) % 1000 where b.n >= 1000`;
/** The one statement that somebody would write by hand: the chain with names, each node once. */
const hand = {
  name: 'hand_chain',
  text: `with recursive above(id) as (
      select $2::uuid union select e.from_id from above a join lineage_edge e on e.tenant_id = $1 and e.to_id = a.id and e.removed_at is null
    ) select a.id, coalesce(round(p.value::numeric, 1)::text, s.type) as name from (select id from above limit $3) a
    left join score_point p on p.tenant_id = $1 and p.id = a.id left join signal s on s.tenant_id = $1 and s.id = a.id`,
};
/** Changes of one score, each made from the one before and a signal, as columns state it. */
const changes = `with change as materialized (select n, uuidv7() as id, s.id as signal_id, c.account_id, s.recorded_at from generate_series(1, 500) n
    cross join lateral (select account_id from account_contexts where tenant_id = $1 order by account_id limit 1) c
    join (select id, recorded_at, row_number() over (order by id) as place from signal where tenant_id = $1 limit 500) s on s.place = n)
  insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, cause, signal_id, model_version, icp_fit, sums, before_id)
  select $1, id, account_id, now(), now() - make_interval(secs => 1000 - n), n % 100, 'SIGNAL', signal_id, 1, 1, '', lag(id) over (order by n) from change returning id`;
const handChanges = {
  name: 'hand_changes',
  text: `with recursive above(id) as (
      select $2::uuid union select source.id from above a join score_point p on p.tenant_id = $1 and p.id = a.id cross join lateral (values (p.before_id), (p.signal_id)) source(id) where source.id is not null
    ) select a.id, coalesce(round(p.value::numeric, 1)::text, s.type) as name from (select id from above limit $3) a
    left join score_point p on p.tenant_id = $1 and p.id = a.id left join signal s on s.tenant_id = $1 and s.id = a.id`,
};
const many = {
  name: 'hand_chains',
  text: `with recursive above(root, id) as (
      select id, id from unnest($2::uuid[]) id union select a.root, e.from_id from above a join lineage_edge e on e.tenant_id = $1 and e.to_id = a.id and e.removed_at is null
    ) select a.root, a.id, round(p.value::numeric, 1)::text as name from above a left join score_point p on p.tenant_id = $1 and p.id = a.id`,
};
const query = 'query($id: ID!, $most: Int!) { derivationChain(of: $id, maxNodes: $most) { id type name } }';
const queryMany = 'query($ids: [ID!]!) { nodes(ids: $ids) { ... on ScorePoint { derivationChain { id type name } } } }';
const globalId = (type: string, id: string): string => `${type}_${id.replaceAll('-', '')}`;

/** Chains of 10 and of 1,000 levels, 50 chains at once, and 2,000 nodes out of a graph of 100,000 edges: the program against one recursive statement. */
export async function measureLineage(options: PartOptions, adminUrl: string, token: string, { requests, mostSeconds }: LineagePlan): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  const own = new Client({ connectionString: asTenant(options.databaseUrl, options.tenantId) });
  await Promise.all([admin.connect(), own.connect()]);
  const { tenantId } = options;
  const idAt = async (table: 'score_point' | 'signal', place: number): Promise<string> => (await admin.query<{ id: string }>(`select id from ${table} where tenant_id = $1 order by id offset $2 limit 1`, [tenantId, place])).rows[0]?.id ?? '';
  // Without circles by construction; the guards are not what is measured here.
  // The chains are of changes alone, as the statement by hand reads them.
  await admin.query('update score_point set anew = false, counts_all = false where tenant_id = $1', [tenantId]);
  await admin.query('alter table lineage_edge disable trigger user');
  await admin.query(chain, [tenantId, 0, 1_001]);
  for (let first = 0; first < 50; first += 1) await admin.query(chain, [tenantId, 1_100 + first * 11, 11]);
  await admin.query(layers, [tenantId]);
  await admin.query('alter table lineage_edge enable trigger user');
  const tops = await Promise.all(Array.from({ length: 50 }, (_, place) => idAt('score_point', 1_110 + place * 11)));
  const [long, wide, short] = [await idAt('score_point', 1_000), await idAt('signal', 10_999), tops[0] ?? ''];
  const top = (await admin.query<{ id: string }>(changes, [tenantId])).rows.at(-1)?.id ?? '';
  await admin.query('analyze lineage_edge, score_point');
  const part = await startPart('./program-part.ts', options);
  const caller = new Caller(part.url, 1, { authorization: `Bearer ${token}` });
  const measure = (cpu: () => Promise<number>, send: () => Promise<number>): Promise<Measured> => measureLoad({ connections: 1, warmUp: Math.min(20, requests), requests, mostSeconds, cpu, send });
  const compare = async (title: string, body: object, statement: typeof hand, values: readonly unknown[]): Promise<readonly (string | number)[]> => {
    const answer = await caller.post('/graphql', JSON.stringify(body));
    if (answer.includes('"errors":')) throw new Error(`the program answers ${title} with ${answer.slice(0, 500)}`);
    const program = await measure(() => part.cpu(), async () => (await caller.post('/graphql', JSON.stringify(body))).length);
    const bare = await measure(async () => 0, async () => (await own.query({ ...statement, values: [tenantId, ...values] })).rows.length);
    return [title, program.p50, program.p99, bare.p50, bare.p99, times(bare.p50 / program.p50)];
  };
  try {
    printTable('Lineage, one caller', ['', 'p50 ms', 'p99 ms', 'one recursive statement: p50 ms', 'p99 ms', 'program is'], [
      await compare('chain of 10 levels', { query, variables: { id: globalId('ScorePoint', short), most: 100 } }, hand, [short, 100]),
      await compare('chain of 1,000 levels', { query, variables: { id: globalId('ScorePoint', long), most: 2_000 } }, hand, [long, 2_000]),
      await compare('500 changes of a score and their signals, by columns', { query, variables: { id: globalId('ScorePoint', top), most: 2_000 } }, handChanges, [top, 2_000]),
      await compare('50 chains of 10 levels', { query: queryMany, variables: { ids: tops.map((id) => globalId('ScorePoint', id)) } }, many, [tops]),
      await compare('2,000 nodes of a graph of 100,000 edges', { query, variables: { id: globalId('Signal', wide), most: 2_000 } }, hand, [wide, 2_000]),
    ]);
  } finally {
    caller.close();
    await part.stop();
    await Promise.all([admin.end(), own.end()]);
  }
}
