import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/features/access/index.ts';
import { makeAccount, signal } from '../harness/accounts.ts';
import { acceptance, liveAs, metric, type LiveClient, type Subscription } from '../harness/live-client.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
const clients: LiveClient[] = [];
let made = 0;

beforeAll(async () => {
  program = await startTestProgram();
  for (const tenant of [program.tenant, program.otherTenant]) await makeAccount(program, 'alike', tenant);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await until('everything is let go', async () => (await metric('live_subscribers')) + (await metric('live_groups')) + (await metric('live_tenants_followed')) === 0);
});
afterAll(() => program?.close());

const scores = acceptance('signals', 'IntentLive');

interface Watcher extends Subscription {
  /** The payloads as they came over the wire. */
  readonly bytes: string[];
}

async function watch(query: string = scores, variables: Record<string, unknown> = {}, caller: { role?: Role; tenant?: string; subject?: string } = {}): Promise<Watcher> {
  const client = await liveAs(program, caller.role ?? 'viewer', caller);
  clients.push(client);
  const subscription = client.subscribe(query, variables);
  await subscription.atLeast(1);
  const bytes: string[] = [];
  client.socket()?.on('message', (data: Buffer) => {
    const text = data.toString();
    if (text.includes('"type":"next"')) bytes.push(text.slice(text.indexOf('"payload":')));
  });
  return { ...subscription, bytes };
}

/** One signal, scored: one score change. */
const change = (tenant = program.tenant) => signal(program, [{ account: 'alike', event: `alike-${(made += 1)}` }], tenant);

describe('identical subscriptions', () => {
  it('are executed once per event, and every one gets the same bytes', async () => {
    const watchers: Watcher[] = [];
    for (let index = 0; index < 5; index += 1) watchers.push(await watch(scores, {}, { subject: `person-${index}` }));
    const [executions, sent] = [await metric('live_executions_total'), await metric('live_events_sent_total')];
    expect([await metric('live_subscribers'), await metric('live_groups'), await metric('live_tenants_followed')]).toEqual([5, 1, 1]);
    await change();
    await Promise.all(watchers.map((watcher) => watcher.atLeast(2)));
    await change();
    await Promise.all(watchers.map((watcher) => watcher.atLeast(3)));
    expect(await metric('live_executions_total')).toBe(executions + 2);
    expect(await metric('live_events_sent_total')).toBe(sent + 10);
    const [first] = watchers;
    expect(first?.bytes).toHaveLength(2);
    for (const { bytes } of watchers) expect(bytes).toEqual(first?.bytes);
  });

  it('share wherever each began, and only where the cursor says nothing else', async () => {
    const first = await watch();
    await change();
    await first.atLeast(2);
    await watch(scores, { after: first.events[0]?.cursor });
    await watch(scores, { after: null });
    expect(await metric('live_groups')).toBe(1);
    const twice = `subscription ($after: String) { intentScoreChanged(after: $after) { cursor ... on IntentScoreChange { account { signals(first: 1, after: $after) { totalCount } } } } }`;
    await watch(twice);
    await watch(twice, { after: null });
    expect(await metric('live_groups')).toBe(3);
  });

  it('do not share with what differs by variables', async () => {
    await watch();
    await watch(scores, { accountIds: [await makeAccount(program, 'alike')] });
    expect(await metric('live_groups')).toBe(2);
  });

  it('of different roles are executed each on its own', async () => {
    const watchers = [await watch(), await watch(scores, {}, { role: 'admin' }), await watch(scores, {}, { role: 'viewer', subject: 'another' })];
    const executions = await metric('live_executions_total');
    await change();
    await Promise.all(watchers.map((watcher) => watcher.atLeast(2)));
    expect(await metric('live_groups')).toBe(2);
    expect(await metric('live_executions_total')).toBe(executions + 2);
  });
});

describe('another tenant', () => {
  it('sees nothing, shares nothing, and costs nothing', async () => {
    const mine = await watch();
    const theirs = await watch(scores, {}, { tenant: program.otherTenant });
    expect([await metric('live_groups'), await metric('live_tenants_followed')]).toEqual([2, 2]);
    const executions = await metric('live_executions_total');
    await change();
    await mine.atLeast(2);
    expect(await metric('live_executions_total')).toBe(executions + 1);
    // What they see next is their own, although the accounts are called alike.
    await change(program.otherTenant);
    await theirs.atLeast(2);
    expect(theirs.events).toHaveLength(2);
    expect(mine.events).toHaveLength(2);
    expect(theirs.events[1]?.['account']).not.toEqual(mine.events[1]?.['account']);
  });
});

describe('a subscriber that leaves', () => {
  it('leaves the others where they are', async () => {
    const [staying, leaving] = [await watch(), await watch()];
    leaving.stop();
    await until('one is left', async () => (await metric('live_subscribers')) === 1);
    await change();
    await staying.atLeast(2);
    expect(leaving.events).toHaveLength(1);
  });

  it('and comes back while it leaves, misses nothing', async () => {
    const client = await liveAs(program);
    clients.push(client);
    const watchers: Subscription[] = [];
    for (let round = 0; round < 20; round += 1) {
      const next = client.subscribe(scores);
      if (round % 2 === 0) await next.atLeast(1);
      watchers.at(-1)?.stop();
      watchers.push(next);
    }
    const last = watchers.at(-1);
    await last?.atLeast(1);
    await change();
    await last?.atLeast(2);
  });
});
