import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { executeAction, type Outreach, type OutreachMessage } from '../../src/features/actions/index.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

const sends: OutreachMessage[] = [];
const outreach: Outreach = {
  kind: 'test',
  send: (message) => (sends.push(message), Promise.resolve({ kind: 'SENT', outsideId: 'x-1' })),
  lookUp: () => Promise.resolve({ kind: 'UNKNOWN' }),
};
let program: Queue;
beforeAll(async () => {
  program = await openQueue({ outreach });
});
beforeEach(() => void sends.splice(0));
afterAll(() => program.close());

let moved = 0;
/** Gives a customer's contact another address; the account and the contact stay. Answers it. */
async function move(customer: Customer, email?: string): Promise<string> {
  moved += 1;
  const to = email ?? `moved${moved}@example.com`;
  const [ref] = await program.rows(`select external_id from external_ref where node_id = $1`, [uuidOf(customer.contact)]);
  const { results } = await program.upsert('contacts', [{ account: { id: customer.account }, externalRef: { system: 'test', id: ref?.['external_id'] }, name: 'Moved', email: to }]);
  expect(results[0]?.id).toBe(customer.contact);
  return to;
}
const ended = async (id: string) => (await program.rows('select status, end_reason from action where id = $1', [uuidOf(id)]))[0];
const execute = async (id: string) => {
  const [row] = await program.rows('select approval_id from action where id = $1', [uuidOf(id)]);
  const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'executor' } as const, requestId: 'test' };
  return executeAction({ transact: (body) => program.database.transact(caller, body), seal: program.seal, outreach }, row?.['approval_id'] ?? '');
};

test('an approval of what is written to an address that the contact no longer has answers both, and cancels', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  const digest = await program.digest(id);
  const to = await move(customer);
  await program.grant(to);
  const answer = await program.approve(id, digest);
  expect(answer).toMatchObject({
    __typename: 'EvidenceChanged', message: 'The contact no longer has the address that this is written to. The action is cancelled.', action: { status: 'CANCELLED', endReason: 'ADDRESS_CHANGED' },
    changes: [{ field: 'recipient.address', before: customer.email, after: to }, { field: 'recipient.digest' }],
  });
  expect(await program.told(id)).toEqual(['action.proposed', 'action.cancelled']);
  expect(JSON.stringify(await program.rows(`select data from audit_logs where data->>'actionId' = $1`, [uuidOf(id)]))).not.toContain('@');
});

test('an edit neither hides that nor is made', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  const to = await move(customer);
  const answer = await program.mutate('editAction', '$input: EditActionInput!', { input: { id, body: 'New words' } });
  expect(answer).toMatchObject({ __typename: 'EvidenceChanged', action: { status: 'CANCELLED' }, changes: [{ field: 'recipient.address', before: customer.email, after: to }, { field: 'recipient.digest' }] });
});

test('another spelling of the same address changes nothing', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  await move(customer, ` ${customer.email.toUpperCase()} `.trim());
  expect(await program.approve(id, await program.digest(id))).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('what was approved is not sent to an address that is no longer the contact\'s', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  await program.approve(id, await program.digest(id));
  await move(customer);
  expect(await execute(id)).toBe('CANCELLED');
  expect([await ended(id), sends]).toEqual([{ status: 'CANCELLED', end_reason: 'ADDRESS_CHANGED' }, []]);
});

test('a contact who is moved back is written to', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  await program.approve(id, await program.digest(id));
  await move(customer);
  await move(customer, customer.email);
  expect(await execute(id)).toBe('SENT');
  expect(sends).toMatchObject([{ to: customer.email }]);
});

test.each(['old', 'new'] as const)('revoking the consent of the %s address cancels what waits and what was approved', async (which) => {
  const customer = await program.customer();
  const [waiting, approved] = [await program.propose(customer), await program.propose(customer)];
  await program.approve(approved, await program.digest(approved));
  const to = await move(customer);
  await program.grant(to);
  await program.revoke(which === 'old' ? customer.email : to);
  for (const id of [waiting, approved]) expect(await ended(id)).toEqual({ status: 'CANCELLED', end_reason: 'CONSENT_REVOKED' });
});
