import { Client } from 'pg';
import { FrozenClock } from '../../../src/platform/clock.ts';
import { createIds, type Id, type NewId } from '../../../src/platform/ids.ts';
import { openDatabase, type Database } from '../../../src/platform/postgres/database.ts';
import { statement } from '../../../src/platform/postgres/statement.ts';
import type { Caller } from '../../../src/platform/postgres/work.ts';
import { createTestDatabase } from '../../harness/database.ts';

/** A database of the test file's own with two tenants, as the program opens it. */
export interface Fixture {
  readonly database: Database;
  /** The owner's connection, which no wall binds. */
  readonly admin: Client;
  readonly url: string;
  readonly clock: FrozenClock;
  readonly newId: NewId;
  readonly ours: Caller;
  readonly theirs: Caller;
  close(): Promise<void>;
}

const insertTenant = statement('insert_tenant', 'insert into tenant (id, slug, name, created_at) values ($1, $2, $2, $3)');

/** Opens it, with a clock that stands at 2026-11-21T04:00:00Z. */
export async function openFixture(): Promise<Fixture> {
  const created = await createTestDatabase();
  const admin = new Client({ connectionString: created.adminUrl });
  await admin.connect();
  await admin.query("set timezone to 'UTC'");
  const clock = new FrozenClock('2026-11-21T04:00:00Z');
  const newId = createIds(clock);
  const database = await openDatabase({ url: created.url, connections: 10, clock, newId, entities: [], onError: () => undefined });
  const newCaller = async (slug: string): Promise<Caller> => {
    const tenantId = newId<'Tenant'>();
    await database.system((sql) => sql.rows(insertTenant, [tenantId, slug, clock.now().toISOString()]));
    return { tenantId, actor: { kind: 'user', id: `${slug}-user` }, requestId: `${slug}-request` };
  };
  return {
    database,
    admin,
    url: created.url,
    clock,
    newId,
    ours: await newCaller('ours'),
    theirs: await newCaller('theirs'),
    async close() {
      await database.close();
      await admin.end();
      await created.drop();
    },
  };
}

/** Runs statements as the program's login, bound to a tenant or to none, in one transaction that is undone. */
export async function asProgram<Result>(url: string, tenantId: Id<'Tenant'> | null, body: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query("select set_config('app.tenant', $1, true)", [tenantId ?? '']);
    return await body(client);
  } finally {
    await client.end();
  }
}
