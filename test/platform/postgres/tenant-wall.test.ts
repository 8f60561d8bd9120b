import { afterAll, beforeAll, expect, test } from 'vitest';
import { asProgram, openFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
let tables: readonly string[];

/** One row of tenant `theirs` in every table that has a tenant: whatever the columns are, filled by their types. */
async function fillEveryTable({ admin, theirs }: Fixture): Promise<void> {
  await admin.query('set session_replication_role = replica');
  const { rows: checks } = await admin.query<{ drop: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop from pg_constraint
     where contype = 'c' and connamespace in ('public'::regnamespace, 'lab'::regnamespace) and conislocal`,
  );
  for (const { drop } of checks) await admin.query(drop);
  for (const table of tables) {
    // What else refuses a row is tested where it belongs; here the wall has to hold by itself.
    await admin.query(`alter table ${table} disable trigger user`);
    const { rows: columns } = await admin.query<{ name: string; type: string }>(
      `select quote_ident(attname) as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = '' order by attnum`,
      [table],
    );
    const named: Record<string, string> = {
      tenant_id: `'${theirs.tenantId}'`,
      ...(table.endsWith('_history') ? { sys_from: `'2026-11-20T00:00:00Z'` } : {}),
    };
    const values = columns.map(({ name, type }) => named[name] ?? valueOf(type));
    await admin.query(`insert into ${table} (${columns.map(({ name }) => name).join(', ')}) values (${values.join(', ')})`);
  }
  await admin.query('set session_replication_role = origin');
}

function valueOf(type: string): string {
  if (type.endsWith('[]')) return `'{}'`;
  if (type.startsWith('bit(')) return `0::${type}`;
  const values: Record<string, string> = {
    uuid: `'01938000-0000-7000-8000-000000000001'`,
    text: `'x'`,
    boolean: 'true',
    bytea: `'\\x00'`,
    jsonb: `'{}'`,
    json: `'{}'`,
    xid8: `'1'`,
    date: `'2026-11-21'`,
    'timestamp with time zone': `'2026-11-21T04:00:00Z'`,
  };
  return values[type] ?? '1';
}

beforeAll(async () => {
  fixture = await openFixture();
  const { rows } = await fixture.admin.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
     where relnamespace in ('public'::regnamespace, 'lab'::regnamespace) and relkind in ('r', 'p') and not relispartition
       and exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and not attisdropped) order by 1`,
  );
  tables = rows.map(({ name }) => name);
  await fillEveryTable(fixture);
});
afterAll(() => fixture.close());

async function readableTables(): Promise<readonly string[]> {
  const { rows } = await fixture.admin.query<{ name: string }>(
    `select name from unnest($1::text[]) name where has_table_privilege('context_graph_app', name, 'select')`,
    [tables],
  );
  return rows.map(({ name }) => name);
}

async function countRows(tenant: Fixture['ours']['tenantId'] | null): Promise<Record<string, number>> {
  const readable = await readableTables();
  return asProgram(fixture.url, tenant, async (client) => {
    const counts = await client.query<{ name: string; count: number }>(
      readable.map((name) => `select '${name}' as name, count(*)::int as count from ${name}`).join(' union all '),
    );
    return Object.fromEntries(counts.rows.map(({ name, count }) => [name, count]));
  });
}

test('the login owns nothing, has no power of its own, and steps into the system role only when it says so', async () => {
  const { rows } = await fixture.admin.query(
    `select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication,
       (select count(*)::int from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = r.oid and deptype = 'o') as owned,
       (select array_agg(format('%s inherit %s set %s', g.rolname, m.inherit_option, m.set_option) order by g.rolname)
        from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid) as groups
     from pg_roles r where rolname = $1`,
    [new URL(fixture.url).username],
  );
  expect(rows).toEqual([
    {
      rolsuper: false, rolbypassrls: false, rolcreatedb: false, rolcreaterole: false, rolreplication: false, owned: 0,
      groups: ['context_graph_app inherit t set t', 'context_graph_lab inherit f set t', 'context_graph_system inherit f set t'],
    },
  ]);
  await expect(asProgram(fixture.url, null, (client) => client.query('create table mine ()'))).rejects.toThrow('permission denied for schema public');
});

test('every table that the program may touch is behind the wall', async () => {
  const { rows } = await fixture.admin.query(
    `select relname from pg_class where relnamespace in ('public'::regnamespace, 'lab'::regnamespace) and relkind in ('r', 'p', 'v', 'm') and not relrowsecurity
       -- A view that reads as who asks is behind the walls of its tables; personal_text lists columns, and no tenant's rows.
       and not coalesce('security_invoker=true' = any(reloptions), false) and relname <> 'personal_text'
       and (has_table_privilege('context_graph_app', oid, 'select, insert, update, delete, truncate'))`,
  );
  expect(rows).toEqual([]);
});

test('without a tenant, or under another, no row of any table shows; under its own every row does', async () => {
  const readable = await readableTables();
  const none = Object.fromEntries(readable.map((name) => [name, 0]));
  expect(readable.length).toBeGreaterThan(30);
  expect(await countRows(null)).toEqual(none);
  expect(await countRows(fixture.ours.tenantId)).toEqual(none);
  expect(await countRows(fixture.theirs.tenantId)).toEqual(Object.fromEntries(readable.map((name) => [name, 1])));
});

test.each(['insert', 'update'] as const)('%s of a row for another tenant is refused by every table', async (right) => {
  const { rows } = await fixture.admin.query<{ name: string; columns: string }>(
    `select name, (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
                   where attrelid = name::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = '') as columns
     from unnest($1::text[]) name where has_table_privilege('context_graph_app', name, $2)`,
    [tables, right],
  );
  expect(rows.length).toBeGreaterThan(right === 'insert' ? 20 : 15);
  for (const { name, columns } of rows) {
    const row = (await fixture.admin.query<{ row: unknown }>(`select to_jsonb(t) as row from ${name} t limit 1`)).rows[0]?.row;
    const attempt =
      right === 'insert'
        ? asProgram(fixture.url, fixture.ours.tenantId, (client) =>
            client.query(`insert into ${name} (${columns}) select ${columns} from jsonb_populate_record(null::${name}, $1)`, [JSON.stringify(row)]))
        : asProgram(fixture.url, fixture.theirs.tenantId, (client) => client.query(`update ${name} set tenant_id = $1`, [fixture.ours.tenantId]));
    await expect(attempt, name).rejects.toThrow('row-level security policy');
  }
});

test('nobody the program can be may change or remove an audit row, by its table or by a partition', async () => {
  for (const role of ['context_graph_app', 'context_graph_system']) {
    for (const sql of ['update audit_logs set kind = kind', 'delete from audit_logs', 'truncate audit_logs', 'update audit_logs_default set kind = kind', 'delete from audit_logs_default']) {
      const attempt = asProgram(fixture.url, fixture.theirs.tenantId, async (client) => {
        await client.query(`set local role ${role}`);
        return client.query(sql);
      });
      await expect(attempt, `${role}: ${sql}`).rejects.toThrow('permission denied');
    }
  }
});

test('the system role sees tenants and no tenant’s records', async () => {
  const attempt = asProgram(fixture.url, fixture.theirs.tenantId, async (client) => {
    await client.query('set local role context_graph_system');
    expect((await client.query('select slug from tenant order by slug')).rows).toEqual([{ slug: 'ours' }, { slug: 'theirs' }]);
    return client.query('select * from account');
  });
  await expect(attempt).rejects.toThrow('permission denied for table account');
});
