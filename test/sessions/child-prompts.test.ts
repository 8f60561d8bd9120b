import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { extractRequirements, saveScenario, saveScenarioRequirements } from '../../src/features/profiles/index.ts';
import { createLlm } from '../../src/platform/llm/llm.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import { openQueue, type Queue } from '../actions/queue.ts';
import { dataOf } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { mockModel, providerError, type Arrived, type Reply } from '../llm/victim.ts';
import { act, addDocument, define, fill, type Vault } from '../profiles/gap-vault.ts';
import { agentsOf, heldBy } from './agents.ts';
import { customerOf, profileFields, type SessionCustomer } from './customers.ts';

/** Words of children's data, wherever they were put. */
const children = /Zwyla|Qubert|Ottmark|Nussbert|2021-03-04|peanutoid/i;
const draft = { subject: 'A question, {{name}}', body: 'Hello {{name}},\n\nshall we talk?', reasoning: 'They asked for a demo.', confidence: 0.9 };
const seen: Arrived[] = [];
let reply: (asked: Arrived) => Reply = () => draft;
const model = mockModel((asked) => (seen.push(asked), reply(asked)));
let program: Queue;
let customer: SessionCustomer;

beforeAll(async () => {
  program = await openQueue({ roles: roles.filter((role) => !['scheduler', 'executor'].includes(role)), llm: { model, timeoutMilliseconds: 5_000 } });
  const agents = agentsOf(program);
  await define(program, [
    { name: 'child_name', displayName: 'Name of the child', valueType: 'STRING', fromSessions: true, isPii: false },
    { name: 'tour_guest', displayName: 'Guest of the tour', valueType: 'STRING', piiClass: 'CHILD', isPii: true, fromSessions: true, collectionPrompt: 'Ask for Qubert' },
    { name: 'guest_alias', displayName: 'Guest of the tour', valueType: 'STRING' },
    { name: 'family', displayName: 'Family', valueType: 'JSON', fromSessions: true },
    { name: 'remarks', displayName: 'Remarks', valueType: 'TEXT', fromSessions: true },
    { name: 'seats', displayName: 'Seats', valueType: 'INTEGER', fromSessions: true },
    { name: 'arr', displayName: 'Annual revenue', valueType: 'INTEGER' },
  ]);
  customer = await customerOf(program, agents, 'parent', ['arr', 'guest_alias', 'child_allergy']);
  await program.grant(customer.email);
  await program.upsert('opportunities', [{ account: { id: customer.account }, externalRef: { system: 'test', id: 'deal' }, name: 'Place for Zwyla', stage: 'Trial for Qubert', amount: { amountMinor: 100, currency: 'EUR' } }]);
  const { id, token } = heldBy(await agents.start('parent'));
  await agents.step(id, token, { heard: { child_birthdate: '2021-03-04' } }, { kids: ['Nussbert'] });
  await agents.end(id, token, {
    child_name: 'Zwyla Kindmark', tour_guest: 'Qubert Kindmark', family: { children: [{ name: 'Ottmark' }], dog: 'Rex' }, seats: 4, remarks: 'Zwyla Kindmark likes Rex and Ottmark.', child_allergies: ['peanutoid'],
  });
  await addDocument(program, customer.vault as Vault, 'Zwyla is five, born 2021-03-04, and Ottmark two.\nChild: Nussbert\nARR 500\nNo peanutoid, please.');
});
afterEach(() => {
  reply = () => draft;
});
afterAll(() => program?.close());

let events = 0;
async function cross(): Promise<{ outcome: string; action_id: string }> {
  const decided = () => program.rows('select outcome, action_id from action_decision where account_id = $1 order by decided_at, id', [customer.accountId]);
  const before = (await decided()).length;
  events += 1;
  await program.ingest(['demo_request', 'stage_change'].map((type) => ({ account: { id: customer.account }, type, source: 'web', sourceEventId: `${events}-${type}`, payload: { child: 'Zwyla' } })));
  return until('the crossing is decided on', async () => (await decided())[before] as unknown as { outcome: string; action_id: string } | undefined);
}

test('gap fill reads no data of children out of documents, and the model is told of none', async () => {
  reply = ({ data }) => ((data['field'] as { name: string }).name === 'arr' ? { value: '500', quote: 'ARR 500', confidence: 0.8 } : { value: 'Zwyla', quote: 'Zwyla is five', confidence: 1 });
  const filled = await fill(program, customer.vault as Vault);
  expect(filled).toMatchObject([
    { fieldName: 'arr', filled: true, source: 'LLM', field: { value: 500 } },
    { fieldName: 'child_allergy', filled: false, validationErrors: [expect.stringContaining('data of children')] },
    { fieldName: 'guest_alias', filled: true, source: 'PROFILE' },
  ]);
  expect(seen.map(({ data }) => (data['field'] as { name: string } | undefined)?.name)).toEqual(['arr']);
  expect(String(seen[0]?.data['document'])).toContain('ARR 500');
});

test('what derives from data of children is such data, under whichever name', async () => {
  const fields = await profileFields(program, customer.account, 'analyst');
  expect(fields.map(({ name, masked, value }) => ({ name, masked, value }))).toEqual([
    { name: 'arr', masked: false, value: 500 }, { name: 'child_name', masked: true, value: null }, { name: 'family', masked: true, value: null }, { name: 'guest_alias', masked: true, value: null },
    { name: 'remarks', masked: false, value: 'Zwyla Kindmark likes Rex and Ottmark.' }, { name: 'seats', masked: false, value: 4 }, { name: 'tour_guest', masked: true, value: null },
  ]);
});

test('a drafter is told of no child, by no part of the material', async () => {
  expect(await cross()).toMatchObject({ outcome: 'PROPOSED' });
  const asked = seen.at(-1);
  expect(asked?.data['fields']).toEqual(expect.arrayContaining([{ name: 'seats', value: 4 }, { name: 'remarks', value: '[data of a child] likes Rex and [data of a child].' }]));
  expect(JSON.stringify(asked?.data['fields'])).not.toMatch(/family|guest|child_/);
  expect(asked?.data['opportunities']).toMatchObject([{ stage: 'Trial for [data of a child]' }]);
  const drafts = dataOf(await program.query<object, Record<string, unknown>>('query($id: ID!) { account(id: $id) { actions(first: 5) { edges { node { reasoning draft { subject body } } } } } }', { id: customer.account }, { role: 'admin' }));
  expect(JSON.stringify(drafts)).not.toMatch(children);
});

test('requirement extraction tells the model which fields there are, and nothing that was written about fields of children', async () => {
  const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
  const scenarioId = await act(program, async (work) => {
    const { id } = await saveScenario(work, { name: 'Tour', conditions: 'We need the number of seats.' });
    await saveScenarioRequirements(work, id, 'PERSON', [{ fieldName: 'child_name', requiredLevel: 'HARD' }]);
    return id;
  });
  reply = () => ({ requirements: [] });
  const llm = createLlm({ model, database: program.database, timeoutMilliseconds: 5_000, onError: () => undefined });
  await extractRequirements({ transact: (body) => program.database.transact(caller, body), llm }, { caller, scenarioId, again: false });
  expect(seen.at(-1)?.data['knownFields']).toEqual(expect.arrayContaining([{ name: 'tour_guest', displayName: 'tour_guest', collectionPrompt: null }, { name: 'seats', displayName: 'Seats', collectionPrompt: null }]));
});

test('every prompt of the program was tried, and none of them held a word of a child', async () => {
  const files = (await readdir(new URL('../../src/features/', import.meta.url), { recursive: true })).filter((path) => path.includes('prompts/') && path.endsWith('.md'));
  const used = await program.rows('select distinct prompt_name as name from llm_usage where tenant_id = $1', [program.tenant]);
  expect(used.map((row) => String(row['name'])).toSorted()).toEqual([...new Set(files.map((path) => path.slice(path.lastIndexOf('/') + 1).replace(/\.v\d+\.md$/, '')))].toSorted());
  expect(seen.length).toBeGreaterThanOrEqual(3);
  for (const asked of seen) expect(JSON.stringify(asked)).not.toMatch(children);
});

test('briefs and context documents hold no value of a profile or session', async () => {
  const read = dataOf(await program.query<object, Record<string, unknown>>('query($id: ID!) { account(id: $id) { context { document } brief { text lines { text } } } }', { id: customer.account }, { role: 'admin' }));
  // A stage and the name of a deal are words of the CRM: colleagues read them as they are, and no model does.
  expect(JSON.stringify(read).replaceAll(/Place for Zwyla|Trial for Qubert/g, '')).not.toMatch(children);
});

test('a template that drafts in the place of a model holds no word of a child', async () => {
  const other = await customerOf(program, agentsOf(program), 'template-parent', ['arr']);
  const agents = agentsOf(program);
  await program.grant(other.email);
  const { id, token } = heldBy(await agents.start('template-parent'));
  await agents.end(id, token, { child_name: 'Zwyla Kindmark', remarks: 'Zwyla again' });
  reply = () => providerError(401);
  await program.ingest(['demo_request', 'stage_change'].map((type) => ({ account: { id: other.account }, type, source: 'web', sourceEventId: `t-${type}`, payload: {} })));
  const action = await until('a template is proposed', async () => (await program.rows('select id from action where account_id = $1', [other.accountId]))[0]);
  const { node } = dataOf(await program.query<{ node: { draft: { generatedBy: string } } }, Record<string, unknown>>('query($id: ID!) { node(id: $id) { ... on Action { reasoning draft { subject body generatedBy } } } }', { id: toGlobalId('Action', String(action['id'])) }, { role: 'admin' }));
  expect(node.draft.generatedBy).toBe('TEMPLATE');
  expect(JSON.stringify(node)).not.toMatch(children);
  for (const asked of seen) expect(JSON.stringify(asked)).not.toMatch(children);
});
