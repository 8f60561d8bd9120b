import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decayScores } from '../../src/features/scoring/index.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import { makeAccount, signal } from '../harness/accounts.ts';
import { liveAs, type LiveClient, type LiveEvent } from '../harness/live-client.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
let client: LiveClient;

beforeAll(async () => {
  program = await startTestProgram();
  client = await liveAs(program, 'analyst');
});
afterAll(async () => {
  await client?.close();
  await program?.close();
});

const scores = `subscription ($accountIds: [ID!], $minScore: Float, $crossingsOnly: Boolean, $after: String) {
  intentScoreChanged(accountIds: $accountIds, minScore: $minScore, crossingsOnly: $crossingsOnly, after: $after) {
    cursor __typename ... on IntentScoreChange { initial account { id } previous current crossedThreshold occurredAt causedBy { id } } } }`;
const feed = 'subscription ($accountId: ID!) { signalIngested(accountId: $accountId) { cursor __typename ... on SignalIngest { initial signal { id type } } } }';

const subscribe = (variables: Record<string, unknown>) => client.subscribe(scores, variables);
/** Takes signals in and waits until they are scored: each changes its account's score. What other signals change is not looked at. */
async function scored(account: string, types: readonly string[]): Promise<LiveEvent[]> {
  const all = client.subscribe(scores);
  await all.atLeast(1);
  const changes: LiveEvent[] = [];
  for (const [index, type] of types.entries()) {
    const [result] = await signal(program, [{ account, event: `${account}:${type}:${index}:${Math.abs(program.clock.now().getTime())}`, type }]);
    const id = result?.outcome === 'ACCEPTED' ? toGlobalId('Signal', result.signalId) : '';
    changes.push(await until(`signal ${index} of ${account} is counted`, () => all.events.find((event) => (event['causedBy'] as { id?: string } | null)?.id === id)));
  }
  all.stop();
  return changes;
}

describe('the first payload', () => {
  it('is the present score of each account named, also of one that was never scored', async () => {
    const [warm, cold] = [await makeAccount(program, 'present-warm'), await makeAccount(program, 'present-cold')];
    const [change] = await scored('present-warm', ['meeting']);
    const { events, atLeast } = subscribe({ accountIds: [warm, cold] });
    await atLeast(2);
    expect(events).toEqual([
      expect.objectContaining({ __typename: 'IntentScoreChange', initial: true, account: { id: warm }, previous: null, current: change?.['current'], crossedThreshold: null, causedBy: null }),
      expect.objectContaining({ __typename: 'IntentScoreChange', initial: true, account: { id: cold }, previous: null, current: null, crossedThreshold: null, causedBy: null }),
    ]);
    expect(change).toMatchObject({ initial: false });
  });

  it('is a Listening where no account is named', async () => {
    for (const variables of [{}, { accountIds: null }]) {
      expect(await subscribe(variables).atLeast(1)).toEqual([{ __typename: 'Listening', cursor: expect.any(String) }]);
    }
  });

  it('is the latest signal of an account, or a Listening where there is none', async () => {
    const account = await makeAccount(program, 'feed');
    const empty = client.subscribe(feed, { accountId: account });
    expect(await empty.atLeast(1)).toEqual([{ __typename: 'Listening', cursor: expect.any(String) }]);
    const [result] = await signal(program, [{ account: 'feed', event: 'feed-1', type: 'call' }]);
    const id = result?.outcome === 'ACCEPTED' ? toGlobalId('Signal', result.signalId) : '';
    await empty.atLeast(2);
    expect(empty.events[1]).toEqual({ __typename: 'SignalIngest', cursor: expect.any(String), initial: false, signal: { id, type: 'call' } });
    expect(await client.subscribe(feed, { accountId: account }).atLeast(1)).toEqual([{ __typename: 'SignalIngest', cursor: expect.any(String), initial: true, signal: { id, type: 'call' } }]);
  });

  it('leads on: its cursor replays what came after it', async () => {
    const account = await makeAccount(program, 'leads-on');
    const [present] = await subscribe({ accountIds: [account] }).atLeast(1);
    const changes = await scored('leads-on', ['meeting', 'call']);
    const replayed = await subscribe({ accountIds: [account], after: present?.cursor }).atLeast(2);
    expect(replayed).toEqual(changes);
  });
});

describe('the root field', () => {
  it.each([
    ['a named fragment', 'subscription ($ids: [ID!]) { ...root } fragment root on Subscription { intentScoreChanged(accountIds: $ids) { cursor __typename } }'],
    ['an inline fragment', 'subscription ($ids: [ID!]) { ... on Subscription { intentScoreChanged(accountIds: $ids) { cursor __typename } } }'],
    ['nested fragments', 'subscription ($ids: [ID!]) { ... { ...root } } fragment root on Subscription { ...inner } fragment inner on Subscription { intentScoreChanged(accountIds: $ids) { cursor __typename } }'],
    ['an alias in a fragment', 'subscription ($ids: [ID!]) { ...root } fragment root on Subscription { live: intentScoreChanged(accountIds: $ids) { cursor __typename } }'],
    ['two equal selections', 'subscription ($ids: [ID!]) { intentScoreChanged(accountIds: $ids) { cursor } ...root } fragment root on Subscription { intentScoreChanged(accountIds: $ids) { __typename } }'],
  ])('may stand in %s', async (what, query) => {
    const name = `root-${what.replaceAll(' ', '-')}`;
    const account = await makeAccount(program, name);
    const live = client.subscribe(query, { ids: [account] });
    expect(await live.atLeast(1)).toEqual([{ __typename: 'IntentScoreChange', cursor: expect.any(String) }]);
    await signal(program, [{ account: name, event: `${name}-1` }]);
    expect(await live.atLeast(2)).toHaveLength(2);
    const resumed = client.subscribe(query.replace('accountIds: $ids', 'accountIds: $ids, after: $after').replaceAll('accountIds: $ids)', 'accountIds: $ids, after: $after)').replace('($ids: [ID!]', '($ids: [ID!], $after: String'), { ids: [account], after: live.events[0]?.cursor });
    expect(await resumed.atLeast(1)).toEqual(live.events.slice(1));
  });
});

it('a condition with a variable at the root is refused in words that say where it may stand; below the field it is taken', async () => {
  for (const query of ['subscription ($go: Boolean!) { intentScoreChanged @include(if: $go) { cursor } }', 'subscription ($go: Boolean!) { ...root @skip(if: $go) } fragment root on Subscription { intentScoreChanged { cursor } }']) {
    const { message, extensions } = await client.subscribe(query, { go: true }).refused();
    expect(message).toBe('The root of a subscription must not have @skip or @include with a variable. Put the condition below its field.');
    expect(extensions).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
  }
  const account = await makeAccount(program, 'condition-below');
  const live = client.subscribe('subscription ($ids: [ID!], $go: Boolean!) { intentScoreChanged(accountIds: $ids) { cursor __typename @skip(if: $go) } }', { ids: [account], go: true });
  expect(await live.atLeast(1)).toEqual([{ cursor: expect.any(String) }]);
});

describe('the filters', () => {
  it('tell an account that is named twice once', async () => {
    const account = await makeAccount(program, 'twice');
    const live = subscribe({ accountIds: [account, account] });
    await live.atLeast(1);
    await signal(program, [{ account: 'twice', event: 'twice-1' }]);
    await live.atLeast(2);
    expect(live.events.map((event) => event['initial'])).toEqual([true, false]);
  });

  it('let through only accounts named, scores high enough, and crossings', async () => {
    const [hot, other] = [await makeAccount(program, 'hot'), await makeAccount(program, 'other')];
    const watchers = { named: subscribe({ accountIds: [hot] }), high: subscribe({ minScore: 50 }), crossing: subscribe({ crossingsOnly: true }), none: subscribe({ accountIds: [] }) };
    await Promise.all(Object.values(watchers).map((watcher) => watcher.atLeast(1)));
    const mild = await scored('other', ['email_open']);
    const changes = await scored('hot', ['meeting', 'demo_request', 'stage_change', 'stage_change', 'demo_request', 'email_open']);
    const [last] = await scored('other', ['stage_change']);
    const crossed = changes.filter((change) => change['crossedThreshold'] === 'UP');
    expect(crossed).toHaveLength(1);
    const high = [...mild, ...changes, ...(last ? [last] : [])].filter((change) => Number(change['current']) >= 50);
    expect(high.length).toBeLessThan(changes.length + 2);
    await watchers.named.atLeast(1 + changes.length);
    await watchers.high.atLeast(1 + high.length);
    await watchers.crossing.atLeast(2);
    expect(watchers.named.events.slice(1)).toEqual(changes);
    expect(watchers.high.events.slice(1)).toEqual(high);
    expect(watchers.crossing.events.slice(1)).toEqual(crossed);
    expect(crossed[0]).toMatchObject({ account: { id: hot } });
    // An empty list names no account: nothing comes.
    expect(watchers.none.events).toHaveLength(1);
    expect(other).not.toBe(hot);
  });

  it('refuse accounts of another tenant exactly like unknown ones', async () => {
    const foreign = await makeAccount(program, 'foreign', program.otherTenant);
    const told = [];
    for (const id of [foreign, toGlobalId('Account', '01900000-0000-7000-8000-000000000000'), 'nonsense', foreign.replace('Account', 'Signal')]) {
      const { requestId: _one, ...first } = (await subscribe({ accountIds: [id] }).refused()).extensions;
      const refusal = await client.subscribe(feed, { accountId: id }).refused();
      const { requestId: _two, ...second } = refusal.extensions;
      told.push({ message: refusal.message, first, second });
    }
    expect(told[0]).toMatchObject({ first: { code: 'NOT_FOUND', inputPath: ['accountIds', '0'] }, second: { code: 'NOT_FOUND', inputPath: ['accountId'] } });
    for (const each of told) expect(each).toEqual(told[0]);
  });

  it.each([
    ['more than 100 accounts', { accountIds: Array.from({ length: 101 }, () => 'Account_x') }, 'At most 100 accounts'],
    ['a minScore above 100', { minScore: 101 }, 'between 0 and 100'],
    ['a negative minScore', { minScore: -1 }, 'between 0 and 100'],
  ])('refuse %s', async (_what, variables, message) => {
    expect(await subscribe(variables).refused()).toMatchObject({ message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } });
  });

  it('take 100 accounts', async () => {
    const account = await makeAccount(program, 'hundred');
    await subscribe({ accountIds: Array.from({ length: 100 }, () => account) }).atLeast(1);
  });
});

describe('decay', () => {
  it('that takes a score below the threshold is told when it happens, with the instant of the crossing', async () => {
    const account = await makeAccount(program, 'decaying');
    // A token that outlives the weeks until then.
    const patient = await liveAs(program, 'analyst', { hours: 24 * 365 });
    const crossings = patient.subscribe(scores, { accountIds: [account], crossingsOnly: true });
    await crossings.atLeast(1);
    await scored('decaying', ['stage_change', 'demo_request', 'meeting', 'stage_change', 'demo_request']);
    await crossings.atLeast(2);
    expect(crossings.events[1]).toMatchObject({ crossedThreshold: 'UP', occurredAt: program.clock.now().toISOString() });
    const { data } = await program.query<{ account: { intent: { nextThresholdCrossing: { at: string; direction: string } } } }, { id: string }>(
      'query ($id: ID!) { account(id: $id) { intent { ... on IntentScore { nextThresholdCrossing { at direction } } } } }',
      { id: account },
    );
    const crossing = data?.account.intent.nextThresholdCrossing;
    expect(crossing?.direction).toBe('DOWN');
    const at = Date.parse(crossing?.at ?? '');
    program.clock.advance(at - program.clock.now().getTime() + 3_600_000);
    await decayScores(program.database, { actor: { kind: 'system', id: 'test' }, requestId: 'test' });
    await crossings.atLeast(3);
    // Whoever comes back later is told the same from the storage.
    const back = await liveAs(program, 'analyst');
    const told = await back.subscribe(scores, { accountIds: [account], crossingsOnly: true, after: crossings.events[1]?.cursor }).atLeast(1);
    expect(told).toEqual(crossings.events.slice(2));
    expect(told).toEqual([expect.objectContaining({ initial: false, crossedThreshold: 'DOWN', occurredAt: crossing?.at, causedBy: null, account: { id: account } })]);
    expect(told[0]?.['current']).toBeLessThanOrEqual(75);
    await Promise.all([patient.close(), back.close()]);
  });
});
