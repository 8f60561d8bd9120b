import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { executeAction, type Outreach, type OutreachMessage } from '../../src/features/actions/index.ts';
import { openQueue, uuidOf, type Answer, type Customer, type Queue } from './queue.ts';

// What waits and what is approved is held against the rules as they are when it is approved, and when it is sent.
const sends: OutreachMessage[] = [];
const outreach: Outreach = { kind: 'test', send: (message) => (sends.push(message), Promise.resolve({ kind: 'SENT', outsideId: 'x-1' })), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' }) };
let program: Queue;
beforeAll(async () => {
  program = await openQueue({ outreach });
});
beforeEach(() => void sends.splice(0));
afterEach(() => program.rows('delete from outreach_policy'));
afterAll(() => program.close());

const day = 86_400_000;
const policy = (input: object): Promise<Answer> => program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input }, { role: 'admin' });
const approve = async (id: string): Promise<string> => {
  expect(await program.approve(id, await program.digest(id))).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
  return id;
};
const approved = async (customer: Customer): Promise<string> => approve(await program.propose(customer));
const caller = { actor: { kind: 'system', id: 'executor' } as const, requestId: 'test' };
const execute = async (id: string) => {
  const [row] = await program.rows('select approval_id from action where id = $1', [uuidOf(id)]);
  return executeAction({ transact: (body) => program.database.transact({ ...caller, tenantId: program.tenant }, body), seal: program.seal, outreach }, row?.['approval_id'] ?? '');
};
const ended = async (id: string) => (await program.rows('select status, end_reason from action where id = $1', [uuidOf(id)]))[0];
const last = async (id: string) => (await program.rows('select outcome, reason, policy_version, inputs from action_decision where action_id = $1 order by decided_at desc, id desc limit 1', [uuidOf(id)]))[0];

test('words that are no longer the approved ones are never sent', async () => {
  const customer = await program.customer();
  const [id, other] = [await approved(customer), await program.propose(customer, { body: 'Pay here' })];
  // As whoever has the database may do, with another text under the same key.
  await program.rows(`alter table action_evidence disable trigger all; update action_evidence e set draft_sealed = o.draft_sealed from action_evidence o where e.action_id = '${uuidOf(id)}' and o.action_id = '${uuidOf(other)}'; alter table action_evidence enable trigger all`);
  expect(await execute(id)).toBe('CANCELLED');
  expect([await ended(id), sends]).toEqual([{ status: 'CANCELLED', end_reason: 'DRAFT_CHANGED' }, []]);
  expect(await program.told(id)).toEqual(['action.proposed', 'action.approved', 'action.cancelled']);
});

test('a do-not-say list that grew keeps from approval what it forbids by now, until it is edited', async () => {
  const id = await program.propose(await program.customer());
  await policy({ doNotSay: ['trial'] });
  expect(await program.approve(id, await program.digest(id))).toMatchObject({
    __typename: 'InvalidInputError', path: ['input', 'id'], message: 'The do-not-say list forbids: trial. It was changed since this was written: edit the draft, or reject it.',
  });
  expect(await program.status(id)).toBe('PENDING');
  await program.mutate('editAction', '$input: EditActionInput!', { input: { id, subject: 'A word', body: 'Shall we talk?' } });
  await approve(id);
  expect(await execute(id)).toBe('SENT');
});

test('and from being sent what was approved before', async () => {
  const id = await approved(await program.customer());
  await policy({ doNotSay: ['trial'] });
  expect(await execute(id)).toBe('CANCELLED');
  expect([await ended(id), sends]).toEqual([{ status: 'CANCELLED', end_reason: 'POLICY_CHANGED' }, []]);
  expect(await last(id)).toMatchObject({ outcome: 'CANCELLED', policy_version: 1 });
});

test('a limit that was lowered puts off to the next UTC day what is over it, and then it is sent', async () => {
  const customer = await program.customer();
  await policy({ hoursBetweenEmails: 0 });
  const ids = [await approved(customer), await approved(customer)] as const;
  await policy({ emailDailyLimit: 1 });
  expect([await execute(ids[0]), await execute(ids[1])]).toEqual(['SENT', 'POSTPONED']);
  expect(await last(ids[0])).toMatchObject({ outcome: 'EXECUTED', policy_version: 2 });
  const midnight = Math.ceil(program.clock.now().getTime() / day) * day;
  expect(await last(ids[1])).toMatchObject({ outcome: 'POSTPONED', reason: 'LIMIT_REACHED', policy_version: 2, inputs: { sent: 1, limit: 1, tomorrow: new Date(midnight).toISOString() } });
  expect(await program.told(ids[1])).toEqual(['action.proposed', 'action.approved', 'action.postponed']);
  program.clock.advance(midnight - 1 - program.clock.now().getTime());
  expect(await execute(ids[1])).toBe('NOTHING_TO_DO');
  program.clock.advance(1);
  expect(await execute(ids[1])).toBe('SENT');
  expect(sends).toHaveLength(2);
});

test('and cancels what would have expired by then', async () => {
  const customer = await program.customer();
  const id = await approved(customer);
  await policy({ emailDailyLimit: 0 });
  for (let days = 0; days < 3 && (await execute(id)) === 'POSTPONED'; days += 1) program.clock.advance(Math.ceil((program.clock.now().getTime() + 1) / day) * day - program.clock.now().getTime());
  expect([await ended(id), sends]).toEqual([{ status: 'CANCELLED', end_reason: 'LIMIT_REACHED' }, []]);
});

test('of ten sent at once no more go out than the limit allows', async () => {
  const customer = await program.customer();
  const ids = [];
  await policy({ hoursBetweenEmails: 0 });
  for (let made = 0; made < 5; made += 1) ids.push(await approved(customer));
  await policy({ emailDailyLimit: 2 });
  const outcomes = await Promise.all([...ids, ...ids].map(execute));
  expect(outcomes.filter((outcome) => outcome === 'SENT')).toHaveLength(2);
  expect(sends).toHaveLength(2);
});

/** Moves a customer's contact to another account; their address stays. */
async function move(customer: Customer): Promise<void> {
  const other = await program.account(`elsewhere-${customer.email}`);
  await program.rows('update contact set account_id = $2 where id = $1', [uuidOf(customer.contact), uuidOf(other)]);
}

test('a contact who is of another account by now is not written to about this one', async () => {
  const [first, second, third] = [await program.customer(), await program.customer(), await program.customer()];
  const waiting = await program.propose(first);
  const digest = await program.digest(waiting);
  await move(first);
  expect(await program.approve(waiting, digest)).toMatchObject({
    __typename: 'EvidenceChanged', message: 'The contact is no longer of this account. The action is cancelled.', action: { status: 'CANCELLED', endReason: 'CONTACT_MOVED' }, changes: [{ field: 'recipient.accountId', before: first.accountId }],
  });
  const edited = await program.propose(second);
  await move(second);
  expect(await program.mutate('editAction', '$input: EditActionInput!', { input: { id: edited, body: 'New words' } })).toMatchObject({ __typename: 'EvidenceChanged', action: { status: 'CANCELLED', endReason: 'CONTACT_MOVED' } });
  const id = await approved(third);
  await move(third);
  expect(await execute(id)).toBe('CANCELLED');
  expect([await ended(id), sends]).toEqual([{ status: 'CANCELLED', end_reason: 'CONTACT_MOVED' }, []]);
});
