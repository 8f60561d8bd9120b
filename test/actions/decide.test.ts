import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Answer, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

const reject = (id: string, reason: string, options = {}): Promise<Answer> => program.mutate('rejectAction', '$input: RejectActionInput!', { input: { id, reason } }, options);
const edit = (id: string, words: Record<string, unknown>, options = {}): Promise<Answer> => program.mutate('editAction', '$input: EditActionInput!', { input: { id, ...words } }, options);
const claim = (id: string, subject: string): Promise<Answer> => program.mutate('claimAction', '$id: ID!', { id }, { subject });

test('an action is approved as it was seen, once', async () => {
  const id = await program.propose(await program.customer());
  const digest = await program.digest(id);
  expect(await program.approve(id, digest, 'ann')).toMatchObject({ __typename: 'Action', id, status: 'APPROVED', decidedBy: { id: 'ann' }, decidedAt: program.clock.now().toISOString() });
  for (const who of ['ann', 'bob']) expect(await program.approve(id, digest, who)).toMatchObject({ __typename: 'AlreadyDecided', code: 'CONFLICT', action: { id, status: 'APPROVED' } });
  expect(await reject(id, 'too late')).toMatchObject({ __typename: 'AlreadyDecided' });
  expect(await edit(id, { body: 'too late' })).toMatchObject({ __typename: 'AlreadyDecided' });
  expect(await program.told(id)).toEqual(['action.proposed', 'action.approved']);
  expect(await program.count('select from outreach where action_id = $1', [uuidOf(id)])).toBe(1);
});

test('a digest that was never the action\'s is refused, as are ids that are nobody\'s or another tenant\'s', async () => {
  const id = await program.propose(await program.customer());
  const digest = await program.digest(id);
  expect(await program.approve(id, 'f'.repeat(64))).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'evidenceDigest'] });
  const away = await program.token('approver', { tenant: program.otherTenant });
  const input = { id, evidenceDigest: digest };
  for (const [other, token] of [[id, away], ['Action_x', undefined], [id.replace('Action', 'Account'), undefined]] as const) {
    expect(await program.mutate('approveAction', '$input: ApproveActionInput!', { input: { ...input, id: other } }, token ? { token } : {})).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'id'] });
  }
  expect(await program.status(id)).toBe('PENDING');
});

test('an approval of what has changed since answers what changed, and approves nothing; the new digest does', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  const digest = await program.digest(id);
  await program.upsert('opportunities', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `o-${customer.email}` }, name: 'Deal', stage: 'Lost' }]);
  await program.upsert('managerFlags', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `f-${customer.email}` }, flag: 'do_not_disturb', setBy: 'Vic' }]);
  const answer = await program.approve(id, digest);
  expect(answer).toMatchObject({ __typename: 'EvidenceChanged', code: 'CONFLICT', changes: [{ field: 'context.managerFlags', before: '[]', after: '["do_not_disturb"]' }, { field: 'context.opportunities', before: '[]' }], action: { id, status: 'PENDING' } });
  const fresh = await program.digest(id);
  expect(fresh).not.toBe(digest);
  // The digest of what is no longer so answers the same difference again, and freezes nothing new.
  expect(await program.approve(id, digest)).toMatchObject({ __typename: 'EvidenceChanged', action: { evidenceDigest: fresh } });
  expect(await program.told(id)).toEqual(['action.proposed', 'action.evidence_changed']);
  expect(await program.approve(id, fresh)).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('an edit has a new digest, names its author, and keeps what was there; do-not-say holds for it', async () => {
  const id = await program.propose(await program.customer());
  const digest = await program.digest(id);
  const edited = await edit(id, { subject: 'Another word', body: 'Shall we?' });
  expect(edited).toMatchObject({ __typename: 'Action', status: 'PENDING', draft: { subject: 'Another word', body: 'Shall we?', generatedBy: 'TEMPLATE', editedBy: { id: 'test-approver', kind: 'user' } }, confidence: null, riskLevel: 'HIGH' });
  expect(edited['evidenceDigest']).not.toBe(digest);
  expect(await program.approve(id, digest, 'bob')).toMatchObject({ __typename: 'EvidenceChanged', changes: [{ field: 'draft.subject', before: 'A word about your trial', after: 'Another word' }, { field: 'draft.body', after: 'Shall we?' }, { field: 'draft.digest' }] });
  expect(await edit(id, { body: 'We GUARAN\u200bTEED it!' })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'body'], message: expect.stringContaining('guaranteed') as string });
  for (const [words, path] of [[{}, ['input']], [{ subject: ' ' }, ['input', 'subject']], [{ subject: 'a\nBcc: x' }, ['input', 'subject']], [{ body: 'x'.repeat(10_001) }, ['input', 'body']]] as const) expect(await edit(id, words)).toMatchObject({ __typename: 'InvalidInputError', path });
  expect(await edit(id, { body: 'Shall we?' })).toMatchObject({ evidenceDigest: edited['evidenceDigest'] });
  expect(await program.told(id)).toEqual(['action.proposed', 'action.edited']);
});

test('of two editors who saw the same the later one is told what the earlier one wrote, and overwrites nothing unseen', async () => {
  const id = await program.propose(await program.customer());
  const seen = await program.digest(id);
  const ann = await edit(id, { body: 'Ann wrote this.', evidenceDigest: seen }, { subject: 'ann' });
  expect(ann).toMatchObject({ __typename: 'Action', draft: { body: 'Ann wrote this.' } });
  const bob = await edit(id, { body: 'Bob wrote this.', evidenceDigest: seen }, { subject: 'bob' });
  expect(bob).toMatchObject({
    __typename: 'EvidenceChanged', code: 'CONFLICT', message: 'What you saw is no longer so. Look at what changed, then decide again.', action: { id, status: 'PENDING', evidenceDigest: ann['evidenceDigest'] },
    changes: expect.arrayContaining([{ field: 'draft.body', before: 'Shall we talk about your trial?', after: 'Ann wrote this.' }]) as object[],
  });
  expect(await program.digest(id)).toBe(ann['evidenceDigest']);
  // The same edit sent twice is done once, and one with the new digest goes through; so does one that names none.
  expect(await edit(id, { body: 'Ann wrote this.', evidenceDigest: seen }, { subject: 'ann' })).toMatchObject({ __typename: 'Action', evidenceDigest: ann['evidenceDigest'] });
  expect(await edit(id, { body: 'Bob wrote this.', evidenceDigest: ann['evidenceDigest'] }, { subject: 'bob' })).toMatchObject({ __typename: 'Action', draft: { body: 'Bob wrote this.' } });
  expect(await edit(id, { body: 'Carol wrote this.' }, { subject: 'carol' })).toMatchObject({ __typename: 'Action' });
  expect(await edit(id, { body: 'Never seen.', evidenceDigest: 'f'.repeat(64) })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'evidenceDigest'] });
  expect(await program.told(id)).toEqual(['action.proposed', ...Array.from({ length: 3 }, () => 'action.edited')]);
});

test('of two edits of the same version at once exactly one is made', async () => {
  for (let turn = 0; turn < 10; turn += 1) {
    const id = await program.propose(await program.customer());
    const evidenceDigest = await program.digest(id);
    const answers = await Promise.all(['ann', 'bob'].map((subject) => edit(id, { body: `${subject} wrote this.`, evidenceDigest }, { subject })));
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['Action', 'EvidenceChanged']);
    expect(await program.told(id)).toEqual(['action.proposed', 'action.edited']);
  }
});

test('a rejection keeps its reason sealed', async () => {
  const id = await program.propose(await program.customer());
  expect(await reject(id, ' ')).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'reason'] });
  expect(await reject(id, 'Ada is on leave')).toMatchObject({ __typename: 'Action', status: 'REJECTED' });
  const query = 'query($id: ID!) { node(id: $id) { ... on Action { decisions { edges { node { outcome reason remark actor { id kind } policyVersion inputs lineage { nodes { id type } } } } } } } }';
  const read = async (role: 'viewer' | 'analyst') => (await program.query<{ node: { decisions: { edges: { node: Record<string, unknown> }[] } } }, { id: string }>(query, { id }, { role })).data?.node.decisions.edges.map(({ node }) => node);
  expect(await read('analyst')).toMatchObject([{ outcome: 'REJECTED', reason: 'REJECTED_BY_PERSON', remark: 'Ada is on leave', actor: { id: 'test-approver', kind: 'user' }, policyVersion: 0, inputs: { previousStatus: 'PENDING' } }, { outcome: 'PROPOSED', remark: null }]);
  const seen = await read('viewer');
  expect(seen?.map((node) => node['remark'])).toEqual([null, null]);
  expect(JSON.stringify(seen)).toContain(id);
  expect(JSON.stringify(await program.rows(`select * from audit_logs where data->>'actionId' = $1`, [uuidOf(id)]))).not.toContain('Ada');
});

test('a claim keeps others out until it ends or is given back', async () => {
  const id = await program.propose(await program.customer());
  const digest = await program.digest(id);
  expect(await claim(id, 'ann')).toMatchObject({ status: 'CLAIMED', claimedBy: { id: 'ann' } });
  expect(await program.approve(id, digest, 'bob')).toMatchObject({ __typename: 'NotPermitted', code: 'FORBIDDEN' });
  expect(await claim(id, 'bob')).toMatchObject({ __typename: 'NotPermitted' });
  expect(await edit(id, { body: 'New' }, { subject: 'ann' })).toMatchObject({ status: 'CLAIMED', claimedBy: { id: 'ann' } });
  expect(await program.mutate('releaseAction', '$id: ID!', { id }, { subject: 'ann' })).toMatchObject({ status: 'PENDING', claimedBy: null });
  expect(await program.mutate('releaseAction', '$id: ID!', { id }, { subject: 'ann' })).toMatchObject({ code: 'CONFLICT' });
  await claim(id, 'ann');
  program.clock.advance(15 * 60_000);
  expect(await program.approve(id, await program.digest(id), 'bob')).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('who may propose, who may decide, and not about what they proposed', async () => {
  const customer = await program.customer();
  const input = { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.69 };
  const propose = (more: object, options: object) => program.mutate('proposeAction', '$input: ProposeActionInput!', { input: { ...input, ...more } }, options);
  expect(await propose({}, { role: 'viewer' })).toMatchObject({ __typename: 'NotPermitted' });
  const made = await propose({ contactId: customer.contact }, { role: 'approver', subject: 'ann' });
  expect(made).toMatchObject({ __typename: 'Action', status: 'PENDING', riskLevel: 'HIGH', draft: { to: customer.email, generatedBy: 'PERSON' } });
  const digest = await program.digest(made.id);
  expect(await program.approve(made.id, digest, 'ann')).toMatchObject({ __typename: 'NotPermitted' });
  for (const role of ['viewer', 'analyst', 'agent', 'privacy_officer'] as const) expect(await program.mutate('approveAction', '$input: ApproveActionInput!', { input: { id: made.id, evidenceDigest: digest } }, { role })).toMatchObject({ __typename: 'NotPermitted' });
  // A machine proposes; whatever its roles, it does not decide.
  const { createApiKey } = dataOf(await program.query<{ createApiKey: { secret: string } }, { input: object }>('mutation($input: ApiKeyInput!) { createApiKey(input: $input) { ... on ApiKeyCreated { secret } } }', { input: { name: 'bot', roles: ['AGENT', 'APPROVER', 'ADMIN'] } }));
  const asMachine = async (path: string, body: object): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': createApiKey.secret }, body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  };
  const byMachine = JSON.parse((await asMachine('/graphql', { query: 'mutation($input: ProposeActionInput!) { proposeAction(input: $input) { ... on Action { proposedBy { kind } draft { generatedBy } } } }', variables: { input } })).text) as unknown;
  expect(byMachine).toEqual({ data: { proposeAction: { proposedBy: { kind: 'machine' }, draft: { generatedBy: 'MACHINE' } } } });
  // So does a token of an agent: as sure as it may say it is, it is a machine's word.
  const agent = await program.token('approver', { subject: 'bot-7', claims: { roles: ['agent', 'approver', 'admin'] } });
  const sure = await program.mutate('proposeAction', '$input: ProposeActionInput!', { input: { ...input, confidence: 1 } }, { token: agent });
  expect(sure).toMatchObject({ __typename: 'Action', riskLevel: 'HIGH', draft: { generatedBy: 'MACHINE' } });
  expect(await program.rows('select confidence, proposed_by_kind, proposed_by_id from action where id = $1', [uuidOf(sure.id)])).toEqual([{ confidence: 0.6, proposed_by_kind: 'machine', proposed_by_id: 'bot-7' }]);
  expect(await program.mutate('proposeAction', '$input: ProposeActionInput!', { input: { ...input, confidence: 2 } }, { token: agent })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'confidence'] });
  for (const claims of [{ roles: ['agent', 'approver'] }, { actor_kind: 'machine' }, { act: { sub: 'assistant' } }]) {
    const token = await program.token('approver', { subject: 'eve', claims });
    for (const [field, type, more] of [['approveAction', 'ApproveActionInput', { evidenceDigest: digest }], ['rejectAction', 'RejectActionInput', { reason: 'No' }], ['editAction', 'EditActionInput', { body: 'Other' }]] as const) {
      expect(await program.mutate(field, `$input: ${type}!`, { input: { id: made.id, ...more } }, { token }), `${field} ${JSON.stringify(claims)}`).toMatchObject({ __typename: 'NotPermitted', message: expect.stringContaining('Only a person may') as string });
    }
    expect(await program.mutate('claimAction', '$id: ID!', { id: made.id }, { token })).toMatchObject({ __typename: 'NotPermitted' });
  }
  expect(await program.told(made.id)).toEqual(['action.proposed']);
  expect(await asMachine(`/api/actions/${made.id}/approve`, { evidenceDigest: digest })).toMatchObject({ status: 403, text: expect.stringContaining('Only a person may approve actions') as string });
  expect(await asMachine(`/api/actions/${made.id}/reject`, { reason: 'No' })).toMatchObject({ status: 403 });
  expect(await program.approve(made.id, digest, 'bob')).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('at most five e-mails a day for one account, also when a hundred come at once', async () => {
  const customer = await program.customer();
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => program.propose(customer)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  const input = { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.7 };
  expect(await program.mutate('proposeAction', '$input: ProposeActionInput!', { input }, { role: 'agent' })).toMatchObject({ __typename: 'LimitReached', code: 'LIMIT_EXCEEDED', limit: 5, resetsAt: new Date(program.clock.now().getTime() + 72 * 3_600_000).toISOString() });
  expect(await program.count('select from action where account_id = $1', [customer.accountId])).toBe(5);
});

test('nobody is written to who does not consent', async () => {
  const customer = await program.customer({ consents: false });
  const input = { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.7 };
  expect(await program.mutate('proposeAction', '$input: ProposeActionInput!', { input }, { role: 'agent' })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'contactId'] });
  const willing = await program.upsert('contacts', [{ account: { id: customer.account }, externalRef: { system: 'test', id: 'willing' }, name: 'Will', email: 'willing@example.com' }]);
  await program.grant('willing@example.com');
  expect(await program.mutate('proposeAction', '$input: ProposeActionInput!', { input }, { role: 'agent' })).toMatchObject({ __typename: 'Action', draft: { to: 'willing@example.com' } });
  expect(willing.accepted).toBe(1);
});

test('a revocation cancels in its own transaction, and says why', async () => {
  const customer = await program.customer();
  const [open, approved, other] = [await program.propose(customer), await program.propose(customer), await program.propose(await program.customer())];
  await program.approve(approved, await program.digest(approved));
  await program.revoke(customer.email);
  expect([await program.status(open), await program.status(approved), await program.status(other)]).toEqual(['CANCELLED', 'CANCELLED', 'PENDING']);
  expect(await program.rows('select end_reason from action where id = any($1)', [[uuidOf(open), uuidOf(approved)]])).toEqual([{ end_reason: 'CONSENT_REVOKED' }, { end_reason: 'CONSENT_REVOKED' }]);
  // Each trace names the version of the consent that ended it.
  expect(await program.count(`select from action_decision d join consent c on c.tenant_id = d.tenant_id and c.id::text = d.inputs ->> 'consentId' and c.version = (d.inputs ->> 'consentVersion')::int
    where d.action_id = any($1) and d.outcome = 'CANCELLED'`, [[uuidOf(open), uuidOf(approved)]])).toBe(2);
  expect(await program.rows('select state from outreach where action_id = $1', [uuidOf(approved)])).toEqual([{ state: 'CANCELLED' }]);
});

test('a consent that ran out cancels at approval; time that ran out expires', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  const digest = await program.digest(id);
  await program.rows(`update consent set expires_at = $2 where subject_id = (select subject_id from action where id = $1)`, [uuidOf(id), new Date(program.clock.now().getTime() + 1_000).toISOString()]);
  program.clock.advance(2_000);
  const answer = await program.approve(id, digest);
  expect(answer).toMatchObject({ __typename: 'EvidenceChanged', action: { status: 'CANCELLED' } });
  expect(answer['changes']).toContainEqual({ field: 'consent.granted', before: 'true', after: 'false' });
  const late = await program.propose(await program.customer());
  const lateDigest = await program.digest(late);
  program.clock.advance(72 * 3_600_000);
  expect(await program.approve(late, lateDigest)).toMatchObject({ __typename: 'AlreadyDecided', action: { status: 'EXPIRED' } });
});
