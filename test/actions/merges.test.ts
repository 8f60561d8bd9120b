import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { executeAction } from '../../src/features/actions/index.ts';
import { until } from '../harness/program.ts';
import { merging } from '../identity/arrange.ts';
import { mockModel } from '../llm/victim.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

const model = mockModel(() => ({ subject: 'A question, {{name}}', body: 'Hello {{name}},\n\nshall we talk about the demo?', reasoning: 'They asked for a demo.', confidence: 0.9 }));
let program: Queue;
let accounts: ReturnType<typeof merging>;
beforeAll(async () => {
  program = await openQueue({ roles: roles.filter((role) => !['scheduler', 'executor'].includes(role)), llm: { model, timeoutMilliseconds: 5_000 } });
  accounts = merging(program, 'Account');
});
afterAll(() => program.close());

let events = 0;
const signal = ({ account }: Customer, types: readonly string[]) => program.ingest(types.map((type) => ({ account: { id: account }, type, source: 'web', sourceEventId: String((events += 1)) })));
const strong = ['demo_request', 'meeting', 'email_reply', 'call'];
const actionsOf = async ({ accountId }: Customer): Promise<string[]> => (await program.rows('select status, end_reason from action where account_id = $1 order by proposed_at, id', [accountId])).map((row) => [row['status'], row['end_reason']].filter(Boolean).join(' '));
const heldBy = async ({ accountId }: Customer): Promise<string | undefined> => (await program.rows('select reason from consideration where account_id = $1', [accountId]))[0]?.['reason'];
async function proposed({ accountId }: Customer): Promise<string> {
  const { id } = await until('it is proposed', async () => (await program.rows(`select id from action where account_id = $1 and status = 'PENDING'`, [accountId]))[0] as { id: string } | undefined);
  return `Action_${id.replaceAll('-', '')}`;
}
/** Does something, and waits until orchestration has considered both accounts because of it. */
async function considered(because: string, body: () => Promise<unknown>, ...customers: readonly Customer[]): Promise<void> {
  const from = program.logged.length;
  await body();
  for (const { accountId } of customers) {
    await until(`${accountId} is considered`, () => program.logged.slice(from).some(({ message, fields }) => message === 'account considered' && fields['accountId'] === accountId && String(fields['because']).split(', ').includes(because)));
  }
  await program.settled();
}
async function send(id: string): Promise<string> {
  const outreach = { kind: 'test', send: () => Promise.resolve({ kind: 'SENT', outsideId: 'x' } as const), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' } as const) };
  const [row] = await program.rows('select approval_id from action where id = $1', [uuidOf(id)]);
  return executeAction({ transact: (body) => program.act(body), seal: program.seal, outreach }, row?.['approval_id'] ?? '');
}

test('what a person has claimed stays claimed through a merge and its undoing, since the score counts the union at once', async () => {
  const [into, from] = [await program.customer({ consents: false }), await program.customer()];
  await signal(from, strong);
  const id = await proposed(from);
  await program.mutate('claimAction', '$id: ID!', { id });
  let mergeId = '';
  await considered('account.merged', async () => { mergeId = (await accounts.merge(into.account, from.account)).id; }, into, from);
  expect([await actionsOf(into), await heldBy(into), await heldBy(from)]).toEqual([['CLAIMED'], undefined, undefined]);
  await considered('account.unmerged', () => accounts.unmerge(mergeId), into, from);
  expect([await actionsOf(into), await actionsOf(from)]).toEqual([[], ['CLAIMED']]);
});

test('a score that is high only together proposes one action, which ends with the merge', async () => {
  const [into, from] = [await program.customer(), await program.customer()];
  await signal(into, ['call', 'email_reply']);
  await signal(from, ['demo_request']);
  await program.settled();
  const { id } = await accounts.merge(into.account, from.account);
  await proposed(into);
  await considered('account.unmerged', () => accounts.unmerge(id), into, from);
  expect([await actionsOf(into), await actionsOf(from)]).toEqual([['STALE INTENT_FELL'], []]);
});

test('an approved action of one leaves no proposal for the other; after it is sent, the cool-down holds for both, and for its own account afterwards', async () => {
  const [into, from] = [await program.customer(), await program.customer()];
  for (const each of [into, from]) await signal(each, strong);
  await proposed(into);
  const id = await proposed(from);
  await program.approve(id, await program.digest(id));
  let mergeId = '';
  await considered('account.merged', async () => { mergeId = (await accounts.merge(into.account, from.account)).id; }, into, from);
  expect((await actionsOf(into)).toSorted()).toEqual(['APPROVED', 'STALE SECOND_PROPOSAL']);
  expect(await send(id)).toBe('SENT');
  await until('the cool-down holds', async () => (await heldBy(into)) === 'COOL_DOWN');
  await considered('account.unmerged', () => accounts.unmerge(mergeId), into, from);
  await proposed(into);
  expect([await heldBy(into), await heldBy(from)]).toEqual([undefined, 'COOL_DOWN']);
});

test('e-mails of both count for the daily limit', async () => {
  const input = { emailDailyLimit: 1, coolDownHours: 0, hoursBetweenEmails: 0 };
  await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input }, { role: 'admin' });
  const [into, from] = [await program.customer(), await program.customer()];
  await signal(from, strong);
  const id = await proposed(from);
  await program.approve(id, await program.digest(id));
  expect(await send(id)).toBe('SENT');
  await signal(into, strong);
  await proposed(into);
  const { id: mergeId } = await accounts.merge(into.account, from.account);
  await until('the limit holds', async () => (await heldBy(into)) === 'DAILY_LIMIT');
  expect((await actionsOf(into)).toSorted()).toEqual(['EXECUTED', 'STALE DAILY_LIMIT']);
  await accounts.unmerge(mergeId);
  await proposed(into);
  await until('its own limit holds', async () => (await heldBy(from)) === 'DAILY_LIMIT');
});
