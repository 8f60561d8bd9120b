import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { ingestSignals } from '../../src/features/signals/index.ts';
import type { OriginClass } from '../../src/features/trust/index.ts';
import type { Caller } from '../../src/platform/postgres/work.ts';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, type Customer, type Queue } from '../actions/queue.ts';
import { until } from '../harness/program.ts';
import { mockModel } from '../llm/victim.ts';

const model = mockModel(() => ({ subject: 'A question, {{name}}', body: 'Hello {{name}},\n\nshall we talk?', reasoning: 'They asked for a demo.', confidence: 0.9 }));
let program: Queue;
beforeAll(async () => {
  program = await openQueue({ roles: roles.filter((role) => !['scheduler', 'executor'].includes(role)), llm: { model, timeoutMilliseconds: 5_000 } });
});
afterAll(() => program.close());

let events = 0;
/** Makes an account's intent high by two signals, the latter of a class. */
async function cross({ account }: Customer, origin: OriginClass | null, caller: Partial<Caller> = {}): Promise<void> {
  events += 1;
  const signals = ['demo_request', 'stage_change'].map((type, place) => ({ requestId: 'test', path: [], statement: { account: { id: account }, type, source: 'web', sourceEventId: `${events}-${type}`, origin: place === 1 ? origin : null } }));
  const results = await program.act((work) => ingestSignals(work, signals), caller);
  expect(results.map(({ outcome }) => outcome)).toEqual(['ACCEPTED', 'ACCEPTED']);
}
interface Consideration { readonly reason: string; readonly explanation: string }
const considered = async ({ account }: Customer): Promise<Consideration | undefined> => {
  const { considerations } = await program.see<{ considerations: { edges: { node: Consideration & { account: { id: string } } }[] } }>('{ considerations(first: 50) { edges { node { reason explanation account { id } } } } }');
  return considerations.edges.find(({ node }) => node.account.id === account)?.node;
};
interface Shown { readonly id: string; readonly riskLevel: string; readonly confidence: number; readonly trust: { readonly level: OriginClass | null; readonly because: readonly { readonly type: string }[] } }
const actionOf = async ({ account }: Customer): Promise<Shown | null> =>
  (await program.see<{ account: { actions: { edges: { node: Shown }[] } } }>('query($id: ID!) { account(id: $id) { actions(first: 1) { edges { node { id riskLevel confidence trust { level because { type } } } } } } }', { id: account })).account.actions.edges[0]?.node ?? null;

test('a proposal from trusted observations has the risk of its confidence; one below the floor has HIGH risk', async () => {
  for (const [origin, riskLevel, level] of [[null, 'MEDIUM', 'SIGNED_SYSTEM'], ['COLLEAGUE_TEXT', 'MEDIUM', 'COLLEAGUE_TEXT'], ['CUSTOMER_TEXT', 'HIGH', 'CUSTOMER_TEXT'], ['MODEL_INFERRED', 'HIGH', 'MODEL_INFERRED']] as const) {
    const customer = await program.customer();
    await cross(customer, origin);
    expect(await until('it is proposed', () => actionOf(customer)), level).toMatchObject({ riskLevel, confidence: 0.9, trust: { level } });
  }
  const decided = await program.rows(`select inputs -> 'trust' ->> 'level' as level from action_decision where outcome = 'PROPOSED' order by decided_at, id`);
  expect(decided.map((row) => row['level'])).toEqual(['SIGNED_SYSTEM', 'COLLEAGUE_TEXT', 'CUSTOMER_TEXT', 'MODEL_INFERRED']);
});

test('what a waiting proposal comes to rest on raises its risk, and is not approved where the policy refuses it', async () => {
  const later = async (origin: OriginClass) => {
    const customer = await program.customer();
    await cross(customer, null);
    const { id } = await until('it is proposed', () => actionOf(customer));
    const evidence = async (): Promise<string> => (await program.rows('select evidence_digest from action where account_id = $1', [customer.accountId]))[0]?.['evidence_digest'] ?? '';
    const seen = await evidence();
    events += 1;
    await program.act((work) => ingestSignals(work, [{ requestId: 'test', path: [], statement: { account: { id: customer.account }, type: 'meeting', source: 'web', sourceEventId: `${events}-later`, origin } }]));
    await until('it is counted', async () => (await program.count(`select from account_contexts where account_id = '${customer.accountId}' and lowest_origin < 6`)) === 1);
    return { customer, id, first: await program.approve(id, seen), second: async () => program.approve(id, await evidence()) };
  };
  const customers = await later('CUSTOMER_TEXT');
  expect(customers.first).toMatchObject({ __typename: 'EvidenceChanged' });
  expect(await actionOf(customers.customer)).toMatchObject({ riskLevel: 'HIGH', trust: { level: 'CUSTOMER_TEXT' } });
  expect(await customers.second()).not.toMatchObject({ __typename: 'EvidenceChanged' });
  const anonymous = await later('ANONYMOUS');
  expect(await anonymous.second()).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('observation of class ANONYMOUS') as string });
  expect(await program.count(`select from action where account_id = '${anonymous.customer.accountId}' and approval_id is not null`)).toBe(0);
});

test('an anonymous signal leads to no proposal, no model is asked, and considerations say why; a policy that allows it frees the account', async () => {
  const customer = await program.customer();
  model.doGenerateCalls.length = 0;
  await cross(customer, null, { isUnproven: true });
  const held = await until('it is considered', () => considered(customer));
  expect(held).toEqual({ reason: 'UNTRUSTED_ORIGIN', explanation: 'The proposal would derive from an observation of class ANONYMOUS; the policy refuses what is below MODEL_INFERRED. Considered again when the policy changes.', account: { id: customer.account } });
  expect(await actionOf(customer)).toBeNull();
  expect(model.doGenerateCalls).toHaveLength(0);
  await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { refuseBelow: 'ANONYMOUS' } }, { role: 'admin' });
  expect(await until('it is proposed', () => actionOf(customer))).toMatchObject({ riskLevel: 'HIGH', trust: { level: 'ANONYMOUS', because: [{ type: 'SIGNAL' }, { type: 'SCORE_POINT' }, { type: 'ACTION' }] } });
  // And a stricter one takes back what it no longer allows.
  await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { refuseBelow: 'CUSTOMER_TEXT' } }, { role: 'admin' });
  await until('the proposal is stale', async () => (await program.count(`select from action where account_id = '${customer.accountId}' and status = 'STALE' and end_reason = 'UNTRUSTED_ORIGIN'`)) === 1);
});

test('floors are versioned with the policy, and what is refused is not above what has a risk', async () => {
  const refused = await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { trustFloor: 'MODEL_INFERRED', refuseBelow: 'CUSTOMER_TEXT' } }, { role: 'admin' });
  expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'refuseBelow'] });
  await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { trustFloor: 'VERIFIED_PERSON', refuseBelow: 'MODEL_INFERRED' } }, { role: 'admin' });
  expect(dataOf(await program.query('{ outreachPolicy { trustFloor refuseBelow } }'))).toEqual({ outreachPolicy: { trustFloor: 'VERIFIED_PERSON', refuseBelow: 'MODEL_INFERRED' } });
});

test('nobody proposes an e-mail to a person whom nobody vouches for', async () => {
  const customer = await program.customer();
  const { accountId } = customer;
  await program.rows(`update source_statement set origin = 0 where node_id = (select id from contact where account_id = $1)`, [accountId]);
  await expect(program.propose(customer)).rejects.toThrow(/would derive from an observation of class ANONYMOUS \(SourceStatement_.*Have a trusted source state what it says/);
  expect(await program.count(`select from action where account_id = '${accountId}'`)).toBe(0);
});
