import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { noteTriggers, partsOf, takeDueSnapshots } from '../../src/features/snapshots/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { history } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program?.close());

const note = (id: string, calculated: boolean): Promise<void> => {
  const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'test' } as const, requestId: 'test' };
  return program.database.transact(caller, (work) => noteTriggers(work, [{ accountId: parseGlobalId(id)?.id as Id<'Account'>, event: 'HEALTH_SCORES_UPDATED', calculated }]));
};
const take = (): Promise<number> => takeDueSnapshots(partsOf(program.database, program.clock, { tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }));

test('health that was calculated anew brings a snapshot of its own kind; with anything else it is one of several events', async () => {
  const [one, two] = [await program.account('one'), await program.account('two')];
  await note(one, true);
  await note(two, true);
  await note(two, false);
  expect(await take()).toBe(2);
  expect(await history(program, one)).toMatchObject([{ type: 'POST_HEALTH_CALC', triggerEvents: ['HEALTH_SCORES_UPDATED'] }]);
  expect(await history(program, two)).toMatchObject([{ type: 'EVENT_DRIVEN', triggerEvents: ['HEALTH_SCORES_UPDATED'] }]);
});

test('a trigger that was noted while the last snapshot was being taken waits for its cool-down, too', async () => {
  const id = await program.account('three');
  await note(id, false);
  await take();
  await note(id, false);
  // As it is when its noting did not see that snapshot yet.
  await program.admin.query('update snapshot_due set due_at = first_at');
  expect(await take()).toBe(0);
  expect(await program.rows('select due_at > first_at as later from snapshot_due')).toEqual([{ later: true }]);
  program.clock.advance(5 * 60_000);
  expect(await take()).toBe(1);
});
