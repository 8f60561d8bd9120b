import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { roles } from '../../../src/app/config.ts';
import { cancelBackfill, retryFetches, startBackfill, wakeDueReaders } from '../../../src/features/connectors/index.ts';
import { addConnection } from '../../../src/features/connectors/add-connection.ts';
import { removeConnection } from '../../../src/features/connectors/remove-connection.ts';
import { VendorFault } from '../../../src/features/connectors/outbound/vendor-fault.ts';
import { joinReadings } from '../../../src/features/connectors/reading.ts';
import type { Id } from '../../../src/platform/ids.ts';
import type { Work } from '../../../src/platform/postgres/work.ts';
import { arrange, type Arranged } from '../../accounts/arrange.ts';
import { connect, eventsOf, pretendVendor, reader, readPage, type PretendedVendor } from './pretended-vendor.ts';

let program: Arranged;
let events: ReturnType<typeof eventsOf>;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  events = eventsOf(program);
  await events.webhook;
});
afterAll(() => program?.close());

let connection: Id<'Connection'>;
let vendor: PretendedVendor;
let run: () => Promise<void>;
let series = 0;
let firstFact = 0;
beforeEach(async () => {
  await program.admin.query('delete from connection_backfill; delete from connection_reader');
  connection = await connect(program);
  firstFact = Number((await program.rows('select coalesce(max(sequence), 0) as last from audit_logs where tenant_id = $1', [program.tenant]))[0]?.['last']);
  vendor = pretendVendor();
  ({ run } = reader(program, connection, vendor));
  series += 1;
});

const changedAt = '2026-11-20T08:00:00.000Z';
const fill = (many: number): void => {
  for (let index = 0; index < many; index += 1) vendor.objects.set(`history-${series}-${index}`, { status: 'Open', changedAt });
};
const asAdmin = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => program.database.transact({ tenantId: program.tenant, actor: { kind: 'user', id: 'admin' }, requestId: 'test' }, body);
const start = (fromStart = false) => asAdmin((work) => startBackfill(work, { source: 'notion', fromStart }));
const state = async (id: string): Promise<Record<string, unknown>> => (await program.rows(`select status, cursor, pages, items::int, new_items::int, refused_items::int, total::int, attempts, failure_code as code, next_attempt_at is not null as waits, ended_at is not null as ended from connection_backfill where id = $1`, [id]))[0] ?? {};
const tickets = () => program.count(`select from ticket where key like 'history-${series}-%'`);
const facts = async () => (await program.rows(`select kind, data from audit_logs where data->>'connectionId' = $1 and sequence > $2 order by sequence`, [connection, firstFact])) as unknown as readonly { kind: string; data: Record<string, unknown> }[];

test('reads the history page by page, each in a transaction of its own, and says how far it has come', async () => {
  fill(95);
  const id = await start();
  expect(await start()).toBe(id);
  await run();
  expect(await state(id)).toMatchObject({ status: 'DONE', pages: 10, items: 95, new_items: 95, refused_items: 0, total: 95, ended: true });
  expect(vendor.cursors).toEqual([null, '10', '20', '30', '40', '50', '60', '70', '80', '90']);
  expect(await tickets()).toBe(95);
  expect(await facts()).toMatchObject([{ kind: 'connection_backfill.started', data: { backfillId: id, resumed: false } }, { kind: 'connection_backfill.ended', data: { status: 'DONE', pages: 10, items: 95 } }]);
  // Another one finds nothing new.
  const again = await start();
  expect(again).not.toBe(id);
  await run();
  expect(await state(again)).toMatchObject({ status: 'DONE', items: 95, new_items: 0 });
});

test('a run ends after some pages and the next goes on, and events are read before the next page', async () => {
  fill(250);
  const page = '253104cd-477e-809d-8dc4-000000000001';
  const id = await start();
  vendor.beforePage = async (cursor) => {
    if (cursor !== '20') return;
    vendor.objects.set(page, { status: 'Live', changedAt });
    await events.send(page, changedAt);
  };
  await run();
  expect(await state(id)).toMatchObject({ status: 'RUNNING', pages: 9, cursor: '90' });
  expect(vendor.asked).toEqual([[page]]);
  expect(await program.count(`select from ticket where key = $1`, [page])).toBe(1);
  vendor.objects.delete(page);
  for (let runs = 0; runs < 3; runs += 1) await run();
  expect(await state(id)).toMatchObject({ status: 'DONE', pages: 25, items: 250 });
});

test('a run that dies anywhere in a page is followed by one that reads the page again; nothing is lost or counted twice', async () => {
  vendor.pageSize = 700;
  fill(1_500);
  const id = await start();
  let transactions = 0;
  let dieAt = 1;
  const dying = reader(program, connection, vendor, {
    database: { transact: (caller, body) => program.database.transact(caller, async (work) => {
      const result = await body(work);
      transactions += 1;
      if (transactions === dieAt) throw new Error('killed');
      return result;
    }) },
  });
  // Dies after each of the first transactions in turn, those within a page included.
  for (dieAt = 1; dieAt <= 14; dieAt += 1) {
    transactions = 0;
    await dying.run().catch(() => undefined);
    program.clock.advance(121_000);
    await program.admin.query('update connection_backfill set next_attempt_at = null');
  }
  await run();
  expect(await state(id)).toMatchObject({ status: 'DONE', pages: 3, items: 1_500, new_items: 1_500, total: 1_500 });
  expect(await tickets()).toBe(1_500);
});

test('a page that cannot be read is tried again with pauses; then the back-fill fails with the reason, and another call goes on where it ended', async () => {
  fill(30);
  const id = await start();
  const broken = (cursor: string | null): void => {
    if (cursor === '20') throw new VendorFault('UNREADABLE', 'The page has another shape than the vendor documents.');
  };
  vendor.beforePage = broken;
  await run();
  expect(await state(id)).toMatchObject({ status: 'FAILED', pages: 2, code: 'UNREADABLE', ended: true });
  expect((await facts()).at(-1)).toMatchObject({ data: { status: 'FAILED', failureCode: 'UNREADABLE' } });
  vendor.beforePage = () => undefined;
  expect(await start()).toBe(id);
  await run();
  expect(await state(id)).toMatchObject({ status: 'DONE', pages: 3, items: 30, code: null });
  expect(vendor.cursors.filter((cursor) => cursor === null)).toHaveLength(1);
});

test('a limit on history holds up the back-fill alone', async () => {
  fill(20);
  const id = await start();
  const page = '253104cd-477e-809d-8dc4-000000000002';
  vendor.objects.set(page, { status: 'Live', changedAt });
  vendor.beforePage = () => {
    throw new VendorFault('RATE_LIMITED', 'Too many calls.', { retryAt: new Date(program.clock.now().getTime() + 60_000), limitScope: 'OPERATION' });
  };
  await run();
  await events.send(page, changedAt);
  await run();
  expect(await state(id)).toMatchObject({ status: 'RUNNING', pages: 0, attempts: 0, waits: true });
  expect(vendor.asked).toEqual([[page]]);
  vendor.beforePage = () => undefined;
  program.clock.advance(60_000);
  await run();
  expect(await state(id)).toMatchObject({ status: 'DONE', pages: 3 });
});

test('is cancelled between pages, and by the removal of its connection; a paused connection starts none', async () => {
  fill(40);
  const id = await start();
  vendor.beforePage = async (cursor) => {
    if (cursor === '20') expect(await asAdmin((work) => cancelBackfill(work, id))).toBe(true);
  };
  await run();
  expect(await state(id)).toMatchObject({ status: 'CANCELLED', pages: 2 });
  expect(await asAdmin((work) => cancelBackfill(work, id))).toBe(false);
  vendor.beforePage = () => undefined;
  const second = await start(true);
  expect(second).not.toBe(id);
  await program.admin.query('update connection set paused_at = $2 where id = $1', [connection, program.clock.now()]);
  await run();
  expect(await state(second)).toMatchObject({ status: 'RUNNING', pages: 0 });
  await expect(start()).rejects.toThrow('paused');
  await program.admin.query('update connection set removed_at = $2 where id = $1', [connection, program.clock.now()]);
  expect(await wakeDueReaders(program.database, program.clock.now())).toBe(1);
  await run();
  expect(await state(second)).toMatchObject({ status: 'CANCELLED' });
  await expect(start()).rejects.toThrow('removed');
});

test('a vendor that is connected anew, perhaps as another account, is read from the beginning', async () => {
  fill(40);
  const id = await start();
  vendor.beforePage = async (cursor) => {
    if (cursor === '20') await asAdmin((work) => removeConnection(work, 'notion'));
  };
  await run();
  expect(await state(id)).toMatchObject({ status: 'CANCELLED', pages: 2 });
  vendor.beforePage = () => undefined;
  program.clock.advance(1_000);
  await asAdmin((work) => addConnection(work, program.seal, { source: 'notion', credentials: { token: 'ntn_of-another-workspace' }, settings: {} }));
  expect(await start()).not.toBe(id);
  vendor.cursors.length = 0;
  await run();
  expect(vendor.cursors).toEqual([null, '10', '20', '30']);
});

test('an item of a page that cannot be stored is counted and the others are stored', async () => {
  fill(5);
  vendor.objects.set(`history-${series}-bad`, { status: '', changedAt, reading: joinReadings([{ deletions: [{ type: 'Nonsense', externalRef: { system: 'pretended', id: '1' }, source: 'notion', occurredAt: changedAt, reason: null, path: [] }] }]) });
  const id = await start();
  await run();
  expect(await state(id)).toMatchObject({ status: 'DONE', items: 6, new_items: 5, refused_items: 1 });
});

test('what could not be read is tried again when an administrator asks', async () => {
  const page = '253104cd-477e-809d-8dc4-000000000003';
  vendor.objects.set(page, { status: 'Live', changedAt, reading: joinReadings([{ ignored: [{ reason: 'UNREADABLE', message: 'Strange.', path: [] }] }]) });
  await events.send(page, changedAt);
  await run();
  expect(await asAdmin((work) => retryFetches(work, 'notion'))).toBe(1);
  vendor.objects.set(page, { status: 'Live', changedAt, reading: readPage(page, { status: 'Live', changedAt }) });
  await run();
  expect(await program.count(`select from ticket where key = $1`, [page])).toBe(1);
  expect(await asAdmin((work) => retryFetches(work, 'notion'))).toBe(0);
  expect((await facts()).map(({ kind }) => kind)).toEqual(['connection.fetches_retried']);
});

test('the back-fill of a killed process is taken over once its lease has run out, with the page that it was in', { timeout: 120_000 }, async () => {
  fill(95);
  const id = await start();
  const script = new URL('doomed-reader.ts', import.meta.url).pathname;
  const doomed = spawn(process.execPath, ['--import', 'tsx', script, program.testDatabase.url, program.tenant, connection, `history-${series}-`, program.masterKey.toString('hex'), '95', program.clock.now().toISOString()], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void doomed.kill('SIGKILL'));
  await Promise.race([once(doomed.stdout, 'data'), once(doomed, 'exit')]);
  await run();
  expect(await state(id)).toMatchObject({ status: 'RUNNING', pages: 3, items: 30 });
  const dead = once(doomed, 'exit');
  doomed.kill('SIGKILL');
  await dead;
  program.clock.advance(121_000);
  await run();
  expect(await state(id)).toMatchObject({ status: 'DONE', pages: 10, items: 95, new_items: 95 });
  expect(vendor.cursors[0]).toBe('30');
  expect(await tickets()).toBe(95);
});
