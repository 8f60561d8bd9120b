import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveAs, metric, type Subscription } from '../harness/live-client.ts';
import { until } from '../harness/program.ts';
import { openQueue, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue({ live: { mostWaiting: 20, mostReplayed: 50 } });
});
afterAll(() => program.close());

const feed = `subscription ($accountId: ID!, $after: String) { actionChanged(filter: { accountId: $accountId }, after: $after) {
  cursor __typename ... on ActionChange { status action { id } } ... on Lagged { missed resumeAfter } } }`;
/** Each event is a third of a megabyte, so that what the kernel holds for a socket is soon full. */
const fat = `subscription ($accountId: ID!) { actionChanged(filter: { accountId: $accountId }) { cursor __typename
  ... on ActionChange { initial status action { ${Array.from({ length: 8 }, (_, index) => `d${index}: draft { ${Array.from({ length: 4 }, (__, copy) => `b${copy}: body`).join(' ')} }`).join(' ')} } } ... on Lagged { missed resumeAfter } } }`;

/** Claims an action and gives it back, again and again; each is a change. */
async function changes(id: string, count: number, each: (made: number) => Promise<unknown> = () => Promise.resolve()): Promise<void> {
  for (let made = 1; made <= count; made += 1) {
    await program.mutate(made % 2 === 1 ? 'claimAction' : 'releaseAction', '$id: ID!', { id }, { subject: 'ann' });
    await each(made);
  }
}
const statusOf = (subscription: Subscription, at: number): unknown => subscription.events.at(at)?.['status'];

test('a subscriber that was away too long is told how much it missed and where to go on, and goes on there', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  const client = await liveAs(program, 'approver');
  const before = client.subscribe(feed, { accountId: customer.account });
  const [present] = await before.atLeast(1);
  expect(present).toMatchObject({ __typename: 'ActionChange', status: 'PENDING', action: { id } });
  before.stop();
  await changes(id, 80);
  const lagged = await metric('live_lagged_total');

  const back = client.subscribe(feed, { accountId: customer.account, after: present?.cursor });
  await back.atLeast(51);
  expect(back.events.slice(0, 50).map(({ __typename }) => __typename)).toEqual(Array.from({ length: 50 }, () => 'ActionChange'));
  expect([0, 1, 49].map((at) => statusOf(back, at))).toEqual(['CLAIMED', 'PENDING', 'PENDING']);
  const told = back.events[50];
  expect(told).toEqual({ __typename: 'Lagged', cursor: told?.cursor, missed: 30, resumeAfter: told?.cursor });
  expect(await metric('live_lagged_total')).toBe(lagged + 1);

  const resumed = client.subscribe(feed, { accountId: customer.account, after: told?.['resumeAfter'] });
  await changes(id, 1);
  await back.atLeast(52);
  expect(await resumed.atLeast(1)).toEqual([back.events[51]]);
  expect(statusOf(resumed, 0)).toBe('CLAIMED');
  // Its own last cursor still leads to what was left out: the thirty, and the one since.
  const rest = client.subscribe(feed, { accountId: customer.account, after: back.events[49]?.cursor });
  await rest.atLeast(31);
  expect(rest.events.map(({ __typename }) => __typename)).not.toContain('Lagged');
  expect(rest.events[30]).toEqual(back.events[51]);
  await client.close();
}, 60_000);

test('the present state goes on from its last event alone: from any other it is told anew, and it says when it was cut', async () => {
  const customer = await program.customer();
  const ids: string[] = [];
  for (; ids.length < 3; program.clock.advance(1_000)) ids.push(await program.propose(customer));
  const told = `subscription ($accountId: ID!, $after: String) { actionChanged(filter: { accountId: $accountId }, after: $after) { cursor __typename ... on ActionChange { initial more action { id } } } }`;
  const client = await liveAs(program, 'approver');
  const first = client.subscribe(told, { accountId: customer.account });
  const present = await first.atLeast(3);
  expect(present.map((event) => event['more'])).toEqual([false, false, false]);
  first.stop();
  for (const { cursor } of present.slice(0, 2)) {
    const anew = client.subscribe(told, { accountId: customer.account, after: cursor });
    expect((await anew.atLeast(3)).map((event) => event['action'])).toEqual(ids.map((id) => ({ id })));
    anew.stop();
  }
  await changes(ids[0] ?? '', 1);
  const behind = client.subscribe(told, { accountId: customer.account, after: present[2]?.cursor });
  expect(await behind.atLeast(1)).toMatchObject([{ initial: false, more: false, action: { id: ids[0] } }]);
  await client.close();
});

test('the present state ends after a hundred, and its last event says that more waits', async () => {
  await program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { emailDailyLimit: 200 } }, { role: 'admin' });
  const customer = await program.customer();
  for (let made = 0; made < 101; made += 1) await program.propose(customer);
  const client = await liveAs(program, 'approver');
  const present = client.subscribe('subscription ($accountId: ID!) { actionChanged(filter: { accountId: $accountId }) { cursor __typename ... on ActionChange { more } } }', { accountId: customer.account });
  await present.atLeast(100);
  // The last of them may have been told as a change, too, behind the present state.
  expect(present.events.slice(0, 100).map((event) => event['more'])).toEqual([...Array.from({ length: 99 }, () => false), true]);
  await client.close();
}, 60_000);

test('a subscriber that does not read is told once it reads again, resumes, and holds nobody else up', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer, { body: 'x'.repeat(10_000) });
  const [slow, quick] = [await liveAs(program, 'approver'), await liveAs(program, 'approver')];
  const paused = slow.subscribe(fat, { accountId: customer.account });
  const other = quick.subscribe(fat, { accountId: customer.account });
  await Promise.all([paused.atLeast(1), other.atLeast(1)]);
  slow.socket()?.pause();
  const many = 80;
  await changes(id, many, (made) => other.atLeast(1 + made));
  slow.socket()?.resume();
  const told = await until('the slow one is told', () => paused.events.find(({ __typename }) => __typename === 'Lagged'));
  const read = paused.events.indexOf(told) - 1;
  expect(told).toMatchObject({ missed: many - read, resumeAfter: other.cursor() });
  expect(read).toBeLessThan(many - 20);
  const resumed = slow.subscribe(feed, { accountId: customer.account, after: told['resumeAfter'] });
  await changes(id, 1);
  await Promise.all([paused.atLeast(read + 3), other.atLeast(many + 2), resumed.atLeast(1)]);
  expect(paused.events.at(-1)).toEqual(other.events.at(-1));
  expect(resumed.cursor()).toBe(other.cursor());
  expect(other.events.every(({ __typename }) => __typename !== 'Lagged')).toBe(true);
  await Promise.all([slow.close(), quick.close()]);
}, 60_000);
