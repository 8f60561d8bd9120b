import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bus, Consumer } from '../../src/platform/events/bus.ts';
import type { Envelope } from '../../src/platform/events/event.ts';
import { startContextEngine } from '../../src/workers/context-engine.ts';
import { makeAccount, signal } from '../harness/accounts.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';
import { eventOfFact } from '../harness/facts.ts';

let program: TestProgram;
beforeAll(async () => {
  // Nothing takes facts from the outbox: the test is the bus.
  program = await startTestProgram({ roles: ['api'] });
});
afterAll(() => program?.close());

test('a signal that comes twice in one batch, in two at once, and again later, is counted once', async () => {
  const consumers: Consumer[] = [];
  const bus = { consume: async (consumer: Consumer) => (consumers.push(consumer), { stop: async () => undefined }) } satisfies Pick<Bus, 'consume'>;
  await startContextEngine(bus as unknown as Bus, program.database, program.seal);
  const [engine] = consumers;
  if (!engine) throw new Error('the engine did not ask for events');
  const account = await makeAccount(program, 'counted-once');
  const once = await makeAccount(program, 'told-once');
  await signal(program, [{ account: 'counted-once', event: 'one', type: 'meeting' }, { account: 'told-once', event: 'two', type: 'meeting' }]);
  const { Client } = await import('pg');
  const owner = new Client({ connectionString: program.testDatabase.adminUrl });
  await owner.connect();
  const { rows } = await owner.query<{ event: Envelope }>(`select ${eventOfFact} as event from audit_logs a where kind = 'signal.ingested' order by sequence`);
  await owner.end();
  const [first, second] = rows.map(({ event }) => event);
  if (!first || !second) throw new Error('the signals have no facts');

  await Promise.all([engine.handle([first, second, first]), engine.handle([first]), engine.handle([first, first])]);
  await engine.handle([first]);
  const ask = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { intent { ... on IntentScore { value } } } } }';
  const { data } = await program.query<{ nodes: { intent: { value: number } }[] }, { ids: string[] }>(ask, { ids: [account, once] });
  const [counted, told] = data?.nodes.map(({ intent }) => intent.value) ?? [];
  expect(told).toBeGreaterThan(0);
  expect(counted).toBe(told);
});
