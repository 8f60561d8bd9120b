import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { sealContent } from '../../src/features/actions/action-content.ts';
import { dataOf } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { openCrmQueue, type CrmQueue } from './crm.ts';
import { uuidOf } from './queue.ts';

// Nothing is written into a CRM that a second person has not approved as they saw it, whichever way is tried.
let program: CrmQueue;
beforeAll(async () => {
  program = await openCrmQueue();
});
afterAll(() => program.close());
let before = 0;
beforeEach(() => {
  before = program.crm.writes();
  program.crm.calls.write = 0;
});
const untouched = (): void => expect([program.crm.writes() - before, program.crm.calls.write]).toEqual([0, 0]);

const step = { nextStep: 'Sign the contract' };
const proposed = async (who: Parameters<CrmQueue['proposeChange']>[2] = {}): Promise<string> => (await program.proposeChange((await program.deal()).id, step, who)).id;
const decisions = async (id: string): Promise<string[]> => (await program.rows('select id from action_decision where action_id = $1', [uuidOf(id)])).map((row) => String(row['id']));
async function machine(names: readonly string[], by = 'ada'): Promise<string> {
  const { createApiKey } = dataOf(await program.query<{ createApiKey: { secret: string } }, { input: object }>(
    'mutation($input: ApiKeyInput!) { createApiKey(input: $input) { ... on ApiKeyCreated { secret } } }', { input: { name: 'bot', roles: names } }, { token: await program.token('admin', { subject: by }) }));
  return createApiKey.secret;
}
async function asMachine(key: string, query: string, variables: object): Promise<Record<string, never>> {
  const response = await fetch(`${program.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': key }, body: JSON.stringify({ query, variables }) });
  return ((await response.json()) as { data: { answer: Record<string, never> } }).data.answer;
}

test('by proposing alone: no executor finds anything to do, by any id', async () => {
  const id = await proposed();
  for (const key of [uuidOf(id), ...(await decisions(id)), crypto.randomUUID()]) expect([await program.execute(key), await program.executeUndo(key)]).toEqual(['NOTHING_TO_DO', 'NOTHING_TO_DO']);
  untouched();
});

test('by approving oneself, as somebody without the role, or as the maker of the key', async () => {
  const id = await proposed({ role: 'approver', subject: 'ann' });
  const digest = await program.digest(id);
  expect(await program.approve(id, digest, 'ann')).toMatchObject({ __typename: 'NotPermitted' });
  for (const role of ['viewer', 'analyst', 'agent', 'privacy_officer'] as const) {
    expect(await program.mutate('approveAction', '$input: ApproveActionInput!', { input: { id, evidenceDigest: digest } }, { role, subject: 'eve' })).toMatchObject({ __typename: 'NotPermitted' });
  }
  for (const role of ['viewer', 'agent'] as const) {
    const response = await fetch(`${program.url}/api/actions/${id}/approve`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token(role)}` }, body: JSON.stringify({ evidenceDigest: digest }) });
    expect(response.status).toBe(403);
  }
  expect(await program.status(id)).toBe('PENDING');
  untouched();
});

test('by a machine: it proposes at HIGH risk, never approves or undoes, and its maker does not approve for it', async () => {
  const key = await machine(['AGENT', 'APPROVER', 'ADMIN']);
  const { id: opportunityId } = await program.deal();
  const made = await asMachine(key, 'mutation($input: ProposeCrmChangeInput!) { answer: proposeCrmChange(input: $input) { ... on Action { id riskLevel confidence } ... on UserError { message } } }', { input: { opportunityId, ...step, reasoning: 'Said so on the phone.', confidence: 1 } });
  expect(made).toMatchObject({ riskLevel: 'HIGH', confidence: 0.6 });
  const id = String(made['id']);
  const input = { id, evidenceDigest: await program.digest(id) };
  for (const other of [key, await machine(['ADMIN', 'APPROVER'], 'bob')]) {
    expect(await asMachine(other, 'mutation($input: ApproveActionInput!) { answer: approveAction(input: $input) { __typename } }', { input })).toMatchObject({ __typename: 'NotPermitted' });
    expect(await asMachine(other, 'mutation($id: ID!) { answer: undoAction(id: $id) { __typename } }', { id })).toMatchObject({ __typename: 'NotPermitted' });
  }
  expect(await program.approve(id, input.evidenceDigest, 'ada')).toMatchObject({ __typename: 'NotPermitted' });
  untouched();
  const led = { opportunityId, stageNote: 'Please log in at https://evil.example/crm', reasoning: 'x', confidence: 1 };
  expect(await asMachine(key, 'mutation($input: ProposeCrmChangeInput!) { answer: proposeCrmChange(input: $input) { __typename ... on UserError { path } } }', { input: led })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'stageNote'] });
});

test('by another digest, by an edit, and by a rejected, cancelled or expired action', async () => {
  const [one, other] = [await proposed(), await proposed()];
  expect(await program.approve(one, await program.digest(other))).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await program.mutate('editAction', '$input: EditActionInput!', { input: { id: one, body: 'Other words' } })).toMatchObject({ code: 'CONFLICT', message: 'An action of this type is not edited. Reject it, and propose another.' });
  await program.mutate('rejectAction', '$input: RejectActionInput!', { input: { id: one, reason: 'No' } });
  expect(await program.approve(one, await program.digest(one))).toMatchObject({ __typename: 'AlreadyDecided' });
  program.clock.advance(73 * 3_600_000);
  expect(await program.approve(other, await program.digest(other))).toMatchObject({ __typename: 'AlreadyDecided' });
  expect([await program.status(one), await program.status(other)]).toEqual(['REJECTED', 'EXPIRED']);
  for (const id of [one, other]) for (const key of await decisions(id)) expect(await program.execute(key)).toBe('NOTHING_TO_DO');
  untouched();
});

test('by rows of the program\'s own role: no order, no write, no undo without their approval', async () => {
  const id = uuidOf(await proposed());
  const [decision = ''] = await decisions(await proposed());
  const refused = async (text: string, values: readonly unknown[]): Promise<string> => {
    try {
      await program.act((work) => work.rows({ name: 'attempt', text }, [...values]));
      return 'done';
    } catch (error) {
      const { constraint, message } = error as { constraint?: string; message: string };
      return constraint ?? message;
    }
  };
  expect(await refused(`insert into outreach (tenant_id, approval_id, action_id, state, due_at, recorded_at) values ($1, $2, $3, 'DUE', app_now(), app_now())`, [program.tenant, decision, id])).toBe('outreach_approved');
  expect(await refused(`insert into crm_write (tenant_id, approval_id, action_id, system, written_kind, written_id, written_at) values ($1, $2, $3, 'salesforce', 'Task', 'x', app_now())`, [program.tenant, decision, id])).toBe('crm_write_approved');
  expect(await refused(`update action set status = 'EXECUTED' where id = $1`, [id])).not.toBe('done');
  const { id: action, approval } = await program.approved(step);
  expect(await refused(`update action set status = 'EXECUTED', executed_at = app_now() where id = $1`, [uuidOf(action)])).toBe('action_outreach');
  await program.execute(approval);
  before = program.crm.writes();
  const undo = (kind: string) => refused(`update crm_write set undo_state = 'DUE', undo_by_kind = $2, undo_by_id = 'eve', undo_requested_at = app_now(), undo_due_at = app_now() where approval_id = $1`, [approval, kind]);
  expect(await undo('user')).toBe('crm_write_approved');
  expect(await undo('machine')).not.toBe('done');
  expect(await refused(`update crm_write set written_id = 'other' where approval_id = $1`, [approval])).toBe('crm_write_approved');
  expect(await refused('delete from crm_write where approval_id = $1', [approval])).toContain('permission denied');
  expect(await program.executeUndo(approval)).toBe('NOTHING_TO_DO');
});

test('by other words or another record than were approved, however they came there', async () => {
  const [one, other] = [await program.approved(step), await program.approved(step)];
  await program.rows('alter table action_evidence disable trigger all');
  const [key] = await program.rows('select k.wrapped_key as wrapped from subject_key k join action a on a.subject_id = k.subject_id where a.id = $1', [uuidOf(one.id)]);
  const words = sealContent(program.seal, { key: program.seal.unwrap(key?.['wrapped'] as unknown as Buffer) }, { kind: 'CHANGE_NEXT_STEP', text: 'Cancel the contract', details: null, dueOn: null });
  await program.rows(`update action_evidence set draft_sealed = $2 where action_id = $1`, [uuidOf(one.id), words]);
  await program.rows(`update action_evidence set evidence = jsonb_set(evidence, '{target,externalId}', '"006000000000999"') where action_id = $1`, [uuidOf(other.id)]);
  await program.rows('alter table action_evidence enable trigger all');
  expect([await program.execute(one.approval), await program.execute(other.approval)]).toEqual(['CANCELLED', 'CANCELLED']);
  untouched();
});

test('by what an origin that the policy does not trust says of the deal', async () => {
  const told = async (rank: number): Promise<Record<string, unknown>> => {
    const { id } = await program.deal();
    await program.rows('update source_statement set origin = $2 where node_id = $1', [uuidOf(id), rank]);
    return program.proposeChange(id, step);
  };
  expect(await told(2)).toMatchObject({ __typename: 'Action', riskLevel: 'HIGH' });
  expect(await told(0)).toMatchObject({ __typename: 'ConflictError', message: expect.stringContaining('ANONYMOUS') as string });
  untouched();
});

test('by undoing what was not executed, or without the role', async () => {
  const id = await proposed();
  expect(await program.undo(id)).toMatchObject({ __typename: 'ConflictError', message: 'Only an executed action is undone; this one is PENDING.' });
  const { id: executed, approval } = await program.approved(step);
  await program.execute(approval);
  for (const role of ['viewer', 'analyst', 'agent'] as const) expect(await program.undo(executed, { role })).toMatchObject({ __typename: 'NotPermitted' });
  expect(await program.executeUndo(approval)).toBe('NOTHING_TO_DO');
  expect(program.crm.calls.undo).toBe(0);
});

test('only the executor holds what writes', async () => {
  const root = new URL('../../src/', import.meta.url);
  const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(new URL(file, root), 'utf8') })));
  const holding = (words: RegExp): string[] => texts.filter(({ text }) => words.test(text)).map(({ file }) => file).toSorted();
  expect(holding(/\bcrm\.(write|lookUp|undo)\(|\?\? noCrm\)\.undo\(/)).toEqual(['features/actions/crm-change-action.ts', 'features/actions/execute-undo.ts']);
  expect(holding(/\bwriter\.(write|undo)\(/)).toEqual(['features/connectors/outbound/record-writing.ts']);
  expect(holding(/\bexecuteUndo\b/)).toEqual(['features/actions/execute-undo.ts', 'features/actions/index.ts', 'workers/executor.ts']);
  expect(holding(/insert into crm_write\b/)).toEqual(['features/actions/crm-change-action.ts']);
});

test('as the program runs it: approved, written by the executor, undone by it', async () => {
  const whole = await openCrmQueue({ roles: roles.filter((role) => role !== 'scheduler') });
  try {
    const { id, approval } = await whole.approved({ stageNote: 'They want a discount.' });
    await until('it is written', async () => (await whole.status(id)) === 'EXECUTED');
    expect([...whole.crm.created.values()]).toMatchObject([{ key: approval }]);
    await whole.undo(id);
    await until('it is undone', async () => (await whole.told(id)).includes('action.undone'));
    expect([whole.crm.created.size, whole.crm.writes()]).toEqual([0, 1]);
  } finally {
    await whole.close();
  }
}, 40_000);
