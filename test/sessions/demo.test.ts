import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDemo } from '../../src/app/demo.ts';
import { loadDemoSession } from '../../src/app/demo-session.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
beforeAll(async () => {
  program = await startTestProgram();
});
afterAll(() => program?.close());

test('the demo shows a session that an agent works on', async () => {
  const [demo] = await loadDemo({ ...program, highIntentThreshold: 75 });
  if (!demo) throw new Error('no demo');
  await loadDemoSession(program, demo.id);
  const { data, errors } = await program.query<{ session: object }, Record<string, never>>('{ session(inboxId: 74274, contactId: "12345") { account { name } activeContext persistentContext lock { holder fencingToken } pendingMessages { body } steps { sequence } } }', {}, { token: await program.token('agent', { tenant: demo.id }) });
  expect(errors).toBeUndefined();
  expect(data?.session).toMatchObject({
    account: { name: 'Acme Corp' }, activeContext: { goal: 'book a tour' }, persistentContext: { interest: 'Enterprise plan' }, lock: { holder: 'demo-agent', fencingToken: 2 }, pendingMessages: [{ body: 'Thursday would be better for us.' }], steps: [{ sequence: 1 }],
  });
});
