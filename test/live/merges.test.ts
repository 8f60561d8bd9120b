import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { liveAs, type LiveClient } from '../harness/live-client.ts';
import { until } from '../harness/program.ts';
import { merging } from '../identity/arrange.ts';
import { create } from '../snapshots/arrange.ts';

let program: Arranged;
let client: LiveClient;
let accounts: ReturnType<typeof merging>;
beforeAll(async () => {
  program = await arrange();
  client = await liveAs(program, 'analyst');
  accounts = merging(program, 'Account');
});
afterAll(async () => {
  await client?.close();
  await program?.close();
});

const scores = 'subscription ($ids: [ID!], $after: String) { intentScoreChanged(accountIds: $ids, after: $after) { cursor __typename ... on IntentScoreChange { initial account { id } current causedBy { id } } } }';
const signals = 'subscription ($id: ID!) { signalIngested(accountId: $id) { cursor __typename ... on SignalIngest { initial signal { id account { id } } } } }';
const snapshots = 'subscription ($id: ID!) { snapshotCreated(accountId: $id) { cursor __typename ... on SnapshotCreated { initial snapshot { id } } } }';
let events = 0;
const signal = async (id: string): Promise<string> => (await program.ingest([{ account: { id }, type: 'call', source: 'phone', sourceEventId: String((events += 1)) }])).results[0]?.signal?.id ?? '';

test('who follows an account by an id that was merged away follows the survivor, and its own account once that is undone', async () => {
  const [into, from] = [await program.account('live-into'), await program.account('live-from')];
  await signal(from);
  await program.settled();
  const follow = () => ({ score: client.subscribe(scores, { ids: [from] }), signal: client.subscribe(signals, { id: from }), snapshot: client.subscribe(snapshots, { id: from }) });
  const early = follow();
  await early.score.atLeast(1);
  await early.signal.atLeast(1);
  await early.snapshot.atLeast(1);
  const { cursor } = early.score.events[0] ?? { cursor: '' };
  const { id } = await accounts.merge(into, from);
  await program.settled();
  const late = follow();
  expect((await late.score.atLeast(1))[0]).toMatchObject({ initial: true, account: { id: into }, current: expect.any(Number) as number });
  await late.signal.atLeast(1);
  await late.snapshot.atLeast(1);
  const both = [early, late];
  const heard = async (signalId: string, account: string) => {
    for (const [index, { score, signal: feed }] of both.entries()) {
      const change = await until(`the score is heard by ${index}`, () => score.events.find(({ causedBy }) => (causedBy as { id?: string } | null)?.id === signalId));
      expect(change).toMatchObject({ account: { id: account }, current: expect.any(Number) as number });
      await until(`the signal is heard by ${index}`, () => feed.events.some((event) => (event['signal'] as { id?: string } | undefined)?.id === signalId && event['initial'] === false));
    }
  };
  for (const named of [into, from]) await heard(await signal(named), into);
  const taken = (await create(program, [into])).snapshots[0]?.id;
  for (const { snapshot } of both) await until('the snapshot is heard', () => snapshot.events.some((event) => (event['snapshot'] as { id?: string } | undefined)?.id === taken));
  const everything = [...early.score.events, ...late.score.events].filter(({ initial }) => initial === false);
  expect(everything.filter(({ current }) => current === null), 'the survivor never lost its score').toEqual([]);
  const resumed = client.subscribe(scores, { ids: [from], after: cursor });
  await until('what was missed is told', () => resumed.events.length >= 3);
  expect(resumed.events.every(({ account }) => (account as { id: string }).id === into)).toBe(true);
  await accounts.unmerge(id);
  await program.settled();
  await heard(await signal(from), from);
  const count = early.score.events.length;
  await signal(into);
  await program.settled();
  expect(early.score.events.slice(count)).toEqual([]);
});
