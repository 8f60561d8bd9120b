import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { scoreRow } from '../../src/features/scoring/score-accounts.ts';
import { defaultScoringModelParameters, type ScoringModel } from '../../src/features/scoring/scoring-model.ts';
import type { ScoreState } from '../../src/features/scoring/intent-score.ts';
import { readState, writeStateBytes, type StateColumns } from '../../src/features/scoring/state-bytes.ts';
import type { Id } from '../../src/platform/ids.ts';
import { createSeal } from '../../src/platform/postgres/seal.ts';

/** How much of what is made, and under which key people are sealed. */
export interface DataSet {
  readonly accounts: number;
  readonly signals: number;
  readonly masterKey: Buffer;
}

/** The tenants that were made: the one that is measured, and a small one beside it. */
export interface Generated {
  readonly tenantId: string;
  readonly otherTenantId: string;
}

/** The share of each type among a hundred signals: what is light is frequent, so that scores spread over the whole scale. */
const mix: Readonly<Record<string, number>> = {
  website_visit: 32, email_open: 27, product_usage: 16, note: 8, support_ticket: 5, content_download: 4,
  call: 3, email_reply: 2, meeting: 1, pricing_page_visit: 1, stage_change: 1,
};
const hundredTypes = Object.entries(mix).flatMap(([type, share]) => Array.from({ length: share }, () => type));

/** Fills a freshly migrated database as its owner. Tells how long each step took. */
export async function generate(adminUrl: string, data: DataSet, tell: (line: string) => void): Promise<Generated> {
  const admin = new Client({ connectionString: adminUrl, options: '-c TimeZone=UTC -c maintenance_work_mem=512MB -c work_mem=128MB -c synchronous_commit=off' });
  await admin.connect();
  const step = async (name: string, body: () => Promise<unknown>): Promise<void> => {
    const from = performance.now();
    await body();
    tell(`  ${name} ${((performance.now() - from) / 1_000).toFixed(1)} s`);
  };
  try {
    // Neither foreign keys nor version keeping: what is made here is right, and was never different.
    await admin.query('set session_replication_role = replica');
    const indexes = await dropSignalIndexes(admin);
    const tenantIds: string[] = [];
    for (const share of [1, 20]) {
      const [accounts, signals] = [Math.ceil(data.accounts / share), Math.ceil(data.signals / share)];
      const tenantId = randomUUID();
      tenantIds.push(tenantId);
      await step(`${accounts} accounts with what hangs on them`, () => makeAccounts(admin, { tenantId, accounts, masterKey: data.masterKey, name: `bench-${share}` }));
      await step(`${signals} signals`, () => makeSignals(admin, { tenantId, accounts, signals }));
      await step('scores', () => makeScores(admin, tenantId));
    }
    await step('indexes', async () => {
      for (const index of indexes) await admin.query(index);
    });
    await step('statistics', () => admin.query('vacuum analyze'));
    const [tenantId = '', otherTenantId = ''] = tenantIds;
    return { tenantId, otherTenantId };
  } finally {
    await admin.end();
  }
}

/** Building an index over all rows at once is several times faster than growing it row by row. */
async function dropSignalIndexes(admin: Client): Promise<string[]> {
  const { rows } = await admin.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = 'signal'::regclass and not indisprimary`,
  );
  for (const { name } of rows) await admin.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition);
}

const accountRows = `
insert into account (tenant_id, id, name, industry, region, website, employee_count, status, tier, revenue_minor, revenue_currency,
  owner_name, owner_email, csm_name, csm_email, lifecycle_stage, occurred_at, recorded_at, sys_from)
select $1, uuidv7(interval '-200 days'), md5('name' || n) || ' Inc.', (array['Software', 'Retail', 'Banking', 'Health'])[1 + n % 4], (array['EMEA', 'AMER', 'APAC'])[1 + n % 3],
  'https://account-' || n || '.example', 10 + n % 5000, (array['ACTIVE', 'ACTIVE', 'ACTIVE', 'AT_RISK', 'INACTIVE', 'CHURN'])[1 + n % 6], 'enterprise', n * 1000, 'USD',
  'Owner ' || n % 50, 'owner' || n % 50 || '@vendor.example', 'Manager ' || n % 30, 'manager' || n % 30 || '@vendor.example', 'GROWTH',
  now() - interval '200 days', now() - interval '200 days', now() - interval '200 days'
from generate_series(1, $2::int) n`;

const refRows = `
insert into external_ref (tenant_id, node_type, system, external_id, node_id, recorded_at)
select $1, 'Account', system, system || '-' || row_number() over (partition by system order by id), id, recorded_at
from account, (values ('salesforce'), ('chatwoot')) s(system) where tenant_id = $1`;

/** The rows of one table: so many per account, older by a day each. */
const recordRows = (table: string, count: number, columns: string, values: string): string => `
insert into ${table} (tenant_id, id, account_id, ${columns}, occurred_at, recorded_at, sys_from)
select a.tenant_id, uuidv7(), a.id, ${values}, now() - make_interval(days => n), now() - make_interval(days => n), now() - make_interval(days => n)
from account a, generate_series(1, ${count}) n where a.tenant_id = $1`;

const recordStatements = [
  recordRows('opportunity', 2, 'name, stage, amount_minor, amount_currency, close_date, probability, next_step, stage_since',
    `'Renewal ' || n, 'Proposal', 100000 * n, 'USD', current_date + n * 20, 0.25 * n, 'Send the offer', now() - interval '9 days'`),
  recordRows('activity', 5, 'type, subject', `'Call', 'Talked about phase ' || n || ' of the roll-out'`),
  recordRows('ticket', 3, 'key, summary, status, status_category, assignee, priority, labels, url, created_on',
    `'BEN-' || n, 'The export stops half way, case ' || n, 'In Progress', (array['IN_PROGRESS', 'TO_DO', 'DONE'])[n], 'Sam Lee', 'HIGH', array['blocker'], 'https://tickets.example/BEN-' || n, current_date - n`),
  recordRows('thread', 2, 'author, preview, reply_count, url', `'Kim', 'Has anybody heard from their new CTO about part ' || n || '?', n, 'https://chat.example/' || n`),
  recordRows('manager_flag', 1, 'flag, set_by, note', `'watch', 'Robin', 'Their budget is under review'`),
  recordRows('weekly_summary', 1, 'week_of, status, highlights, risks', `date_trunc('week', current_date - 7)::date, 'on track', array['Signed the pilot'], array['New sponsor']`),
];

async function makeAccounts(admin: Client, { tenantId, accounts, masterKey, name }: { tenantId: string; accounts: number; masterKey: Buffer; name: string }): Promise<void> {
  await admin.query('insert into tenant (id, slug, name, created_at) values ($1, $2, $2, now())', [tenantId, name]);
  await admin.query(`insert into scoring_model (tenant_id, version, parameters, published_at, published_by) values ($1, 1, $2, now() - interval '200 days', 'bench')`, [tenantId, JSON.stringify(defaultScoringModelParameters())]);
  await admin.query(accountRows, [tenantId, accounts]);
  await admin.query(`insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at, sys_from) select tenant_id, id, 'Account', id, recorded_at, sys_from from account where tenant_id = $1`, [tenantId]);
  await admin.query(refRows, [tenantId]);
  for (const statement of recordStatements) await admin.query(statement, [tenantId]);
  await makeContacts(admin, tenantId, masterKey);
}

const contactsOfAccount = 3;

/** Every contact is a data subject of its own, as in life: its key, and its values sealed under it. */
async function makeContacts(admin: Client, tenantId: string, masterKey: Buffer): Promise<void> {
  const seal = createSeal(masterKey);
  const { rows } = await admin.query<{ id: string }>('select id from account where tenant_id = $1 order by id', [tenantId]);
  const people = rows.flatMap(({ id }, place) =>
    Array.from({ length: contactsOfAccount }, (_, n) => {
      const { key, wrapped } = seal.newKey();
      const email = `person${place}.${n}@account-${place}.example`;
      const subjectId = randomUUID();
      return {
        accountId: id, subjectId, wrapped, lookup: seal.lookup(tenantId, { email }), name: seal.seal(key, `Person ${place} ${n}`), email: seal.seal(key, email),
        digest: seal.digest(key, email), days: n + 1,
      };
    }),
  );
  for (let from = 0; from < people.length; from += 5_000) {
    const some = people.slice(from, from + 5_000);
    await admin.query('insert into subject_key (tenant_id, subject_id, lookup, wrapped_key, created_at) select $1, s, l, w, now() from unnest($2::uuid[], $3::bytea[], $4::bytea[]) as u(s, l, w)', [
      tenantId, some.map((person) => person.subjectId), some.map((person) => person.lookup), some.map((person) => person.wrapped),
    ]);
    await admin.query(
      `insert into contact (tenant_id, id, account_id, subject_id, digest, name_sealed, email_sealed, title, role, occurred_at, recorded_at, sys_from)
       select $1, uuidv7(), a, s, d, n, e, 'CTO', 'Economic Buyer', now() - make_interval(days => days), now() - make_interval(days => days), now() - make_interval(days => days)
       from unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[], $6::bytea[], $7::int[]) as u(a, s, d, n, e, days)`,
      [tenantId, some.map((person) => person.accountId), some.map((person) => person.subjectId), some.map((person) => person.digest), some.map((person) => person.name), some.map((person) => person.email), some.map((person) => person.days)],
    );
  }
}

/** Half a year of signals in the order of their arrival, each of a chance account and type. */
const signalRows = `
with numbered as materialized (select id, row_number() over (order by id) as place from account where tenant_id = $1)
insert into signal (tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, payload, request_id)
select $1, uuidv7(s.at - now()), a.id, ($3::text[])[1 + s.chance % 100], 'bench', 'event-' || s.n, 'bench:event-' || s.n, s.at, s.at + interval '2 seconds',
  jsonb_build_object('page', '/page/' || s.n % 50, 'seconds', s.n % 600, 'campaign', 'campaign ' || s.n % 20), 'generated'
from (
  select n, abs(hashint8(n)::bigint) as chance, 1 + abs(hashint8(n + 1000000007)::bigint) % $4::int as place,
    now() - interval '180 days' + interval '180 days' * ((n - 0.5) / $2::float8) as at
  from generate_series(1, $2::int) n
) s join numbered a on a.place = s.place`;

async function makeSignals(admin: Client, { tenantId, accounts, signals }: { tenantId: string; accounts: number; signals: number }): Promise<void> {
  await admin.query(signalRows, [tenantId, signals, hundredTypes, accounts]);
}

/** The exact sums of each type by bucket, as the context engine would have left them. */
const states = `
with kind as (select * from unnest($2::text[], $3::float8[]) as k(type, half_life)),
placed as (
  select s.account_id, s.type, k.half_life, extract(epoch from s.effective_at)::float8 as at, floor(extract(epoch from s.effective_at)::float8 / (32 * k.half_life)) as bucket
  from signal s join kind k using (type) where s.tenant_id = $1),
summed as (
  select account_id, type, bucket, max(bucket) over (partition by account_id, type) as newest,
    sum(round((2::float8 ^ (at / half_life - 32 * (bucket + 1)))::numeric * (2::numeric ^ 84)))::text as total
  from placed group by account_id, type, bucket),
sums as (
  select account_id, type, jsonb_agg(jsonb_build_array(bucket, split_part(total, '.', 1)) order by bucket) as sum from summed where bucket > newest - 3 group by account_id, type)
select account_id as "accountId", jsonb_object_agg(type, sum) as state from sums group by account_id`;

const insertScores = `
with given as materialized (
  select *, uuidv7() as point_id from jsonb_to_recordset($2::jsonb) as s("accountId" uuid, value float8, fit float8, sums text, "aboveThreshold" boolean, "nextCrossingAt" timestamptz, "refreshAt" timestamptz)
), pointed as (
  insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, cause, model_version, icp_fit, sums, anew, counts_all)
  select $1, point_id, "accountId", $3, $3, value, 'SIGNAL', 1, fit, decode(sums, 'hex'), true, true from given
)
insert into account_contexts (tenant_id, account_id, intent_score, model_version, icp_fit, scored_at, above_threshold, next_crossing_at, refresh_at, replayed_through, point_id)
select $1, "accountId", value, 1, fit, $3, "aboveThreshold", "nextCrossingAt", "refreshAt", 0, point_id from given`;

async function makeScores(admin: Client, tenantId: string): Promise<void> {
  const model: ScoringModel = { ...defaultScoringModelParameters(), version: 1 };
  const { signalTypes } = model;
  const { rows } = await admin.query<{ accountId: Id<'Account'>; state: StateColumns['state'] }>(states, [tenantId, signalTypes.map(({ type }) => type), signalTypes.map(({ halfLifeHours }) => halfLifeHours * 3_600)]);
  const now = Date.now();
  // The statement gives each its own.
  const unsaid = randomUUID() as Id<'ScorePoint'>;
  const scored = rows.map(({ accountId, state: json }) => {
    const state = readState({ sums: null, state: json });
    return scoreRow({ accountId, isCurrent: true, state, fit: 1, coverage: null, modelVersion: 1, aboveThreshold: false, traitsId: null, traitsHold: false, lowestOrigin: null, nextCrossingAt: null, replayedThrough: 0, pointId: null, industry: null, employeeCount: null, region: null }, { state, fit: 1, coverage: null, pointId: unsaid }, model, now);
  });
  for (let from = 0; from < scored.length; from += 2_000) await admin.query(insertScores, [tenantId, JSON.stringify(scored.slice(from, from + 2_000).map(({ state, ...row }) => ({ ...row, sums: writeStateBytes(state as ScoreState).toString('hex') }))), new Date(now).toISOString()]);
}
