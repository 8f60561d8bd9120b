import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig, roles } from '../../src/app/config.ts';
import { startLaboratoryProgram, type LaboratoryProgram } from '../../src/app/start-laboratory.ts';
import { outboundFetch } from '../../src/platform/outbound-http.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import type { QueryAnswer } from '../harness/program.ts';
import { createExperiment, runExperiment, runIs, window } from './experiments.ts';

let program: Arranged;
let laboratory: LaboratoryProgram;
/** Operations that are sent to the process in laboratory mode. */
let asked: { query: Arranged['query'] };
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'laboratory') });
  await program.upsertAccounts([{ externalRef: crm('a-1'), name: 'Acme' }]);
  laboratory = await startLaboratoryProgram({
    roles: ['api', 'laboratory'], databaseUrl: program.testDatabase.url, connections: 8, host: '127.0.0.1', port: 0, keys: { secret: program.secret }, issuer: 'test-issuer', audience: 'test-audience',
    masterKeys: [{ bytes: program.masterKey, source: 'MASTER_KEY' }], origins: [], trustedHops: 0, log: { debug() {}, info() {}, warn() {}, error() {} } as never, clock: program.clock,
  });
  const query = async (document: unknown, variables: unknown, { role = 'admin' }: { role?: 'admin' } = {}): Promise<QueryAnswer<never>> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await program.token(role)}` };
    const response = await realFetch(`${laboratory.healthUrl}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: document, variables }) });
    return { status: response.status, ...((await response.json()) as object) } as QueryAnswer<never>;
  };
  asked = { query };
});
afterAll(async () => {
  await laboratory?.stop();
  await program?.close();
});
const realFetch = fetch;

test('experiments are created, run and read in laboratory mode; production sees them', async () => {
  const experiment = await createExperiment(asked);
  expect(experiment).toMatchObject({ __typename: 'Experiment', status: 'DRAFT' });
  const run = await runExperiment(asked, experiment.id);
  const done = await runIs(asked, run.id, 'COMPLETED');
  expect(await runIs(program, run.id, 'COMPLETED')).toEqual(done);
});

test('every other mutation is refused with a typed error, and production data that experiments do not need is not shown', async () => {
  const publish = await asked.query('mutation { publishScoringModel(input: { signalTypes: [] }) { __typename ... on UserError { code message } } }', {});
  expect(publish.data).toEqual({ publishScoringModel: { __typename: 'ForbiddenError', code: 'FORBIDDEN', message: expect.stringContaining('laboratory mode') } });
  const people = await asked.query('{ accounts(first: 1) { edges { node { contacts(first: 1) { edges { node { name } } } } } } }', {});
  expect(people.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  await expect(laboratory.database.transact({ tenantId: program.tenant, actor: { kind: 'user', id: 'x' }, requestId: 'x' }, async () => 1)).rejects.toThrow(/laboratory mode/);
});

test('routes of production do not exist; experiments by REST do', async () => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await program.token('analyst')}` };
  const ask = (path: string, body?: object): Promise<Response> => realFetch(`${laboratory.healthUrl}${path}`, { method: body ? 'POST' : 'GET', headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  for (const path of ['/api/signals', '/api/sessions', '/api/account-snapshots/create']) expect((await ask(path, {})).status, path).toBe(404);
  expect((await ask('/health')).status).toBe(200);
  expect(await (await ask('/metrics')).text()).toContain('laboratory_experiments_active');
  const made = await ask('/api/laboratory/experiments', { name: 'By REST', window });
  expect(made.status).toBe(201);
  const { id } = (await made.json()) as { id: string };
  const queued = await ask(`/api/laboratory/experiments/${id}/run`, { seed: '7' });
  expect([queued.status, await queued.json()]).toMatchObject([202, { seed: '7', digest: null }]);
  expect(await (await ask(`/api/laboratory/experiments/${id}`)).json()).toMatchObject({ name: 'By REST', runs: [{ seed: '7' }] });
  expect(await (await ask('/api/laboratory/experiments?first=1')).json()).toMatchObject({ experiments: [{ id }], next: expect.any(String) });
  expect((await ask('/api/laboratory/experiments', { name: 'x', window: { from: 'yesterday', to: window.to } })).status).toBe(400);
  expect((await ask('/api/laboratory/experiments/nonsense')).status).toBe(404);
});

test('the gate for calls to other systems is closed for the whole process', async () => {
  await expect(outboundFetch('https://vendor.example')).rejects.toThrow(/refused in the laboratory/);
});

test('the configuration leaves a process in laboratory mode its own parts alone', () => {
  expect(readConfig({ EXECUTION_MODE: 'laboratory' })).toMatchObject({ mode: 'laboratory', roles: ['api', 'laboratory'], demo: false });
  expect(() => readConfig({ EXECUTION_MODE: 'laboratory', ROLES: 'api,scheduler' })).toThrow('ROLES may name api and laboratory only with EXECUTION_MODE=laboratory');
  expect(() => readConfig({ EXECUTION_MODE: 'lab' })).toThrow('EXECUTION_MODE must be production or laboratory');
});
