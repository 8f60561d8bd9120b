import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import type { VendorSession, WebhookSecret } from '../../src/features/connectors/index.ts';
import type { Reading } from '../../src/features/connectors/reading.ts';
import { salesforceApi } from '../../src/features/connectors/salesforce/api.ts';
import { readChange } from '../../src/features/connectors/salesforce/changes/read-change.ts';
import { readSalesforce } from '../../src/features/connectors/salesforce/read.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { secretOf } from './deliver.ts';
import { openAlone } from './outbound/open-alone.ts';
import { takeReadings } from './take-readings.ts';
import { startSalesforceServer, type SalesforceRecord, type SalesforceServer } from './vendors/salesforce-server.ts';

let program: Arranged;
let server: SalesforceServer;
let session: VendorSession;
let webhook: WebhookSecret;
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 7, minute)).toISOString();
const idOf = (prefix: string, number: number): string => `${prefix}${String(number).padStart(12, '0')}`;

beforeAll(async () => {
  server = await startSalesforceServer({ Account: [], Contact: [], Opportunity: [], Task: [], Event: [] });
  session = await openAlone(salesforceApi, { url: server.url, credentials: { instanceUrl: 'https://aurora.my.salesforce.com', clientId: 'consumer-key', clientSecret: 'consumer-secret' }, token: server.token });
  program = await arrange({ policy: { ...defaultLimits, principalRate: { points: 1e12, seconds: 1 } } });
  webhook = await secretOf(program, 'salesforce');
});
afterAll(async () => {
  await program.close();
  await server.stop();
});

/** What happens to an account and its records: each change as Apex sends it, and what a fetch reads after it. */
async function story(number: number): Promise<{ readonly events: readonly Reading[]; readonly fetches: readonly Reading[]; readonly changes: readonly Reading[] }> {
  const [account, other] = [idOf('001', number), idOf('001', 500 + number)];
  const [contact, deal, task, role, relation] = [idOf('003', number), idOf('006', number), idOf('00T', number), idOf('00K', number), idOf('07k', number)];
  const events: Reading[] = [];
  const fetches: Reading[] = [];
  const changes: Reading[] = [];
  const happens = async (minute: number, type: string, fields: Readonly<Record<string, unknown>> & { readonly Id: string }): Promise<void> => {
    const own = (server.records[type] ??= []);
    const before = own.findIndex(({ Id }) => Id === fields.Id);
    const after: SalesforceRecord = { ...own[before], ...fields, SystemModstamp: at(minute) };
    own.splice(before < 0 ? own.length : before, 1, after);
    events.push(readSalesforce([{ attributes: { type }, ...after }]));
    fetches.push(...(await session.readObjects([{ kind: type, externalId: fields.Id }])));
    const change = { entity: type, recordIds: [fields.Id], changeType: before < 0 ? 'CREATE' : fields['IsDeleted'] === true ? 'DELETE' : 'UPDATE', origin: '', transactionKey: '', committedAt: at(minute), fields, differences: new Set<string>() };
    const { reading } = readChange(change, { path: [], currency: null, again: false });
    // What the change event asks for is read.
    changes.push(...(reading.fetches?.length ? await session.readObjects([{ kind: type, externalId: fields.Id, changedAt: at(minute) }]) : [reading]));
  };
  await happens(1, 'Account', { Id: account, Name: `Acme ${number}`, Industry: 'Software' });
  await happens(3, 'Account', { Id: account, Name: `Acme Corp ${number}`, NumberOfEmployees: 70, Owner: { attributes: { type: 'User' }, Name: 'Sarah Chen', Email: 'sarah@aurora.example' } });
  await happens(4, 'Contact', { Id: contact, AccountId: account, Name: `Ada ${number}`, Email: `ada${number}@acme.example`, CreatedDate: at(4) });
  await happens(5, 'Contact', { Id: contact, AccountId: other, Title: 'CTO' });
  await happens(6, 'Contact', { Id: contact, AccountId: account });
  const inDeal = { Id: role, ContactId: contact, OpportunityId: deal, Contact: { attributes: { type: 'Contact' }, AccountId: account } };
  await happens(7, 'AccountContactRelation', { Id: relation, AccountId: account, ContactId: contact, Roles: 'Influencer;Technical Evaluator', IsDirect: true });
  await happens(8, 'OpportunityContactRole', { ...inDeal, Role: 'Evaluator' });
  await happens(9, 'OpportunityContactRole', { ...inDeal, Role: 'Economic Buyer' });
  for (const [index, StageName] of ['Prospecting', 'Negotiation', 'Closed Won'].entries()) await happens(10 + index * 10, 'Opportunity', { Id: deal, AccountId: account, Name: `Deal ${number}`, StageName, Amount: 1_000.5 * (index + 1), CurrencyIsoCode: 'EUR', LastStageChangeDate: at(10 + index * 10), IsClosed: index === 2, IsWon: index === 2 });
  await happens(31, 'Task', { Id: task, AccountId: account, Subject: 'Call Acme', Type: 'Call', Status: 'Completed', IsClosed: true, CompletedDateTime: at(31) });
  await happens(40, 'Task', { Id: task, IsDeleted: true });
  return { events, fetches, changes };
}

/** What is known of the story's account. */
const stateOf = async (number: number): Promise<unknown> =>
  (await program.rows(
    `select replace(a.name, $2, '') as name, a.industry, a.employee_count, a.owner_name,
      (select jsonb_agg(jsonb_build_array(c.title, c.role)) from contact c where c.account_id = a.id) as contacts,
      (select jsonb_agg(jsonb_build_array(o.stage, o.amount_minor, o.stage_since)) from opportunity o where o.account_id = a.id) as deals,
      (select jsonb_agg(t.type) from activity t where t.account_id = a.id) as activities,
      (select jsonb_agg(jsonb_build_array(s.type, s.occurred_at) order by s.occurred_at, s.type) from signal s where s.account_id = a.id and not exists (select from signal_withdrawal w where w.signal_id = s.id)) as signals
     from account a join external_ref e on e.node_id = a.id where e.external_id like $1 || '%'`,
    [idOf('001', number), String(number)],
  ))[0];

test('records by webhook, by change event and by fetch come to one state, in whatever order they are taken in, and however often', async () => {
  const orders: ((told: { events: readonly Reading[]; fetches: readonly Reading[]; changes: readonly Reading[] }) => readonly Reading[])[] = [
    ({ events }) => events,
    ({ changes }) => changes,
    ({ changes }) => changes.toReversed(),
    ({ events, changes, fetches }) => [...fetches, ...changes, ...events.toReversed(), ...changes],
    ({ events, changes }) => [...events.toReversed(), ...changes.toReversed()],
    ({ events, fetches }) => [...events, ...fetches],
    ({ events, fetches }) => [...fetches, ...events],
    ({ fetches }) => fetches,
    ({ events, fetches }) => [...fetches.toReversed(), ...events, ...fetches],
    ({ events, fetches }) => [...fetches.filter((_, index) => index % 3 === 0), ...events.toReversed(), ...fetches.filter((_, index) => index % 3 !== 0)],
  ];
  const states: unknown[] = [];
  for (const [index, order] of orders.entries()) {
    await takeReadings(program, { source: 'salesforce', webhook }, order(await story(index + 1)));
    await program.settled();
    states.push(await stateOf(index + 1));
  }
  expect(states[0]).toMatchObject({ name: 'Acme Corp ', industry: 'Software', employee_count: 70, owner_name: 'Sarah Chen', contacts: [['CTO', 'Economic Buyer']], deals: [['Closed Won', 300_150, expect.stringContaining('2026-11-21T07:30') as string]] });
  for (const state of states) expect(state).toEqual(states[0]);
}, 60_000);
