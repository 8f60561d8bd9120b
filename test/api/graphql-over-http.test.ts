import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestProgram, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
let token: string;
beforeAll(async () => {
  program = await startTestProgram();
  token = await program.token('viewer');
});
afterAll(() => program.close());

test('of the audits of GraphQL over HTTP, each MUST holds, and at least 58 of all 61', async () => {
  const signedIn: typeof fetch = (input, init) => fetch(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } });
  const audits = serverAudits({ url: `${program.url}/graphql`, fetchFn: signedIn });
  const results = [];
  for (const audit of audits) results.push(await audit.fn());
  const failed = results.filter(({ status }) => status !== 'ok').map(({ id, name }) => `${id} ${name}`);
  expect(results).toHaveLength(61);
  expect(failed.filter((name) => / MUST /.test(name))).toEqual([]);
  expect(results.filter(({ name }) => name.startsWith('MUST'))).toHaveLength(13);
  expect(failed.length, failed.join('\n')).toBeLessThanOrEqual(3);
});
