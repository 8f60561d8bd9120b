import { afterAll, beforeAll, expect, test } from 'vitest';
import { transitions } from '../../src/features/actions/action.states.ts';
import { openQueue, uuidOf, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

test('the database knows the same steps as the program', async () => {
  const rows = await program.rows('select from_status, to_status from action_transitions()');
  const told = Object.entries(transitions).flatMap(([from, all]) => all.map((to) => `${from} → ${to}`));
  expect(rows.map(({ from_status, to_status }) => `${from_status} → ${to_status}`).toSorted()).toEqual(told.toSorted());
});

test('the database refuses every step that is not in the table, and everything without an approval', async () => {
  const id = uuidOf(await program.propose(await program.customer()));
  const all = Object.keys(transitions);
  const set = async (status: string, more = ''): Promise<string> => program.rows(`update action set status = '${status}'${more} where id = $1`, [id]).then(() => 'done', (error: { constraint?: string }) => error.constraint ?? 'another error');
  // No approval at all, one that is none, another action's, and a decision of this action that is no approval.
  expect(await set('APPROVED', `, decided_by_kind = 'user', decided_by_id = 'x', decided_at = now()`)).toBe('action_life_cycle');
  expect(await set('APPROVED', `, approval_id = gen_random_uuid(), decided_by_kind = 'user', decided_by_id = 'x', decided_at = now()`)).toBe('action_life_cycle');
  const own = `(select id from action_decision where action_id = '${id}')`;
  expect(await set('APPROVED', `, approval_id = ${own}, decided_by_kind = 'user', decided_by_id = 'x', decided_at = now()`)).toBe('action_life_cycle');
  expect(await set('EXECUTED', `, approval_id = ${own}, decided_by_id = 'x', decided_at = now(), executed_at = now()`)).toBe('action_life_cycle');
  for (const status of all.filter((to) => !['PENDING', ...transitions.PENDING].includes(to as never))) expect(await set(status), status).toMatch(/action_(life_cycle|approved|executed)/);
  expect(await set('EXPIRED')).toBe('action_ended');
  expect(await set('EXPIRED', `, end_reason = 'NOT_DECIDED_IN_TIME'`)).toBe('done');
  for (const status of all) expect(await set(status), status).toBe('action_life_cycle');
  const columns = 'tenant_id, account_id, type, risk_level, confidence, contact_id, subject_id, evidence_version, evidence_digest, proposed_by_kind, proposed_by_id, proposed_at, expires_at, recorded_at';
  const begin = (status: string): Promise<string> => program.rows(`insert into action (id, status, ${columns}) select gen_random_uuid(), $2, ${columns} from action where id = $1`, [id, status]).then(() => 'done', (error: { constraint?: string }) => error.constraint ?? 'another error');
  for (const status of all) expect(await begin(status), status).toBe(status === 'PENDING' ? 'action_evidence_seen' : 'action_life_cycle');
});

test('the program may not delete actions, nor change decisions and evidence', async () => {
  for (const sql of ['delete from action', 'delete from action_decision', `update action_decision set outcome = 'APPROVED'`, 'delete from action_evidence', `update action_evidence set digest = ''`, 'delete from outreach']) {
    await expect(program.act((work) => work.rows({ name: 'forbidden', text: sql })), sql).rejects.toThrow(/permission denied/);
  }
});

test('what was sent is written by approvals alone', async () => {
  const id = uuidOf(await program.propose(await program.customer()));
  await expect(program.rows(`insert into outreach (tenant_id, approval_id, action_id, state, due_at, recorded_at) select tenant_id, id, action_id, 'DUE', now(), now() from action_decision where action_id = $1`, [id])).rejects.toMatchObject({ constraint: 'outreach_approved' });
});
