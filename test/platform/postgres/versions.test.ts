import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statement } from '../../../src/platform/postgres/statement.ts';
import { asProgram, openFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.admin.query(`
    create table thing (
      tenant_id uuid not null, id uuid not null, account_id uuid not null, name text not null, size bigint not null default 0,
      sys_from timestamptz not null, primary key (tenant_id, id)
    );
    call make_versioned('thing');
    create index thing_of_account on thing (tenant_id, account_id);
  `);
});
afterAll(() => fixture.close());

const insertThing = statement('insert_thing', 'insert into thing (tenant_id, id, account_id, name) values ($1, $2, $2, $3)');
const renameThing = statement('rename_thing', 'update thing set name = $2 where id = $1');
const deleteThing = statement('delete_thing', 'delete from thing where id = $1');
const thingAsOf = statement<{ name: string; sysFrom: string }>('thing_as_of', 'select name, sys_from as "sysFrom" from thing_as_of($2) where id = $1');

async function nameAsOf(id: string, instant: string, caller = fixture.ours): Promise<string | null> {
  const read = fixture.database.read(caller.tenantId);
  const [row] = await read.rows(thingAsOf, [id, instant]);
  await read.close();
  return row?.name ?? null;
}

function instant(seconds: number): string {
  return new Date(Date.parse('2026-11-21T04:00:00Z') + seconds * 1_000).toISOString();
}

/** Makes a thing named `a` at second 0, `b` at 10, and gone at 20, counted from now. */
async function liveThing(): Promise<{ id: string; start: number }> {
  const id = fixture.newId<'Thing'>();
  const start = (fixture.clock.now().getTime() - Date.parse('2026-11-21T04:00:00Z')) / 1_000;
  await fixture.database.transact(fixture.ours, (work) => work.rows(insertThing, [work.tenantId, id, 'a']));
  fixture.clock.advance(10_000);
  await fixture.database.transact(fixture.ours, (work) => work.rows(renameThing, [id, 'b']));
  fixture.clock.advance(10_000);
  await fixture.database.transact(fixture.ours, (work) => work.rows(deleteThing, [id]));
  fixture.clock.advance(10_000);
  return { id, start };
}

test('a row is shown as it was at every instant, from the first on and up to its end', async () => {
  const { id, start } = await liveThing();
  const shown = [];
  for (const second of [-0.001, 0, 9.999, 10, 19.999, 20, 25]) shown.push(await nameAsOf(id, instant(start + second)));
  expect(shown).toEqual([null, 'a', 'a', 'b', 'b', null, null]);
});

test('another tenant sees none of the past', async () => {
  const { id, start } = await liveThing();
  expect(await nameAsOf(id, instant(start + 5), fixture.theirs)).toBeNull();
  expect(await asProgram(fixture.url, null, async (client) => (await client.query('select * from thing_history')).rows)).toEqual([]);
});

test('of several changes at one instant the last is the one that was', async () => {
  const id = fixture.newId<'Thing'>();
  const at = fixture.clock.now().toISOString();
  await fixture.database.transact(fixture.ours, async (work) => {
    await work.rows(insertThing, [work.tenantId, id, 'first']);
    await work.rows(renameThing, [id, 'second']);
    await work.rows(renameThing, [id, 'third']);
  });
  expect(await nameAsOf(id, at)).toBe('third');
  const { rows } = await fixture.admin.query('select count(*)::int as kept from thing_history where id = $1', [id]);
  expect(rows).toEqual([{ kept: 0 }]);
});

test('the program cannot write the past', async () => {
  for (const sql of ["update thing_history set name = 'forged'", 'delete from thing_history', 'insert into thing_history select *, now() from thing']) {
    await expect(asProgram(fixture.url, fixture.ours.tenantId, (client) => client.query(sql)), sql).rejects.toThrow('permission denied for table thing_history');
  }
});

async function planOf(client: Client, sql: string, values: readonly unknown[]): Promise<string> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${sql}`, [...values]);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

test('a read of the past is planned through the function, by index, under row-level security', async () => {
  const { admin, url, ours, newId } = fixture;
  await admin.query(
    `insert into thing (tenant_id, id, account_id, name, sys_from)
     select case when n % 2 = 0 then $1::uuid else $2::uuid end, gen_random_uuid(), ('00000000-0000-7000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid, 'n', now()
     from generate_series(1, 20000) n`,
    [ours.tenantId, fixture.theirs.tenantId],
  );
  await admin.query("update thing set name = 'm'");
  await admin.query('vacuum analyze thing, thing_history');
  await asProgram(url, ours.tenantId, async (client) => {
    for (const by of ['id', 'account_id']) {
      const plan = await planOf(client, `select name from thing_as_of($2) where ${by} = $1`, [newId(), instant(5)]);
      expect(plan).not.toMatch(/Function Scan|Seq Scan/);
      expect(plan).toMatch(new RegExp(`on thing\\n.*Cond: .*${by} = `, 's'));
      expect(plan).toMatch(new RegExp(`on thing_history\\n.*Cond: .*${by} = `, 's'));
      expect(plan.match(/tenant_id = /g)?.length).toBeGreaterThanOrEqual(2);
    }
  });
});

test('a column added later, and one dropped, are followed when make_versioned is called again', async () => {
  const id = fixture.newId<'Thing'>();
  await fixture.database.transact(fixture.ours, (work) => work.rows(insertThing, [work.tenantId, id, 'old']));
  await fixture.admin.query(`
    alter table thing add column color text not null default 'grey', drop column size, alter column account_id drop not null;
    call make_versioned('thing');
  `);
  fixture.clock.advance(1_000);
  const before = fixture.clock.now().toISOString();
  fixture.clock.advance(1_000);
  await fixture.database.transact(fixture.ours, (work) =>
    work.rows(statement('recolor', "update thing set color = 'red', account_id = null, name = 'new' where id = $1"), [id]));
  fixture.clock.advance(1_000);
  await fixture.database.transact(fixture.ours, (work) => work.rows(renameThing, [id, 'newest']));
  const colors = statement<{ color: string; name: string }>('colors', 'select color, name from thing_as_of($2) where id = $1');
  const read = fixture.database.read(fixture.ours.tenantId);
  expect(await read.rows(colors, [id, before])).toEqual([{ color: 'grey', name: 'old' }]);
  expect(await read.rows(colors, [id, new Date(Date.parse(before) + 1_500).toISOString()])).toEqual([{ color: 'red', name: 'new' }]);
  expect(await read.rows(colors, [id, fixture.clock.now().toISOString()])).toEqual([{ color: 'red', name: 'newest' }]);
  await read.close();
});
