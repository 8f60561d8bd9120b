import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

const rounds = 100;
let program: Queue;
let customer: Customer;
beforeAll(async () => {
  program = await openQueue();
  await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { emailDailyLimit: 1_000, hoursBetweenEmails: 0 } }, { role: 'admin' });
  customer = await program.customer();
});
afterAll(() => program.close());

/** Runs rounds one after the other, each on an action of its own. */
async function each(round: (id: string, digest: string) => Promise<void>): Promise<void> {
  for (let turn = 0; turn < rounds; turn += 1) {
    const id = await program.propose(customer);
    await round(id, await program.digest(id));
  }
}
const outreachOf = (id: string): Promise<number> => program.count(`select from outreach where action_id = $1 and state <> 'CANCELLED'`, [uuidOf(id)]);

test('of two approvers at once exactly one approves, and it is audited once', { timeout: 120_000 }, async () => {
  await each(async (id, digest) => {
    const answers = await Promise.all(['ann', 'bob'].map((who) => program.approve(id, digest, who)));
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['Action', 'AlreadyDecided']);
    expect(await program.told(id)).toEqual(['action.proposed', 'action.approved']);
    expect(await outreachOf(id)).toBe(1);
  });
});

test('of approval and rejection at once exactly one holds', { timeout: 120_000 }, async () => {
  await each(async (id, digest) => {
    const answers = await Promise.all([program.approve(id, digest, 'ann'), program.mutate('rejectAction', '$input: RejectActionInput!', { input: { id, reason: 'No' } }, { subject: 'bob' })]);
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['Action', 'AlreadyDecided']);
    expect(await program.told(id)).toHaveLength(2);
    expect(await outreachOf(id)).toBe((await program.status(id)) === 'APPROVED' ? 1 : 0);
  });
});

test('one who clicks twice approves once', { timeout: 120_000 }, async () => {
  await each(async (id, digest) => {
    const answers = await Promise.all([1, 2].map(() => program.approve(id, digest, 'ann')));
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['Action', 'AlreadyDecided']);
    expect(await program.told(id)).toEqual(['action.proposed', 'action.approved']);
  });
});

test('an approval against an edit: either what was approved stays, or what was seen is no longer there', { timeout: 120_000 }, async () => {
  const outcomes = new Set<string>();
  await each(async (id, digest) => {
    const [approval, edit] = await Promise.all([program.approve(id, digest, 'ann'), program.mutate('editAction', '$input: EditActionInput!', { input: { id, body: 'Other words' } }, { subject: 'bob' })]);
    const outcome = `${approval.__typename} ${edit.__typename} ${await program.status(id)}`;
    outcomes.add(outcome);
    expect(['Action AlreadyDecided APPROVED', 'EvidenceChanged Action PENDING']).toContain(outcome);
    expect(await program.told(id)).toEqual(['action.proposed', outcome.endsWith('APPROVED') ? 'action.approved' : 'action.edited']);
  });
  expect(outcomes.size).toBeGreaterThan(0);
});

test('an approval against a revocation: whichever is first, nothing is left to be sent', { timeout: 120_000 }, async () => {
  for (let turn = 0; turn < rounds; turn += 1) {
    await program.grant(customer.email);
    const id = await program.propose(customer);
    const digest = await program.digest(id);
    const [approval] = await Promise.all([program.approve(id, digest, 'ann'), program.revoke(customer.email)]);
    expect(await program.status(id)).toBe('CANCELLED');
    const told = await program.told(id);
    expect(told).toEqual(approval.__typename === 'Action' ? ['action.proposed', 'action.approved', 'action.cancelled'] : ['action.proposed', 'action.cancelled']);
    expect(await outreachOf(id)).toBe(0);
  }
});
