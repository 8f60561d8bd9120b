import { Client } from 'pg';
import type { FieldValueType } from '../../src/features/profiles/enums.ts';
import { checkValue, type ValueRule } from '../../src/features/profiles/index.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import { createSeal } from '../../src/platform/postgres/seal.ts';
import { Caller, measureLoad, percentile, type Measured } from './load.ts';
import type { Part } from './part.ts';
import { printTable, times } from './table.ts';

/** How many profiles are filled, and how often each way of reading is measured. */
export interface ProfilesPlan {
  readonly profiles: number;
  readonly requests: number;
  readonly mostSeconds: number;
}

/** How many fields each measured profile has. */
const fieldsOfProfile = 20;
const page = 'query($id: ID!) { account(id: $id) { profile { id fields { id name value valueType status source confidence validation { state errors } } } } }';
const bySql = `select t.id, t.name, t.value_sealed, k.wrapped_key, t.value_type, t.status, t.source, t.confidence, t.validation_state, t.validation_errors
  from profile_field t join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id where t.tenant_id = $1 and t.account_id = $2 and t.is_current order by t.name`;

/** Loads profiles cached and uncached, beside hand-written SQL that opens the same values; and checks values, type by type. */
export async function measureProfiles(target: { part: Part; token: string; adminUrl: string; tenantId: string; masterKey: Buffer }, plan: ProfilesPlan): Promise<void> {
  const { part, token, adminUrl, tenantId } = target;
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const caller = new Caller(part.url, 4, { authorization: `Bearer ${token}` });
  try {
    const { rows } = await admin.query<{ id: string }>('select id from account where tenant_id = $1 order by id limit $2', [tenantId, plan.profiles]);
    const ids = rows.map(({ id }) => id);
    await part.ask('fillProfiles', { accounts: ids, fields: fieldsOfProfile });
    const load = async (own: readonly string[], connections = 4): Promise<Measured> => {
      let turn = 0;
      return measureLoad({
        connections, warmUp: 0, requests: Math.min(plan.requests, own.length), mostSeconds: plan.mostSeconds, cpu: () => part.cpu(),
        send: async () => Buffer.byteLength(await caller.post('/graphql', JSON.stringify({ query: page, variables: { id: toGlobalId('Account', own[turn++ % own.length] ?? '') } }))),
      });
    };
    // The document is compiled and the definitions are kept before anything counts.
    const [warm, cold] = [ids.slice(0, 20), ids.slice(20)];
    for (let round = 0; round < 5; round += 1) await load(warm);
    // Each profile is loaded for the first time, and then for the second.
    const uncached = await load(cold);
    const cached = await load(cold.slice(0, uncached.requests));
    const [ours, hand] = await takeTurns(cold.slice(0, uncached.requests), (own) => load(own, 1), (own) => bare(admin, tenantId, own, target.masterKey));
    const row = (name: string, m: Measured): (string | number)[] => [name, m.requests, m.perSecond, m.p50, m.p99, m.cpu];
    printTable(`A profile of ${fieldsOfProfile} fields over HTTP, four connections`, ['', 'profiles', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms/request'], [row('uncached, from PostgreSQL', uncached), row('cached', cached)]);
    printTable('The same rows by one hand-written statement, values opened, no HTTP; one connection each, in turns', ['', 'p50 ms', 'p99 ms', 'cached is (p50)'], [
      ['cached, over HTTP', ours.p50, ours.p99, times(hand.p50 / ours.p50)],
      ['hand-written SQL', hand.p50, hand.p99, ''],
    ]);
    printChecks();
  } finally {
    caller.close();
    await admin.end();
  }
}

interface Times {
  readonly p50: number;
  readonly p99: number;
}

/** How many times the two take turns, so that what else the machine does falls on both. */
const rounds = 5;

/** Measures two ways of reading the same profiles, part by part, each part by both; the medians over the parts. */
async function takeTurns(ids: readonly string[], ours: (own: readonly string[]) => Promise<Times>, theirs: (own: readonly string[]) => Promise<number[]>): Promise<[Times, Times]> {
  const measured: [Times[], Times[]] = [[], []];
  const size = Math.ceil(ids.length / rounds);
  for (let from = 0; from < ids.length; from += size) {
    const own = ids.slice(from, from + size);
    measured[0].push(await ours(own));
    const took = await theirs(own);
    measured[1].push({ p50: percentile(took, 0.5), p99: percentile(took, 0.99) });
  }
  const median = (all: readonly Times[]): Times => ({ p50: percentile(all.map(({ p50 }) => p50), 0.5), p99: percentile(all.map(({ p99 }) => p99), 0.5) });
  return [median(measured[0]), median(measured[1])];
}

async function bare(admin: Client, tenantId: string, ids: readonly string[], masterKey: Buffer): Promise<number[]> {
  const seal = createSeal(masterKey);
  const took: number[] = [];
  for (const id of ids) {
    const from = performance.now();
    const { rows } = await admin.query<{ value_sealed: Buffer; wrapped_key: Buffer }>({ name: 'profile', text: bySql, values: [tenantId, id] });
    for (const row of rows) JSON.parse(seal.open(row.wrapped_key, row.value_sealed) ?? 'null');
    took.push(performance.now() - from);
  }
  return took;
}

const values: readonly (readonly [FieldValueType, unknown, string | null])[] = [
  ['STRING', 'John Smith', null], ['EMAIL', 'ada.lovelace@example.com', '^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\\.[a-zA-Z0-9-.]+$'], ['PHONE', '+49 30 1234567', '^\\+49'], ['URL', 'https://example.com/a?b=c', null],
  ['NUMBER', '42.5', null], ['DATE', '2026-11-21', '^20'], ['DATETIME', '2026-11-21T09:30:00Z', null], ['TEXT', 'a'.repeat(9_999), null], ['TEXT', `${'a'.repeat(9_998)}!`, '(a+)+$'],
];

function printChecks(): void {
  const rows = values.map(([valueType, value, validationRegex]) => {
    const rule: ValueRule = { valueType, enumValues: [], validationRegex };
    const took: number[] = [];
    for (let turn = 0; turn < 2_000; turn += 1) {
      const from = performance.now();
      checkValue(value, rule);
      took.push(performance.now() - from);
    }
    return [`${valueType}, ${String(value).length} characters${validationRegex === null ? '' : `, ${validationRegex}`}`, percentile(took, 0.5) * 1_000, percentile(took, 0.99) * 1_000, Math.max(...took.slice(1)) * 1_000];
  });
  printTable('Checking one value, microseconds', ['', 'p50', 'p99', 'longest'], rows);
}
