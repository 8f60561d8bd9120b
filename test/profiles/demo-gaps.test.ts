import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDemo } from '../../src/app/demo.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import { statement } from '../../src/platform/postgres/statement.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';
import { act, fill } from './gap-vault.ts';

let program: TestProgram;
beforeAll(async () => {
  program = await startTestProgram({ roles: ['api'] });
  await loadDemo({ ...program, highIntentThreshold: 75 });
});
afterAll(() => program?.close());

const demo = statement<{ scenario: string; account: string }>(
  'test_demo_gaps',
  `select (select id from scenario where tenant_id = $1 and name = 'Onboarding') as scenario, (select account_id from profile_asset where tenant_id = $1 limit 1) as account`,
);

test('without a model, filling the demo account for onboarding finds the seats in its order form', async () => {
  const [row] = await act(program, (work) => work.rows(demo, [work.tenantId]));
  const filled = await fill(program, { profileId: toGlobalId('Profile', row?.account ?? ''), scenarioId: toGlobalId('Scenario', row?.scenario ?? '') });
  expect(filled).toContainEqual(expect.objectContaining({ fieldName: 'seats_wanted', filled: true, source: 'TEMPLATE', validationErrors: [], field: expect.objectContaining({ value: 250 }) }));
  expect(filled).toContainEqual(expect.objectContaining({ fieldName: 'billing_contact_phone', filled: false }));
});
