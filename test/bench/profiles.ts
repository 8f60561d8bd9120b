import { Client } from 'pg';
import type { FieldValueType } from '../../src/features/profiles/enums.ts';
import { checkValue, type ValueRule } from '../../src/features/profiles/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import { compare, observe, type Bench } from './bench.ts';
import { httpContestant } from './http-contestant.ts';
import { Caller, closedLoop, percentile } from './load.ts';
import { startPart } from './part.ts';
import type { Report } from './report.ts';
import { differences } from './same-answers.ts';

/** How many fields each measured profile has. */
const fieldsOfProfile = 20;
const connections = 4;
const query = 'query($id: ID!) { account(id: $id) { profile { fields { name value valueType status source confidence validation { state errors } } } } }';

/** Loads profiles for the first time and again, beside hand-written SQL that opens the same values; and checks values, type by type. */
export async function measureProfiles(bench: Bench): Promise<void> {
  const { options, adminUrl, tenantId, token, plan, report } = bench;
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const { rows } = await admin.query<{ id: Id<'Account'> }>('select id from account where tenant_id = $1 order by id limit $2', [tenantId, plan.profiles]);
  await admin.end();
  const part = await bench.program();
  const hand = await startPart('./hand-part.ts', { ...options, guarded: true });
  const authorization = { authorization: `Bearer ${token}` };
  const [ours, theirs] = [new Caller(part.url, connections, authorization), new Caller(hand.url, connections, authorization)];
  try {
    const ids = rows.map(({ id }) => id);
    await part.ask('fillProfiles', { accounts: ids, fields: fieldsOfProfile });
    const bodies = ids.map((id) => JSON.stringify({ query, variables: { id: toGlobalId('Account', id) } }));
    const byHand = ids.map((id) => JSON.stringify({ page: 'profile', variables: { id } }));
    for (let number = 0; number < Math.min(5, ids.length); number += 1) checkSame(await ours.post('/graphql', bodies[number] ?? ''), await theirs.post('/graphql', byHand[number] ?? ''));
    // The first ones compile the query; the others are asked for once, so that none is cached.
    const cold = bodies.slice(20);
    const half = Math.ceil(cold.length / 2);
    let next = 0;
    await closedLoop({ connections, requests: 200, mostSeconds: 2, send: async (turn) => (await ours.post('/graphql', bodies[turn % 20] ?? '')).length });
    await observe(bench, { name: 'profiles.uncached', title: `A profile of ${fieldsOfProfile} fields, asked for the first time`, unit: 'request' }, { part, async turn() {
      const { times, bytes } = await closedLoop({ connections, requests: half, mostSeconds: plan.seconds, send: async () => Buffer.byteLength(await ours.post('/graphql', cold[next++ % cold.length] ?? '')) });
      return { units: times.length, times, bytes };
    } });
    const kept = bodies.slice(0, 20 + Math.min(next, cold.length));
    await compare(bench, { name: 'profiles.cached', title: `A cached profile of ${fieldsOfProfile} fields, ${connections} connections`, unit: 'request', contestants: [
      httpContestant(bench, { name: 'program', part, caller: ours, connections, bodies: kept }),
      httpContestant(bench, { name: 'by hand with token and transaction', part: hand, caller: theirs, connections, bodies: byHand.slice(0, kept.length) }),
    ] });
    reportChecks(report);
  } finally {
    ours.close();
    theirs.close();
    await hand.stop();
  }
}

function checkSame(one: string, other: string): void {
  const found = differences(JSON.parse(one), JSON.parse(other));
  if (found.length > 0) throw new Error(`hand-written SQL answers a profile otherwise than the program: ${found.slice(0, 12).join('; ')}`);
}

const values: readonly (readonly [FieldValueType, unknown, string | null])[] = [
  ['STRING', 'John Smith', null], ['EMAIL', 'ada.lovelace@example.com', '^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\\.[a-zA-Z0-9-.]+$'], ['PHONE', '+49 30 1234567', '^\\+49'], ['URL', 'https://example.com/a?b=c', null],
  ['NUMBER', '42.5', null], ['DATE', '2026-11-21', '^20'], ['DATETIME', '2026-11-21T09:30:00Z', null], ['TEXT', 'a'.repeat(9_999), null], ['TEXT', `${'a'.repeat(9_998)}!`, '(a+)+$'],
];

function reportChecks(report: Report): void {
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
  report.table('Checking one value, microseconds', ['', 'p50', 'p99', 'longest'], rows);
}
