import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { VendorApi } from '../../../src/features/connectors/index.ts';
import type { Id } from '../../../src/platform/ids.ts';
import { startTestProgram, type TestProgram } from '../../harness/program.ts';
import { startVendorServer, type ArrivedCall, type VendorServer } from '../vendors/vendor-server.ts';
import { connect, fakeVendor, quickPace } from './fake-vendor.ts';

/** The five, as each asks for tokens. */
const vendors = {
  salesforce: 'POST /services/oauth2/token',
  jira: 'POST /oauth/token',
  slack: 'POST /api/oauth.v2.access',
  notion: 'POST /v1/oauth/token',
  hubspot: 'POST /oauth/v1/token',
} as const;
const credentials = { clientId: 'client-id', clientSecret: 'client-secret', refreshToken: 'refresh-0' };
const routes = Object.values(vendors);

let server: VendorServer;
let program: TestProgram;
let other: TestProgram;
let admin: Client;
let issued = 0;
let refresh = 'refresh-0';
let accepted = '';
let expiresIn: number | undefined = 3_600;
let rotates = true;

/** What was sent, whether as a form or as JSON. */
const sent = ({ headers, body }: ArrivedCall): Record<string, string> => (headers['content-type']?.includes('json') ? (JSON.parse(body) as Record<string, string>) : Object.fromEntries(new URLSearchParams(body)));
const refusal = { status: 400, body: { error: 'invalid_grant', error_description: 'unknown refresh token refresh-0 of client-secret' } };
const give = (call: ArrivedCall) => {
  if (sent(call)['refresh_token'] !== refresh) return refusal;
  issued += 1;
  accepted = `access-${issued}`;
  if (rotates) refresh = `refresh-${issued}`;
  return { body: { ok: true, access_token: accepted, ...(rotates ? { refresh_token: refresh } : {}), ...(expiresIn === undefined ? {} : { expires_in: expiresIn }) } };
};

beforeAll(async () => {
  server = await startVendorServer({
    'GET /me': ({ headers }) => (headers['authorization'] === `Bearer ${accepted}` ? { body: { account: 'Acme' } } : { status: 401, body: {} }),
    ...Object.fromEntries(routes.map((route) => [route, give])),
  });
  const names = Object.keys(vendors);
  const options = { vendorApis: names.map((name): VendorApi => fakeVendor(name)), vendorUrls: new Map(names.map((name) => [name, server.url])), vendorPace: { ...quickPace, timeout: 400 } };
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
afterEach(async () => {
  server.release();
  server.forget();
  [issued, refresh, accepted, expiresIn, rotates] = [0, 'refresh-0', '', 3_600, true];
  await admin.query('delete from connection_state; delete from connection');
  program.clock.advance(3_600_000);
});

const asked = (): ArrivedCall[] => server.calls.filter(({ method }) => method === 'POST');
const checkOn = async (process: TestProgram, id: Id<'Connection'>, anyway = false): Promise<string> => (await (await process.vendors.open(program.tenant, id, { anyway })).check()).account;
const stored = async (): Promise<string> => {
  const { rows: [row] } = await admin.query<{ wrapped_key: Buffer; encrypted_credentials: Buffer }>('select wrapped_key, encrypted_credentials from connection');
  return program.seal.open(row?.wrapped_key ?? null, row?.encrypted_credentials ?? null) ?? '';
};
const state = async () => (await admin.query('select * from connection_state')).rows[0] as Record<string, unknown> | undefined;

test.each(Object.entries(vendors))('%s: a token is asked for once, used by every process until shortly before it expires, and the next refresh token is stored', async (source, route) => {
  const id = await connect(program, source, { ...credentials, instanceUrl: 'https://aurora.my.salesforce.com' });
  expect([await checkOn(program, id), await checkOn(program, id), await checkOn(other, id)]).toEqual(['Acme', 'Acme', 'Acme']);
  const [call] = asked();
  expect([server.count(route), asked().length, call && sent(call)]).toEqual([1, 1, expect.objectContaining({ grant_type: 'refresh_token', refresh_token: 'refresh-0' })]);
  expect(call?.headers['authorization'] ?? (call && sent(call)['client_secret'])).toBe(source === 'notion' ? `Basic ${Buffer.from('client-id:client-secret').toString('base64')}` : 'client-secret');
  expect(JSON.parse(await stored())).toMatchObject({ clientId: 'client-id', refreshToken: 'refresh-1', storedToken: { accessToken: 'access-1' } });
  program.clock.advance(3_541_000);
  await checkOn(other, id);
  expect(asked().map((each) => sent(each)['refresh_token'])).toEqual(['refresh-0', 'refresh-1']);
});

test('client credentials of Salesforce need no refresh token, and the address in the answer is not used', async () => {
  server.answer({ [vendors.salesforce]: (call) => (sent(call)['grant_type'] === 'client_credentials' ? { body: { access_token: (accepted = 'access-c'), instance_url: 'http://127.0.0.1:9' } } : refusal) });
  const id = await connect(program, 'salesforce', { instanceUrl: 'https://aurora.my.salesforce.com', clientId: 'client-id', clientSecret: 'client-secret' });
  expect(await checkOn(program, id)).toBe('Acme');
  server.answer({ [vendors.salesforce]: give });
});

test('many calls at once on two processes ask for one token', async () => {
  const id = await connect(program, 'slack', credentials);
  await Promise.all(Array.from({ length: 20 }, (_, index) => checkOn(index % 2 ? program : other, id)));
  expect(asked()).toHaveLength(1);
  expect(await state()).toMatchObject({ token_leased_until: null });
});

test('a token that is refused before it expires is replaced once, and the call is made again', async () => {
  const id = await connect(program, 'jira', credentials);
  await checkOn(program, id);
  accepted = 'none of them';
  expect(await checkOn(program, id)).toBe('Acme');
  expect(await state()).toMatchObject({ failing_since: null });
  expect(asked()).toHaveLength(2);
});

test('a refresh token that is refused is failing, says what to do, and tells nothing of the credentials', async () => {
  refresh = 'another';
  const id = await connect(program, 'slack', credentials);
  await expect(checkOn(program, id)).rejects.toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringContaining('changeConnection') as string });
  await expect(checkOn(other, id)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(asked()).toHaveLength(1);
  expect(await state()).toMatchObject({ failing_since: program.clock.now(), failure_code: 'UNAUTHORIZED', token_leased_until: null });
  expect(JSON.stringify([await state(), program.logged, other.logged])).not.toMatch(/client-secret|refresh-0/);
});

test('an answer with a rotated token that is lost is asked for again at once; a vendor that accepts the old one recovers', async () => {
  const id = await connect(program, 'jira', credentials);
  server.trouble('CUT_BODY', { times: 1, route: vendors.jira });
  server.answer({ [vendors.jira]: (call) => (sent(call)['refresh_token'] === 'refresh-0' ? { body: { access_token: (accepted = `access-${(issued += 1)}`), refresh_token: 'refresh-9', expires_in: 3_600 } } : refusal) });
  expect(await checkOn(program, id)).toBe('Acme');
  expect(JSON.parse(await stored())).toMatchObject({ refreshToken: 'refresh-9' });
  server.answer({ [vendors.jira]: give });
});

test.each(['CUT_BODY', 'HANG'] as const)('an answer that is lost for good (%s) is failing and says that the refresh token may be used up', async (trouble) => {
  const id = await connect(program, 'slack', credentials);
  // The vendor rotates, and its answer does not arrive; the old token is refused then.
  server.trouble(trouble, { times: 1, route: vendors.slack });
  server.answer({ [vendors.slack]: () => refusal });
  await expect(checkOn(program, id)).rejects.toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringMatching(/lost.*changeConnection/s) as string });
  expect(await state()).toMatchObject({ failing_since: program.clock.now(), failure_message: expect.stringContaining('lost') as string, token_leased_until: null });
  server.answer({ [vendors.slack]: give });
  server.release();
  expect(await checkOn(program, id, true)).toBe('Acme');
  expect(await state()).toMatchObject({ failing_since: null });
});

test('a refresh token that does not rotate is asked with again after an outage', async () => {
  rotates = false;
  const id = await connect(program, 'hubspot', credentials);
  server.trouble('CUT', { times: 1, route: vendors.hubspot });
  server.trouble({ status: 503 }, { times: 1, route: vendors.hubspot });
  expect(await checkOn(program, id)).toBe('Acme');
  expect(JSON.parse(await stored())).toMatchObject({ refreshToken: 'refresh-0' });
});

test('the lease of a process that ended is taken over when it has expired', async () => {
  const id = await connect(program, 'slack', credentials);
  await admin.query('insert into connection_state (tenant_id, connection_id, token_leased_until) values ($1, $2, $3)', [program.tenant, id, new Date(program.clock.now().getTime() + 1_000)]);
  program.clock.advance(1_000);
  expect(await checkOn(program, id)).toBe('Acme');
});

test('credentials that an administrator gives during a rotation stay', async () => {
  const id = await connect(program, 'slack', credentials);
  server.answer({
    [vendors.slack]: async (call) => {
      const { rows: [row] } = await admin.query<{ wrapped_key: Buffer }>('select wrapped_key from connection');
      await admin.query('update connection set encrypted_credentials = $1, credentials_changed_at = $2', [program.seal.seal(program.seal.unwrap(row?.wrapped_key as Buffer), JSON.stringify({ ...credentials, refreshToken: 'given' })), new Date(program.clock.now().getTime() + 1)]);
      return give(call);
    },
  });
  await expect(checkOn(program, id)).rejects.toMatchObject({ code: 'DISCONNECTED' });
  expect(JSON.parse(await stored())).toEqual({ ...credentials, refreshToken: 'given' });
  server.answer({ [vendors.slack]: give });
});
