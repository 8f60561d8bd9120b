import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveAs } from '../harness/live-client.ts';
import { dataOf } from '../accounts/arrange.ts';
import { proposeAction, type Proposal } from '../../src/features/actions/index.ts';
import { acceptance, metric } from '../harness/live-client.ts';
import { openQueue, uuidOf, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

async function rest(method: string, path: string, { body, role = 'approver', subject = 'ann' }: { body?: unknown; role?: 'viewer' | 'approver' | 'agent'; subject?: string } = {}): Promise<{ status: number; body: Record<string, never> & { actions: Record<string, never>[] } }> {
  const response = await fetch(`${program.url}${path}`, { method, headers: { authorization: `Bearer ${await program.token(role, { subject })}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status: response.status, body: (await response.json()) as never };
}

test('the queue by REST: pages, masked by role; approve and reject as in the graph', async () => {
  const customer = await program.customer();
  const ids = [];
  for (let turn = 0; turn < 3; turn += 1) {
    ids.push(await program.propose(customer));
    program.clock.advance(1);
  }
  const first = await rest('GET', '/api/actions/pending?first=2');
  expect(first.body.actions.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(first.body.actions[0]).toMatchObject({ status: 'PENDING', riskLevel: 'MEDIUM', reasoning: 'They asked for a demo.', draft: { to: customer.email, subject: 'A word about your trial' }, generatedBy: 'TEMPLATE', evidence: { intentScore: null, consent: { granted: true, basis: 'CONSENT' } }, account: { id: customer.account } });
  const next = await rest('GET', `/api/actions/pending?first=2&after=${String(first.body['nextCursor'])}`);
  expect(next.body).toMatchObject({ actions: [{ id: ids[2] }], nextCursor: null });
  expect((await rest('GET', '/api/actions/pending', { role: 'viewer' })).body.actions[0]).toMatchObject({ draft: null, reasoning: null });
  for (const query of ['first=0', 'first=101', 'first=x', 'after=x', 'other=1']) expect((await rest('GET', `/api/actions/pending?${query}`)).status).toBe(400);

  const digest = await program.digest(ids[0] ?? '');
  const approve = (id: string | undefined, body: unknown, more = {}) => rest('POST', `/api/actions/${id}/approve`, { body, ...more });
  expect(await approve(ids[0], { evidenceDigest: digest }, { role: 'viewer' })).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
  expect(await approve(ids[0], {})).toMatchObject({ status: 400, body: { error: { path: ['evidenceDigest'] } } });
  expect(await approve('Action_x', { evidenceDigest: digest })).toMatchObject({ status: 404 });
  expect(await approve(ids[0], { evidenceDigest: digest })).toMatchObject({ status: 200, body: { id: ids[0], status: 'APPROVED', decidedBy: { id: 'ann', kind: 'user' } } });
  expect(await approve(ids[0], { evidenceDigest: digest })).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT', reason: 'ALREADY_DECIDED' }, action: { status: 'APPROVED' } } });
  expect(await rest('POST', `/api/actions/${ids[1]}/reject`, { body: { reason: 'No' } })).toMatchObject({ status: 200, body: { status: 'REJECTED' } });
  const stale = await program.digest(ids[2] ?? '');
  await program.mutate('editAction', '$input: EditActionInput!', { input: { id: ids[2], body: 'New' } });
  expect(await approve(ids[2], { evidenceDigest: stale })).toMatchObject({ status: 409, body: { error: { reason: 'EVIDENCE_CHANGED' }, changes: expect.arrayContaining([{ field: 'draft.body', before: 'Shall we talk about your trial?', after: 'New' }]) as object[] } });
});

test('drafts are masked by role, and gone once the person was erased', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  const query = 'query($id: ID!) { node(id: $id) { ... on Action { reasoning draft { to subject body masked generatedBy } } } }';
  const read = async (role: 'viewer' | 'approver') => dataOf(await program.query<{ node: object }, { id: string }>(query, { id }, { role })).node;
  expect(await read('viewer')).toEqual({ reasoning: null, draft: { to: null, subject: null, body: null, masked: true, generatedBy: 'TEMPLATE' } });
  expect(await read('approver')).toMatchObject({ reasoning: 'They asked for a demo.', draft: { to: customer.email, masked: false } });
  for (const table of ['action', 'action_evidence', 'action_decision', 'audit_logs', 'outbox']) expect(JSON.stringify(await program.rows(`select * from ${table}`)), table).not.toContain(customer.email);
  await program.rows('update subject_key set wrapped_key = null, destroyed_at = now() where subject_id = (select subject_id from action where id = $1)', [uuidOf(id)]);
  expect(await read('approver')).toEqual({ reasoning: null, draft: { to: null, subject: null, body: null, masked: false, generatedBy: 'TEMPLATE' } });
  expect(await program.approve(id, await program.digest(id))).toMatchObject({ __typename: 'EvidenceChanged', action: { status: 'CANCELLED' } });
});

const changes = `subscription($filter: ActionChangeFilter, $after: String) { actionChanged(filter: $filter, after: $after) { cursor __typename ... on ActionChange { initial previousStatus status reason actor { id } action { id status draft { to } } decision { outcome } } } }`;
test('the queue live: the present first, each change with who and why, replay by cursor, drafts by role', async () => {
  const customer = await program.customer();
  const filter = { accountId: customer.account };
  const [approver, viewer] = [await liveAs(program, 'approver'), await liveAs(program, 'viewer')];
  try {
    const early = approver.subscribe(changes, { filter });
    expect(await early.atLeast(1)).toMatchObject([{ __typename: 'Listening' }]);
    const id = await program.propose(customer);
    expect((await early.atLeast(2))[1]).toMatchObject({ initial: false, previousStatus: null, status: 'PENDING', actor: { id: 'test' }, decision: { outcome: 'PROPOSED' } });
    const seen = approver.subscribe(changes, { filter });
    const [present] = await seen.atLeast(1);
    expect(present).toMatchObject({ initial: true, status: 'PENDING', previousStatus: null, reason: null, actor: null, action: { id, draft: { to: customer.email } } });
    const dim = viewer.subscribe(changes, { filter: { ...filter, status: ['CANCELLED'] } });
    await dim.atLeast(1);
    await program.mutate('claimAction', '$id: ID!', { id }, { subject: 'ann' });
    await program.revoke(customer.email);
    const all = await seen.atLeast(3);
    expect(all.slice(1)).toMatchObject([
      { initial: false, previousStatus: 'PENDING', status: 'CLAIMED', actor: { id: 'ann' }, decision: { outcome: 'CLAIMED' } },
      { initial: false, previousStatus: 'CLAIMED', status: 'CANCELLED', reason: 'CONSENT_REVOKED', actor: { id: 'test' }, action: { id, status: 'CANCELLED' } },
    ]);
    expect((await dim.atLeast(2))[1]).toMatchObject({ status: 'CANCELLED', action: { id, draft: { to: null } } });
    // The action is read again when it is sent, so what was missed is told with what it is now.
    expect((await approver.subscribe(changes, { filter, after: present?.cursor }).atLeast(2)).map((event) => event['status'])).toEqual(['CLAIMED', 'CANCELLED']);
    expect((await approver.subscribe(changes, { filter: { status: [] } }).refused()).extensions['code']).toBe('BAD_USER_INPUT');
    const whole = approver.subscribe(acceptance('approvals', 'Approvals'), { after: present?.cursor });
    expect(await whole.atLeast(1)).toMatchObject([{ __typename: 'ActionChange', previousStatus: 'CLAIMED', action: { id, status: 'CANCELLED' } }]);
  } finally {
    await Promise.all([approver.close(), viewer.close()]);
  }
});

test('the tenant next door sees nothing', async () => {
  const id = await program.propose(await program.customer());
  const token = await program.token('admin', { tenant: program.otherTenant });
  const query = 'query($id: ID!) { node(id: $id) { id } actions { totalCount edges { node { id } } } }';
  expect(dataOf(await program.query<object, { id: string }>(query, { id }, { token }))).toEqual({ node: null, actions: { totalCount: 0, edges: [] } });
});

test('an account\'s actions as of an instant', async () => {
  const customer = await program.customer();
  const before = program.clock.now().toISOString();
  program.clock.advance(1_000);
  const id = await program.propose(customer);
  const pending = program.clock.now().toISOString();
  program.clock.advance(1_000);
  await program.approve(id, await program.digest(id));
  const query = 'query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { actions { edges { node { status decidedBy { id } decisions { edges { node { outcome } } } } } } } }';
  const read = async (asOf: string | null) => JSON.stringify(dataOf(await program.query<object, Record<string, unknown>>(query, { id: customer.account, asOf }, { role: 'viewer' })));
  expect(await read(before)).toContain('"edges":[]');
  expect(await read(pending)).toContain('"status":"PENDING","decidedBy":null,"decisions":{"edges":[{"node":{"outcome":"PROPOSED"}}]}');
  expect(await read(null)).toContain('"status":"APPROVED"');
});

test('what came to a state is counted once it is committed: once, however often the transaction was run, and not when it was undone', async () => {
  const customer = await program.customer();
  const counted = async (body: () => Promise<unknown>): Promise<number> => {
    const before = await metric('actions_created_total');
    await body();
    return (await metric('actions_created_total')) - before;
  };
  expect(await counted(() => program.propose(customer))).toBe(1);
  const proposal: Proposal = { accountId: customer.accountId, contactId: null, subject: 'A word', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.8, generatedBy: 'TEMPLATE', model: null, prompt: null, scorePointId: null, sources: [], path: [] };
  let runs = 0;
  expect(await counted(() => program.act(async (work) => {
    await proposeAction(work, program.seal, proposal);
    runs += 1;
    if (runs < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
  }))).toBe(1);
  expect(runs).toBe(3);
  expect(await counted(() => program.act(async (work) => {
    await proposeAction(work, program.seal, proposal);
    throw new Error('undone');
  }).catch(() => null))).toBe(0);
  // A claim is no new action; an end is, also one that is found when somebody decides too late.
  const id = await program.propose(customer);
  expect(await counted(() => program.mutate('claimAction', '$id: ID!', { id }))).toBe(0);
  program.clock.advance(72 * 3_600_000);
  expect(await counted(async () => program.approve(id, await program.digest(id)))).toBe(1);
  expect(await program.status(id)).toBe('EXPIRED');
});
