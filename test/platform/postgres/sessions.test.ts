import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../../src/platform/postgres/session.ts';
import { statement } from '../../../src/platform/postgres/statement.ts';
import { openFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

test('a session plans a statement once, and by an index also while the table is empty', async () => {
  const session = await openSession(fixture.database.pool, 'sessions test');
  const facts = statement<{ sequence: number }>('facts_of_range', 'select sequence from audit_logs where tenant_id = $1 and sequence between $2 and $3 and recorded_at = $4');
  const values = [fixture.ours.tenantId, 1, 10, '2026-11-21T04:00:00Z'];
  for (let turn = 0; turn < 3; turn += 1) await session.rows(facts, values);
  const plans = await session.rows(statement<{ kept: number; made: number }>('plans', `select generic_plans::int as kept, custom_plans::int as made from pg_prepared_statements where name = 'facts_of_range'`));
  const explained = await session.rows(statement<{ 'QUERY PLAN': string }>('explained', `explain execute facts_of_range('${values[0]}', 1, 10, '2026-11-21T04:00:00Z')`));
  await session.end();
  expect(plans).toEqual([{ kept: 3, made: 0 }]);
  const plan = explained.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toMatch(/Index .*Scan/);
  expect(plan).not.toContain('Seq Scan');
});

/** How often a connection hands something to the operating system while a body runs. */
async function writesOf(client: Client, body: () => Promise<unknown>): Promise<number> {
  const stream = (client as unknown as { connection: { stream: { _write: unknown; _writev: unknown } } }).connection.stream;
  let writes = 0;
  for (const name of ['_write', '_writev'] as const) {
    const write = stream[name] as (...given: unknown[]) => unknown;
    stream[name] = function counted(...given: unknown[]) {
      writes += 1;
      return write.apply(this, given);
    };
  }
  await body();
  for (const name of ['_write', '_writev']) Reflect.deleteProperty(stream, name);
  return writes;
}

test('a transaction begins in the packet of its first statement, and one without a statement sends nothing', async () => {
  const client = await fixture.database.pool.connect();
  try {
    const insert = `insert into outbox (event) values ('{"of": "sessions"}')`;
    expect(await writesOf(client, async () => {
      await client.query('begin');
      await client.query('commit');
      await client.query('begin');
      await client.query('rollback');
    })).toBe(0);
    expect(await writesOf(client, async () => {
      await client.query('begin');
      await client.query('set local role context_graph_system');
    })).toBe(1);
    await client.query('rollback');
    await client.query('begin');
    await expect(client.query('select no_such_column')).rejects.toThrow('no_such_column');
    await expect(client.query('commit')).rejects.toThrow('nothing was committed');
    await client.query('begin');
    await client.query('set local role context_graph_system');
    await client.query(insert);
    await client.query('rollback');
  } finally {
    client.release();
  }
  expect((await fixture.admin.query(`select from outbox where event ->> 'of' = 'sessions'`)).rowCount).toBe(0);
});
