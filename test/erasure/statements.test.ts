import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountRecords, reprojectNodes } from '../../src/features/accounts/index.ts';
import { crm } from '../accounts/arrange.ts';
import { markedPerson, openOffice, plant, type Office } from './arrange.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());

const from = (system: string, id: string) => ({ system, id });
const day = (number: number): string => `2026-11-${String(number).padStart(2, '0')}T00:00:00.000Z`;
const statements = (words: string) => office.count('select from source_statement where fields::text ilike $1', [`%${words}%`]);

/** Every row that is a projection, with its versions and the facts that were recorded. */
async function projections(): Promise<string> {
  const tables = ['account', ...accountRecords.map(({ table }) => table)];
  const held: unknown[] = [];
  for (const table of tables) {
    held.push(await office.rows(`select '${table}' as held, to_jsonb(t) as row from ${table} t where t.tenant_id = $1 order by t.id`, [office.tenant]), await office.count(`select from ${table}_history where tenant_id = $1`, [office.tenant]));
  }
  return JSON.stringify([held, await office.count(`select from audit_logs where kind = 'account.changed'`)]);
}

/** Projects every node again from its statements. */
async function projectAgain(): Promise<void> {
  const nodes = await office.rows('select node_type as type, node_id as id from source_statement where tenant_id = $1 union select node_type, id from node_identity where tenant_id = $1', [office.tenant]);
  const byType = new Map([...Map.groupBy(nodes, (row) => String(row['type']))].map(([type, own]) => [type, new Set(own.map((row) => String(row['id'])))]));
  await office.database.transact({ tenantId: office.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) => reprojectNodes(work, office.seal, byType));
}

test('projecting everything again after an erasure changes nothing: what sources said is erased as the rows are', async () => {
  const person = markedPerson('statedmarker');
  await plant(office, person);
  await office.ingest([{ account: { externalRef: crm(`stub of ${person.email}`) }, type: 'meeting', source: 'calendar', payload: {} }]);
  expect(await statements(person.marker)).toBeGreaterThan(20);
  await office.settled();
  expect(await office.erase(person.email)).toMatchObject({ __typename: 'ErasureReceipt', verified: true });
  expect(await statements(person.marker)).toBe(0);
  const before = await projections();
  await projectAgain();
  expect(await projections()).toBe(before);
});

test('a source that says again what an erasure changed is no news and brings nobody back, now and for what is past', async () => {
  const account = await office.account('again');
  await office.upsert('contacts', [{ account: { id: account }, externalRef: crm('again'), name: 'Abraham Helsing', email: 'abraham@again.example' }]);
  const note = (content: string, more: object = {}) => ({ account: { id: account }, externalRef: crm('again'), noteType: 'QBR', content, occurredAt: day(2), ...more });
  await office.upsert('notes', [note('Abraham Helsing <abraham@again.example> likes garlic.')]);
  await office.upsert('notes', [note('Abraham Helsing agrees.', { modifiedAt: day(5) })]);
  await office.upsert('tickets', [{ account: { id: account }, externalRef: crm('again'), key: 'A-1', summary: 'For Abraham Helsing', status: 'Open', statusCategory: 'TO_DO', labels: ['of Abraham Helsing'] }]);
  await office.erase('abraham@again.example');
  const read = async () => office.run('query($id: ID!) { account(id: $id) { notes { edges { node { content } } } tickets { edges { node { summary labels } } } } }', { id: account }, 'viewer');
  const erased = { account: { notes: { edges: [{ node: { content: '[erased] agrees.' } }] }, tickets: { edges: [{ node: { summary: 'For [erased]', labels: ['of [erased]'] } }] } } };
  expect(await read()).toEqual(erased);
  const [before, facts] = [await office.count('select from source_statement'), (await office.facts('account.changed')).length];
  const answers = [
    await office.upsert('notes', [note('Abraham Helsing <abraham@again.example> likes garlic.')]),
    await office.upsert('notes', [note('Abraham Helsing agrees.', { modifiedAt: day(5) })]),
    await office.upsert('tickets', [{ account: { id: account }, externalRef: crm('again'), key: 'A-1', summary: 'For Abraham Helsing', status: 'Open', statusCategory: 'TO_DO', labels: ['of Abraham Helsing'] }]),
  ];
  expect(answers.map(({ results }) => results[0]?.change)).toEqual(['UNCHANGED', 'UNCHANGED', 'UNCHANGED']);
  expect([await office.count('select from source_statement'), (await office.facts('account.changed')).length]).toEqual([before, facts]);
  // A nightly copy says the same at a later time: it is kept, and says no more than the erased one.
  expect((await office.upsert('notes', [note('Abraham Helsing agrees.', { modifiedAt: day(6) })])).rejected).toBe(0);
  expect((await office.upsert('notes', [note('Abraham Helsing agrees.', { modifiedAt: day(7) })])).rejected).toBe(0);
  expect(await read()).toEqual(erased);
  expect(await statements('Helsing')).toBe(0);
});

test('an owner who is erased is emptied in every source, and what another source says of an owner holds instead', async () => {
  const ref = crm('owners');
  const [ann, bob] = [{ name: 'Ann Owner', email: 'Ann@owners.example' }, { name: 'Bob Owner', email: 'bob@owners.example' }];
  await office.upsertAccounts([{ externalRef: ref, owner: bob, source: 'hubspot', occurredAt: day(1) }]);
  await office.upsertAccounts([{ externalRef: ref, name: 'Owners', owner: ann, csm: ann, source: 'salesforce' }]);
  await office.upsertAccounts([{ externalRef: ref, csm: ann, owner: ann, source: 'gainsight' }]);
  const account = await office.account('owners');
  const read = () => office.run('query($id: ID!) { account(id: $id) { owner { name } csm { name } industry } }', { id: account }, 'viewer');
  expect(await read()).toEqual({ account: { owner: { name: 'Ann Owner' }, csm: { name: 'Ann Owner' }, industry: null } });
  expect((await office.preview('ann@owners.example')).items).toContainEqual(expect.objectContaining({ kind: 'ACCOUNT_PERSON', count: 1 }));
  await office.erase('ann@owners.example');
  expect(await read()).toEqual({ account: { owner: { name: 'Bob Owner' }, csm: null, industry: null } });
  // What other sources say later does not bring the name back; nor does the same source, whose statement loses the person.
  await office.upsertAccounts([{ externalRef: ref, industry: 'Tea', source: 'zendesk' }, { externalRef: ref, owner: ann, csm: ann, source: 'gainsight' }, { externalRef: ref, owner: ann, source: 'salesforce' }]);
  expect(await read()).toEqual({ account: { owner: { name: 'Bob Owner' }, csm: null, industry: 'Tea' } });
  expect(await statements('Ann')).toBe(0);
});

test('a name that only a losing source states is found, shown and erased', async () => {
  const account = await office.account('losing');
  await office.upsert('contacts', [{ account: { id: account }, externalRef: crm('losing'), name: 'Lucy Westenra', email: 'lucy@losing.example' }]);
  await office.upsertAccounts([{ externalRef: crm('losing'), onboardingStatus: 'Waits', source: 'gainsight' }, { externalRef: crm('losing'), onboardingStatus: 'Asks Lucy Westenra', source: 'salesforce' }]);
  expect(await office.count(`select from account where onboarding_status = 'Waits'`)).toBe(1);
  const { erasurePreview } = await office.run<{ erasurePreview: { items: { kind: string; changes: object[] }[] } }>('query($email: String!) { erasurePreview(email: $email) { items { kind changes { field before after } } } }', { email: 'lucy@losing.example' });
  expect(erasurePreview.items).toContainEqual({ kind: 'ACCOUNT_MENTION', changes: [{ field: 'onboarding_status', before: 'Asks Lucy Westenra', after: 'Asks [erased]' }] });
  await office.erase('lucy@losing.example');
  expect(await statements('Westenra')).toBe(0);
  expect(await office.count(`select from account where onboarding_status = 'Waits'`)).toBe(1);
});

test('a contact that several sources state goes as a whole, also what was said without an address', async () => {
  const account = await office.account('parts');
  const at = { account: { id: account }, externalRef: crm('parts') };
  await office.upsert('contacts', [{ ...at, name: 'Jonathan Harker', email: 'jonathan@parts.example', source: 'salesforce' }]);
  await office.upsert('contacts', [{ ...at, title: 'Solicitor', source: 'salesforce' }]);
  await office.upsert('contacts', [{ ...at, name: 'Jonathan Harker', role: 'Economic Buyer', source: 'hubspot' }]);
  await office.upsert('contacts', [{ ...at, name: 'Jonathan Harker', email: 'jh@private.example', source: 'gainsight' }]);
  const exported = await office.run<{ exportSubject: { data: Record<string, Record<string, unknown>[]> } }>('mutation($email: String!) { exportSubject(email: $email) { ... on SubjectExport { data } } }', { email: 'jonathan@parts.example' });
  expect(exported.exportSubject.data['contactStatements']?.map(({ source, mode, fields }) => ({ source, mode, fields }))).toEqual(expect.arrayContaining([
    { source: 'salesforce', mode: 'PATCH', fields: { name: 'Jonathan Harker', email: 'jonathan@parts.example' } },
    { source: 'salesforce', mode: 'PATCH', fields: { title: 'Solicitor' } },
    { source: 'hubspot', mode: 'PATCH', fields: { name: 'Jonathan Harker', role: 'Economic Buyer' } },
    { source: 'gainsight', mode: 'PATCH', fields: { name: 'Jonathan Harker', email: 'jh@private.example' } },
  ]));
  const receipt = await office.erase('jonathan@parts.example');
  expect(receipt).toMatchObject({ __typename: 'ErasureReceipt', items: expect.arrayContaining([expect.objectContaining({ kind: 'SOURCE_STATEMENT', count: 4, kept: false }), expect.objectContaining({ kind: 'SUBJECT_KEY', count: 3 })]) as object });
  expect(await office.count(`select from source_statement where node_type = 'Contact' and fields ?| '{title,role}' and (fields ->> 'title' = 'Solicitor' or fields ->> 'role' = 'Economic Buyer')`)).toBe(0);
  await projectAgain();
  expect(await office.run('query($id: ID!) { account(id: $id) { contacts { edges { node { id } } } } }', { id: account }, 'viewer')).toEqual({ account: { contacts: { edges: [] } } });
  const again = await office.upsert('contacts', [{ ...at, title: 'Solicitor' }, { ...at, externalRef: crm('parts-2'), email: 'JH@private.example' }]);
  expect(again.results.map(({ code }) => code)).toEqual(['SUPPRESSED', 'SUPPRESSED']);
});

test('a contact that was somebody else before, or is by now, keeps what was said of them', async () => {
  const account = await office.account('turns');
  const at = { account: { id: account } };
  const say = (ref: string, turn: number, more: object) => office.upsert('contacts', [{ ...at, externalRef: crm(ref), occurredAt: day(turn), ...more }]);
  // One is Arthur by now, the other was.
  await say('turns-1', 1, { name: 'Quincey Morris', email: 'quincey@turns.example', title: 'Texan' });
  await say('turns-1', 2, { name: 'Arthur Holmwood', email: 'arthur@turns.example', role: 'Lord' });
  await say('turns-2', 1, { name: 'Arthur Holmwood', email: 'arthur@turns.example', title: 'Heir', role: 'Lord' });
  await say('turns-2', 2, { name: 'Quincey Morris', email: 'quincey@turns.example' });
  await office.erase('quincey@turns.example');
  const read = () => office.run('query($id: ID!) { account(id: $id) { contacts { edges { node { name email title role } } } } }', { id: account }, 'admin');
  const left = { account: { contacts: { edges: [{ node: { name: 'Arthur Holmwood', email: 'arthur@turns.example', title: null, role: 'Lord' } }] } } };
  expect(await read()).toEqual(left);
  await projectAgain();
  expect(await read()).toEqual(left);
  const exported = await office.run<{ exportSubject: { data: Record<string, Record<string, unknown>[]> } }>('mutation($email: String!) { exportSubject(email: $email) { ... on SubjectExport { data } } }', { email: 'arthur@turns.example' });
  expect(exported.exportSubject.data['contactStatements']?.map(({ fields }) => fields)).toEqual(expect.arrayContaining([expect.objectContaining({ role: 'Lord' }), expect.objectContaining({ title: 'Heir' })]));
  // What the source calls the contact that was ended is suppressed; the other still is Arthur.
  expect((await say('turns-2', 3, { title: 'Texan' })).results[0]?.code).toBe('SUPPRESSED');
  expect((await say('turns-1', 3, { title: 'Baron' })).results[0]?.change).toBe('UPDATED');
});

test('merged contacts lose those statements that are the person\'s', async () => {
  const account = await office.account('merged');
  const at = { account: { id: account } };
  await office.upsert('contacts', [{ ...at, externalRef: crm('merged-1'), name: 'John Seward', email: 'seward@merged.example' }, { ...at, externalRef: from('slack', 'U1'), title: 'Doctor' }, { ...at, externalRef: crm('merged-3'), name: 'Renfield', email: 'renfield@merged.example' }, { ...at, externalRef: from('slack', 'U3'), role: 'Patient' }]);
  const node = async (system: string, id: string): Promise<string> => String((await office.rows('select node_id from external_ref where system = $1 and external_id = $2', [system, id]))[0]?.['node_id']);
  const nodes = [await node('salesforce', 'merged-1'), await node('slack', 'U1'), await node('salesforce', 'merged-3'), await node('slack', 'U3')];
  for (const [root, member] of [[nodes[0], nodes[1]], [nodes[2], nodes[3]]]) {
    await office.admin.query(`insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at, sys_from) select $1, id, 'Contact', $2, now(), now() from unnest($3::uuid[]) a(id)`, [office.tenant, root, [root, member]]);
  }
  await projectAgain();
  const read = () => office.run('query($id: ID!) { account(id: $id) { contacts(orderBy: { field: OCCURRED_AT, direction: ASC }) { edges { node { email title role } } } } }', { id: account }, 'admin');
  expect(await read()).toEqual({ account: { contacts: { edges: expect.arrayContaining([{ node: { email: 'seward@merged.example', title: 'Doctor', role: null } }, { node: { email: 'renfield@merged.example', title: null, role: 'Patient' } }]) as object } } });
  await office.erase('seward@merged.example');
  expect(await read()).toEqual({ account: { contacts: { edges: [{ node: { email: 'renfield@merged.example', title: null, role: 'Patient' } }] } } });
  expect(await office.count('select from source_statement where node_id = any($1)', [nodes.slice(0, 2)])).toBe(0);
  expect(await office.count('select from source_statement where node_id = any($1)', [nodes.slice(2)])).toBe(2);
  expect((await office.upsert('contacts', [{ ...at, externalRef: from('slack', 'U1'), title: 'Doctor' }])).results[0]?.code).toBe('SUPPRESSED');
});

test('names of other contacts that name the person lose them in what sources said, too', async () => {
  const account = await office.account('assistants');
  const at = { account: { id: account } };
  await office.upsert('contacts', [{ ...at, externalRef: crm('boss'), name: 'Wilhelmina Murray', email: 'mina@assist.example' }]);
  await office.upsert('contacts', [{ ...at, externalRef: crm('helper'), name: 'Assistant of Wilhelmina Murray', email: 'helper@assist.example', source: 'salesforce' }]);
  await office.upsert('contacts', [{ ...at, externalRef: crm('helper'), name: 'Aide to Wilhelmina Murray', email: 'helper@assist.example', source: 'slack' }]);
  await office.erase('mina@assist.example');
  const open = async (): Promise<(string | null)[]> => (await office.rows(`select fields ->> 'name' as name, k.wrapped_key as wrapped from source_statement s join subject_key k using (tenant_id, subject_id) where node_type = 'Contact' and fields ? 'name' and k.wrapped_key is not null`)).map((row) => office.seal.open(row['wrapped'] as unknown as Buffer, Buffer.from(String(row['name']).slice(2), 'hex')));
  expect(await open()).toEqual(expect.arrayContaining(['Assistant of [erased]', 'Aide to [erased]']));
  expect(JSON.stringify(await open())).not.toContain('Murray');
  const before = await projections();
  await projectAgain();
  await office.upsert('contacts', [{ ...at, externalRef: crm('helper'), name: 'Assistant of Wilhelmina Murray', email: 'helper@assist.example', source: 'salesforce' }]);
  expect(await projections()).toBe(before);
});

test('only words can be taken out of a statement, and only by the owner\'s functions', async () => {
  for (const forbidden of [`update source_statement set fields = '{}'`, `update source_statement set erased = null`, `update personal_text set form = 'text'`]) {
    await office.admin.query('begin; set local role context_graph_app');
    await expect(office.admin.query(forbidden), forbidden).rejects.toThrow('permission denied');
    await office.admin.query('rollback');
  }
  await expect(office.admin.query(`select erase_from_statements(array[gen_random_uuid()], array['{"name":"Ann"}'::jsonb], array['{"name":"Bob"}'::jsonb], array['{}'::jsonb])`)).rejects.toThrow('only words can be taken out');
});
