import { afterAll, beforeAll, expect, test } from 'vitest';
import { passedBy } from '../harness/facts.ts';
import { until } from '../harness/program.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
let kept = '';
let retired = '';
let before = '';

const lists = ['contacts', 'opportunities', 'tickets', 'notes'];
const everywhere = `accounts(first: 50, asOf: $at) { totalCount edges { node { id } } }
  ${lists.map((list) => `${list}(first: 50, asOf: $at) { totalCount edges { node { account { id } } } }`).join(' ')}
  signals(first: 50, asOf: $at) { totalCount edges { node { account { id } } } }
  accountStats(asOf: $at) { count byStatus { status count } byIntentBand { band count } byOwner { owner { name } count } openPipeline { stage count } }`;
const inThePresent = `considerations(first: 50) { totalCount edges { node { account { id } } } } matchCandidates(first: 50, filter: { statuses: [OPEN] }) { totalCount edges { node { id } } } actions(first: 50) { edges { node { account { id } } } }`;
const see = async (at: string | null): Promise<string> => JSON.stringify(await program.see(`query($at: DateTime) { ${everywhere} ${at === null ? inThePresent : ''} }`, { at }));
const find = async (text: string): Promise<string> => JSON.stringify(await program.see('query($text: String!) { search(text: $text, first: 20) { edges { node { node { id ... on Contact { account { id } } } } } } }', { text }));

async function plant(name: string, contact: object): Promise<string> {
  const id = await program.account(name, { name: `${name} Works`, owner: { name: `Owner of ${name}` } });
  const account = { id };
  for (const plural of lists) await program.upsert(plural, [{ account, externalRef: crm(`${name}-${plural}`), ...samples[plural]?.[0], ...(plural === 'contacts' ? contact : {}) }]);
  for (const index of [1, 2, 3]) await program.ingest([{ account, type: 'demo_request', source: 'test', sourceEventId: `${name}-${index}` }]);
  return id;
}

beforeAll(async () => {
  program = await arrange();
  kept = await plant('Kestrel', { name: 'Keira Knox', email: 'keira@kestrel.example' });
  retired = await plant('Osprey', { name: 'Oswin Oakley', email: 'oswin@osprey.example' });
  await program.settled();
  program.clock.advance(60_000);
  before = program.clock.now().toISOString();
  program.clock.advance(60_000);
});
afterAll(() => program.close());

/** Every fact is in the scores, and whether to write to the accounts was decided anew. */
async function settled(): Promise<void> {
  await program.settled();
  await until('orchestration has considered the account', async () => (await program.count(`select from audit_logs a where kind in ('account.retired', 'account.restored') and not ${passedBy(`'orchestration'`)}`)) === 0);
}

test('nothing of a retired account is in lists, figures or search of the tenant; the past keeps it', async () => {
  const then = await see(before);
  expect(then).toContain(retired);
  for (const text of ['Osprey', 'Oswin Oakley', 'oswin@osprey.example']) expect(await find(text), text).toContain(retired);
  const answer = await program.query<{ r: { __typename: string } }, Record<string, unknown>>('mutation($ids: [ID!]!) { r: retireRecords(input: { ids: $ids, reason: "left" }) { __typename } }', { ids: [retired] }, { role: 'admin' });
  expect(answer.data?.r.__typename).toBe('RetiredRecords');
  await settled();
  const now = await see(null);
  expect(now).toContain(kept);
  expect(now).not.toContain(retired);
  expect(now).not.toContain('Osprey');
  const figures = await program.see<{ accountStats: { count: number }; signals: { totalCount: number }; accounts: { totalCount: number } }>('{ accountStats { count } signals(first: 1) { totalCount } accounts(first: 1) { totalCount } }');
  expect(figures).toEqual({ accountStats: { count: 1 }, signals: { totalCount: 3 }, accounts: { totalCount: 1 } });
  for (const text of ['Osprey', 'Oswin Oakley', 'oswin@osprey.example']) expect(await find(text), text).not.toContain(retired);
  expect(await find('Kestrel')).toContain(kept);
  expect(await see(before), 'as of an instant before').toBe(then);
  const own = await program.see<{ account: { signals: { totalCount: number } } }>('query($id: ID!) { account(id: $id) { signals(first: 1) { totalCount } } }', { id: retired });
  expect(own.account.signals.totalCount, 'its own are still read through it').toBe(3);
});

test('the records of a retired account come back with it', async () => {
  await program.query('mutation($ids: [ID!]!) { restoreRecords(input: { ids: $ids }) { __typename } }', { ids: [retired] }, { role: 'admin' });
  await settled();
  const now = await see(null);
  expect(now).toContain(retired);
  expect(await program.see('{ signals(first: 1) { totalCount } accountStats { count } }')).toEqual({ signals: { totalCount: 6 }, accountStats: { count: 2 } });
});
