import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Unavailable } from '../../../src/platform/errors.ts';
import { createPool } from '../../../src/platform/postgres/pool.ts';
import { openRead, type Read } from '../../../src/platform/postgres/read.ts';
import { statement } from '../../../src/platform/postgres/statement.ts';
import { openFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await fixture.admin.query(`
    create table thing (tenant_id uuid not null, id uuid primary key, name text not null);
    call make_tenant_table('thing');
  `);
});
beforeEach(() => fixture.admin.query('truncate thing'));
afterAll(() => fixture.close());

const insertThing = statement('insert_thing', 'insert into thing (tenant_id, id, name) values ($1, $2, $3)');
const things = statement<{ name: string }>('things', 'select name from thing order by name');
const echo = statement<{ value: number }>('echo', 'select $1::int as value');
const backend = statement<{ pid: number }>('backend', 'select pg_backend_pid() as pid');
const divide = statement('divide', 'select 1 / $1::int');
const kill = statement('kill', 'select pg_terminate_backend(pg_backend_pid())');

async function write(name: string): Promise<void> {
  await fixture.database.transact(fixture.ours, (work) => work.rows(insertThing, [work.tenantId, work.newId<'Thing'>(), name]));
}

async function using<Result>(body: (read: Read) => Promise<Result>): Promise<Result> {
  const read = fixture.database.read(fixture.ours.tenantId);
  try {
    return await body(read);
  } finally {
    await read.close();
  }
}

test('all statements of one read see one snapshot', async () => {
  await write('before');
  await using(async (read) => {
    expect(await read.rows(things)).toEqual([{ name: 'before' }]);
    await write('meanwhile');
    expect(await read.rows(things)).toEqual([{ name: 'before' }]);
  });
  expect(await using((read) => read.rows(things))).toEqual([{ name: 'before' }, { name: 'meanwhile' }]);
});

test('many statements in parallel run on one connection, each with its own answer, and are counted by name', async () => {
  await using(async (read) => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => read.rows(echo, [index])));
    expect(answers.map(([row]) => row?.value)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    const pids = await Promise.all([read.rows(backend), read.rows(things), read.rows(backend)]);
    expect(pids[0]).toEqual(pids[2]);
    expect(read.statements).toBe(203);
    expect(read.asked.slice(-3)).toEqual(['backend', 'things', 'backend']);
  });
});

test('one that failed fails every later one with the same error, and the connection is as good as new', async () => {
  const pool = createPool({ url: fixture.url, connections: 1, name: 'test', onError: () => undefined });
  const failing = openRead(pool, fixture.ours.tenantId);
  const before = failing.rows(backend);
  const outcomes = await Promise.allSettled([failing.rows(divide, [0]), failing.rows(echo, [1]), failing.rows(divide, [2])]);
  const later = await failing.rows(things).catch((error: unknown) => error);
  expect([...outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome)), later].map(String)).toEqual(
    Array.from({ length: 4 }, () => 'error: division by zero'),
  );
  await failing.close();
  const next = openRead(pool, fixture.ours.tenantId);
  const answers = await Promise.all([next.rows(backend), next.rows(divide, [1]), next.rows(echo, [7]), next.rows(echo, [8])]);
  expect(answers).toEqual([await before, [{ '?column?': 1 }], [{ value: 7 }], [{ value: 8 }]]);
  await next.close();
  await pool.end();
});

test('a connection that dies is Unavailable, and the next read gets another', async () => {
  await using(async (read) => {
    const outcomes = await Promise.allSettled([read.rows(kill), read.rows(things)]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) });
    await expect(read.rows(things)).rejects.toThrow('cannot be reached right now');
  });
  expect(await using((read) => read.rows(things))).toEqual([]);
});

test('nothing can be written through a read', async () => {
  await expect(using((read) => read.rows(insertThing, [read.tenantId, fixture.newId<'Thing'>(), 'x']))).rejects.toThrow('read-only transaction');
});

test('closing gives the connection back, after what was still on its way; then nothing more is answered', async () => {
  const { pool } = fixture.database;
  const read = fixture.database.read(fixture.ours.tenantId);
  const last = read.rows(echo, [1]);
  await read.close();
  expect(await last).toEqual([{ value: 1 }]);
  expect(pool.idleCount).toBe(pool.totalCount);
  await expect(read.rows(echo, [2])).rejects.toThrow('echo came too late');
  await read.close();
});

test('a read that asked nothing takes no connection, and a tenant that is no UUID none either', async () => {
  const pool = createPool({ url: fixture.url, connections: 1, name: 'test', onError: () => undefined });
  await openRead(pool, fixture.ours.tenantId).close();
  expect(() => openRead(pool, `${fixture.ours.tenantId}' or true --` as typeof fixture.ours.tenantId)).toThrow('not a UUID');
  expect(pool.totalCount).toBe(0);
  await pool.end();
});

test('values arrive as the program knows them', async () => {
  const values = statement('values', `
    select '2026-11-21 04:39:10.12+00'::timestamptz as short, '2026-11-21 04:39:10.123456+00'::timestamptz as long, '2026-11-21 04:39:10+02'::timestamptz as round,
      'infinity'::timestamptz as never, '2026-11-21'::date as day, 9007199254740991::bigint as big, array['a', 'b'] as list, '{"a":1}'::jsonb as json, '\\x01'::bytea as bytes,
      0.1::double precision as fraction`);
  expect(await using((read) => read.rows(values))).toEqual([
    {
      short: '2026-11-21T04:39:10.120Z', long: '2026-11-21T04:39:10.123Z', round: '2026-11-21T02:39:10.000Z', never: 'infinity', day: '2026-11-21',
      big: 9007199254740991, list: ['a', 'b'], json: { a: 1 }, bytes: Buffer.from([1]), fraction: 0.1,
    },
  ]);
});

test('a connection that breaks is reported, but not once its pool was ended', async () => {
  const reported: string[] = [];
  const pool = createPool({ url: fixture.url, connections: 1, name: 'test', onError: ({ message }) => reported.push(message) });
  const client = await pool.connect();
  client.emit('error', new Error('broken while in use'));
  client.release();
  const ended = pool.end();
  client.emit('error', new Error('cut by a server that stops'));
  await ended;
  expect(reported).toEqual(['broken while in use']);
});
