import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf } from '../accounts/arrange.ts';
import { openCrmQueue, type CrmQueue } from './crm.ts';
import { uuidOf } from './queue.ts';

let program: CrmQueue;
beforeAll(async () => {
  program = await openCrmQueue();
});
afterAll(() => program.close());

test('an erased person leaves actions: theirs are cancelled and empty, others\' no longer name them', async () => {
  const customer = await program.customer();
  const colleague = 'Zacharias Quimby';
  await program.upsert('contacts', [{ account: { id: customer.account }, externalRef: { system: 'test', id: 'quimby' }, name: colleague, email: 'quimby@example.com' }]);
  await program.grant('quimby@example.com');
  await program.upsert('managerFlags', [{ account: { id: customer.account }, externalRef: { system: 'test', id: 'flag' }, flag: `ask ${colleague}`, setBy: 'Vic' }]);
  const [contact] = await program.rows(`select c.id from contact c join external_ref e on e.node_id = c.id where e.external_id = 'quimby'`);
  const own = await program.propose(customer, { contactId: contact?.['id'] ?? null, body: 'Hello Zacharias' });
  const other = await program.propose(customer, { contactId: uuidOf(customer.contact), body: `${colleague} told me to write.`, reasoning: `quimby@example.com said so.` });
  const untouched = await program.propose(customer, { contactId: uuidOf(customer.contact) });
  const rejected = await program.propose(customer, { contactId: uuidOf(customer.contact) });
  await program.mutate('rejectAction', '$input: RejectActionInput!', { input: { id: rejected, reason: `${colleague} is against it` } });

  const officer = async <Data>(query: string, variables: Record<string, unknown>): Promise<Data> => dataOf(await program.query<Data, Record<string, unknown>>(query, variables, { role: 'privacy_officer' }));
  const { erasurePreview } = await officer<{ erasurePreview: { digest: string; items: { kind: string; count: number }[] } }>('query($email: String!) { erasurePreview(email: $email) { digest items { kind count kept } } }', { email: 'quimby@example.com' });
  for (const kind of ['ACTION_DRAFT', 'ACTION_DRAFT_MENTION', 'ACTION_REMARK_MENTION', 'ACTION_EVIDENCE_MENTION']) expect(erasurePreview.items.map((item) => item.kind)).toContain(kind);
  expect(await officer('mutation($email: String!, $previewDigest: String!) { eraseSubject(email: $email, previewDigest: $previewDigest) { __typename ... on UserError { message } } }', { email: 'quimby@example.com', previewDigest: erasurePreview.digest })).toEqual({ eraseSubject: { __typename: 'ErasureReceipt' } });

  const query = 'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Action { status endReason reasoning contact { id } draft { to subject body masked } evidence { context { managerFlags } } decisions { edges { node { remark } } } } } }';
  const { nodes } = dataOf(await program.query<{ nodes: object[] }, { ids: string[] }>(query, { ids: [own, other, rejected] }, { role: 'approver' }));
  expect(nodes[0]).toMatchObject({ status: 'CANCELLED', endReason: 'PERSON_ERASED', reasoning: null, contact: null, draft: { to: null, subject: null, body: null, masked: false } });
  // A letter with holes is not sent: it is cancelled, and says why.
  expect(nodes[1]).toMatchObject({ status: 'CANCELLED', endReason: 'NAMES_ERASED_PERSON', draft: { to: customer.email, body: '[erased] told me to write.' }, reasoning: '[erased] said so.' });
  expect(JSON.stringify(nodes)).not.toMatch(/Quimby|quimby|Zacharias/);
  expect(await program.approve(other, await program.digest(other))).toMatchObject({ code: 'CONFLICT' });
  // Of one that did not name the person only the evidence changed: whoever decides is shown it, and decides again.
  expect(await program.approve(untouched, await program.digest(untouched))).toMatchObject({ __typename: 'EvidenceChanged', action: { status: 'PENDING' } });
  expect(await program.approve(untouched, await program.digest(untouched))).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
  expect((await program.facts('action.cancelled')).map(({ data }) => data['reason'])).toContain('NAMES_ERASED_PERSON');
});

test('an erased person leaves CRM changes: names are taken out of words and frozen records, and nothing of them is written', async () => {
  const { account, id: opportunity, externalId } = await program.deal({ nextStep: 'Ask Wilhelmina Quist' });
  await program.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'test', id: 'quist' }, name: 'Wilhelmina Quist', email: 'quist@example.com' }]);
  const named = await program.proposeChange(opportunity, { task: { subject: 'Call Wilhelmina Quist', description: 'Her address: quist@example.com' } });
  const approved = await program.proposeChange(opportunity, { stageNote: 'Wilhelmina Quist agreed.' });
  expect(await program.approve(approved.id, await program.digest(approved.id))).toMatchObject({ status: 'APPROVED' });
  const other = await program.proposeChange(opportunity, { nextStep: 'Send the contract' });
  const officer = async <Data>(query: string, variables: Record<string, unknown>): Promise<Data> => dataOf(await program.query<Data, Record<string, unknown>>(query, variables, { role: 'privacy_officer' }));
  const { erasurePreview } = await officer<{ erasurePreview: { digest: string } }>('query($email: String!) { erasurePreview(email: $email) { digest } }', { email: 'quist@example.com' });
  expect(await officer('mutation($email: String!, $previewDigest: String!) { eraseSubject(email: $email, previewDigest: $previewDigest) { __typename ... on UserError { message } } }', { email: 'quist@example.com', previewDigest: erasurePreview.digest })).toEqual({ eraseSubject: { __typename: 'ErasureReceipt' } });
  for (const { id } of [named, approved]) expect(await program.read(id)).toMatchObject({ status: 'CANCELLED', endReason: 'NAMES_ERASED_PERSON' });
  expect(await program.read(named.id)).toMatchObject({ crmChange: { fields: [{ after: 'Call [erased]' }, { after: 'Her address: [erased]' }] } });
  expect(JSON.stringify([await program.read(named.id), await program.read(approved.id), await program.read(other.id), await program.rows('select evidence from action_evidence')])).not.toMatch(/Quist|Wilhelmina/i);
  // What the CRM still says is shown anew to whoever decides.
  program.crm.change(externalId, { nextStep: 'Ask the buyer' });
  expect(await program.approve(other.id, await program.digest(other.id))).toMatchObject({ __typename: 'EvidenceChanged', action: { status: 'PENDING' } });
  expect(program.crm.writes()).toBe(0);
});

test('what was written before an erasure is not taken back blindly: no text with holes reaches the CRM, and no one is blamed for a change', async () => {
  const step = await program.approved({ nextStep: 'Sign the contract' }, { nextStep: 'Ask Theodora Quill' });
  const note = await program.approved({ stageNote: 'Theodora Quill agreed.' });
  for (const { approval } of [step, note]) expect(await program.execute(approval)).toBe('SENT');
  // Requested before the erasure, executed after it.
  expect(await program.undo(note.id)).toMatchObject({ crmWrite: { undo: { status: 'REQUESTED' } } });
  const officer = async <Data>(query: string, variables: Record<string, unknown>): Promise<Data> => dataOf(await program.query<Data, Record<string, unknown>>(query, variables, { role: 'privacy_officer' }));
  const { account } = await program.deal();
  await program.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'test', id: 'quill' }, name: 'Theodora Quill', email: 'quill@example.com' }]);
  const { erasurePreview } = await officer<{ erasurePreview: { digest: string } }>('query($email: String!) { erasurePreview(email: $email) { digest } }', { email: 'quill@example.com' });
  await officer('mutation($email: String!, $previewDigest: String!) { eraseSubject(email: $email, previewDigest: $previewDigest) { __typename } }', { email: 'quill@example.com', previewDigest: erasurePreview.digest });
  expect(await program.undo(step.id)).toMatchObject({ __typename: 'ConflictError', message: 'Words of this change were erased, so later changes in the CRM cannot be detected. Undo it in the CRM.', path: ['id'] });
  expect(await program.executeUndo(note.approval)).toBe('REFUSED');
  expect(await program.read(note.id)).toMatchObject({ crmWrite: { undo: { status: 'FAILED', reason: 'WORDS_ERASED' } } });
  expect(await program.told(note.id)).toContain('action.undo_failed');
  expect([program.crm.deals.get(step.externalId)?.nextStep, program.crm.calls.undo]).toEqual(['Sign the contract', 0]);
});
