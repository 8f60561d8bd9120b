import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { noteTriggers, partsOf, takeDueSnapshots } from '../../src/features/snapshots/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { create, history } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program?.close());

const note = (id: string, calculated: boolean): Promise<void> => {
  const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'test' } as const, requestId: 'test' };
  return program.database.transact(caller, (work) => noteTriggers(work, [{ accountId: parseGlobalId(id)?.id as Id<'Account'>, event: 'HEALTH_SCORES_UPDATED', calculated }]));
};
const failed: Readonly<Record<string, string>>[] = [];
const take = (): Promise<number> => takeDueSnapshots(partsOf(program.database, program.clock, { tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }), { onError: (_, fields) => void failed.push(fields) });

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

test('health that is calculated anew brings none where the last snapshot says it already; one that says another does', async () => {
  const id = await program.account('four');
  const measure = (overallScore: number) => program.upsert('healthTrends', [{ account: { id }, externalRef: crm('four'), year: 2026, month: 10, overallScore }]);
  await measure(60);
  await note(id, false);
  expect(await take()).toBe(1);
  // What is told of the very change that the snapshot has read.
  await note(id, true);
  program.clock.advance(5 * 60_000);
  expect(await take()).toBe(0);
  expect(await program.count('select from snapshot_due')).toBe(0);
  await measure(70);
  await note(id, true);
  expect(await take()).toBe(1);
  expect(await history(program, id)).toMatchObject([{ type: 'EVENT_DRIVEN' }, { type: 'POST_HEALTH_CALC' }]);
});

test('a snapshot that somebody asks for does not move the cool-down, of whatever type it is said to be', async () => {
  const id = await program.account('five');
  expect(await create(program, [id], { type: 'EVENT_DRIVEN' })).toMatchObject({ status: 'DONE' });
  await note(id, false);
  expect(await take()).toBe(1);
});

test('an account of which none can be taken does not hold up the rest, and is tried again later each time', async () => {
  const ids = [await program.account('bad'), await program.account('six'), await program.account('seven')];
  const [bad] = await program.rows(`select id from account where name = 'bad'`);
  await program.admin.query(`alter table account_snapshot add constraint not_this_one check (account_id <> '${String(bad?.['id'])}') not valid`);
  for (const id of ids) await note(id, false);
  expect(await take()).toBe(2);
  expect(failed).toEqual([{ accountId: bad?.['id'] }]);
  const wait = (): Promise<unknown> => program.rows(`select failures, extract(epoch from due_at - $1::timestamptz)::int / 60 as minutes from snapshot_due`, [program.clock.now().toISOString()]);
  expect(await wait()).toEqual([{ failures: 1, minutes: 5 }]);
  expect(await take()).toBe(0);
  program.clock.advance(5 * 60_000);
  expect(await take()).toBe(0);
  expect(await wait()).toEqual([{ failures: 2, minutes: 10 }]);
  await program.admin.query('alter table account_snapshot drop constraint not_this_one');
  program.clock.advance(10 * 60_000);
  expect(await take()).toBe(1);
});
