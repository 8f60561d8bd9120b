import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { quickPace } from './outbound/fake-vendor.ts';
import { startSalesforceServer, type SalesforceServer } from './vendors/salesforce-server.ts';

// What an administrator does, with the vendor's own client and a server that answers as the vendor does.
let server: SalesforceServer;
let program: Arranged;
beforeAll(async () => {
  server = await startSalesforceServer();
  program = await arrange({ vendorUrls: new Map([['salesforce', server.url]]), vendorPace: quickPace });
});
afterAll(async () => {
  await program.close();
  await server.stop();
});

const credentials = { instanceUrl: 'https://acme.my.salesforce.com', clientId: '3MVG9-consumer-key', clientSecret: 'consumer-secret-1' };
interface Tested {
  readonly vendorAccount: string | null;
  readonly failure: { readonly code: string; readonly message: string; readonly advice: string } | null;
  readonly connection: { readonly id: string; readonly status: string; readonly vendorAccount: string | null; readonly lastError: object | null };
}
const run = async <Result>(mutation: string, variables: Record<string, unknown>): Promise<Result> => dataOf(await program.query<{ result: Result }, Record<string, unknown>>(mutation, variables)).result;
const tested = (id: string): Promise<Tested> => run('mutation($id: ID!) { result: testConnection(id: $id) { ... on ConnectionTest { vendorAccount failure { code message advice } connection { id status vendorAccount lastError { code } } } } }', { id });

test('Salesforce is connected and tested; when it is refused it says so, and recovers', async () => {
  const added = await run<{ connection: { id: string; status: string }; webhook: { requestPath: string } }>(
    'mutation($input: AddConnectionInput!) { result: addConnection(input: $input) { ... on ConnectionAdded { connection { id status } webhook { requestPath } } } }', { input: { source: 'SALESFORCE', credentials, webhookSecret: {} } });
  expect(added).toMatchObject({ connection: { status: 'ACTIVE' }, webhook: { requestPath: expect.stringMatching(/^\/api\/integrations\/salesforce\/webhook\?id=.+&token=/) as string } });
  // Nothing is called before it is asked for.
  expect(server.count()).toBe(0);
  const { id } = added.connection;
  expect(await tested(id)).toEqual({ vendorAccount: 'Aurora Ltd', failure: null, connection: { id, status: 'ACTIVE', vendorAccount: 'Aurora Ltd', lastError: null } });

  server.answer({ 'POST /services/oauth2/token': () => ({ status: 400, body: { error: 'invalid_client', error_description: `invalid ${credentials.clientSecret}` } }) });
  server.token = 'another session';
  expect(await tested(id)).toMatchObject({ vendorAccount: null, failure: { code: 'UNAUTHORIZED', message: expect.stringMatching(/.{20,}/) as string, advice: expect.stringContaining('changeConnection') as string }, connection: { status: 'FAILING', vendorAccount: 'Aurora Ltd', lastError: { code: 'UNAUTHORIZED' } } });

  server.answer({ 'POST /services/oauth2/token': () => ({ body: { access_token: server.token, token_type: 'Bearer' } }) });
  program.clock.advance(1_000);
  // A test calls at once, however short ago the credentials were refused.
  expect(await tested(id)).toMatchObject({ vendorAccount: 'Aurora Ltd', failure: null, connection: { status: 'ACTIVE', lastError: { code: 'UNAUTHORIZED' } } });
  expect((await program.facts('connection.failing')).length + (await program.facts('connection.recovered')).length).toBe(2);

  const everything = JSON.stringify([program.logged, await program.rows('select * from audit_logs'), await program.rows('select * from connection_state')]);
  for (const secret of [credentials.clientSecret, 'session-of-salesforce', server.token]) expect(everything).not.toContain(secret);
});
