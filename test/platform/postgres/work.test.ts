import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chainHash, chainStart, type AuditEntry } from '../../../src/platform/postgres/audit-chain.ts';
import { Unavailable } from '../../../src/platform/errors.ts';
import { envelopeSchema, type Fact } from '../../../src/platform/events/event.ts';
import { statement } from '../../../src/platform/postgres/statement.ts';
import type { Caller, Work } from '../../../src/platform/postgres/work.ts';
import { openFixture, type Fixture } from './fixture.ts';
import { readOutbox, type OutboxEvent } from '../../../src/platform/events/outbox.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await fixture.admin.query(`
    create table thing (tenant_id uuid not null, id uuid primary key, name text not null);
    call make_tenant_table('thing');
  `);
});
// No chain is emptied but by who may leave the head's trigger aside.
beforeEach(() => fixture.admin.query('set session_replication_role = replica; truncate thing, outbox, audit_logs, audit_head; reset session_replication_role'));
afterAll(() => fixture.close());

const insertThing = statement('insert_thing', 'insert into thing (tenant_id, id, name) values ($1, $2, $3)');
const things = statement<{ name: string }>('things', 'select name from thing order by name');
const divide = statement('divide', 'select 1 / $1::int');

const auditRows = statement<AuditEntry & { previousHash: Buffer; hash: Buffer }>(
  'audit_rows',
  `select sequence, id, kind, account_id as "accountId", actor_kind as "actorKind", actor_id as "actorId", request_id as "requestId",
     occurred_at as "occurredAt", recorded_at as "recordedAt", data, previous_hash as "previousHash", hash
   from audit_logs order by sequence`,
);

function made(name: string, extra: Partial<Fact> = {}): Fact {
  return { kind: 'thing.made', version: 1, accountId: null, data: { name }, ...extra };
}

async function insert(work: Work, name: string): Promise<void> {
  await work.rows(insertThing, [work.tenantId, work.newId<'Thing'>(), name]);
}

async function ask<Row>(asked: ReturnType<typeof statement<Row>>, caller: Caller = fixture.ours): Promise<Row[]> {
  const read = fixture.database.read(caller.tenantId);
  const rows = await read.rows(asked);
  await read.close();
  return rows;
}

/** What the outbox names, in its order. */
async function outbox(): Promise<OutboxEvent[]> {
  return [...(await fixture.database.system((sql) => readOutbox(sql, 1_000, null))).events];
}

/** Walks the chain from the table alone; answers how far it holds. */
async function verifiedLength(caller: Caller): Promise<number> {
  let previous = chainStart;
  let length = 0;
  for (const row of await ask(auditRows, caller)) {
    if (row.sequence !== length + 1 || !row.previousHash.equals(previous) || !row.hash.equals(chainHash(previous, row))) break;
    previous = row.hash;
    length += 1;
  }
  return length;
}

test('what a work writes and the facts it states are there together, with who, when and why', async () => {
  const accountId = fixture.newId<'Account'>();
  const answer = await fixture.database.transact(fixture.ours, async (work) => {
    await insert(work, 'one');
    work.record(made('one', { accountId, occurredAt: '2026-11-20T10:00:00.5+05:30' }));
    work.record(made('two'));
    return 'done';
  });
  expect(answer).toBe('done');
  expect(await ask(things)).toEqual([{ name: 'one' }]);
  const now = '2026-11-21T04:00:00.000Z';
  const [first, second] = await ask(auditRows);
  expect(first).toMatchObject({
    sequence: 1, kind: 'thing.made', accountId, actorKind: 'user', actorId: 'ours-user', requestId: 'ours-request',
    occurredAt: '2026-11-20T04:30:00.500Z', recordedAt: now, data: { name: 'one' },
  });
  expect(second).toMatchObject({ sequence: 2, accountId: null, occurredAt: now });
  const sent = (await outbox()).map(({ event }) => envelopeSchema.parse(event));
  expect(sent).toMatchObject([
    { id: first?.id, sequence: 1, tenantId: fixture.ours.tenantId, accountId, occurredAt: '2026-11-20T04:30:00.500Z', actor: fixture.ours.actor },
    { id: second?.id, sequence: 2, recordedAt: now },
  ]);
});

test('a body that throws leaves no row, no fact and no gap', async () => {
  let effects = 0;
  const broken = fixture.database.transact(fixture.ours, async (work) => {
    await insert(work, 'lost');
    work.record(made('lost'));
    work.afterCommit(() => (effects += 1));
    throw new Error('changed my mind');
  });
  await expect(broken).rejects.toThrow('changed my mind');
  expect(effects).toBe(0);
  await fixture.database.transact(fixture.ours, async (work) => work.record(made('kept')));
  expect(await ask(things)).toEqual([]);
  expect((await ask(auditRows)).map(({ sequence, data }) => ({ sequence, data }))).toEqual([{ sequence: 1, data: { name: 'kept' } }]);
  expect(await outbox()).toHaveLength(1);
});

test('a statement’s error that the body swallows is no success', async () => {
  const swallowed = fixture.database.transact(fixture.ours, async (work) => {
    await insert(work, 'lost');
    await work.rows(divide, [0]).catch(() => undefined);
    return 'looks fine';
  });
  await expect(swallowed).rejects.toThrow(/nothing was committed|transaction is aborted/);
  expect(await ask(things)).toEqual([]);
});

test('twenty works at once, over two tenants: each chain is gap-free, verifies, and is the order of the outbox', async () => {
  const works = Array.from({ length: 20 }, (_, index) =>
    fixture.database.transact(index % 4 === 0 ? fixture.theirs : fixture.ours, async (work) => {
      await insert(work, `thing ${index}`);
      work.record(made(`${index} a`));
      work.record(made(`${index} b`));
    }),
  );
  await Promise.all(works);
  expect(await verifiedLength(fixture.ours)).toBe(30);
  expect(await verifiedLength(fixture.theirs)).toBe(10);
  const sent = (await outbox()).map(({ event }) => envelopeSchema.parse(event));
  for (const [caller, count] of [[fixture.ours, 30], [fixture.theirs, 10]] as const) {
    const sequences = sent.filter(({ tenantId }) => tenantId === caller.tenantId).map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  }
});

test('whatever JSON a fact carries, the chain computes again from the table', async () => {
  const data = {
    zebra: 1, apple: { nested: [3, 1, 2, null, { b: 1, a: 2 }], 10: 'ten', 9: 'nine' }, empty: {}, none: [], long: 'x'.repeat(10_000),
    numbers: [0.1 + 0.2, 1e21, 1e-7, -0, 5e-324, 1.7976931348623157e308, 123456789012345680000, 2 ** 53, 1.0],
    text: 'ünïcödé 🦓 "quoted" \\ / \u2028 \u0001 \u007f', 'ключ': true, '': 'empty key', absent: undefined, list: [undefined, 1], date: new Date(0),
  };
  await fixture.database.transact(fixture.ours, async (work) => work.record({ ...made(''), data }));
  expect(await verifiedLength(fixture.ours)).toBe(1);
  const [row] = await ask(auditRows);
  expect(row?.data).toEqual(JSON.parse(JSON.stringify(data)));
});

test('a changed row breaks the chain at its place', async () => {
  for (const name of ['a', 'b', 'c']) await fixture.database.transact(fixture.ours, async (work) => work.record(made(name)));
  expect(await verifiedLength(fixture.ours)).toBe(3);
  await fixture.admin.query(`update audit_logs set data = '{"name":"forged"}' where sequence = 2`);
  expect(await verifiedLength(fixture.ours)).toBe(1);
});

test('two works that lock each other out: one is run again, and both are kept', async () => {
  const lock = statement('lock', 'select pg_advisory_xact_lock($1)');
  const started = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let runs = 0;
  const effects: number[] = [];
  const work = (mine: number, other: number): Promise<void> =>
    fixture.database.transact(fixture.ours, async (work) => {
      runs += 1;
      work.afterCommit(() => effects.push(mine));
      await work.rows(lock, [mine]);
      started[mine]?.resolve();
      await started[other]?.promise;
      await work.rows(lock, [other]);
      await insert(work, `thing ${mine}`);
      work.record(made(`thing ${mine}`));
    });
  await Promise.all([work(0, 1), work(1, 0)]);
  expect(runs).toBe(3);
  expect(effects.toSorted((one, other) => one - other)).toEqual([0, 1]);
  expect(await ask(things)).toEqual([{ name: 'thing 0' }, { name: 'thing 1' }]);
  expect(await verifiedLength(fixture.ours)).toBe(2);
});

test('a database that goes away in the middle is Unavailable, and the next work finds it again', async () => {
  const lost = fixture.database.transact(fixture.ours, async (work) => {
    await insert(work, 'lost');
    await work.rows(statement('kill', 'select pg_terminate_backend(pg_backend_pid())'));
  });
  await expect(lost).rejects.toThrow(Unavailable);
  await fixture.database.transact(fixture.ours, (work) => insert(work, 'kept'));
  expect(await ask(things)).toEqual([{ name: 'kept' }]);
  expect(fixture.database.pool.idleCount).toBe(fixture.database.pool.totalCount);
});

test('a work that states nothing leaves no fact, and one that writes for another tenant fails', async () => {
  await fixture.database.transact(fixture.ours, (work) => insert(work, 'quiet'));
  expect(await outbox()).toEqual([]);
  const foreign = fixture.database.transact(fixture.ours, (work) => work.rows(insertThing, [fixture.theirs.tenantId, work.newId<'Thing'>(), 'x']));
  await expect(foreign).rejects.toThrow('row-level security policy');
});

test('the doorbell rings for the outbox after the commit, and not for a work without facts', async () => {
  const rung = Promise.withResolvers<number>();
  let rings = 0;
  const stop = fixture.database.doorbell.listen('outbox', () => {
    rings += 1;
    outbox().then((rows) => rung.resolve(rows.length), rung.reject);
  });
  await fixture.database.transact(fixture.ours, (work) => insert(work, 'quiet'));
  expect(rings).toBe(0);
  await fixture.database.transact(fixture.ours, async (work) => work.record(made('loud')));
  expect(await rung.promise).toBe(1);
  stop();
});
