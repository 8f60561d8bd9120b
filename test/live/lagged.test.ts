import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/platform/ids.ts';
import { makeAccount, signal } from '../harness/accounts.ts';
import { liveAs, metric, type Subscription } from '../harness/live-client.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

let program: TestProgram;

beforeAll(async () => {
  program = await startTestProgram({ live: { mostWaiting: 20, mostReplayed: 50 } });
});
afterAll(() => program?.close());

const feed = `subscription ($accountId: ID!, $after: String) { signalIngested(accountId: $accountId, after: $after) {
  cursor __typename ... on SignalIngest { signal { id } } ... on Lagged { missed resumeAfter } } }`;
/** Each event is half a megabyte, so that what the kernel holds for a socket is soon full. */
const fat = `subscription ($accountId: ID!) { signalIngested(accountId: $accountId) { cursor __typename
  ... on SignalIngest { initial signal { ${Array.from({ length: 8 }, (_, index) => `p${index}: payload`).join(' ')} } } ... on Lagged { missed resumeAfter } } }`;

const idOf = (subscription: Subscription, at: number): unknown => (subscription.events.at(at)?.['signal'] as { id: string } | undefined)?.id;

describe('a subscriber that was away too long', () => {
  it('is told what can be replayed, then how much it missed and where to go on; and goes on there', async () => {
    const accountId = await makeAccount(program, 'away');
    const client = await liveAs(program);
    const before = client.subscribe(feed, { accountId });
    const [present] = await before.atLeast(1);
    before.stop();
    await signal(program, Array.from({ length: 120 }, (_, index) => ({ account: 'away', event: `away-${index}` })));
    const lagged = await metric('live_lagged_total');

    const back = client.subscribe(feed, { accountId, after: present?.cursor });
    await back.atLeast(51);
    expect(back.events.slice(0, 50).every(({ __typename }) => __typename === 'SignalIngest')).toBe(true);
    expect(new Set(back.events.slice(0, 50).map((_, index) => idOf(back, index))).size).toBe(50);
    const told = back.events[50];
    expect(told).toEqual({ __typename: 'Lagged', cursor: told?.cursor, missed: 70, resumeAfter: told?.cursor });
    expect(await metric('live_lagged_total')).toBe(lagged + 1);

    const resumed = client.subscribe(feed, { accountId, after: told?.['resumeAfter'] });
    const [next] = await signal(program, [{ account: 'away', event: 'away-next' }]);
    await back.atLeast(52);
    await resumed.atLeast(1);
    expect(next).toMatchObject({ outcome: 'ACCEPTED' });
    expect(idOf(back, 51)).toBe(idOf(resumed, 0));
    // Its own last cursor still leads to what was left out.
    const rest = client.subscribe(feed, { accountId, after: back.events[49]?.cursor });
    await rest.atLeast(51);
    expect(rest.events[50]).toMatchObject({ __typename: 'Lagged', missed: 21 });
    await client.close();
  });
});

describe('a subscriber that does not read', () => {
  it('is told how many it missed once it reads again, and holds nobody else up', async () => {
    const accountId = await makeAccount(program, 'slow');
    const [slow, quick] = [await liveAs(program), await liveAs(program)];
    const paused = slow.subscribe(fat, { accountId });
    const other = quick.subscribe(fat, { accountId });
    await Promise.all([paused.atLeast(1), other.atLeast(1)]);
    slow.socket()?.pause();
    const payload = { text: 'x'.repeat(60_000) };
    const many = 70;
    for (let made = 1; made <= many; made += 1) {
      await signal(program, [{ account: 'slow', event: `slow-${made}`, payload }]);
      // The other one has each before the next is even sent.
      await other.atLeast(1 + made);
    }
    slow.socket()?.resume();
    const told = await until('the slow one is told', () => paused.events.find(({ __typename }) => __typename === 'Lagged'));
    const read = paused.events.indexOf(told) - 1;
    expect(told).toMatchObject({ missed: many - read, resumeAfter: other.cursor() });
    expect(read).toBeLessThan(many - 20);

    await signal(program, [{ account: 'slow', event: 'slow-last', payload }]);
    await paused.atLeast(read + 3);
    await other.atLeast(many + 2);
    expect(paused.events.at(-1)).toEqual(other.events.at(-1));
    expect(other.events.every(({ __typename }) => __typename !== 'Lagged')).toBe(true);
    await Promise.all([slow.close(), quick.close()]);
  });
});

describe('more events at once than may wait to be executed', () => {
  it('are read again when their turn comes: whoever reads misses none', async () => {
    const accountId = await makeAccount(program, 'burst');
    const client = await liveAs(program);
    const watchers = [client.subscribe(feed, { accountId }), client.subscribe(feed, { accountId })];
    await Promise.all(watchers.map((watcher) => watcher.atLeast(1)));
    const made = await Promise.all([0, 1].map((part) => signal(program, Array.from({ length: 700 }, (_, index) => ({ account: 'burst', event: `burst-${part}-${index}` })))));
    await Promise.all(watchers.map((watcher) => watcher.atLeast(1 + 1_400)));
    const ids = made.flat().map((result) => (result.outcome === 'ACCEPTED' ? toGlobalId('Signal', result.signalId) : ''));
    for (const watcher of watchers) {
      expect(watcher.events).toHaveLength(1 + ids.length);
      expect(new Set(watcher.events.slice(1).map((_, index) => idOf(watcher, index + 1)))).toEqual(new Set(ids));
    }
    expect(watchers[0]?.events).toEqual(watchers[1]?.events);
    await client.close();
  });
});
