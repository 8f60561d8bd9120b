import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDemo } from '../../src/app/demo.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
beforeAll(async () => {
  program = await startTestProgram();
  await loadDemo({ ...program, highIntentThreshold: 75 });
});
afterAll(() => program.close());

test('the account page shows one account with what hangs on it', async () => {
  const { data, errors } = await until('the demo account is scored', async () => {
    const answer = await program.query<{ accountBy: { name: string; intent: { __typename: string } } }, never>(
      `{ accountBy(by: { externalRef: { system: "salesforce", id: "acme_corp_12345" } }) { name intent { __typename } } }`,
    );
    return answer.data?.accountBy.intent.__typename === 'IntentScore' && answer;
  });
  expect(errors).toBeUndefined();
  expect(data?.accountBy.name).toBe('Acme Corp');
});
