import { afterAll, beforeAll, expect, test } from 'vitest';
import { revocationReactions } from '../../src/api/privacy.ts';
import { grantConsent, revokeConsents } from '../../src/features/consent/index.ts';
import { rescoreNext } from '../../src/features/scoring/index.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { until } from '../harness/program.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { takenIn } from '../harness/facts.ts';

let program: Arranged;
let account = '';
beforeAll(async () => {
  program = await arrange();
  account = await program.account('objecting');
});
afterAll(() => program.close());

const act = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => program.database.transact({ tenantId: program.tenant, actor: { kind: 'user', id: 'officer' }, requestId: 'test' }, body);
const object = (email: string) => act((work) => revokeConsents(work, program.seal, revocationReactions, { email, purpose: 'PROFILING', source: 'letter' }));
const consent = (email: string) => act(async (work) => {
  for (const channel of ['EMAIL', 'PHONE', 'SMS', 'CHAT', 'POST', 'NONE']) await grantConsent(work, program.seal, { email, purpose: 'PROFILING', channel, basis: 'CONSENT', source: 'form', proof: 'form 9', path: [] });
});
interface Score {
  readonly value: number;
  readonly contributions: readonly { readonly points: number; readonly signal: { readonly sourceEventId: string } }[];
  readonly history: { readonly edges: readonly { readonly node: { readonly cause: string } }[] };
}
async function score(asOf: string | null = null): Promise<{ value: number; events: string[]; causes: string[]; sum: number }> {
  const read = await program.see<{ account: { intent: Score } }>('query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { intent { ... on IntentScore { value contributions { points signal { sourceEventId } } history { edges { node { cause } } } } } } }', { id: account, asOf });
  const { value, contributions, history } = read.account.intent;
  return { value, events: contributions.map(({ signal }) => signal.sourceEventId).toSorted(), causes: history.edges.map(({ node }) => node.cause), sum: contributions.reduce((sum, { points }) => sum + points, 0) };
}
/** Every decision about profiling is taken in. */
const decided = () => until('decisions are taken in', async () => (await program.count(`select from audit_logs a where kind in ('consent.granted', 'consent.revoked') and not ${takenIn('context-engine')}`)) === 0);
const demo = (id: string, payload: object) => ({ account: { id: account }, type: 'demo_request', source: 'web', sourceEventId: id, payload });

test('signals of a person who objects to profiling stop counting, before and after the objection, and count again after a new consent', async () => {
  await program.ingest([demo('ada-1', { from: { email: 'Ada@Example.com' } }), demo('lee-1', { from: 'lee@example.com' }), demo('anon', {})]);
  await program.settled();
  const before = await score();
  expect(before.events).toEqual(['ada-1', 'anon', 'lee-1']);
  const then = program.clock.now().toISOString();
  program.clock.advance(60_000);

  await object('ada@example.com');
  await decided();
  const without = await score();
  expect(without.events).toEqual(['anon', 'lee-1']);
  expect(without.value).toBeLessThan(before.value);
  expect(without.sum).toBeCloseTo(without.value, 6);
  expect(without.causes[0]).toBe('CONSENT');
  // The past stays as it was known.
  expect(await score(then)).toEqual(before);

  program.clock.advance(60_000);
  await program.ingest([demo('ada-2', { to: ['x', '"Ada" <ada@example.com>'] }), demo('both', { list: 'lee@example.com, ADA@example.com' })]);
  await program.settled();
  expect((await score()).events).toEqual(['anon', 'lee-1']);
  await program.ingest([demo('lee-2', { from: 'lee@example.com', about: 'ada' })]);
  await program.settled();
  expect((await score()).events).toEqual(['anon', 'lee-1', 'lee-2']);

  // Of a signal that two object to, one's consent is not enough.
  await object('lee@example.com');
  await decided();
  expect((await score()).events).toEqual(['anon']);
  await consent('ada@example.com');
  await decided();
  expect((await score()).events).toEqual(['ada-1', 'ada-2', 'anon']);
  await consent('lee@example.com');
  await decided();
  const again = await score();
  expect(again.events).toEqual(['ada-1', 'ada-2', 'anon', 'both', 'lee-1', 'lee-2']);
  expect(again.sum).toBeCloseTo(again.value, 6);
  expect(again.causes[0]).toBe('CONSENT');
});

test('a score computed anew from all signals does not count them either, and lineage names only what counts', async () => {
  await object('ada@example.com');
  await decided();
  const { value } = await score();
  const published = await program.query('mutation { publishScoringModel(input: { signalTypes: [{ type: "demo_request", weight: 45, halfLifeHours: 240 }] }) { __typename ... on UserError { message } } }');
  expect(published).toMatchObject({ data: { publishScoringModel: { __typename: 'ScoringModel' } } });
  for (let after = await act((work) => rescoreNext(work, null)); after !== null; ) after = await act((work) => rescoreNext(work, after));
  expect((await score()).causes).toContain('MODEL');
  const anew = await score();
  expect(anew.value).toBeCloseTo(value, 6);
  expect(anew.events).toEqual(['anon', 'lee-1', 'lee-2']);
  // The score as it stands was counted from these alone; the one that it replaced is named as such.
  const { lineage } = await program.see<{ lineage: { nodes: { id: string; node: { sourceEventId?: string } | null }[]; edges: { from: string; to: string; relation: string }[] } }>(
    'query($id: ID!) { lineage(of: $id) { nodes { id node { ... on Signal { sourceEventId } } } edges { from to relation } } }', { id: account });
  const point = lineage.edges.find(({ relation }) => relation === 'STANDS_AT')?.from;
  const counted = new Set(lineage.edges.filter(({ to, relation }) => to === point && relation === 'COUNTED').map(({ from }) => from));
  expect(lineage.nodes.filter(({ id }) => counted.has(id)).map(({ node }) => String(node?.sourceEventId)).toSorted()).toEqual(['anon', 'lee-1', 'lee-2']);
  expect(lineage.edges.filter(({ to }) => to === point).map(({ relation }) => relation)).toContain('REPLACED');
});

test('where nobody objected, counting signals asks one question more, however many signals', async () => {
  const elsewhere = await program.token('agent', { tenant: program.otherTenant });
  expect((await program.ingest(Array.from({ length: 50 }, (_, index) => ({ ...demo(`e-${index}`, { email: 'ada@example.com' }), account: { externalRef: { system: 'crm', id: 'theirs' } } })), { token: elsewhere })).accepted).toBe(50);
  await program.settled();
  expect(await program.count('select from signal_objection where tenant_id = $1', [program.otherTenant])).toBe(0);
});
