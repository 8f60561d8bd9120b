import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalJson } from '../../src/platform/canonical-json.ts';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

// What an action was proposed on is frozen with its reasons and the versions it was read from; the rules of digests are versioned.
let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

let events = 0;
async function signals(customer: Customer, types: readonly string[]): Promise<void> {
  events += 1;
  await program.ingest(types.map((type, index) => ({ account: { id: customer.account }, type, source: 'web', sourceEventId: `${events}-${index}` })));
  await program.settled();
}
interface Seen {
  readonly evidenceDigest: string;
  readonly evidence: {
    readonly intentScore: number;
    readonly intentReasons: { readonly at: string; readonly value: number; readonly otherPoints: number; readonly contributions: readonly { readonly signalId: string; readonly type: string; readonly points: number }[] } | null;
    readonly restsOn: readonly { readonly type: string; readonly nodeId: string; readonly version: string }[];
    readonly context: { readonly derived: { readonly dealHealth: { readonly value: string; readonly reason: string | null } } };
  };
  readonly draft: { readonly generatedBy: string; readonly model: string | null; readonly draftedAt: string; readonly disclosure: string };
  readonly lineage: { readonly nodes: readonly { readonly id: string; readonly type: string; readonly name: string }[]; readonly edges: readonly { readonly from: string; readonly to: string; readonly relation: string }[] };
}
const fields = `evidenceDigest evidence { intentScore intentReasons { at value otherPoints contributions { signalId type points } } restsOn { type nodeId version } context { derived { dealHealth { value reason ruleVersion reasons { condition effect evidenceIds } } } } }
  draft { generatedBy model draftedAt disclosure } lineage { nodes { id type name } edges { from to relation } }`;
const see = async (id: string): Promise<Seen> => dataOf(await program.query<{ node: Seen }, { id: string }>(`query($id: ID!) { node(id: $id) { ... on Action { ${fields} } } }`, { id }, { role: 'approver' })).node;
const frozen = async (id: string) => (await program.rows('select e.evidence, e.digest from action_evidence e join action a on a.id = e.action_id and a.evidence_version = e.version where a.id = $1', [uuidOf(id)]))[0] as unknown as { evidence: Record<string, Record<string, unknown>>; digest: string };

test('the frozen reasons add up to the frozen score, whatever came since', async () => {
  const customer = await program.customer();
  await signals(customer, ['demo_request', 'meeting', 'call', 'website_visit', 'website_visit']);
  const id = await program.propose(customer);
  program.clock.advance(24 * 3_600_000);
  await signals(customer, ['demo_request', 'email_reply']);
  const { evidence } = await see(id);
  const { intentReasons } = evidence;
  expect(intentReasons?.contributions).toHaveLength(5);
  const sum = (intentReasons?.contributions ?? []).reduce((total, { points }) => total + points, intentReasons?.otherPoints ?? 0);
  expect(sum).toBeCloseTo(evidence.intentScore, 9);
  expect(intentReasons?.otherPoints).toBe(0);
  expect(intentReasons?.value).toBe(evidence.intentScore);
  const present = dataOf(await program.query<{ account: { intent: { value: number; contributions: object[] } } }, { id: string }>('query($id: ID!) { account(id: $id) { intent { ... on IntentScore { value contributions { points } } } } }', { id: customer.account })).account.intent;
  expect(present.contributions).toHaveLength(7);
  expect(present.value).not.toBeCloseTo(evidence.intentScore, 1);
});

test('lineage and evidence name contact, opportunities, consent and policy, in the versions that were read', async () => {
  const customer = await program.customer();
  await program.upsert('opportunities', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `o-${customer.email}` }, name: 'Deal', stage: 'Negotiation' }]);
  await signals(customer, ['demo_request']);
  const id = await program.propose(customer);
  const before = await see(id);
  const [opportunity] = await program.rows('select id, sys_from from opportunity where account_id = $1', [customer.accountId]);
  expect(before.evidence.restsOn.map(({ type }) => type).toSorted()).toEqual(['Consent', 'Contact', 'Opportunity', 'OutreachPolicy']);
  expect(before.evidence.restsOn).toContainEqual({ type: 'Contact', nodeId: customer.contact, version: expect.stringMatching(/^2026-.*Z$/) as string });
  expect(before.evidence.restsOn).toContainEqual({ type: 'Consent', nodeId: expect.stringMatching(/^Consent_/) as string, version: '1' });
  expect(before.evidence.restsOn).toContainEqual({ type: 'OutreachPolicy', nodeId: expect.stringMatching(/^OutreachPolicy_/) as string, version: '0' });
  const own = ({ lineage }: Seen) => lineage.edges.filter(({ to, relation }) => to === id && relation === 'RESTS_ON').map(({ from }) => from);
  expect(own(before).toSorted()).toEqual(before.evidence.restsOn.map(({ nodeId }) => nodeId).toSorted());
  expect(before.lineage.nodes.map(({ type }) => type)).toEqual(expect.arrayContaining(['CONSENT', 'POLICY', 'EXTERNAL_RECORD', 'SCORE_POINT', 'SIGNAL']) as string[]);
  expect(JSON.stringify(before.lineage)).not.toMatch(/Person|example\.com/);
  // An edit freezes anew: the versions and the lineage follow what is decided on.
  program.clock.advance(1_000);
  await program.upsert('opportunities', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `o-${customer.email}` }, name: 'Deal', stage: 'Closing' }]);
  await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { fourEyes: false } }, { role: 'admin' });
  await signals(customer, ['meeting']);
  await program.mutate('editAction', '$input: EditActionInput!', { input: { id, body: 'Other words' } });
  const after = await see(id);
  const version = ({ evidence }: Seen, type: string) => evidence.restsOn.find((one) => one.type === type)?.version;
  expect(version(after, 'OutreachPolicy')).toBe('1');
  expect(version(after, 'Opportunity')).not.toBe(version(before, 'Opportunity'));
  expect(version(before, 'Opportunity')).toBe(new Date(String(opportunity?.['sys_from'])).toISOString());
  expect(own(after)).toHaveLength(5);
  await program.rows('delete from outreach_policy');
});

test('an action that was frozen by the first rules is approved as it was seen: new rules alone change no evidence', async () => {
  const customer = await program.customer();
  await signals(customer, ['demo_request']);
  const [id, other] = [await program.propose(customer), await program.propose(await program.customer())];
  for (const each of [id, other]) {
    const { evidence: { rules: _rules, reasons: _reasons, pins: _pins, ...evidence } } = await frozen(each);
    const old = { ...evidence, context: { ...evidence['context'], derived: { dealHealth: { value: 'UNKNOWN' } } } };
    const digest = createHash('sha256').update(canonicalJson(old)).digest('hex');
    await program.rows(`alter table action_evidence disable trigger all; alter table action disable trigger all;
      update action_evidence set evidence = '${JSON.stringify(old)}', digest = '${digest}', drafted_at = null where action_id = '${uuidOf(each)}'; update action set evidence_digest = '${digest}' where id = '${uuidOf(each)}';
      alter table action_evidence enable trigger all; alter table action enable trigger all`);
  }
  const seen = await see(id);
  expect(seen.evidence).toMatchObject({ intentReasons: null, restsOn: [], context: { derived: { dealHealth: { value: 'UNKNOWN', reason: 'This evidence was frozen before deal health was computed.', reasons: [], ruleVersion: null } } } });
  expect(seen.draft.draftedAt).toBe(program.clock.now().toISOString());
  expect(await program.approve(id, seen.evidenceDigest)).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
  // What did change is told, without the constant, and frozen by the present rules.
  const before = (await see(other)).evidenceDigest;
  await program.rows(`update account set tier = 'gold' where id = (select account_id from action where id = $1)`, [uuidOf(other)]);
  const changed = await program.approve(other, before);
  expect(changed).toMatchObject({ __typename: 'EvidenceChanged', changes: [{ field: 'context.account.tier', before: null, after: 'gold' }] });
  expect((await frozen(other)).evidence).toMatchObject({ rules: 3, pins: expect.any(Array) as unknown[] });
  expect(await program.approve(other, (await see(other)).evidenceDigest)).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('an action that was frozen by the second rules is approved as it was seen, and deal health is no change to it', async () => {
  const id = await program.propose(await program.customer());
  const { evidence: { context, ...evidence } } = await frozen(id);
  const { derived: _derived, ...facts } = context as Record<string, unknown>;
  const old = { ...evidence, rules: 2, context: facts };
  const { draft, recipient, score, consent } = evidence as Record<string, unknown>;
  const digest = createHash('sha256').update(canonicalJson({ rules: 2, draft, recipient, score, consent, context: facts })).digest('hex');
  await program.rows(`alter table action_evidence disable trigger all; alter table action disable trigger all;
    update action_evidence set evidence = '${JSON.stringify(old)}', digest = '${digest}' where action_id = '${uuidOf(id)}'; update action set evidence_digest = '${digest}' where id = '${uuidOf(id)}';
    alter table action_evidence enable trigger all; alter table action enable trigger all`);
  const seen = await see(id);
  expect(seen.evidence).toMatchObject({ context: { derived: { dealHealth: { value: 'UNKNOWN', reason: 'This evidence was frozen before deal health was computed.' } } } });
  await program.upsert('tickets', [{ account: { id: (await program.rows('select account_id from action where id = $1', [uuidOf(id)])).map((row) => `Account_${String(row['account_id']).replaceAll('-', '')}`)[0] }, externalRef: { system: 'jira', id: `done-${id}` }, key: 'D-1', summary: 'x', status: 'Done', statusCategory: 'DONE', labels: ['blocker'] }]);
  expect(await program.approve(id, seen.evidenceDigest)).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('the digest is of what a decider sees, the value and the conditions of deal health among it', async () => {
  const id = await program.propose(await program.customer());
  const { evidence, digest } = await frozen(id);
  const { rules, draft, recipient, score, consent, context } = evidence;
  const { derived, ...facts } = context as { derived: { dealHealth: { value: string; reasons: { condition: string; effect: string }[] } } };
  const { value, reasons } = derived.dealHealth;
  const seen = { ...facts, derived: { dealHealth: { value, conditions: reasons.map(({ condition, effect }) => `${condition} ${effect}`) } } };
  expect(createHash('sha256').update(canonicalJson({ rules, draft, recipient, score, consent, context: seen })).digest('hex')).toBe(digest);
});

test('evidence freezes the real deal health, and EvidenceChanged shows how it changed', async () => {
  const customer = await program.customer();
  const deal = { account: { id: customer.account }, externalRef: { system: 'test', id: `health-${customer.email}` }, name: 'Deal', stage: 'Proposal', stageSince: program.clock.now().toISOString(), closeDate: '2027-01-31' };
  await program.upsert('opportunities', [deal]);
  await signals(customer, ['demo_request']);
  const id = await program.propose(customer);
  const seen = await see(id);
  expect(seen.evidence).toMatchObject({ context: { derived: { dealHealth: { value: 'GREEN', reason: null, ruleVersion: 0 } } } });
  expect(seen.evidence.restsOn).toContainEqual({ type: 'DerivedValue', nodeId: expect.stringMatching(/^DerivedValue_/) as string, version: '0' });
  await program.upsert('tickets', [{ account: { id: customer.account }, externalRef: { system: 'jira', id: `b-${customer.email}` }, key: 'B-1', summary: 'SSO', status: 'Open', statusCategory: 'TO_DO', labels: ['blocker'] }]);
  const changed = await program.approve(id, seen.evidenceDigest);
  expect(changed).toMatchObject({ __typename: 'EvidenceChanged', changes: expect.arrayContaining([{ field: 'context.derived.dealHealth.value', before: 'GREEN', after: 'YELLOW' }]) as unknown });
  const now = await see(id);
  expect(now.evidence).toMatchObject({ context: { derived: { dealHealth: { value: 'YELLOW', reasons: [{ condition: 'ACTIVE_BLOCKER', effect: 'YELLOW', evidenceIds: [expect.stringMatching(/^Ticket_/)] }] } } } });
  expect(await program.approve(id, now.evidenceDigest)).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('a draft says who or what wrote it, and when, in the graph and by REST', async () => {
  const customer = await program.customer();
  const byModel = await program.propose(customer, { generatedBy: 'MODEL', model: 'gpt-test', prompt: 'draft-outreach.v1' });
  const when = program.clock.now().toISOString();
  const said = `${when.slice(0, 10)} at ${when.slice(11, 16)} UTC`;
  expect((await see(byModel)).draft).toEqual({ generatedBy: 'MODEL', model: 'gpt-test', draftedAt: when, disclosure: `Written by the language model gpt-test on ${said}.` });
  program.clock.advance(60_000);
  await program.mutate('editAction', '$input: EditActionInput!', { input: { id: byModel, body: 'My words' } });
  expect((await see(byModel)).draft).toMatchObject({ draftedAt: when, disclosure: `Written by the language model gpt-test on ${said}, and edited by a person since.` });
  const byHand = await program.mutate('proposeAction', '$input: ProposeActionInput!', { input: { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.7 } }, { role: 'analyst' });
  expect((await see(byHand.id)).draft).toMatchObject({ generatedBy: 'PERSON', model: null, disclosure: expect.stringMatching(/^Written by a person on /) as string });
  const { actions } = (await (await fetch(`${program.url}/api/actions/pending?first=100`, { headers: { authorization: `Bearer ${await program.token('approver')}` } })).json()) as { actions: { id: string }[] };
  expect(actions.find(({ id }) => id === byModel)).toMatchObject({ model: 'gpt-test', draftedAt: when, disclosure: expect.stringContaining('gpt-test') as string });
});
