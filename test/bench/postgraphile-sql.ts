import { Client } from 'pg';
import { defaultScoringModelParameters } from '../../src/features/scoring/scoring-model.ts';
import { ratesOf } from '../../src/features/scoring/score-rates.ts';
import { readStateBytes, writeStateJson } from '../../src/features/scoring/state-bytes.ts';

const model = { ...defaultScoringModelParameters(), version: 1 };
const kinds = [...ratesOf(model).values()].map(({ type, weight, halfLife, cap }) => `('${type}', ${weight}::float8, ${halfLife / 1_000}::float8, '${cap}'::float8)`).join(', ');
const threshold = model.highIntentThreshold;

/** What hangs on an account: its foreign keys lead to the account's identity, so PostGraphile is told that they lead to the account too. */
const childTables = ['account_contexts', 'activity', 'contact', 'manager_flag', 'opportunity', 'signal', 'thread', 'ticket', 'weekly_summary'];
const relations = [
  ...childTables.map((table) => `comment on table ${table} is E'@foreignKey (tenant_id, account_id) references account (tenant_id, id)'`),
  `comment on table external_ref is E'@foreignKey (tenant_id, node_id) references account (tenant_id, id)'`,
];

/** The formula of `intent-score.ts`: per type what one raw unit is worth, and the score, of a state now. */
const scoreParts = `create function bench_score_parts(state jsonb, fit float8) returns table (type text, weight float8, half_life float8, points_per_unit float8, score float8) language sql stable as $$
  with kind(type, weight, half_life, cap) as (values ${kinds}),
  summed as (
    select k.*, k.weight * sum((b->>1)::float8 / 2::float8 ^ 84 * 2::float8 ^ greatest(-900, ((b->>0)::float8 + 1) * 32 - extract(epoch from now())::float8 / k.half_life)) as raw
    from jsonb_each(state) s join kind k on k.type = s.key cross join jsonb_array_elements(s.value) b group by k.type, k.weight, k.half_life, k.cap),
  held as (select *, least(cap, greatest(-cap, raw)) as held from summed),
  totals as (select fit * coalesce(sum(held) filter (where held > 0), 0) as gained, -fit * coalesce(sum(held) filter (where held < 0), 0) as lost from held),
  curve as (select *, 100 * (1 - exp(-gained / ${model.saturation})) as up, 100 * (1 - exp(-greatest(0, gained - lost) / ${model.saturation})) as score from totals)
  select h.type, h.weight, h.half_life, case when h.held > 0 then fit * c.up / c.gained * h.held / h.raw when h.held < 0 then fit * (c.up - c.score) / c.lost * h.held / h.raw else 0 end, c.score from held h cross join curve c
$$`;

/** The states of present scores as JSON, which SQL can read; the program keeps them as bytes. Filled by `fillStates`. */
const stateTable = 'create table bench_state (point_id uuid primary key, state jsonb not null)';

const functions = [
  stateTable,
  'grant select on bench_state to public',
  scoreParts,
  'create type bench_intent as (value float8, band text, trend text, computed_at timestamptz, model_version int, next_crossing_at timestamptz, next_crossing_direction text)',
  `create function account_contexts_intent(c account_contexts) returns bench_intent language sql stable as $$
    select s.score, case when s.score >= ${threshold} then 'HIGH' when s.score >= ${threshold * model.mediumShare} then 'MEDIUM' else 'LOW' end,
      case when s.score - s.before > ${model.trend.tolerancePoints} then 'RISING' when s.score - s.before < -${model.trend.tolerancePoints} then 'FALLING' else 'STEADY' end,
      now(), c.model_version, c.next_crossing_at, case when c.above_threshold then 'DOWN' else 'UP' end
    from (select coalesce((select p.score from bench_score_parts((select b.state from bench_state b where b.point_id = c.point_id), c.icp_fit) p limit 1), 0) as score,
      coalesce((select p.value from score_point p where p.tenant_id = c.tenant_id and p.account_id = c.account_id and p.recorded_at <= now() - interval '${model.trend.windowHours} hours' order by p.recorded_at desc limit 1), 0) as before) s
  $$`,
  'create type bench_contribution as (signal_id uuid, type text, source text, occurred_at timestamptz, weight float8, decay_factor float8, points float8)',
  `create function account_contexts_contributions(c account_contexts, most int) returns setof bench_contribution language sql stable as $$
    select n.id, n.type, n.source, n.occurred_at, p.weight, n.decay, p.weight * n.decay * p.points_per_unit
    from bench_score_parts((select b.state from bench_state b where b.point_id = c.point_id), c.icp_fit) p cross join lateral (
      select t.id, t.type, t.source, t.occurred_at, 2::float8 ^ (-extract(epoch from now() - t.effective_at)::float8 / p.half_life) as decay from signal t
      where t.tenant_id = c.tenant_id and t.account_id = c.account_id and t.type = p.type order by t.occurred_at desc, t.id desc limit most) n
    order by abs(p.weight * n.decay * p.points_per_unit) desc limit most
  $$`,
  `create function account_open_tickets(a account) returns setof ticket language sql stable as $$
    select * from ticket t where t.tenant_id = a.tenant_id and t.account_id = a.id and t.status_category <> 'DONE' order by t.occurred_at desc, t.id desc $$`,
  `create function account_signals_of_types(a account, types text[]) returns setof signal language sql stable as $$
    select * from signal t where t.tenant_id = a.tenant_id and t.account_id = a.id and t.type = any(types) order by t.occurred_at desc, t.id desc $$`,
  `create function portfolio_accounts(min_intent float8, statuses text[]) returns setof account_contexts language sql stable as $$
    select c.* from account_contexts c join account a on a.tenant_id = c.tenant_id and a.id = c.account_id
    where c.intent_score >= min_intent and a.status = any(statuses) order by c.intent_score desc, c.account_id desc $$`,
];

/**
 * What the owner adds for PostGraphile, so that it answers the same pages: the score, the contributions and the filters that its
 * schema has no words for, as SQL functions, which is its own way. Nothing else reads them.
 */
const postgraphileSql: readonly string[] = [...relations, ...functions];

/** Writes the states of present scores as JSON. */
async function fillStates(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ id: string; sums: Buffer }>('select p.id, p.sums from account_contexts c join score_point p on p.tenant_id = c.tenant_id and p.id = c.point_id where p.sums is not null');
  await admin.query('insert into bench_state select id, state from jsonb_to_recordset($1) as s(id uuid, state jsonb)', [`[${rows.map(({ id, sums }) => `{"id":"${id}","state":${writeStateJson(readStateBytes(sums))}}`).join()}]`]);
}

/** Adds what PostGraphile needs, once for a database, and writes the states of present scores as JSON. */
export async function preparePostgraphile(adminUrl: string): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ known: boolean }>(`select to_regclass('bench_state') is not null as known`);
    if (rows[0]?.known) return;
    for (const text of postgraphileSql) await admin.query(text);
    await fillStates(admin);
  } finally {
    await admin.end();
  }
}
