import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Id } from '../../../src/platform/ids.ts';
import { startTestProgram, type TestProgram } from '../../harness/program.ts';
import { startVendorServer, type VendorServer } from '../vendors/vendor-server.ts';
import { connect, fakeVendor, quickPace } from './fake-vendor.ts';

let server: VendorServer;
let program: TestProgram;
let other: TestProgram;
let admin: Client;
const vendor = fakeVendor();
const url = 'GET /me';

beforeAll(async () => {
  server = await startVendorServer({ [url]: () => ({ body: { account: 'Acme' } }) });
  const options = { vendorApis: [vendor], vendorUrls: new Map([['hubspot', server.url]]), vendorPace: quickPace };
  program = await startTestProgram(options);
  other = await startTestProgram(options, program);
  admin = new Client({ connectionString: program.testDatabase.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await other.close();
  await program.close();
  await server.stop();
});

let id: Id<'Connection'>;
beforeEach(async () => {
  id = await connect(program, 'hubspot', { accessToken: 'secret-of-hubspot' });
});
afterEach(async () => {
  server.release();
  server.forget();
  await admin.query('delete from connection_state; delete from connection');
  program.clock.advance(3_600_000);
});

const check = async (on: TestProgram = program, anyway = false): Promise<string> => (await (await on.vendors.open(program.tenant, id, { anyway })).check()).account;
const state = async () => (await admin.query('select * from connection_state')).rows[0] as Record<string, unknown> | undefined;
const facts = async (): Promise<string[]> => (await admin.query<{ kind: string; data: { code?: string } }>("select kind, data from audit_logs where kind like 'connection.%' and data->>'connectionId' = $1 order by sequence", [id])).rows.map(({ kind, data }) => [kind, data.code].filter(Boolean).join(' '));
const change = (sql: string) => admin.query(`update connection set ${sql} where id = $1`, [id]);

test('what is noted of calls leaves the finished answers of the tenant valid', async () => {
  const changes = async () => (await admin.query("select coalesce(sum(changes), 0)::int as changes from unrecorded_change where tenant_id = $1", [program.tenant])).rows[0] as { changes: number };
  const before = await changes();
  await check();
  server.trouble({ status: 403 });
  await expect(check()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await state()).toMatchObject({ failure_code: 'FORBIDDEN', failing_since: null, called_at: program.clock.now() });
  expect(await changes()).toEqual(before);
});

test('a session is opened once, called with the credentials, and its success is noted without a fact', async () => {
  const { opened } = vendor.sessions;
  expect([await check(), await check()]).toEqual(['Acme', 'Acme']);
  expect(vendor.sessions.opened - opened).toBe(1);
  expect(server.calls.map(({ headers }) => headers['authorization'])).toEqual(['Bearer secret-of-hubspot', 'Bearer secret-of-hubspot']);
  expect(await state()).toMatchObject({ failing_since: null, limited_until: null });
  expect(await facts()).toEqual([]);
});

test('what is paused or removed is not called, by a session that is open neither; new settings open another', async () => {
  const session = await program.vendors.open(program.tenant, id);
  const { opened, closed } = { ...vendor.sessions };
  await change(`settings = '{"a": 1}'`);
  expect(await check()).toBe('Acme');
  await expect.poll(() => [vendor.sessions.opened - opened, vendor.sessions.closed - closed]).toEqual([1, 1]);
  await expect(session.check()).rejects.toMatchObject({ code: 'DISCONNECTED' });
  const current = await program.vendors.open(program.tenant, id);
  server.forget();
  await change('paused_at = now()');
  program.clock.advance(6_000);
  await expect(current.check()).rejects.toMatchObject({ code: 'DISCONNECTED', message: 'The connection is paused. Resume it with resumeConnection.' });
  await expect(program.vendors.open(program.tenant, id)).rejects.toMatchObject({ code: 'DISCONNECTED' });
  expect(server.count()).toBe(0);
  expect(await check(program, true)).toBe('Acme');
  await change('removed_at = now(), encrypted_credentials = null, wrapped_key = null');
  await expect(program.vendors.open(program.tenant, id, { anyway: true })).rejects.toMatchObject({ code: 'DISCONNECTED' });
  await expect(program.vendors.open(program.otherTenant, id)).rejects.toMatchObject({ code: 'DISCONNECTED' });
});

test('refused credentials are failing at once, and no process calls for 5 minutes; then one call shows that they are accepted again', async () => {
  server.trouble({ status: 401, body: { message: 'no' } });
  await expect(check()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(await state()).toMatchObject({ failure_code: 'UNAUTHORIZED', failing_since: program.clock.now() });
  for (const process of [program, other]) await expect(check(process)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(server.count()).toBe(1);
  await expect(check(other, true)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(server.count()).toBe(2);
  program.clock.advance(300_000);
  server.release();
  expect(await check(other)).toBe('Acme');
  expect(await state()).toMatchObject({ failure_code: 'UNAUTHORIZED', failing_since: null });
  expect(await facts()).toEqual(['connection.failing UNAUTHORIZED', 'connection.recovered']);
});

test('an outage is failing when the circuit breaker opens, and noted before', async () => {
  server.trouble('CUT');
  await expect(check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await state()).toMatchObject({ failure_code: 'UNAVAILABLE', failing_since: null });
  await expect(check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await state()).toMatchObject({ failing_since: program.clock.now() });
  await expect(check()).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
  expect(server.count()).toBe(5);
  expect(await facts()).toEqual(['connection.failing UNAVAILABLE']);
  server.release();
  expect(await check(other)).toBe('Acme');
  expect(await facts()).toEqual(['connection.failing UNAVAILABLE', 'connection.recovered']);
});

test('a long limit stops every process until it ends', async () => {
  server.trouble({ status: 429, headers: { 'retry-after': '120' } });
  await expect(check(other)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  const until = new Date(program.clock.now().getTime() + 120_000);
  expect(await state()).toMatchObject({ limited_until: until, limit_reason: 'RATE_LIMITED', failing_since: null });
  await expect(check()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAt: until });
  expect(server.count()).toBe(1);
  program.clock.advance(120_000);
  server.release();
  expect([await check(), await check(other)]).toEqual(['Acme', 'Acme']);
});

test('nothing of the credentials is in the log or the state', async () => {
  server.trouble({ status: 400, body: { message: 'secret-of-hubspot is wrong' } });
  await expect(check(other)).rejects.toMatchObject({ code: expect.stringMatching(/REFUSED|CIRCUIT_OPEN/) as string });
  expect(JSON.stringify([program.logged, other.logged, await state(), (await admin.query('select data from audit_logs')).rows])).not.toContain('secret-of-hubspot');
});
