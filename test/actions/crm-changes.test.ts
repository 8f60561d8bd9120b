import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { VendorFault } from '../../src/features/connectors/outbound/vendor-fault.ts';
import { openCrmQueue, type CrmQueue } from './crm.ts';
import { uuidOf } from './queue.ts';

let program: CrmQueue;
beforeAll(async () => {
  program = await openCrmQueue();
});
beforeEach(() => void (program.crm.troubles.length = 0));
afterAll(() => program.close());

const task = { task: { subject: 'Call the buyer', description: 'Ask about the <budget>.', dueOn: '2026-12-04' } };
const writeRow = async (id: string) => (await program.rows('select state, attempts, last_outcome from outreach where action_id = $1', [uuidOf(id)]))[0];

test('a proposal shows what the CRM says and what it is to say, and is written once it is approved', async () => {
  const { id: opportunity, externalId } = await program.deal();
  const proposed = await program.proposeChange(opportunity, { nextStep: 'Sign the contract' });
  expect(proposed).toMatchObject({
    __typename: 'Action', type: 'CRM_CHANGE', status: 'PENDING', riskLevel: 'MEDIUM', contact: null, draft: { to: null, subject: null, body: null, masked: false }, opportunity: { id: opportunity },
    crmChange: { kind: 'CHANGE_NEXT_STEP', system: 'SALESFORCE', externalId: expect.stringContaining(externalId) as string, stage: 'Negotiation', masked: false, fields: [{ field: 'nextStep', before: 'Send the offer', after: 'Sign the contract' }] }, crmWrite: null,
  });
  expect(program.crm.writes()).toBe(0);
  expect(await program.read(proposed.id)).toMatchObject({ reasoning: 'They asked for it on the phone.' });
  expect(await program.read(proposed.id, 'viewer')).toMatchObject({ reasoning: null, crmChange: { masked: true, fields: [{ field: 'nextStep', before: null, after: null }] } });
  expect(await program.approve(proposed.id, await program.digest(proposed.id))).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
  const approval = (await program.rows('select approval_id from action where id = $1', [uuidOf(proposed.id)]))[0]?.['approval_id'] ?? '';
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => program.execute(approval)));
  expect(outcomes.filter((outcome) => outcome === 'SENT')).toHaveLength(1);
  expect([program.crm.writes(), program.crm.deals.get(externalId)?.nextStep]).toEqual([1, 'Sign the contract']);
  expect(await program.read(proposed.id)).toMatchObject({ status: 'EXECUTED', crmWrite: { recordType: 'CHANGE_NEXT_STEP', undo: null } });
  expect(await program.told(proposed.id)).toEqual(['action.proposed', 'action.approved', 'action.executed']);
});

test('a task and a note are written with the key of their approval', async () => {
  for (const [change, text] of [[task, 'Call the buyer'], [{ stageNote: 'They want\na discount.' }, 'They want\na discount.']] as const) {
    const { id, approval } = await program.approved(change);
    expect(await program.execute(approval)).toBe('SENT');
    expect([...program.crm.created.values()].filter(({ key }) => key === approval)).toMatchObject([{ text }]);
    expect(await program.status(id)).toBe('EXECUTED');
  }
});

test('a record that changed before the approval: EvidenceChanged with the difference, frozen anew, nothing written', async () => {
  const { id: opportunity, externalId } = await program.deal();
  const { id } = await program.proposeChange(opportunity, { nextStep: 'Sign the contract' });
  const seen = await program.digest(id);
  program.crm.change(externalId, { nextStep: 'Wait for legal' });
  const writes = program.crm.writes();
  expect(await program.approve(id, seen)).toMatchObject({
    __typename: 'EvidenceChanged', action: { status: 'PENDING' },
    changes: expect.arrayContaining([{ field: 'target.fields.nextStep', before: 'Send the offer', after: 'Wait for legal' }]) as object[],
  });
  expect([program.crm.writes(), await program.told(id)]).toEqual([writes, ['action.proposed', 'action.evidence_changed']]);
  expect(await program.read(id)).toMatchObject({ crmChange: { fields: [{ before: 'Wait for legal', after: 'Sign the contract' }] } });
  expect(await program.approve(id, await program.digest(id))).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('a record that changed between approval and execution: cancelled, nothing written', async () => {
  const { id, approval, externalId } = await program.approved({ nextStep: 'Sign the contract' });
  program.crm.change(externalId, { stage: 'Closed Lost' });
  const writes = program.crm.writes();
  expect(await program.execute(approval)).toBe('CONFLICT');
  expect(await program.read(id)).toMatchObject({ status: 'CANCELLED', endReason: 'EVIDENCE_CHANGED', crmWrite: null });
  expect([program.crm.writes(), await writeRow(id)]).toMatchObject([writes, { state: 'CANCELLED' }]);
  expect(await program.execute(approval)).toBe('NOTHING_TO_DO');
});

test('a record or an opportunity that is gone cancels at the approval', async () => {
  const one = await program.deal();
  const { id } = await program.proposeChange(one.id, task);
  program.crm.deals.delete(one.externalId);
  expect(await program.approve(id, await program.digest(id))).toMatchObject({ __typename: 'EvidenceChanged', action: { status: 'CANCELLED', endReason: 'RECORD_GONE' } });
  expect(await program.proposeChange(one.id, task)).toMatchObject({ __typename: 'ConflictError', path: ['input', 'opportunityId'] });
});

test('a socket that is cut after the write: looked for by its key, and not written twice', async () => {
  program.crm.troubles.push({ when: 'after', error: new VendorFault('UNAVAILABLE', 'The socket was cut.') });
  const { id, approval } = await program.approved(task);
  const writes = program.crm.writes();
  expect(await program.execute(approval)).toBe('UNKNOWN');
  expect([await program.status(id), await program.execute(approval)]).toEqual(['APPROVED', 'NOTHING_TO_DO']);
  program.clock.advance(30_000);
  expect(await program.execute(approval)).toBe('SENT');
  expect([program.crm.writes() - writes, await program.status(id)]).toEqual([1, 'EXECUTED']);
});

test('a socket that is cut before the write: found absent, and written once', async () => {
  program.crm.troubles.push({ when: 'before', error: new VendorFault('TIMEOUT', 'No answer.') });
  const { id, approval } = await program.approved(task);
  const writes = program.crm.writes();
  expect(await program.execute(approval)).toBe('UNKNOWN');
  program.clock.advance(30_000);
  expect(await program.execute(approval)).toBe('NOT_SENT');
  program.clock.advance(30_000);
  expect(await program.execute(approval)).toBe('SENT');
  expect([program.crm.writes() - writes, await program.status(id)]).toEqual([1, 'EXECUTED']);
});

test('a record that cannot be read for the write is waited for, since nothing was written: no attempt is used up, and it is not FAILED after an hour', async () => {
  const { id, approval } = await program.approved(task);
  const writes = program.crm.writes();
  for (const code of ['UNAVAILABLE', 'TIMEOUT', 'UNREADABLE', 'DISCONNECTED'] as const) {
    program.crm.troubles.push({ when: 'reading', error: new VendorFault(code, 'No answer.') });
    expect(await program.execute(approval)).toBe('NOT_NOW');
    program.clock.advance(2 * 3_600_000);
  }
  expect(await writeRow(id)).toMatchObject({ state: 'DUE', attempts: 0 });
  expect([await program.execute(approval), program.crm.writes() - writes]).toEqual(['SENT', 1]);
});

test('a vendor that takes no calls is waited for, without using up attempts; without a connection it waits until it expires', async () => {
  const { id, approval } = await program.approved(task);
  for (let turn = 0; turn < 6; turn += 1) {
    program.crm.troubles.push({ when: 'before', error: new VendorFault('RATE_LIMITED', 'Too many calls.', { retryAt: new Date(program.clock.now().getTime() + 60_000) }) });
    expect(await program.execute(approval)).toBe('NOT_NOW');
    program.clock.advance(59_000);
    expect(await program.execute(approval)).toBe('NOTHING_TO_DO');
    program.clock.advance(1_000);
  }
  expect(await writeRow(id)).toMatchObject({ state: 'DUE', attempts: 0, last_outcome: 'NOT_NOW' });
  program.crm.isConnected = false;
  expect(await program.execute(approval)).toBe('NOT_NOW');
  // Six minutes are over; 20 seconds before it expires.
  program.clock.advance(72 * 3_600_000 - 380_000);
  expect(await program.execute(approval)).toBe('NOT_NOW');
  expect([await program.status(id), await writeRow(id)]).toMatchObject(['FAILED', { state: 'FAILED', last_outcome: 'NOT_POSSIBLE_IN_TIME' }]);
  expect(await program.proposeChange((await program.deal()).id, task)).toMatchObject({ __typename: 'ConflictError', message: expect.stringContaining('No active connection to Salesforce') as string });
  program.crm.isConnected = true;
});

test('an approval that no executor took up in time is not executed days later', async () => {
  const { id, approval } = await program.approved(task);
  const writes = program.crm.writes();
  program.clock.advance(73 * 3_600_000);
  expect(await program.execute(approval)).toBe('CANCELLED');
  expect(await program.read(id)).toMatchObject({ status: 'CANCELLED', endReason: 'NOT_POSSIBLE_IN_TIME', crmWrite: null });
  expect([program.crm.writes() - writes, await program.execute(approval)]).toEqual([0, 'NOTHING_TO_DO']);
});

test('a vendor that refuses fails at once', async () => {
  program.crm.troubles.push({ when: 'before', error: new VendorFault('FORBIDDEN', 'Not allowed.') });
  const { id, approval } = await program.approved(task);
  expect(await program.execute(approval)).toBe('REFUSED');
  expect(await program.status(id)).toBe('FAILED');
});

test('undo: a task is deleted, a next step is set back; what somebody changed since stays', async () => {
  const one = await program.approved(task);
  await program.execute(one.approval);
  const asked = await program.undo(one.id);
  expect(asked).toMatchObject({ __typename: 'Action', status: 'EXECUTED', crmWrite: { undo: { status: 'REQUESTED', requestedBy: { id: 'uma' } } } });
  expect(await program.undo(one.id)).toMatchObject({ __typename: 'Action' });
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => program.executeUndo(one.approval)));
  expect(outcomes.filter((outcome) => outcome === 'UNDONE')).toHaveLength(1);
  expect([...program.crm.created.values()].filter(({ key }) => key === one.approval)).toEqual([]);
  expect(await program.read(one.id)).toMatchObject({ status: 'EXECUTED', crmWrite: { undo: { status: 'UNDONE' } } });
  expect(await program.told(one.id)).toEqual(['action.proposed', 'action.approved', 'action.executed', 'action.undo_requested', 'action.undone']);
  expect(await program.undo(one.id)).toMatchObject({ __typename: 'ConflictError', message: 'The action is already undone.' });

  const other = await program.approved({ nextStep: 'Sign the contract' });
  await program.execute(other.approval);
  program.crm.change(other.externalId, { nextStep: 'Signed!' });
  await program.undo(other.id);
  expect(await program.executeUndo(other.approval)).toBe('REFUSED');
  expect(await program.read(other.id)).toMatchObject({ crmWrite: { undo: { status: 'FAILED', reason: 'CHANGED_SINCE' } } });
  expect(program.crm.deals.get(other.externalId)?.nextStep).toBe('Signed!');
  program.crm.change(other.externalId, { nextStep: 'Sign the contract' });
  await program.undo(other.id);
  program.crm.troubles.push({ when: 'before', error: new Error('connection reset') });
  expect(await program.executeUndo(other.approval)).toBe('UNKNOWN');
  program.clock.advance(30_000);
  expect(await program.executeUndo(other.approval)).toBe('UNDONE');
  expect(program.crm.deals.get(other.externalId)?.nextStep).toBe('Send the offer');
});

test('CRM changes need no consent and use up no e-mail; e-mails do not hold them back', async () => {
  const { account, id: opportunity } = await program.deal();
  await program.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'test', id: 'one' }, name: 'One', email: 'one@example.com' }]);
  await program.grant('one@example.com');
  for (let turn = 0; turn < 6; turn += 1) expect(await program.proposeChange(opportunity, { stageNote: `Note ${turn}` })).toMatchObject({ __typename: 'Action' });
  const email = await program.propose({ account, accountId: uuidOf(account) as never, contact: '', email: 'one@example.com' });
  expect(await program.status(email)).toBe('PENDING');
  await program.revoke('one@example.com');
  expect(await program.status(email)).toBe('CANCELLED');
  const open = (await program.rows("select status from action where account_id = $1 and type = 'CRM_CHANGE'", [uuidOf(account)])).map((row) => row['status']);
  expect(new Set(open)).toEqual(new Set(['PENDING']));
});

test.each<[string, Record<string, unknown>, string[]]>([
  ['nothing', {}, ['input']],
  ['two at once', { nextStep: 'A', stageNote: 'B' }, ['input']],
  ['an empty step', { nextStep: ' ' }, ['input', 'nextStep']],
  ['the same step', { nextStep: 'Send the offer' }, ['input', 'nextStep']],
  ['two lines', { nextStep: 'a\nb' }, ['input', 'nextStep']],
  ['hidden characters', { stageNote: 'a\u202eb' }, ['input', 'stageNote']],
  ['too long a subject', { task: { subject: 'x'.repeat(256) } }, ['input', 'task', 'subject']],
  ['a day that no CRM has', { task: { subject: 'Call', dueOn: '9999-12-31' } }, ['input', 'task', 'dueOn']],
  ['another system', { nextStep: 'A', system: 'HUBSPOT' }, ['input', 'system']],
  ['a confidence above 1', { nextStep: 'A', confidence: 2 }, ['input', 'confidence']],
  ['no reason', { nextStep: 'A', reasoning: '' }, ['input', 'reasoning']],
])('%s is refused, with the place', async (_what, change, path) => {
  expect(await program.proposeChange((await program.deal()).id, change)).toMatchObject({ __typename: 'InvalidInputError', path });
});

test('texts of the CRM that cannot be stored as they are do not keep a change from being proposed, approved, executed and undone', async () => {
  for (const nextStep of ['Send\u0000 the offer', 'Send \ud83d the offer', 'x'.repeat(65_000)]) {
    const { id: opportunity, externalId } = await program.deal();
    program.crm.deals.set(externalId, { version: 1, name: 'Deal \u0000\udc00', stage: 'Negotiation', nextStep });
    const { id, ...proposed } = await program.proposeChange(opportunity, { nextStep: 'Sign the contract' });
    expect(proposed).toMatchObject({ __typename: 'Action', status: 'PENDING' });
    expect(await program.approve(id, await program.digest(id))).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
    const approval = (await program.rows('select approval_id from action where id = $1', [uuidOf(id)]))[0]?.['approval_id'] ?? '';
    expect(await program.execute(approval)).toBe('SENT');
    await program.undo(id);
    expect(await program.executeUndo(approval)).toBe('UNDONE');
  }
});
