import { afterAll, beforeAll, expect, test } from 'vitest';
import { expireActions } from '../../src/features/actions/index.ts';
import { liveAs, metric } from '../harness/live-client.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

const run = () => expireActions(program.database, { actor: { kind: 'system', id: 'scheduler' }, requestId: 'test' });
const expired = (what: string): Promise<number> => metric(`actions_expired_total{what="${what}"}`);
const subject = 'subject_id in (select subject_id from action where id = $1)';
/** Lets the consent that an action rests on end after some seconds. */
const endConsent = (id: string, seconds: number) => program.rows(`update consent set expires_at = $2 where ${subject}`, [uuidOf(id), new Date(program.clock.now().getTime() + seconds * 1_000).toISOString()]);
const ended = async (id: string) => (await program.rows('select status, end_reason from action where id = $1', [uuidOf(id)]))[0];

test('a consent that runs out cancels what waits, what is claimed and what was approved, and subscribers are told why', async () => {
  const [customer, other] = [await program.customer(), await program.customer()];
  const [pending, claimed, approved, untouched] = [await program.propose(customer), await program.propose(customer), await program.propose(customer), await program.propose(other)];
  await program.mutate('claimAction', '$id: ID!', { id: claimed }, { subject: 'ann' });
  await program.approve(approved, await program.digest(approved));
  await endConsent(pending, 60);
  expect(await run()).toBe(0);
  const client = await liveAs(program, 'approver');
  const live = client.subscribe('subscription($id: ID!) { actionChanged(filter: { accountId: $id, statuses: [CANCELLED] }) { __typename ... on ActionChange { reason status action { id endReason } actor { id } } } }', { id: customer.account });
  await live.atLeast(1);
  const before = await expired('consent');
  program.clock.advance(60_000);
  expect(await run()).toBe(3);
  for (const id of [pending, claimed, approved]) expect(await ended(id)).toEqual({ status: 'CANCELLED', end_reason: 'CONSENT_EXPIRED' });
  expect(await program.status(untouched)).toBe('PENDING');
  expect(await program.rows('select state from outreach where action_id = $1', [uuidOf(approved)])).toEqual([{ state: 'CANCELLED' }]);
  const events = (await live.atLeast(4)).slice(1);
  expect(events).toEqual(expect.arrayContaining([pending, claimed, approved].map((id) => ({ __typename: 'ActionChange', reason: 'CONSENT_EXPIRED', status: 'CANCELLED', action: { id, endReason: 'CONSENT_EXPIRED' }, actor: { id: 'scheduler' } }))));
  expect(await expired('consent')).toBe(before + 3);
  expect(await run()).toBe(0);
  await client.close();
});

test('a consent that was given anew in time cancels nothing', async () => {
  const customer: Customer = await program.customer();
  const id = await program.propose(customer);
  await endConsent(id, 60);
  await program.grant(customer.email);
  program.clock.advance(60_000);
  await run();
  expect(await program.status(id)).toBe('PENDING');
});

test('what nobody decided on expires, a claim runs out, and both are counted', async () => {
  const [late, taken] = [await program.propose(await program.customer()), await program.propose(await program.customer())];
  await program.mutate('claimAction', '$id: ID!', { id: taken }, { subject: 'ann' });
  const [decisions, claims] = [await expired('decision'), await expired('claim')];
  program.clock.advance(15 * 60_000);
  await run();
  expect([await program.status(taken), await expired('claim')]).toEqual(['PENDING', claims + 1]);
  program.clock.advance(72 * 3_600_000);
  await run();
  expect([await ended(late), await ended(taken)]).toEqual([1, 2].map(() => ({ status: 'EXPIRED', end_reason: 'NOT_DECIDED_IN_TIME' })));
  expect(await expired('decision')).toBeGreaterThanOrEqual(decisions + 2);
});
