import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { roles } from '../../../src/app/config.ts';
import { VendorFault } from '../../../src/features/connectors/outbound/vendor-fault.ts';
import { joinReadings } from '../../../src/features/connectors/reading.ts';
import type { Id } from '../../../src/platform/ids.ts';
import { defaultLimits } from '../../../src/api/limits/policy.ts';
import { arrange, type Arranged } from '../../accounts/arrange.ts';
import { connect, eventsOf, pretendVendor, reader, type PretendedVendor } from './pretended-vendor.ts';

let program: Arranged;
let connection: Id<'Connection'>;
let events: ReturnType<typeof eventsOf>;
let vendor: PretendedVendor;
let run: () => Promise<void>;
let errors: unknown[];
const many = { points: 1e12, seconds: 1 };
const policy = { ...defaultLimits, principalRate: many, tenantRate: many, strangerRate: many };
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler'), policy });
  connection = await connect(program);
  events = eventsOf(program);
  await events.webhook;
});
afterAll(() => program?.close());
beforeEach(async () => {
  await program.admin.query('delete from source_fetch; delete from connection_reader');
  vendor = pretendVendor();
  ({ run, errors } = reader(program, connection, vendor));
});

let pages = 0;
const pageId = (): string => `153104cd-477e-809d-8dc4-${String((pages += 1)).padStart(12, '0')}`;
const at = (minute: number): string => new Date(Date.parse('2026-11-21T08:00:00.000Z') + minute * 60_000).toISOString();
const fetches = (id: string) => program.rows(`select attempts, failure_code as code, failure_message as message, next_attempt_at is not null as waits, dead_at is not null as dead, fetched_at is not null and fetched_at >= wanted_at as done from source_fetch where external_id = $1`, [id]);
const statusOf = async (id: string): Promise<unknown> => (await program.rows(`select t.status from ticket t join external_ref r on r.tenant_id = t.tenant_id and r.node_id = t.id where r.system = 'pretended' and r.external_id = $1`, [id]))[0];

/** A page at the vendor, and the event that says so. */
async function change(id: string, minute: number, status = 'In Progress'): Promise<void> {
  vendor.objects.set(id, { status, changedAt: at(minute) });
  expect(await events.send(id, at(minute))).toBeLessThan(300);
}

test('a hundred copies of an event are one read, which is stored as the vendor\'s statement', async () => {
  const id = pageId();
  vendor.objects.set(id, { status: 'In Progress', changedAt: at(1) });
  await Promise.all(Array.from({ length: 100 }, () => events.send(id, at(1))));
  await run();
  await run();
  expect(vendor.asked).toEqual([[id]]);
  expect(await statusOf(id)).toMatchObject({ status: 'In Progress' });
  expect(await fetches(id)).toMatchObject([{ done: true, attempts: 0, dead: false }]);
  expect(await program.rows(`select s.source, s.stated_by, s.occurred_at from source_statement s join external_ref r on r.node_id = s.node_id where r.external_id = $1`, [id])).toEqual([{ source: 'notion', stated_by: `machine:notion:${connection}`, occurred_at: new Date(at(1)) }]);
});

test('the vendor\'s session is told when the latest event said that the object changed, or when it arrived if that is yet to come', async () => {
  const [id, other] = [pageId(), pageId()];
  vendor.before = (wanted) => void told.push(...wanted.map(({ externalId, changedAt }) => [externalId, changedAt] as const));
  const told: (readonly [string, string | null | undefined])[] = [];
  await change(id, -3);
  await change(id, -1);
  await change(id, -2);
  await change(other, 60 * 24);
  await run();
  expect(new Map(told)).toEqual(new Map([[id, at(-1)], [other, program.clock.now().toISOString()]]));
});

test('an event of a wrong clock, far from now, does not keep out those that follow', async () => {
  const id = pageId();
  vendor.objects.set(id, { status: 'Open', changedAt: at(1) });
  expect(await events.send(id, new Date(program.clock.now().getTime() + 365 * 86_400_000).toISOString())).toBe(202);
  await run();
  program.clock.advance(60_000);
  vendor.objects.set(id, { status: 'Done', changedAt: at(2) });
  expect(await events.send(id, program.clock.now().toISOString())).toBe(202);
  await run();
  expect(vendor.asked).toEqual([[id], [id]]);
  expect(await statusOf(id)).toMatchObject({ status: 'Done' });
});

test('an event that arrives during the read has the object read again', async () => {
  const id = pageId();
  await change(id, 1, 'Open');
  vendor.before = async () => {
    vendor.before = () => undefined;
    await change(id, 2, 'Done');
  };
  await run();
  expect(vendor.asked).toEqual([[id], [id]]);
  expect(await statusOf(id)).toMatchObject({ status: 'Done' });
});

test('what is gone at the vendor is retired, and what its reading asks for is read next', async () => {
  const [gone, first, second] = [pageId(), pageId(), pageId()];
  await change(gone, 1);
  await run();
  expect(await statusOf(gone)).toMatchObject({ status: 'In Progress' });
  vendor.objects.delete(gone);
  await events.send(gone, at(3));
  vendor.objects.set(second, { status: 'Named by another', changedAt: at(1) });
  vendor.objects.set(first, { status: '', changedAt: at(1), reading: joinReadings([{ fetches: [{ kind: 'page', externalId: second, occurredAt: at(1), path: [] }] }]) });
  await events.send(first, at(1));
  await run();
  expect(await statusOf(gone)).toBeUndefined();
  expect(await statusOf(second)).toMatchObject({ status: 'Named by another' });
});

test('a batch is read with one call and stored with as many statements whatever its size', async () => {
  const statements = async (size: number): Promise<number> => {
    const ids = Array.from({ length: size }, pageId);
    for (const id of ids) await change(id, 1);
    vendor.asked.length = 0;
    const seen: string[] = [];
    const counting = reader(program, connection, vendor, {
      database: { transact: (caller, body) => program.database.transact(caller, (work) => body(Object.create(work, { rows: { value: (asked: { name: string }, values: unknown[]) => (seen.push(asked.name), work.rows(asked as never, values)) } }))) },
    });
    await counting.run();
    expect(vendor.asked).toEqual([ids]);
    return seen.length;
  };
  const few = await statements(2);
  expect(await statements(40)).toBe(few);
});

test('an object that the vendor refuses is tried by itself, with growing pauses, and is dead in the end; others are read', async () => {
  const [bad, ...good] = Array.from({ length: 8 }, pageId);
  for (const id of [bad as string, ...good]) await change(id, 1);
  vendor.before = (objects) => {
    if (objects.some(({ externalId }) => externalId === bad)) throw new VendorFault('REFUSED', 'The vendor refuses this object.');
  };
  await run();
  for (const id of good) expect(await fetches(id)).toMatchObject([{ done: true }]);
  expect(await fetches(bad as string)).toMatchObject([{ done: false, attempts: 1, code: 'REFUSED', message: 'The vendor refuses this object.', waits: true, dead: false }]);
  const calls = vendor.asked.length;
  await run();
  expect(vendor.asked.length).toBe(calls);
  for (let attempt = 2; attempt <= 10; attempt += 1) {
    program.clock.advance(8 * 3_600_000);
    await run();
    expect(await fetches(bad as string)).toMatchObject([{ attempts: attempt, dead: attempt === 10 }]);
  }
  program.clock.advance(30 * 86_400_000);
  await run();
  expect(vendor.asked.length).toBe(calls + 9);
  // A later event asks again.
  vendor.before = () => undefined;
  await change(bad as string, 5);
  await run();
  expect(await fetches(bad as string)).toMatchObject([{ done: true, attempts: 0, dead: false, code: null }]);
});

test('an object that waits for another attempt is tried again soon after an event about it, also one that arrives during the attempt', async () => {
  const id = pageId();
  await change(id, 1);
  const refuse = (): never => {
    throw new VendorFault('REFUSED', 'The vendor refuses this object.');
  };
  vendor.before = refuse;
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    program.clock.advance(8 * 3_600_000);
    await run();
  }
  expect(await fetches(id)).toMatchObject([{ attempts: 8, waits: true }]);
  await change(id, 2);
  program.clock.advance(60_000);
  vendor.before = async () => {
    await change(id, 3, 'Done');
    refuse();
  };
  await run();
  vendor.before = () => undefined;
  program.clock.advance(60_000);
  await run();
  expect(vendor.asked).toHaveLength(10);
  expect(await statusOf(id)).toMatchObject({ status: 'Done' });
});

test('what cannot be stored, and what has another shape, is noted with the reason; the rest of the batch is stored', async () => {
  const [refused, late, strange, good] = Array.from({ length: 4 }, pageId) as [string, string, string, string];
  for (const id of [refused, late, strange, good]) await change(id, 1);
  vendor.objects.set(refused, { status: 'x'.repeat(100_000), changedAt: at(1) });
  vendor.objects.set(late, { status: 'Open', changedAt: new Date(program.clock.now().getTime() + 3_600_000).toISOString() });
  vendor.objects.set(strange, { status: '', changedAt: at(1), reading: joinReadings([{ ignored: [{ reason: 'UNREADABLE', message: 'properties must be an object.', path: [] }] }]) });
  await run();
  expect(await statusOf(good)).toMatchObject({ status: 'In Progress' });
  expect(await fetches(refused)).toMatchObject([{ done: false, attempts: 1, code: 'NOT_STORED', dead: false }]);
  expect(await fetches(late)).toMatchObject([{ done: false, attempts: 1, code: 'NOT_STORED', message: expect.stringContaining('in the future') }]);
  expect(await fetches(strange)).toMatchObject([{ done: false, attempts: 1, code: 'UNREADABLE', message: 'properties must be an object.', dead: true }]);
});

test('while a vendor is away for a day nothing is lost or given up, and it is asked ever more rarely', async () => {
  const ids = Array.from({ length: 120 }, pageId);
  for (const id of ids) await change(id, 1);
  const away = (): never => {
    throw new VendorFault('UNAVAILABLE', 'The vendor does not answer.');
  };
  Object.assign(vendor, { before: away, beforeCheck: away });
  for (let minute = 0; minute < 24 * 60; minute += 5) {
    await run();
    program.clock.advance(5 * 60_000);
  }
  expect(vendor.asked.length).toBeGreaterThan(24 * 3);
  expect(vendor.asked.length).toBeLessThan(24 * 60 / 8);
  expect(await program.count('select from source_fetch where attempts > 0 or failed_at is not null')).toBe(0);
  vendor.asked.length = 0;
  Object.assign(vendor, { before: () => undefined, beforeCheck: () => undefined });
  program.clock.advance(3_600_000);
  await run();
  expect(vendor.asked.map(({ length }) => length)).toEqual([50, 50, 20]);
  expect(await program.count('select from source_fetch where fetched_at >= wanted_at')).toBe(120);
});

test('an object that times out where the connection works is that object\'s fault', async () => {
  const [slow, good] = [pageId(), pageId()];
  await change(slow, 1);
  await change(good, 1);
  vendor.before = (objects) => {
    if (objects.some(({ externalId }) => externalId === slow)) throw new VendorFault('TIMEOUT', 'No answer in time.');
  };
  await run();
  expect(await fetches(good)).toMatchObject([{ done: true }]);
  expect(await fetches(slow)).toMatchObject([{ done: false, attempts: 1, code: 'TIMEOUT' }]);
});

test('limits, refused credentials, pauses and removals are respected', async () => {
  const id = pageId();
  await change(id, 1);
  vendor.before = () => {
    throw new VendorFault('RATE_LIMITED', 'Too many calls.', { retryAt: new Date(program.clock.now().getTime() + 600_000) });
  };
  await run();
  program.clock.advance(599_000);
  await run();
  expect(vendor.asked.length).toBe(1);
  program.clock.advance(1_000);
  vendor.before = () => {
    throw new VendorFault('UNAUTHORIZED', 'The token is not valid.');
  };
  await run();
  await run();
  expect(vendor.asked.length).toBe(2);
  // New credentials end the pause.
  vendor.before = () => undefined;
  program.clock.advance(1_000);
  await program.admin.query('update connection set credentials_changed_at = $2, paused_at = $2 where id = $1', [connection, program.clock.now()]);
  await run();
  expect(vendor.asked.length).toBe(2);
  await program.admin.query('update connection set paused_at = null where id = $1', [connection]);
  vendor.before = () => program.admin.query('update connection set paused_at = $2 where id = $1', [connection, program.clock.now()]).then(() => undefined);
  await run();
  // It was paused during the call: nothing of the answer is kept.
  expect(vendor.asked.length).toBe(3);
  expect(await fetches(id)).toMatchObject([{ done: false, attempts: 0 }]);
  expect(await statusOf(id)).toBeUndefined();
  vendor.before = () => undefined;
  await program.admin.query('update connection set paused_at = null where id = $1', [connection]);
  await run();
  expect(await fetches(id)).toMatchObject([{ done: true }]);
  expect(errors.length).toBeGreaterThan(0);
});

test('of two workers one reads; when it dies the other takes over after the lease, and what it still stores is dropped', async () => {
  const id = pageId();
  await change(id, 1);
  const held = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  vendor.before = () => {
    asked.resolve();
    return held.promise;
  };
  const first = run();
  await asked.promise;
  await run();
  expect(vendor.asked.length).toBe(1);
  program.clock.advance(121_000);
  vendor.before = () => undefined;
  vendor.objects.set(id, { status: 'Read by the second', changedAt: at(2) });
  await run();
  expect(vendor.asked.length).toBe(2);
  held.resolve();
  await first;
  expect(await statusOf(id)).toMatchObject({ status: 'Read by the second' });
  expect(await program.count(`select from source_statement s join external_ref r on r.node_id = s.node_id where r.external_id = $1`, [id])).toBe(1);
});

test('an event that arrives as a run ends is read by that run or finds the lease free', async () => {
  const ids = Array.from({ length: 30 }, pageId);
  await Promise.all(ids.map(async (id, index) => {
    await change(id, index);
    await run();
  }));
  for (const id of ids) expect(await fetches(id)).toMatchObject([{ done: true }]);
});

test('a run ends after some steps and schedules the next, so that other tenants have their turn', async () => {
  const { id: secret } = await events.webhook;
  await program.admin.query(`insert into source_fetch (tenant_id, source, secret_id, kind, external_id, wanted_at, asked_at) select $1, 'notion', $2, 'page', 'noisy ' || n, $3, $3 from generate_series(1, 600) n`, [program.tenant, secret, at(1)]);
  await program.admin.query(`delete from graphile_worker._private_jobs where key like 'read-source:%'`);
  await run();
  expect(vendor.asked.map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 50));
  expect(await program.rows('select payload from graphile_worker._private_jobs where key = $1', [`read-source:${program.tenant}:${connection}`])).toEqual([{ payload: { tenantId: program.tenant, connectionId: connection } }]);
  await run();
  expect(await program.count('select from source_fetch where fetched_at >= wanted_at')).toBe(600);
});
