import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import type { Task } from '../../src/platform/jobs/task.ts';
import { jobTasks } from '../../src/workers/jobs.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';
import { startTestProgram, until } from '../harness/program.ts';
import { history } from './arrange.ts';
import { takenIn } from '../harness/facts.ts';

let program: Arranged;
let tasks: Record<string, Task>;
beforeAll(async () => {
  program = await arrange();
  tasks = jobTasks({ ...program, bus: { prune: async () => 0, read: async function* () {} }, deadLetters: { prune: async () => undefined }, llm: undefined as never, log: { info: () => undefined, error: () => undefined } as never });
});
afterAll(() => program?.close());

const minute = 60_000;
/** What is due is taken by the scheduler, which looks every minute. */
const look = async (): Promise<void> => tasks['due-snapshots']?.run({}, {} as never);
/** Waits until everything recorded so far was looked at for triggers. */
const noted = (): Promise<unknown> => until('every change was noted', async () => (await program.count(`select from audit_logs a where kind in ('account.changed', 'health.updated') and not ${takenIn('snapshot-triggers')}`)) === 0);
const quiet = async (): Promise<void> => {
  await program.settled();
  await noted();
  // Health that was computed in between is told behind the change it is made of.
  await program.settled();
  await noted();
};
const upsert = (id: string, plural: string, place: 0 | 1, more = {}) => program.upsert(plural, [{ account: { id }, externalRef: crm(`${id}-${plural}`), ...samples[plural]?.[place], ...more }]);
const due = (): Promise<Record<string, never>[]> => program.rows('select trigger_events, due_at, only_calculated from snapshot_due');

test('a change brings a snapshot at once; what follows within five minutes shares the next, with every reason, also when the program is restarted', { timeout: 60_000 }, async () => {
  const id = await program.account('acme');
  const [first] = await until('the first snapshot is there', async () => {
    const found = await history(program, id);
    return found.length > 0 && found;
  });
  expect(first).toMatchObject({ sequenceNumber: 1, type: 'EVENT_DRIVEN', triggerEvents: ['ACCOUNT_DATA_CHANGED'] });
  await quiet();
  program.clock.advance(minute);
  await upsert(id, 'kpis', 0);
  await upsert(id, 'playbookExecutions', 0);
  await quiet();
  program.clock.advance(minute);
  await upsert(id, 'healthTrends', 0);
  await upsert(id, 'playbookExecutions', 1);
  await upsert(id, 'notes', 0);
  await quiet();
  await look();
  expect(await history(program, id)).toHaveLength(1);
  // At the end of the cool-down, and by another process than the one that noted it.
  const [waiting] = await due();
  expect(new Date(String(waiting?.['due_at'])).toISOString()).toBe(new Date(Date.parse(String(first?.['takenAt'])) + 5 * minute).toISOString());
  await program.stop();
  program.clock.advance(3 * minute - 1);
  const restarted = await startTestProgram({ roles }, program);
  const again = jobTasks({ ...restarted, bus: { prune: async () => 0, read: async function* () {} }, deadLetters: { prune: async () => undefined }, llm: undefined as never, log: { info: () => undefined, error: () => undefined } as never })['due-snapshots'];
  const rows = () => program.rows('select sequence_number, type, trigger_events from account_snapshot order by sequence_number');
  await again?.run({}, {} as never);
  expect(await rows()).toHaveLength(1);
  program.clock.advance(1);
  await Promise.all([again?.run({}, {} as never), again?.run({}, {} as never)]);
  const [, second, ...more] = await rows();
  expect(more).toEqual([]);
  expect(second).toMatchObject({ sequence_number: 2, type: 'EVENT_DRIVEN' });
  expect(((second?.['trigger_events'] ?? []) as unknown as string[]).toSorted()).toEqual(['HEALTH_SCORES_UPDATED', 'KPI_DATA_UPLOADED', 'PLAYBOOK_EXECUTION_COMPLETED']);
  expect(await due()).toEqual([]);
  // Snapshots record facts, and none of these brings another.
  program.clock.advance(60 * minute);
  await again?.run({}, {} as never);
  expect(await rows()).toHaveLength(2);
  await restarted.close();
});
