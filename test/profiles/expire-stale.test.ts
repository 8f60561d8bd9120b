import { afterAll, beforeAll, expect, test } from 'vitest';
import { updateProfileFields } from '../../src/features/profiles/index.ts';
import type { Role } from '../../src/features/access/index.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';
import { act, define, makeVault } from './gap-vault.ts';

let program: TestProgram;
beforeAll(async () => {
  // Without the scheduler, whose job would expire them, too.
  program = await startTestProgram({ roles: ['api'] });
  await define(program, [{ name: 'seats', valueType: 'INTEGER', retentionDays: 1 }]);
});
afterAll(() => program?.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
async function expire(headers: Record<string, string>, method = 'POST'): Promise<Answer> {
  const response = await fetch(`${program.url}/admin/profiles/expire-stale`, { method, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const as = async (role: Role, tenant: string = program.tenant): Promise<Answer> => expire({ authorization: `Bearer ${await program.token(role, { tenant })}` });

test('expires at once what is due, and says how many', async () => {
  for (let count = 0; count < 3; count += 1) {
    const { accountId } = await makeVault(program, []);
    await act(program, (work) => updateProfileFields(work, program.seal, [{ accountId, name: 'seats', value: count, source: 'USER', path: [] }]));
  }
  expect(await as('admin')).toEqual({ status: 200, body: { expired: 0 } });
  program.clock.advance(86_400_000);
  // Another tenant's administrator expires their own, and learns nothing of these.
  expect(await as('admin', program.otherTenant)).toEqual({ status: 200, body: { expired: 0 } });
  expect(await as('admin')).toEqual({ status: 200, body: { expired: 3 } });
  expect(await as('admin')).toEqual({ status: 200, body: { expired: 0 } });
});

test('two at once count each field once', async () => {
  const { accountId } = await makeVault(program, []);
  await act(program, (work) => updateProfileFields(work, program.seal, [{ accountId, name: 'seats', value: 1, source: 'USER', path: [] }]));
  program.clock.advance(86_400_000);
  const answers = await Promise.all([as('admin'), as('admin'), as('admin')]);
  expect(answers.reduce((sum, { body }) => sum + Number(body['expired']), 0)).toBe(1);
});

test('a body is none of its business, not even an empty one that is called JSON', async () => {
  const headers = { authorization: `Bearer ${await program.token('admin')}` };
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) expect(await expire({ ...headers, 'content-type': type }), type).toEqual({ status: 200, body: { expired: 0 } });
});

test.each<Role>(['viewer', 'analyst', 'approver', 'privacy_officer', 'agent'])('refuses the role %s', async (role) => {
  expect(await as(role)).toEqual({ status: 403, body: { error: { code: 'FORBIDDEN', message: expect.stringContaining('role admin'), path: [], requestId: expect.any(String) } } });
});

test('refuses who does not say who they are, and is there for POST alone', async () => {
  expect(await expire({})).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHENTICATED' } } });
  expect(await expire({ authorization: 'Bearer nonsense' })).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHENTICATED' } } });
  expect(await expire({ authorization: `Bearer ${await program.token('admin')}` }, 'GET')).toMatchObject({ status: 405, body: { error: { code: 'BAD_USER_INPUT' } } });
});
