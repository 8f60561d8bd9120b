import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApiKey, createAuthenticator, createTokenVerifier, revokeApiKey, type Authenticate, type NewApiKey } from '../../src/features/access/index.ts';
import type { FrozenClock } from '../../src/platform/clock.ts';
import { InvalidInput, NotFound, Unauthenticated, Unavailable } from '../../src/platform/errors.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { openDatabase, type Database } from '../../src/platform/postgres/database.ts';
import { statement } from '../../src/platform/postgres/statement.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { audience, frozenClock, issuer, masterKey, secret, sharedToken, tenantId } from './issuer.ts';

const acme = tenantId as Id<'Tenant'>;
const globex = '0192f0c1-0000-7000-8000-000000000002' as Id<'Tenant'>;
const nobody = '0192f0c1-0000-7000-8000-00000000000f';

let target: TestDatabase;
let database: Database;
let admin: Client;
let clock: FrozenClock;
let authenticate: Authenticate;
let lookups: number;

beforeAll(async () => {
  target = await createTestDatabase();
  clock = frozenClock();
  database = await openDatabase({ url: target.url, connections: 3, clock, newId: createIds(clock), entities: [], onError: () => undefined });
  admin = new Client({ connectionString: target.adminUrl });
  await admin.connect();
  for (const [id, slug] of [[acme, 'acme'], [globex, 'globex']]) {
    await database.system((sql) => sql.rows(insertTenant, [id, slug, clock.now().toISOString()]));
  }
});
const insertTenant = statement('insert_tenant', 'insert into tenant (id, slug, name, created_at) values ($1, $2, $2, $3)');

afterAll(async () => {
  await admin.end();
  await database.close();
  await target.drop();
});

beforeEach(() => {
  lookups = 0;
  authenticate = anotherProcess();
});

/** An authenticator with memories of its own, over the same database. */
function anotherProcess(): Authenticate {
  const counted: Pick<Database, 'system'> = {
    system: (body) => {
      lookups += 1;
      return database.system(body);
    },
  };
  const tokens = createTokenVerifier({ secret, issuer, audience, clock, clockToleranceSeconds: 5, masterKey });
  return createAuthenticator({ tokens, database: counted, clock });
}

const caller = (tenant: Id<'Tenant'>) => ({ tenantId: tenant, actor: { kind: 'user', id: 'ada' }, requestId: 'request-1' }) as const;
const machine = (changes: Partial<NewApiKey> = {}): NewApiKey => ({ name: 'billing sync', roles: ['agent'], expiresAt: null, ...changes });
const create = (changes: Partial<NewApiKey> = {}, tenant = acme) => database.transact(caller(tenant), (work) => createApiKey(work, machine(changes)));
const revoke = (id: Id<'ApiKey'>, tenant = acme) => database.transact(caller(tenant), (work) => revokeApiKey(work, id));
const facts = async (id: string) =>
  (await admin.query('select kind, tenant_id, actor_id, data from audit_logs where data->>\'apiKeyId\' = $1 order by sequence', [id])).rows;

describe('by token', () => {
  test('a caller of a tenant that exists is let in, and the tenant is looked up once', async () => {
    const header = `Bearer ${await sharedToken()}`;
    const principals = await Promise.all([authenticate(header), authenticate(header), authenticate(header.replace('Bearer ', 'bearer  '))]);
    expect(principals.map((principal) => principal.tenantId)).toEqual([acme, acme, acme]);
    expect(lookups).toBe(1);
  });

  test('a tenant that does not exist is refused until it does', async () => {
    const header = `Bearer ${await sharedToken({ tenant: nobody })}`;
    await expect(authenticate(header)).rejects.toThrow(/tenant that does not exist here/);
    await database.system((sql) => sql.rows(insertTenant, [nobody, 'nobody', clock.now().toISOString()]));
    expect((await authenticate(header)).tenantId).toBe(nobody);
  });

  test.each([
    ['nothing', undefined, undefined, /Sign in first: send "Authorization: Bearer <token>"/],
    ['empty headers', '', '', /Sign in first/],
    ['another scheme', 'Basic YWRhOnB3', undefined, /must read "Bearer <token>"/],
    ['no scheme', 'abc.def.ghi', undefined, /must read "Bearer <token>"/],
    ['a scheme and nothing after it', 'Bearer ', undefined, /must read "Bearer <token>"/],
    ['two tokens', 'Bearer a b', undefined, /must read "Bearer <token>"/],
    ['both kinds of credential', 'Bearer a.b.c', `cg_${'A'.repeat(43)}`, /not both/],
    ['an API key as a token', `Bearer cg_${'A'.repeat(43)}`, undefined, /Send it in the X-API-Key header/],
  ])('%s is refused with what to send', async (_, authorization, apiKey, message) => {
    const refused = authenticate(authorization, apiKey);
    await expect(refused).rejects.toThrow(Unauthenticated);
    await expect(refused).rejects.toThrow(message);
    expect(lookups).toBe(0);
  });

  test('with the database gone nobody is told that the credential is bad', async () => {
    const gone = await openDatabase({
      url: 'postgres://nobody@127.0.0.1:1/none',
      connections: 1,
      clock,
      newId: createIds(clock),
      entities: [],
      onError: () => undefined,
    });
    const tokens = createTokenVerifier({ secret, issuer, audience, clock, clockToleranceSeconds: 5, masterKey });
    const cutOff = createAuthenticator({ tokens, database: gone, clock });
    await expect(cutOff(`Bearer ${await sharedToken()}`)).rejects.toThrow(Unavailable);
    await expect(cutOff(undefined, `cg_${'A'.repeat(43)}`)).rejects.toThrow(Unavailable);
    await gone.close();
  });
});

describe('by API key', () => {
  test('a machine is let in as itself, and looked up once in ten seconds', async () => {
    const { id, key } = await create({ roles: ['agent', 'viewer', 'agent'] }, globex);
    expect(key).toMatch(/^cg_[\w-]{43}$/);
    const expected = { tenantId: globex, actor: { kind: 'machine', id }, roles: new Set(['viewer', 'agent']), expiresAt: null };
    expect(await Promise.all([authenticate(undefined, key), authenticate(undefined, key)])).toEqual([expected, expected]);
    clock.advance(10_000);
    await authenticate(undefined, key);
    expect(lookups).toBe(1);
    clock.advance(1);
    await authenticate(undefined, key);
    expect(lookups).toBe(2);
  });

  test('the key itself is kept nowhere, and making and revoking it are facts', async () => {
    const { id, key } = await create();
    await revoke(id);
    const { rows } = await admin.query('select (select string_agg(k::text, \'\') from api_key k) || (select string_agg(a::text, \'\') from audit_logs a) || (select string_agg(o::text, \'\') from outbox o) as everything');
    expect(rows[0].everything).toContain(id);
    expect(rows[0].everything).not.toContain(key.slice(3));
    expect(await facts(id)).toEqual([
      { kind: 'api_key.created', tenant_id: acme, actor_id: 'ada', data: { apiKeyId: id, roles: ['agent'], expiresAt: null } },
      { kind: 'api_key.revoked', tenant_id: acme, actor_id: 'ada', data: { apiKeyId: id } },
    ]);
  });

  test('an unknown key is refused, whether it has the form of one or not', async () => {
    await expect(authenticate(undefined, `cg_${'A'.repeat(43)}`)).rejects.toThrow(/not known/);
    expect(lookups).toBe(1);
    for (const text of ['cg_', 'cg_short', 'x'.repeat(46), `cg_${'A'.repeat(44)}`, `cg_${'A'.repeat(42)}!`, 'x'.repeat(100_000)]) {
      await expect(authenticate(undefined, text)).rejects.toThrow(/not an API key/);
    }
    expect(lookups).toBe(1);
  });

  test('a key is refused from the instant it expires, remembered or not', async () => {
    const expiresAt = new Date(clock.now().getTime() + 5_000);
    const { key } = await create({ expiresAt });
    expect((await authenticate(undefined, key)).expiresAt).toEqual(expiresAt);
    clock.advance(4_999);
    await authenticate(undefined, key);
    clock.advance(1);
    await expect(authenticate(undefined, key)).rejects.toThrow(/expired\. Ask an admin/);
    await expect(anotherProcess()(undefined, key)).rejects.toThrow(/expired/);
  });

  test('a key that was taken back is refused at once by who has not seen it, and by all ten seconds later', async () => {
    const { id, key } = await create();
    await authenticate(undefined, key);
    await revoke(id);
    await expect(anotherProcess()(undefined, key)).rejects.toThrow(/revoked\. Ask an admin/);
    await authenticate(undefined, key);
    clock.advance(10_001);
    await expect(authenticate(undefined, key)).rejects.toThrow(/revoked/);
  });

  test('a key with a role that this program does not know is refused whole', async () => {
    const { id, key } = await create();
    await admin.query('update api_key set roles = $2 where id = $1', [id, ['agent', 'superuser']]);
    await expect(authenticate(undefined, key)).rejects.toThrow(/role that is not known here/);
  });
});

describe('keys are made and taken back', () => {
  test.each([
    ['no name', { name: '' }, ['name']],
    ['an endless name', { name: 'x'.repeat(101) }, ['name']],
    ['a control character in the name', { name: 'a\u0000b' }, ['name']],
    ['no role', { roles: [] }, ['roles']],
    ['an unknown role', { roles: ['owner' as 'admin'] }, ['roles']],
    ['an expiry that is not in the future', { expiresAt: new Date('2026-11-21T12:00:00.000Z') }, ['expiresAt']],
  ])('not with %s', async (_, changes, path) => {
    const before = (await admin.query('select count(*) from api_key')).rows;
    const refused = create(changes);
    await expect(refused).rejects.toThrow(InvalidInput);
    await expect(refused).rejects.toMatchObject({ inputPath: path });
    expect((await admin.query('select count(*) from api_key')).rows).toEqual(before);
  });

  test('twice taken back is once, and the second time records nothing', async () => {
    const { id } = await create();
    await revoke(id);
    await revoke(id);
    expect(await facts(id)).toHaveLength(2);
  });

  test('another tenant\'s key answers like one that does not exist, and lives on', async () => {
    const { id, key } = await create();
    await expect(revoke(id, globex)).rejects.toThrow(NotFound);
    await expect(revoke(nobody as Id<'ApiKey'>)).rejects.toThrow('There is no such API key.');
    expect((await authenticate(undefined, key)).tenantId).toBe(acme);
  });
});
