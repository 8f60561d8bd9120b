import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { reprojectAccounts, reprojectRecordsOf } from '../../src/features/accounts/index.ts';
import { storeStatements } from '../../src/features/sources/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { statement } from '../../src/platform/postgres/statement.ts';
import { random } from '../harness/random.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

const minute = 60_000;
const names = ['a', 'b', 'c', 'd'];
const kinds: readonly (readonly [string, (n: number) => Record<string, unknown>])[] = [
  ['opportunities', (n) => ({ name: `Deal ${n % 5}`, stage: ['Open', 'Negotiation', 'Closed Won'][n % 3], amount: n % 4 === 0 ? null : { amountMinor: n * 100, currency: 'USD' } })],
  ['contacts', (n) => ({ name: `Person ${n % 7}`, email: `person${n % 3}@example.com`, title: n % 2 === 0 ? 'CTO' : null })],
  ['tickets', (n) => ({ key: `T-${n % 3}`, summary: 'It fails', status: 'Open', statusCategory: n % 2 === 0 ? 'TO_DO' : 'DONE' })],
  ['kpis', (n) => ({ category: 'Product Usage', parameter: 'Weekly active users', value: `${n % 100} %` })],
  ['notes', (n) => ({ noteType: 'CALL', content: `They said ${n}` })],
];
let program: Arranged;
const next = random(20_261_130);
/** A whole number below `most`; the same run every time. */
const below = (most: number): number => Math.floor(next() * most);
const pick = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value;
beforeAll(async () => {
  // Without snapshots, which wait for accounts that are retired meanwhile.
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program.close());

const caller = () => ({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }) as const;
const merge = statement('merge', 'update node_identity set survivor_id = $3 where tenant_id = $1 and id = any($2::uuid[])');
const move = statement('move', 'select move_signals($1::uuid[], $2)');
const someTime = (): string => new Date(program.clock.now().getTime() - below(30 * 24) * 60 * minute).toISOString();
const uuids = new Map<string, Id<'Account'>>();

/** Makes accounts count for another, or for themselves again. */
async function decide(bases: readonly string[], survivor: string): Promise<void> {
  const ids = bases.map((name) => uuids.get(name) as Id<'Account'>);
  const into = uuids.get(survivor) as Id<'Account'>;
  await program.database.transact(caller(), async (work) => {
    await reprojectAccounts(work, program.seal, ids);
    await work.rows(merge, [work.tenantId, ids, into]);
    await work.rows(move, [ids, into]);
    await reprojectAccounts(work, program.seal, [...new Set([...ids, into])]);
    await reprojectRecordsOf(work, program.seal, [...ids, into]);
  });
}

async function retire(nodeType: string, nodeId: string, accountId: string | null): Promise<void> {
  const [own] = await program.rows('select account_id from source_statement where node_id = $1 limit 1', [nodeId]);
  if (!own) return;
  await program.database.transact(caller(), async (work) => {
    await storeStatements(work, nodeType, [{ id: work.newId(), nodeId, accountId, source: 'salesforce', mode: 'RETIRE', occurredAt: someTime(), modifiedAt: null, timed: true, origin: 6, recordedAt: work.now, fields: {}, subjectId: null, statedBy: 'system:test', current: true }], []);
    if (nodeType === 'Account') await reprojectAccounts(work, program.seal, [nodeId as Id<'Account'>]);
    else await reprojectRecordsOf(work, program.seal, [accountId ?? '']);
  });
}

/** Something is delivered or decided. */
async function happen(n: number): Promise<void> {
  const name = pick(names);
  const account = { externalRef: crm(name) };
  const occurredAt = below(3) === 0 ? undefined : someTime();
  switch (below(8)) {
    case 0:
    case 1:
      await program.upsertAccounts([{ externalRef: crm(name), name: `${name} ${n % 6}`, ...(n % 2 === 0 ? { industry: pick(['Retail', 'Software', null]), employeeCount: n } : {}), occurredAt }]);
      break;
    case 2:
    case 3:
    case 4: {
      const [plural, of] = pick(kinds);
      await program.upsert(plural, [{ account, externalRef: crm(`${below(4)}`), ...of(n), occurredAt: occurredAt ?? someTime() }]);
      break;
    }
    case 5:
      await program.ingest([{ account, type: pick(['demo_request', 'meeting', 'page_view']), source: 'web', sourceEventId: `e${n}`, ...(occurredAt ? { occurredAt } : {}) }]);
      break;
    case 6: {
      const others = names.filter((each) => each !== name && uuids.has(each));
      if (!uuids.has(name) || others.length === 0) break;
      const [now] = await program.rows('select survivor_id from node_identity where id = $1', [uuids.get(name)]);
      if (String(now?.['survivor_id']) !== uuids.get(name)) await decide([name], name);
      else if ((await program.count('select from node_identity where survivor_id = $1', [uuids.get(name)])) === 1) {
        const into = pick(others);
        const [other] = await program.rows('select survivor_id from node_identity where id = $1', [uuids.get(into)]);
        if (String(other?.['survivor_id']) === uuids.get(into)) await decide([name], into);
      }
      break;
    }
    default: {
      const [record] = await program.rows(`select node_type, node_id, account_id from source_statement where mode <> 'RETIRE' order by md5(id::text || $1) limit 1`, [String(n)]);
      if (record) await retire(String(record['node_type']), String(record['node_id']), record['account_id'] === null ? null : String(record['account_id']));
    }
  }
  for (const row of await program.rows(`select external_id, node_id from external_ref where node_type = 'Account'`)) uuids.set(String(row['external_id']), String(row['node_id']) as Id<'Account'>);
  await program.settled();
}

const page = `id name industry status employeeCount externalRefs { system id } opportunities { totalCount edges { node { id name stage amount { amountMinor currency } account { id } } } } contacts { edges { node { id name email title } } }
  tickets(filter: { open: true }) { totalCount edges { node { id key } } } kpis { edges { node { id value } } } notes { edges { node { id content occurredAt recordedAt } } } health { overallScore healthSource }
  signals { totalCount edges { node { id type } } } intent { ... on IntentScore { value band trend contributions(first: 3) { points signal { id } } } } profile { fields { id } } consideration { id reason }`;
const query = `query($ids: [ID!]!, $asOf: DateTime, $validAt: DateTime) {
  nodes(ids: $ids, asOf: $asOf, validAt: $validAt) { ... on Account { ${page} } }
  accounts(first: 50, asOf: $asOf, validAt: $validAt) { totalCount edges { node { ${page} } } }
  warm: accounts(asOf: $asOf, validAt: $validAt, filter: { minIntent: 1 }, orderBy: { field: INTENT, direction: DESC }) { edges { node { id name } } }
  accountStats(asOf: $asOf, validAt: $validAt) { count byStatus { status count } byIntentBand { band count } openPipeline { stage count amounts { amountMinor currency } } }
  opportunities(asOf: $asOf, validAt: $validAt) { totalCount edges { node { id stage account { id name } } } }
  signals(asOf: $asOf, validAt: $validAt) { totalCount edges { node { id } } }
}`;

test('what was read of the past is read again byte for byte, whatever was delivered, retired, merged and unmerged since', async () => {
  const kept: { variables: object; answer: string }[] = [];
  const read = async (variables: object): Promise<string> => JSON.stringify(await program.see(query, variables as Record<string, unknown>));
  // Signals are read in the present below any state: their ids stay, their accounts do not.
  for (let n = 1; n <= 60; n += 1) {
    await happen(n);
    program.clock.advance(7 * minute);
    if (n % 3 !== 0) continue;
    const asOf = new Date(program.clock.now().getTime() - minute - below(n * 7) * minute).toISOString();
    const validAt = below(4) === 0 ? null : new Date(Date.parse(asOf) - below(32 * 24) * 60 * minute).toISOString();
    const variables = { ids: [...uuids.values()].map((id) => `Account_${id.replaceAll('-', '')}`), asOf, validAt };
    kept.push({ variables, answer: await read(variables) });
    const again = pick(kept);
    expect(await read(again.variables)).toBe(again.answer);
  }
  for (const { variables, answer } of kept) expect(await read(variables), JSON.stringify(variables)).toBe(answer);
  // The past that was asked of has something in it.
  expect(kept.filter(({ answer }) => answer.includes('Deal')).length).toBeGreaterThan(kept.length / 4);
  expect(await program.count('select from signal_account_history')).toBeGreaterThan(0);
}, 240_000);
