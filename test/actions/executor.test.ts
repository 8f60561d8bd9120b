import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { executeAction, outreachDue, type Outreach, type OutreachMessage } from '../../src/features/actions/index.ts';
import { until } from '../harness/program.ts';
import { openQueue, uuidOf, type Queue } from './queue.ts';

type Sent = Awaited<ReturnType<Outreach['send']>>;
type Found = Awaited<ReturnType<Outreach['lookUp']>>;
/** An outside that does as a test says. */
const outside = { sends: [] as OutreachMessage[], asks: 0, send: (): Promise<Sent> => Promise.resolve({ kind: 'SENT', outsideId: 'x-1' }), lookUp: (): Promise<Found> => Promise.resolve({ kind: 'UNKNOWN' }) };
const outreach: Outreach = {
  kind: 'test',
  send: (message) => (outside.sends.push(message), outside.send()),
  lookUp: () => ((outside.asks += 1), outside.lookUp()),
};
const sent: Sent = { kind: 'SENT', outsideId: 'x-1' };

let program: Queue;
beforeAll(async () => {
  program = await openQueue({ outreach });
});
beforeEach(() => Object.assign(outside, { sends: [], asks: 0, send: () => Promise.resolve(sent), lookUp: () => Promise.resolve({ kind: 'UNKNOWN' }) }));
afterAll(() => program.close());

/** An approved action: its global id and its approval. */
async function approved(): Promise<{ id: string; approval: string; email: string }> {
  const customer = await program.customer();
  const id = await program.propose(customer);
  await program.approve(id, await program.digest(id));
  return { id, email: customer.email, approval: (await program.rows('select approval_id from action where id = $1', [uuidOf(id)]))[0]?.['approval_id'] ?? '' };
}
const caller = { tenantId: '' as never, actor: { kind: 'system', id: 'executor' } as const, requestId: 'test' };
const execute = (approval: string) =>
  executeAction({ transact: (body) => program.database.transact({ ...caller, tenantId: program.tenant }, body), seal: program.seal, outreach }, approval);
const row = async (approval: string) => (await program.rows('select state, attempts, last_outcome, outside_id from outreach where approval_id = $1', [approval]))[0];
const due = async (): Promise<string[]> => (await program.database.system((sql) => sql.rows(outreachDue))).map(({ approvalId }) => approvalId);

test('an approved action is sent as it was approved, once, and names its approval', async () => {
  const { id, approval, email } = await approved();
  expect(await execute(approval)).toBe('SENT');
  expect(outside.sends).toMatchObject([{ to: email, subject: 'A word about your trial', approval: { id: approval, actionId: uuidOf(id) } }]);
  expect(await program.status(id)).toBe('EXECUTED');
  expect((await program.facts('action.executed')).at(-1)?.data).toMatchObject({ actionId: uuidOf(id), approvalId: approval, previousStatus: 'APPROVED', status: 'EXECUTED' });
  expect(await execute(approval)).toBe('NOTHING_TO_DO');
  expect(outside.sends).toHaveLength(1);
});

test('twenty executors at once send once', async () => {
  const { id, approval } = await approved();
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => execute(approval)));
  expect(outcomes.filter((outcome) => outcome === 'SENT')).toHaveLength(1);
  expect(outside.sends).toHaveLength(1);
  expect(await program.told(id)).toEqual(['action.proposed', 'action.approved', 'action.executed']);
});

test('nothing is sent for what is no approval, or is none any more', async () => {
  const customer = await program.customer();
  const pending = await program.propose(customer);
  const decision = (await program.rows('select id from action_decision where action_id = $1', [uuidOf(pending)]))[0]?.['id'] ?? '';
  for (const approval of [uuidOf(pending), decision, '00000000-0000-7000-8000-000000000000']) expect(await execute(approval)).toBe('NOTHING_TO_DO');
  const { approval, email, id } = await approved();
  await program.revoke(email);
  expect(await execute(approval)).toBe('NOTHING_TO_DO');
  expect(await program.status(id)).toBe('CANCELLED');
  expect(outside.sends).toEqual([]);
});

test('a consent that ran out between approval and execution cancels', async () => {
  const { id, approval } = await approved();
  await program.rows('update consent set expires_at = $2 where subject_id = (select subject_id from action where id = $1)', [uuidOf(id), new Date(program.clock.now().getTime() + 1_000).toISOString()]);
  program.clock.advance(2_000);
  expect(await execute(approval)).toBe('CANCELLED');
  expect([await program.status(id), (await row(approval))?.['state'], outside.sends]).toEqual(['CANCELLED', 'CANCELLED', []]);
});

test('a refusal for the time being is tried again, later each time, and fails after five', async () => {
  outside.send = () => Promise.resolve({ kind: 'REFUSED', lasting: false, reason: 'BUSY' });
  const { id, approval } = await approved();
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    expect(await execute(approval)).toBe('REFUSED');
    expect(await execute(approval)).toBe('NOTHING_TO_DO');
    program.clock.advance(30_000 * 2 ** (attempt - 1) - 1);
    expect(await due()).not.toContain(approval);
    program.clock.advance(1);
    if (attempt < 5) expect(await due()).toContain(approval);
  }
  expect(outside.sends).toHaveLength(5);
  expect(new Set(outside.sends.map(({ approval: { id: key } }) => key)).size).toBe(1);
  expect([await program.status(id), await row(approval)]).toMatchObject(['FAILED', { state: 'FAILED', attempts: 5, last_outcome: 'ATTEMPTS_USED_UP' }]);
});

test('a refusal for good fails at once', async () => {
  outside.send = () => Promise.resolve({ kind: 'REFUSED', lasting: true, reason: 'NO_SUCH_ADDRESS' });
  const { id, approval } = await approved();
  expect(await execute(approval)).toBe('REFUSED');
  expect(await program.status(id)).toBe('FAILED');
});

test('what did not answer is not sent again: the outside is asked, and believed', async () => {
  outside.send = () => Promise.reject(new Error('connection reset'));
  const [one, other] = [await approved(), await approved()];
  for (const { approval } of [one, other]) expect(await execute(approval)).toBe('UNKNOWN');
  program.clock.advance(30_000);
  outside.lookUp = () => Promise.resolve(sent);
  expect(await execute(one.approval)).toBe('SENT');
  expect(await program.status(one.id)).toBe('EXECUTED');
  // The outside never had it: only then it is sent again.
  outside.lookUp = () => Promise.resolve({ kind: 'NOT_SENT' });
  outside.send = () => Promise.resolve(sent);
  expect(await execute(other.approval)).toBe('NOT_SENT');
  program.clock.advance(30_000);
  expect(await execute(other.approval)).toBe('SENT');
  expect([outside.sends.length, outside.asks]).toEqual([3, 2]);
});

test('what nobody can tell fails after an hour, unsent', async () => {
  outside.send = () => Promise.reject(new Error('timeout'));
  const { id, approval } = await approved();
  await execute(approval);
  for (let minutes = 0; minutes <= 60; minutes += 1) {
    program.clock.advance(60_000);
    await execute(approval);
  }
  expect(outside.sends).toHaveLength(1);
  expect([await program.status(id), await row(approval)]).toMatchObject(['FAILED', { last_outcome: 'OUTCOME_UNKNOWN' }]);
});

test('an executor that dies with a message on its way leaves it to be asked about, not to be sent again', async () => {
  const { promise: never } = Promise.withResolvers<Sent>();
  outside.send = () => never;
  const { id, approval } = await approved();
  void execute(approval);
  await until('it is on its way', () => outside.sends.length === 1);
  expect(await execute(approval)).toBe('NOTHING_TO_DO');
  program.clock.advance(60_000);
  outside.lookUp = () => Promise.resolve(sent);
  expect(await execute(approval)).toBe('SENT');
  expect(outside.sends).toHaveLength(1);
  expect(await program.told(id)).toEqual(['action.proposed', 'action.approved', 'action.executed']);
});

test('a revocation while a message is on its way: the action tells how it went, and nothing more is sent', async () => {
  const { promise: answer, resolve } = Promise.withResolvers<Sent>();
  outside.send = () => answer;
  const { id, approval, email } = await approved();
  const running = execute(approval);
  await until('it is on its way', () => outside.sends.length === 1);
  await program.revoke(email);
  expect(await program.status(id)).toBe('APPROVED');
  resolve({ kind: 'REFUSED', lasting: false, reason: 'BUSY' });
  await running;
  program.clock.advance(30_000);
  expect(await execute(approval)).toBe('CANCELLED');
  expect([await program.status(id), outside.sends.length]).toEqual(['CANCELLED', 1]);
});

test('only approving makes approvals, and only the executor sends', async () => {
  const root = new URL('../../src/', import.meta.url);
  const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(new URL(file, root), 'utf8') })));
  const holding = (words: RegExp): string[] => texts.filter(({ text }) => words.test(text)).map(({ file }) => file).toSorted();
  expect(holding(/\bgrantApproval\(/)).toEqual(['features/actions/approval.ts', 'features/actions/approve-action.ts']);
  expect(holding(/as Approval\b/)).toEqual(['features/actions/approval.ts']);
  expect(holding(/\boutreach\.send\(/)).toEqual(['features/actions/email-action.ts']);
  expect(holding(/\.(execute|lookUp)\(edges,/)).toEqual(['features/actions/execute-action.ts']);
  expect(holding(/insert into outreach\b/)).toEqual(['features/actions/approval.ts']);
  expect(holding(/\bexecuteAction\b/)).toEqual(['features/actions/execute-action.ts', 'features/actions/index.ts', 'workers/executor.ts']);
  expect(holding(/'APPROVED', trace\)/)).toEqual(['features/actions/approval.ts']);
  const outreachUsers = texts.filter(({ text }) => /\bOutreach[,;]|createMockOutreach/.test(text)).map(({ file }) => file).toSorted();
  expect(outreachUsers).toEqual(['app/compose.ts', 'features/actions/action-kind.ts', 'features/actions/execute-action.ts', 'features/actions/index.ts', 'features/actions/outreach.ts', 'workers/executor.ts']);
});

test('as the program runs it: approved, sent by the executor, told live', async () => {
  const whole = await openQueue({ roles: roles.filter((role) => role !== 'scheduler'), outreach });
  try {
    const customer = await whole.customer();
    const id = await whole.propose(customer);
    await whole.approve(id, await whole.digest(id));
    await until('it is executed', async () => (await whole.status(id)) === 'EXECUTED');
    expect(outside.sends).toHaveLength(1);
    // Refused for the time being, it is looked for again once it is due.
    outside.send = () => Promise.resolve({ kind: 'REFUSED', lasting: false, reason: 'BUSY' });
    const second = await whole.propose(await whole.customer());
    await whole.approve(second, await whole.digest(second));
    await until('it was refused', () => outside.sends.length === 2);
    // Written down, too: the next turn is counted from then.
    await until('the refusal is kept', async () => (await whole.rows("select from outreach where last_outcome = 'REFUSED'")).length === 1);
    outside.send = () => Promise.resolve(sent);
    whole.clock.advance(30_000);
    await until('it is executed', async () => (await whole.status(second)) === 'EXECUTED', 20_000);
  } finally {
    await whole.close();
  }
}, 40_000);
