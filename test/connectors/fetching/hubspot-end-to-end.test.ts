import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WebhookSecret } from '../../../src/features/connectors/index.ts';
import { arrange, dataOf, type Arranged } from '../../accounts/arrange.ts';
import { contexts } from '../../context/refreshing.ts';
import { until } from '../../harness/program.ts';
import { hubspotEvent } from '../payloads/hubspot.ts';
import { deliverAs, publicUrl, vendorSecret } from '../vendor-requests.ts';
import { startHubspotServer, type HubspotServer } from '../vendors/hubspot-server.ts';

let server: HubspotServer;
let program: Arranged;
let webhook: WebhookSecret;
let connection: string;
const at = '2026-11-20T08:00:00.000Z';
const soon = '2026-11-21T08:00:00.000Z';

beforeAll(async () => {
  server = await startHubspotServer();
  program = await arrange({ publicUrl, vendorUrls: new Map([['hubspot', server.url]]), vendorPace: { pauses: { first: 0, most: 0 }, openFor: { first: 1, most: 1 } } });
  webhook = await vendorSecret(program, 'hubspot');
  const added = dataOf(await program.query<{ addConnection: { connection: { id: string } } }, Record<string, unknown>>('mutation($input: AddConnectionInput!) { addConnection(input: $input) { ... on ConnectionAdded { connection { id } } ... on UserError { message } } }', { input: { source: 'HUBSPOT', credentials: { accessToken: 'pat-na1-token' } } }));
  connection = added.addConnection.connection.id;
});
afterAll(async () => {
  await program?.close();
  await server?.stop();
});

const company = (id: string, name: string) => server.account.companies.set(id, { id, properties: { name, domain: `${name.toLowerCase()}.example`, hs_lastmodifieddate: at } });
const contact = (id: string, companies: string[]) => server.account.contacts.set(id, { id, properties: { firstname: 'Ada', lastname: `Number ${id}`, email: `ada${id}@acme.example`, lastmodifieddate: at }, companies });
const event = (type: string, id: number, when = soon) => deliverAs(program, { vendor: 'hubspot', webhook }, [hubspotEvent(type, id, when)]);
const accountOf = async (id: string) => (await program.rows(`select a.id, a.name from external_ref r join account a on a.tenant_id = r.tenant_id and a.id = r.node_id where r.tenant_id = $1 and r.system = 'hubspot' and r.external_id = $2`, [program.tenant, id]))[0] as unknown as { id: string; name: string } | undefined;
const contactsOf = (accountId: string) => program.count('select from contact where account_id = $1', [accountId]);

test('an event about a contact of an unknown company makes the contact and its account, as HubSpot has them', async () => {
  contact('1', ['7']);
  expect((await event('contact.creation', 1)).status).toBe(202);
  const stub = await until('the contact is read', () => accountOf('7'));
  expect(await contactsOf(stub.id)).toBe(1);
  company('7', 'Acme');
  expect((await event('company.creation', 7)).status).toBe(202);
  await until('the company is read', async () => (await accountOf('7'))?.name === 'Acme');
});

test('while HubSpot is away objects wait and the connection says so; when it is back they are read', async () => {
  server.trouble({ status: 503, body: {} });
  contact('2', ['7']);
  await event('contact.creation', 2);
  const state = async () => dataOf(await program.query<{ connections: { source: string; waitingFetches: { count: number }; deadLetters: number }[] }, Record<string, never>>('{ connections { source deadLetters waitingFetches { count } } }')).connections.find(({ source }) => source === 'HUBSPOT');
  await until('the connection is put off', async () => (await program.count('select from connection_reader where not_before > $1', [program.clock.now()])) === 1);
  expect(await state()).toMatchObject({ waitingFetches: { count: 1 }, deadLetters: 0 });
  server.release();
  program.clock.advance(3_600_000);
  // A later event wakes the reader, as the job of each minute does.
  contact('3', ['7']);
  await event('contact.creation', 3, program.clock.now().toISOString());
  await until('both are read', async () => (await contactsOf((await accountOf('7'))?.id ?? '')) === 3);
});

test('the history is read by a back-fill, and an account by a refresh of its context', async () => {
  for (let number = 20; number < 30; number += 1) {
    company(String(number), `Company${number}`);
    contact(String(number), [String(number)]);
  }
  const started = dataOf(await program.query<{ made: { id: string; status: string } }, { id: string }>('mutation($id: ID!) { made: backfillConnection(id: $id) { ... on ConnectionBackfill { id status } ... on UserError { message } } }', { id: connection })).made;
  const done = await until('the back-fill is done', async () => {
    const { node } = dataOf(await program.query<{ node: Record<string, unknown> }, { id: string }>('query($id: ID!) { node(id: $id) { ... on ConnectionBackfill { status items newItems refusedItems lastError { code message } } } }', { id: started.id }));
    return node['status'] === 'DONE' ? node : null;
  }, 30_000);
  expect(done).toMatchObject({ refusedItems: 0, lastError: null });
  const account = await accountOf('25');
  expect(account?.name).toBe('Company25');
  contact('99', ['25']);
  const { start, read } = contexts(program);
  const { id } = await start(`Account_${account?.id.replaceAll('-', '')}`);
  await until('the refresh is done', async () => (await read(id))['status'] === 'DONE', 30_000);
  expect((await read(id))['sections']).toMatchObject([{ name: 'SALESFORCE', status: 'FETCHED' }, { status: 'NOT_CONFIGURED' }, { status: 'NOT_CONFIGURED' }, { status: 'NOT_CONFIGURED' }]);
  expect(await contactsOf(account?.id ?? '')).toBe(2);
});
