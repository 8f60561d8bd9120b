import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../../src/app/config.ts';
import { openQueue, type Answer, type Queue } from '../../actions/queue.ts';
import { dataOf } from '../../accounts/arrange.ts';
import { until } from '../../harness/program.ts';
import { startHubspotWrites, type HubspotWrites } from '../vendors/hubspot-writes.ts';
import { connect, quickPace } from './fake-vendor.ts';

// The whole way: a connection, a proposal, an approval, the executor, HubSpot's own client, a server that counts; and back.
let server: HubspotWrites;
let program: Queue;
let opportunityId = '';
beforeAll(async () => {
  server = await startHubspotWrites();
  program = await openQueue({ roles: roles.filter((role) => role !== 'scheduler'), vendorUrls: new Map([['hubspot', server.url]]), vendorPace: quickPace });
  const account = await program.account('write-back');
  opportunityId = (await program.upsert('opportunities', [{ account: { id: account }, externalRef: { system: 'hubspot', id: '77' }, name: 'Big deal', stage: 'Contract Sent' }])).results[0]?.id ?? '';
});
afterAll(async () => {
  await program.close();
  await server.stop();
});

const fields = '__typename ... on Action { id status crmChange { system stage fields { field before after } } crmWrite { recordType externalId undo { status } } } ... on UserError { message code path }';
const ask = async (query: string, variables: Record<string, unknown>, role: 'analyst' | 'approver'): Promise<Answer> => dataOf(await program.query<{ answer: Answer }, Record<string, unknown>>(query, variables, { role })).answer;
const propose = (change: object): Promise<Answer> => ask(`mutation($input: ProposeCrmChangeInput!) { answer: proposeCrmChange(input: $input) { ${fields} } }`, { input: { opportunityId, reasoning: 'They said so.', confidence: 0.9, ...change } }, 'analyst');

test('without a connection nothing is proposed, and the message says what to do', async () => {
  expect(await propose({ nextStep: 'Sign' })).toMatchObject({ __typename: 'ConflictError', message: 'No active connection to HubSpot. Ask an administrator to add it by addConnection, or to resume it.' });
  expect(server.count()).toBe(0);
});

test('a task reaches HubSpot once, though the socket is cut after it, and is taken back', async () => {
  await connect(program, 'hubspot', { accessToken: 'pat-na1-token' });
  const { id } = await propose({ task: { subject: 'Call the buyer', dueOn: '2026-12-04' } });
  expect(await ask(`query($id: ID!) { answer: node(id: $id) { ${fields.replace('... on UserError { message code path }', '')} } }`, { id }, 'approver')).toMatchObject({ crmChange: { system: 'HUBSPOT', stage: 'Contract Sent', fields: [{ field: 'task.subject', after: 'Call the buyer' }, { field: 'task.dueOn', after: '2026-12-04' }] } });
  server.trouble('CUT_BODY', { times: 1, route: 'POST /crm/v3/objects/tasks' });
  expect(await program.approve(id, await program.digest(id))).toMatchObject({ status: 'APPROVED' });
  await until('the write did not answer', async () => (await program.rows("select from outreach where last_outcome = 'UNKNOWN'")).length === 1);
  expect([server.of('tasks').length, await program.status(id)]).toEqual([1, 'APPROVED']);
  program.clock.advance(30_000);
  await until('it is found', async () => (await program.status(id)) === 'EXECUTED', 20_000);
  expect([server.of('tasks').length, server.count('POST /crm/v3/objects/tasks')]).toEqual([1, 1]);
  expect(await ask(`mutation($id: ID!) { answer: undoAction(id: $id) { ${fields} } }`, { id }, 'approver')).toMatchObject({ __typename: 'Action', crmWrite: { recordType: 'tasks', undo: { status: 'REQUESTED' } } });
  await until('it is undone', async () => (await program.told(id)).includes('action.undone'));
  expect(server.of('tasks')).toEqual([]);
}, 60_000);

test('nothing of the texts, the token or the key of a person is in the log of facts', async () => {
  const rows = JSON.stringify(await program.rows('select data from audit_logs'));
  for (const text of ['Call the buyer', 'pat-na1-token', 'They said so']) expect(rows).not.toContain(text);
});
