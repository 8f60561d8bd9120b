import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { setEmailDailyLimit } from '../../src/features/actions/index.ts';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Answer, type Customer, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue({ emailDailyLimit: 3 });
});
beforeEach(() => setEmailDailyLimit(program.database, 3));
afterAll(() => program.close());

const byHand = (customer: Customer): Promise<Answer> =>
  program.mutate('proposeAction', '$input: ProposeActionInput!', { input: { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.7 } }, { role: 'agent' });
const save = (input: object, options: object = {}): Promise<Answer> => program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input }, { role: 'admin', ...options });
const policy = async (tenant: typeof program.tenant) =>
  dataOf(await program.query<{ outreachPolicy: object }, Record<string, unknown>>('{ outreachPolicy { version emailDailyLimit emailDailyLimitIsOwn } }', {}, { token: await program.token('admin', { tenant }) })).outreachPolicy;
const reject = (id: string): Promise<Answer> => program.mutate('rejectAction', '$input: RejectActionInput!', { input: { id, reason: 'No' } });
/** Says that an approved action was sent, as the executor does. */
const sent = async (id: string): Promise<void> => {
  const { executeAction } = await import('../../src/features/actions/index.ts');
  const [row] = await program.rows('select approval_id from action where id = $1', [uuidOf(id)]);
  const outreach = { kind: 'test', send: () => Promise.resolve({ kind: 'SENT', outsideId: 'x' } as const), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' } as const) };
  expect(await executeAction({ transact: (body) => program.act(body), seal: program.seal, outreach }, row?.['approval_id'] ?? '')).toBe('SENT');
};

test('the configured limit holds for every tenant, and follows the configuration; a tenant\'s own does not', async () => {
  const customer = await program.customer();
  for (let turn = 0; turn < 3; turn += 1) await program.propose(customer);
  expect(await byHand(customer)).toMatchObject({ __typename: 'LimitReached', limit: 3 });
  await setEmailDailyLimit(program.database, 4);
  expect([await policy(program.tenant), await policy(program.otherTenant)]).toEqual([0, 0].map((version) => ({ version, emailDailyLimit: 4, emailDailyLimitIsOwn: false })));
  expect(await byHand(customer)).toMatchObject({ __typename: 'Action' });
  expect(await byHand(customer)).toMatchObject({ __typename: 'LimitReached', limit: 4 });
  // Another list of words is no limit of one's own.
  expect(await save({ doNotSay: ['cheap'] })).toMatchObject({ version: 1, emailDailyLimit: 4, emailDailyLimitIsOwn: false });
  expect(await save({ emailDailyLimit: 2 })).toMatchObject({ version: 2, doNotSay: ['cheap'], emailDailyLimit: 2, emailDailyLimitIsOwn: true });
  await setEmailDailyLimit(program.database, 9);
  expect([await policy(program.tenant), await policy(program.otherTenant)]).toMatchObject([{ emailDailyLimit: 2 }, { emailDailyLimit: 9 }]);
  expect(await save({ emailDailyLimit: null })).toMatchObject({ version: 3, doNotSay: ['cheap'], emailDailyLimit: 9, emailDailyLimitIsOwn: false });
  expect(await save({ emailDailyLimit: 1_001 })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'emailDailyLimit'] });
});

test('a program that starts brings the limit to its configuration', async () => {
  const { startTestProgram } = await import('../harness/program.ts');
  const beside = await startTestProgram({ emailDailyLimit: 7, roles: ['api'] }, program);
  expect(await policy(program.otherTenant)).toMatchObject({ emailDailyLimit: 7 });
  await beside.close();
});

test('what was rejected or cancelled uses nothing up', async () => {
  const customer = await program.customer();
  for (let turn = 0; turn < 5; turn += 1) await reject(await program.propose(customer));
  for (let turn = 0; turn < 3; turn += 1) await program.propose(customer);
  expect(await byHand(customer)).toMatchObject({ __typename: 'LimitReached' });
  await program.revoke(customer.email);
  await program.grant(customer.email);
  expect(await byHand(customer)).toMatchObject({ __typename: 'Action' });
});

test('what waits, what is on its way and what was sent today counts, until the next UTC day', async () => {
  const customer = await program.customer();
  const [one, two, three] = [await program.propose(customer), await program.propose(customer), await program.propose(customer)];
  for (const id of [one, two]) await program.approve(id, await program.digest(id));
  await sent(one);
  const midnight = new Date(Math.ceil(program.clock.now().getTime() / 86_400_000) * 86_400_000).toISOString();
  expect(await byHand(customer)).toMatchObject({ __typename: 'LimitReached', limit: 3, resetsAt: midnight });
  await reject(three);
  expect((await byHand(customer)).__typename).toBe('Action');
  expect((await byHand(customer)).__typename).toBe('LimitReached');
  // The next day what was sent counts no more; what waits and what is on its way still may be sent on it.
  program.clock.advance(Date.parse(midnight) - program.clock.now().getTime());
  expect((await byHand(customer)).__typename).toBe('Action');
  expect((await byHand(customer)).__typename).toBe('LimitReached');
});

test('what only waits is free once it expires', async () => {
  const customer = await program.customer();
  const from = program.clock.now().getTime();
  for (let turn = 0; turn < 3; turn += 1) {
    await program.propose(customer);
    program.clock.advance(1_000);
  }
  expect(await byHand(customer)).toMatchObject({ __typename: 'LimitReached', resetsAt: new Date(from + 72 * 3_600_000).toISOString() });
});

test('with rejections in between, a hundred at once are no more than the limit', async () => {
  const customer = await program.customer();
  const rejected = await Promise.all([1, 2].map(() => program.propose(customer)));
  const [made] = await Promise.all([
    Promise.allSettled(Array.from({ length: 100 }, () => program.propose(customer))),
    ...rejected.map((id) => reject(id)),
  ]);
  expect(made.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(3);
  expect(await program.count('select from action where account_id = $1 and is_open', [customer.accountId])).toBeLessThanOrEqual(3);
});
