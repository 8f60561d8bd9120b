import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { create, read } from './arrange.ts';

let program: Arranged;
let id = '';
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  id = await program.account('acme');
});
afterAll(() => program?.close());

async function post(body: unknown, token?: string | null): Promise<{ status: number; body: Record<string, never> }> {
  const authorization = token === null ? {} : { authorization: `Bearer ${token ?? (await program.token('agent'))}` };
  const response = await fetch(`${program.url}/api/account-snapshots/create`, { method: 'POST', headers: { 'content-type': 'application/json', ...authorization }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

test('REST takes the snapshot of one account, or begins with all of them', async () => {
  const one = await post({ account_id: id, snapshot_type: 'manual', reason: 'Monthly snapshot', trigger_event: null });
  expect(one).toMatchObject({ status: 201, body: { status: 'DONE', progress: { done: 1, total: 1, failed: 0 }, snapshots: [{ accountId: id, sequenceNumber: 1 }] } });
  expect(await read(program, String((one.body['snapshots'] as unknown as { id: string }[])[0]?.id))).toMatchObject({ type: 'MANUAL', reason: 'Monthly snapshot', triggerEvent: null });
  expect(await post({ snapshot_type: 'scheduled', trigger_event: 'daily_snapshot_job' })).toMatchObject({ status: 202, body: { jobId: expect.stringMatching(/^SnapshotJob_/) as string, status: 'RUNNING', progress: { done: 0, total: 1, failed: 0 }, snapshots: [] } });
});

test('who is not let in is told so before the body is looked at; every fault is named', async () => {
  expect(await post({ account_id: 5 }, null)).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHENTICATED' } } });
  expect(await post({ account_id: id }, await program.token('viewer'))).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
  const foreign = await program.token('agent', { tenant: program.otherTenant });
  for (const [body, status, path] of [
    [{ account_id: 5 }, 400, ['account_id']], [{ account_id: 'nonsense' }, 404, ['account_id']], [{ account_id: 'Account_00000000000070008000000000000000' }, 404, ['account_id']],
    [{ snapshot_type: 'weekly' }, 400, ['snapshot_type']], [{ reason: 7 }, 400, ['reason']], [{ account_id: id, reason: 'x'.repeat(501) }, 400, ['reason']], [{ account_id: id, reason: 'a\u0000b' }, 400, ['reason']],
    [{ account_id: id, trigger_event: 'marla_quendel' }, 400, ['trigger_event']], [{ other: 1 }, 400, []], [[], 400, []],
  ] as const) expect(await post(body), JSON.stringify(body)).toMatchObject({ status, body: { error: { path } } });
  expect(await post({ account_id: id }, foreign)).toMatchObject({ status: 404 });
});

test('the graph refuses what cannot be taken, with the place', async () => {
  const other = await program.token('agent', { tenant: program.otherTenant });
  expect(await create(program, [])).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'accountIds'] });
  expect(await create(program, [id, 'nonsense'])).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'accountIds', '1'] });
  expect(await create(program, [id], {}, other)).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'accountIds', '0'] });
  expect(await create(program, Array.from({ length: 1_001 }, () => id))).toMatchObject({ __typename: 'LimitExceededError' });
  expect(await create(program, [id], { triggerEvent: 'MARLA_QUENDEL' })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'triggerEvent'] });
  expect(await create(program, [id], { reason: 'x'.repeat(501) })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'reason'] });
  expect(await create(program, [id, id], {}, await program.token('viewer'))).toMatchObject({ __typename: 'ForbiddenError' });
  expect(await create(program, [id, id])).toMatchObject({ progress: { total: 1, done: 1 } });
  const policy = async (input: Record<string, unknown>, role: 'admin' | 'agent' = 'admin') => (await program.query<{ saveSnapshotPolicy: object }, Record<string, unknown>>('mutation($input: SnapshotPolicyInput!) { saveSnapshotPolicy(input: $input) { __typename ... on UserError { path } } }', { input }, { role })).data?.saveSnapshotPolicy;
  expect(await policy({ monthsKept: 2 })).toEqual({ __typename: 'InvalidInputError', path: ['input', 'monthsKept'] });
  expect(await policy({ monthsKept: 12, keepForEver: true })).toEqual({ __typename: 'InvalidInputError', path: ['input', 'keepForEver'] });
  expect(await policy({ healthPoints: -1 })).toEqual({ __typename: 'InvalidInputError', path: ['input', 'healthPoints'] });
  expect(await policy({ healthPoints: 1 }, 'agent')).toMatchObject({ __typename: 'ForbiddenError' });
});

test('a tenant sees and touches its own snapshots alone', async () => {
  const job = await create(program, [id]);
  const snapshotId = job.snapshots[0]?.id;
  const token = await program.token('admin', { tenant: program.otherTenant });
  const look = await program.query<Record<string, unknown>, Record<string, unknown>>('query($id: ID!, $job: ID!) { node(id: $id) { id } snapshotJob(id: $job) { id } }', { id: snapshotId, job: job.id }, { token });
  expect(look.data).toEqual({ node: null, snapshotJob: null });
  const cancelled = await program.query<{ cancelSnapshotJob: object }, Record<string, unknown>>('mutation($id: ID!) { cancelSnapshotJob(id: $id) { __typename } }', { id: job.id }, { token });
  expect(cancelled.data?.cancelSnapshotJob).toEqual({ __typename: 'NotFoundError' });
  const own = await program.query<{ cancelSnapshotJob: object }, Record<string, unknown>>('mutation($id: ID!) { cancelSnapshotJob(id: $id) { __typename } }', { id: job.id }, { role: 'agent' });
  expect(own.data?.cancelSnapshotJob).toEqual({ __typename: 'ConflictError' });
});

test('nobody changes or deletes a snapshot: not the program\'s role, and not the owner of the tables', async () => {
  await create(program, [id]);
  const [{ part } = {}] = (await program.rows('select tableoid::regclass::text as part from account_snapshot limit 1')) as { part?: string }[];
  const attempts = ['update account_snapshot set industry = $$x$$', 'delete from account_snapshot', 'truncate account_snapshot', `delete from ${part}`, `update ${part} set region = $$x$$`, `truncate ${part} cascade`];
  for (const attempt of attempts) {
    await expect(program.admin.query(attempt), attempt).rejects.toThrow('a snapshot never changes');
    await program.admin.query(`begin; set local role context_graph_app; select set_config('app.tenant', '${program.tenant}', true), set_config('app.snapshots_leave', 'on', true), set_config('app.erasing', 'on', true)`);
    await expect(program.admin.query(attempt), attempt).rejects.toThrow('permission denied');
    await program.admin.query('rollback');
  }
  for (const attempt of ['update snapshot_number set sequence_number = 9', 'delete from snapshot_number', 'delete from snapshot_head', 'update account_version set version = now()', 'update account_inputs set recorded_at = now()', 'delete from account_inputs', 'delete from snapshot_policy', 'insert into snapshot_drop (tenant_id, dropped, chain_end, dropped_at) values (app_tenant(), 1, 0, now())', 'delete from snapshot_drop']) {
    await program.admin.query(`begin; set local role context_graph_app; select set_config('app.tenant', '${program.tenant}', true)`);
    await expect(program.admin.query(attempt), attempt).rejects.toThrow('permission denied');
    await program.admin.query('rollback');
  }
  // No number twice, and none left out.
  await expect(program.admin.query('insert into snapshot_number select tenant_id, account_id, sequence_number, gen_random_uuid(), taken_at, null from snapshot_number limit 1')).rejects.toThrow('snapshot_number_pkey');
  await expect(program.admin.query('update snapshot_head set sequence_number = sequence_number + 2')).rejects.toThrow('without a gap');
  // Nor a number without its snapshot, or a head without its number, by the program's own role.
  for (const attempt of ['update snapshot_head set sequence_number = sequence_number + 1', 'update snapshot_head set sequence_number = sequence_number + 1, snapshot_id = gen_random_uuid()', 'insert into snapshot_number select tenant_id, account_id, sequence_number + 1, gen_random_uuid(), taken_at, null from snapshot_head']) {
    await program.admin.query(`begin; set local role context_graph_app; select set_config('app.tenant', '${program.tenant}', true)`);
    await expect(program.admin.query(attempt), attempt).rejects.toMatchObject({ constraint: 'snapshot_numbers_without_gap' });
    await program.admin.query('rollback');
  }
});
