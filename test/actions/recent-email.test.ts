import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { executeAction, saveOutreachPolicy, type OutreachMessage } from '../../src/features/actions/index.ts';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

// One person gets no two e-mails within the policy's minimum time, whatever accounts they are about; gates hold at approval and at execution.
let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterEach(() => program.rows('delete from outreach_policy'));
afterAll(() => program.close());

const hour = 3_600_000;
const policy = (input: Parameters<typeof saveOutreachPolicy>[1]) => program.act((work) => saveOutreachPolicy(work, input));
const sends: OutreachMessage[] = [];
const outreach = { kind: 'test', send: (message: OutreachMessage) => (sends.push(message), Promise.resolve({ kind: 'SENT', outsideId: 'x' } as const)), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' } as const) };
const execute = async (id: string) => {
  const [row] = await program.rows('select approval_id from action where id = $1', [uuidOf(id)]);
  return executeAction({ transact: (body) => program.act(body), seal: program.seal, outreach }, row?.['approval_id'] ?? '');
};
const approve = async (id: string) => program.approve(id, await program.digest(id));
/** Two accounts with one person as their contact, and an action for each. */
async function twice(): Promise<{ first: Customer; second: Customer; ids: readonly [string, string] }> {
  const [first, second] = [await program.customer(), await program.customer({ consents: false })];
  await program.upsert('contacts', [{ account: { id: second.account }, externalRef: { system: 'test', id: `same-${second.account}` }, name: 'Same Person', email: first.email }]);
  return { first, second, ids: [await program.propose(first), await program.propose(second)] };
}
const count = async (ids: readonly string[], status: string): Promise<number> => (await Promise.all(ids.map(program.status))).filter((one) => one === status).length;

test('of two approvals at once for one person one is approved, and the other says when it can be', async () => {
  const { ids } = await twice();
  const answers = await Promise.all(ids.map(approve));
  expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['Action', 'LimitExceededError']);
  expect(answers.find(({ __typename }) => __typename === 'LimitExceededError')?.message).toMatch(/^The outreach policy wants 168 hours between two e-mails to one person, and the last one was sent or approved at 2026-.*Approve this from 2026-.* on, or reject it\.$/);
  expect(await count(ids, 'APPROVED')).toBe(1);
  const sent = ids.find((_, index) => answers[index]?.__typename === 'Action');
  const other = ids.find((_, index) => answers[index]?.__typename !== 'Action');
  expect(await execute(sent ?? '')).toBe('SENT');
  expect(await approve(other ?? '')).toMatchObject({ __typename: 'LimitExceededError' });
  await policy({ hoursBetweenEmails: 1 });
  program.clock.advance(hour);
  expect(await approve(other ?? '')).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('of two executions at once one is sent; the other waits, or is cancelled where it would expire first', async () => {
  await policy({ hoursBetweenEmails: 0 });
  const { ids } = await twice();
  for (const id of ids) expect(await approve(id)).toMatchObject({ status: 'APPROVED' });
  await policy({ hoursBetweenEmails: 24 });
  sends.length = 0;
  const outcomes = await Promise.all([...ids, ...ids].map(execute));
  expect(outcomes.filter((outcome) => outcome === 'SENT')).toHaveLength(1);
  expect(sends).toHaveLength(1);
  const waiting = (await Promise.all(ids.map(async (id) => ((await program.status(id)) === 'APPROVED' ? id : '')))).find((id) => id !== '') ?? '';
  program.clock.advance(60_000);
  // Under way while the other looked, it is sent by now.
  expect(await execute(waiting)).toMatch(/POSTPONED|NOTHING_TO_DO/);
  program.clock.advance(24 * hour);
  expect(await execute(waiting)).toBe('SENT');
  await policy({ hoursBetweenEmails: 0 });
  const { ids: [one, two] } = await twice();
  await approve(one);
  await approve(two);
  await policy({ hoursBetweenEmails: 168 });
  expect([await execute(one), await execute(two)]).toEqual(['SENT', 'CANCELLED']);
  expect((await program.rows('select end_reason from action where id = $1', [uuidOf(two)]))[0]).toEqual({ end_reason: 'RECENT_EMAIL' });
});

test('an approver is shown what else is under way to the person, and when they were last written to', async () => {
  const { first, second, ids } = await twice();
  const query = 'query($id: ID!) { node(id: $id) { ... on Action { personLastEmailedAt openToSamePerson { id status account { id } } } } }';
  const read = async (id: string) => dataOf(await program.query<{ node: object }, { id: string }>(query, { id }, { role: 'approver' })).node;
  expect(await read(ids[0])).toEqual({ personLastEmailedAt: null, openToSamePerson: [{ id: ids[1], status: 'PENDING', account: { id: second.account } }] });
  await approve(ids[0]);
  expect(await read(ids[1])).toEqual({ personLastEmailedAt: null, openToSamePerson: [{ id: ids[0], status: 'APPROVED', account: { id: first.account } }] });
  await execute(ids[0]);
  expect(await read(ids[1])).toEqual({ personLastEmailedAt: program.clock.now().toISOString(), openToSamePerson: [] });
});

test('no sales outreach to accounts that left: refused when proposed and approved, cancelled when about to be sent', async () => {
  const customer = await program.customer();
  const [id, other] = [await program.propose(customer), await program.propose(customer)];
  expect(await approve(other)).toMatchObject({ status: 'APPROVED' });
  await program.rows(`update account set status = 'CHURN' where id = $1`, [customer.accountId]);
  const changed = await approve(id);
  expect(changed).toMatchObject({ __typename: 'EvidenceChanged', changes: [{ field: 'context.account.status', before: 'ACTIVE', after: 'CHURN' }, { field: 'context.derived.dealHealth.conditions' }, { field: 'context.derived.dealHealth.value', before: 'UNKNOWN', after: 'RED' }] });
  expect(await approve(id)).toMatchObject({ __typename: 'ConflictError', path: ['input', 'id'], message: 'The outreach policy allows no sales outreach to accounts with status CHURN. Reject the action, or ask an administrator to change the policy.' });
  expect(await program.status(id)).toBe('PENDING');
  expect(await execute(other)).toBe('CANCELLED');
  expect((await program.rows('select end_reason from action where id = $1', [uuidOf(other)]))[0]).toEqual({ end_reason: 'ACCOUNT_STATUS' });
  const byHand = { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.7 };
  expect(await program.mutate('proposeAction', '$input: ProposeActionInput!', { input: byHand }, { role: 'agent' })).toMatchObject({ __typename: 'ConflictError' });
  await policy({ blockedStatuses: ['INACTIVE'] });
  expect(await program.mutate('proposeAction', '$input: ProposeActionInput!', { input: byHand }, { role: 'agent' })).toMatchObject({ __typename: 'Action' });
});

test('the defaults of the table are those of a tenant without a policy', async () => {
  const read = async () => dataOf(await program.query<{ outreachPolicy: Record<string, unknown> }, never>('{ outreachPolicy { id version blockedStatuses blockedLifecycleStages blockedTicketPriorities doNotContactFlags coolDownHours hoursBetweenEmails } }', undefined, { role: 'viewer' })).outreachPolicy;
  const { id: defaults, version, ...gates } = await read();
  expect(version).toBe(0);
  await program.rows(`insert into outreach_policy (tenant_id, version, do_not_say, published_at, published_by) values ($1, 1, '{x}', now(), 'before')`, [program.tenant]);
  const { id, ...stored } = await read();
  expect(stored).toEqual({ version: 1, ...gates });
  expect(id).not.toBe(defaults);
  const { nodes } = dataOf(await program.query<{ nodes: object[] }, { ids: unknown[] }>('query($ids: [ID!]!) { nodes(ids: $ids) { ... on OutreachPolicy { id version } } }', { ids: [defaults, id] }, { role: 'viewer' }));
  expect(nodes).toEqual([{ id: defaults, version: 0 }, { id, version: 1 }]);
  await expect(policy({ coolDownHours: -1 })).rejects.toThrow('coolDownHours must be a whole number from 0 to 8760.');
  await expect(policy({ doNotContactFlags: ['!!'] })).rejects.toThrow('A flag must contain a letter or a digit.');
});
