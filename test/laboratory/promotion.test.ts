import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executeAction, type Outreach } from '../../src/features/actions/index.ts';
import { defaultScoringModelParameters, publishScoringModel, storedModel, type ScoringModelParameters } from '../../src/features/scoring/index.ts';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Answer, type Queue } from '../actions/queue.ts';
import { plantRun, type PlantedRun } from './plant-run.ts';

const silent: Outreach = { kind: 'none', send: () => Promise.reject(new Error('no e-mail is sent here')), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' }) };
const acceptance = /^mutation Promote.*$/m.exec(readFileSync(new URL('../acceptance/sessions-laboratory.graphql', import.meta.url), 'utf8'))?.[0] ?? '';
const candidate: ScoringModelParameters = { ...defaultScoringModelParameters(), highIntentThreshold: 61 };
const withThreshold = (highIntentThreshold: number): ScoringModelParameters => ({ ...candidate, highIntentThreshold });

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

interface Who {
  readonly role?: 'viewer' | 'analyst' | 'approver' | 'admin';
  readonly subject?: string;
}
const ask = async (query: string, variables: Record<string, unknown>, { role = 'admin', subject = 'ada' }: Who = {}): Promise<Answer> =>
  Object.values(dataOf(await program.query<Record<string, Answer>, Record<string, unknown>>(query, variables, { token: await program.token(role, { subject }) })))[0] as Answer;
const plant = async (run: Partial<PlantedRun> = {}) => plantRun(program, { parameters: candidate, baseVersion: await version(), ...run });
const promote = ({ experiment, run }: { experiment: string; run: string }, who?: Who): Promise<Answer> => ask(acceptance, { id: experiment, runId: run }, who);
const version = async (): Promise<number> => (await program.act((work) => storedModel(work, null))).version;
const shown = 'id type status endReason riskLevel confidence account { id } contact { id } evidence { context { managerFlags } } draft { body } promotion { kind runId experimentId experimentName replacesVersion restoredVersion publishedVersion changes { parameter before after } }';
const read = (id: string, who?: Who): Promise<Answer> => ask(`query($id: ID!) { node(id: $id) { __typename ... on Action { ${shown} } } }`, { id }, { role: 'approver', subject: 'uma', ...who });
const approvalOf = async (id: string): Promise<string> => (await program.rows('select approval_id from action where id = $1', [uuidOf(id)]))[0]?.['approval_id'] ?? '';
const execute = (approval: string): Promise<string> => executeAction({ transact: (body) => program.act(body, { actor: { kind: 'system', id: 'executor' } }), seal: program.seal, outreach: silent }, approval);
const approve = async (id: string, subject = 'uma'): Promise<Answer> => program.approve(id, await program.digest(id), subject);
const undo = (id: string, who: Who = { role: 'approver', subject: 'uma' }): Promise<Answer> => ask('mutation($id: ID!) { undoAction(id: $id) { __typename ... on Action { id status type } ... on UserError { message code path } } }', { id }, who);
/** Proposes, approves and executes the promotion of a model. */
const published = async (parameters: ScoringModelParameters): Promise<string> => {
  const { id } = await promote(await plant({ parameters }));
  await approve(id);
  expect(await execute(await approvalOf(id))).toBe('SENT');
  return id;
};

test('a pinned run is promoted: proposed, approved by another person, published once, and named by the model', async () => {
  const planted = await plant();
  const before = await version();
  const proposed = await promote(planted);
  expect(proposed).toMatchObject({ __typename: 'Action', type: 'PROMOTE_MODEL', status: 'PENDING' });
  expect(await version()).toBe(before);
  expect(await read(proposed.id)).toMatchObject({
    account: null, contact: null, riskLevel: 'HIGH', confidence: null, evidence: { context: null }, draft: { body: null },
    promotion: { kind: 'RUN', runId: planted.run, experimentId: planted.experiment, experimentName: 'Lower threshold', replacesVersion: before, publishedVersion: null, changes: [{ parameter: 'highIntentThreshold', before: '75', after: '61' }] },
  });
  expect(await read(proposed.id, { role: 'viewer' })).toMatchObject({ promotion: { experimentName: null, changes: [{ after: '61' }] } });
  expect(await approve(proposed.id)).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
  const approval = await approvalOf(proposed.id);
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => execute(approval)));
  expect(outcomes.filter((outcome) => outcome === 'SENT')).toHaveLength(1);
  expect(await version()).toBe(before + 1);
  expect(await read(proposed.id)).toMatchObject({ status: 'EXECUTED', promotion: { publishedVersion: before + 1 } });
  expect(await ask('{ scoringModel { version highIntentThreshold promotedBy { id promotion { runId } } } }', {})).toMatchObject({ version: before + 1, highIntentThreshold: 61, promotedBy: { id: proposed.id, promotion: { runId: planted.run } } });
  expect(await program.rows('select promoted_from_run, restored_version from scoring_model where version = $1 and tenant_id = $2', [before + 1, program.tenant])).toEqual([{ promoted_from_run: planted.runId, restored_version: null }]);
  expect(await program.told(proposed.id)).toEqual(['action.proposed', 'action.approved', 'action.executed']);
  expect(await ask('query($id: ID!) { node(id: $id) { ... on Action { lineage { nodes { name } } decisions(first: 5) { edges { node { outcome account { id } } } } } } }', { id: proposed.id })).toMatchObject({
    decisions: { edges: [{ node: { outcome: 'EXECUTED', account: null } }, { node: { outcome: 'APPROVED' } }, { node: { outcome: 'PROPOSED' } }] },
  });
});

test.each<[string, Partial<PlantedRun>, string]>([
  ['a failed run', { status: 'FAILED' }, 'Only a completed run is promoted; this one failed'],
  ['a cancelled run', { status: 'CANCELLED' }, 'this one was cancelled'],
  ['an unpinned run', { isPinned: false }, 'Only a pinned run is promoted. Pin it with pinExperimentRun'],
  ['a run against an older version', { baseVersion: 0 }, 'Run the experiment again'],
])('%s is refused', async (_what, run, message) => {
  expect(await promote(await plant({ parameters: withThreshold(50), ...run }))).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT', message: expect.stringContaining(message) as string });
});

test('the model in force, a run of another experiment, and what is proposed already are refused', async () => {
  const { parameters } = await program.act((work) => storedModel(work, null));
  expect(await promote(await plant({ parameters }))).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('nothing to publish') as string });
  const [one, other] = [await plant({ parameters: withThreshold(52) }), await plant({ parameters: withThreshold(53) })];
  expect(await promote({ experiment: one.experiment, run: other.run })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await promote({ experiment: one.run, run: one.run })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await promote(one)).toMatchObject({ __typename: 'Action' });
  expect(await promote(one)).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('already proposed') as string });
});

test('the same by REST', async () => {
  const { experiment, run } = await plant({ parameters: withThreshold(59) });
  const post = async (body: unknown, { id = experiment, role = 'admin' }: { id?: string; role?: 'admin' | 'approver' } = {}) => {
    const answer = await fetch(new URL(`/api/laboratory/experiments/${id}/promote`, program.url), { method: 'POST', headers: { authorization: `Bearer ${await program.token(role, { subject: 'ada' })}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    return [answer.status, await answer.json()] as const;
  };
  expect(await post({ runId: run }, { role: 'approver' })).toMatchObject([403, { error: { code: 'FORBIDDEN' } }]);
  expect(await post({})).toMatchObject([400, { error: { path: ['runId'] } }]);
  expect(await post({ runId: run }, { id: run })).toMatchObject([404, { error: { code: 'NOT_FOUND' } }]);
  const [status, action] = await post({ runId: run });
  expect([status, action]).toMatchObject([201, { status: 'PENDING', id: expect.stringMatching(/^Action_/) as string }]);
  expect(await post({ runId: run })).toMatchObject([409, { error: { code: 'CONFLICT' } }]);
  const pending = await fetch(new URL('/api/actions/pending?first=100', program.url), { headers: { authorization: `Bearer ${await program.token('approver')}` } });
  const { actions } = (await pending.json()) as { actions: { id: string }[] };
  expect(actions.find(({ id }) => id === (action as { id: string }).id)).toMatchObject({ account: null, promotion: { kind: 'RUN', runId: run, changes: [{ parameter: 'highIntentThreshold', after: '59' }] } });
});

test('administrators alone propose, and nobody approves what they proposed', async () => {
  const planted = await plant({ parameters: withThreshold(54) });
  for (const role of ['viewer', 'analyst', 'approver'] as const) expect(await promote(planted, { role })).toMatchObject({ code: 'FORBIDDEN' });
  const { id } = await promote(planted, { role: 'admin', subject: 'uma' });
  expect(await approve(id)).toMatchObject({ __typename: 'NotPermitted', message: expect.stringContaining('Whoever proposed') as string });
  expect(await program.status(id)).toBe('PENDING');
});

test('another model in force before the approval: EvidenceChanged, and the promotion is stale', async () => {
  const { id } = await promote(await plant({ parameters: withThreshold(55) }));
  const seen = await program.digest(id);
  await program.act((work) => publishScoringModel(work, withThreshold(56)));
  expect(await program.approve(id, seen, 'uma')).toMatchObject({
    __typename: 'EvidenceChanged', action: { status: 'STALE', endReason: 'MODEL_CHANGED' },
    changes: expect.arrayContaining([{ field: 'promotion.production.parameters.highIntentThreshold', before: '61', after: '56' }]) as object[],
  });
  expect(await version()).toBe((await program.act((work) => storedModel(work, null))).version);
});

test('another model in force between approval and execution: cancelled, nothing published', async () => {
  const { id } = await promote(await plant({ parameters: withThreshold(57) }));
  await approve(id);
  const direct = await program.act((work) => publishScoringModel(work, withThreshold(58)));
  expect(await execute(await approvalOf(id))).toBe('CANCELLED');
  expect(await read(id)).toMatchObject({ status: 'CANCELLED', endReason: 'MODEL_CHANGED', promotion: { publishedVersion: null } });
  expect(await version()).toBe(direct);
});

test('a model that is published while the promotion is executed is not replaced by it', async () => {
  const planted = [await plant({ parameters: withThreshold(62) }), await plant({ parameters: withThreshold(63) })];
  const before = await version();
  const actions = await Promise.all(planted.map(async (one) => (await promote(one)).id));
  for (const id of actions) await approve(id);
  const outcomes = await Promise.all(actions.map(async (id) => execute(await approvalOf(id))));
  expect([outcomes.filter((outcome) => outcome === 'SENT').length, await version()]).toEqual([1, before + 1]);
  expect((await Promise.all(actions.map((id) => program.status(id)))).toSorted()).toEqual(['CANCELLED', 'EXECUTED']);
});

test('a roll-back is one more promotion, which another person approves', async () => {
  const before = await program.act((work) => storedModel(work, null));
  const id = await published(withThreshold(64));
  const rollBack = await undo(id);
  expect(rollBack).toMatchObject({ __typename: 'Action', type: 'PROMOTE_MODEL', status: 'PENDING' });
  expect(rollBack.id).not.toBe(id);
  expect(await read(rollBack.id)).toMatchObject({ promotion: { kind: 'ROLL_BACK', runId: null, restoredVersion: before.version, replacesVersion: before.version + 1, changes: [{ parameter: 'highIntentThreshold', before: '64', after: String(before.parameters.highIntentThreshold) }] } });
  expect(await undo(id)).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('already proposed') as string });
  expect(await approve(rollBack.id)).toMatchObject({ __typename: 'NotPermitted' });
  expect(await approve(rollBack.id, 'otto')).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
  expect(await execute(await approvalOf(rollBack.id))).toBe('SENT');
  expect(await program.act((work) => storedModel(work, null))).toEqual({ version: before.version + 2, parameters: before.parameters });
  expect(await program.status(id)).toBe('EXECUTED');
  expect(await undo(id)).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('no longer in force') as string });
});

test('a promotion that is not executed is not undone, and viewers undo nothing', async () => {
  const { id } = await promote(await plant({ parameters: withThreshold(65) }));
  expect(await undo(id)).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('Only an executed action is undone') as string });
  expect(await undo(id, { role: 'viewer', subject: 'vera' })).toMatchObject({ __typename: 'NotPermitted' });
});

test('the database publishes no model for an action without an approval', async () => {
  const { id } = await promote(await plant({ parameters: withThreshold(66) }));
  const insert = `insert into scoring_model (tenant_id, version, parameters, published_at, published_by, action_id, promoted_from_run) values ($1, 900, '{}', now(), 'x', $2, gen_random_uuid())`;
  await expect(program.rows(insert, [program.tenant, uuidOf(id)])).rejects.toMatchObject({ constraint: 'scoring_model_approved' });
  await expect(program.rows(`insert into scoring_model (tenant_id, version, parameters, published_at, published_by, promoted_from_run) values ($1, 900, '{}', now(), 'x', gen_random_uuid())`, [program.tenant])).rejects.toMatchObject({ constraint: 'scoring_model_ground' });
});
