import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { hubspotApi } from '../../src/features/connectors/hubspot/api.ts';
import { readHubspot } from '../../src/features/connectors/hubspot/read.ts';
import type { Reading } from '../../src/features/connectors/reading.ts';
import type { WebhookSecret } from '../../src/features/connectors/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { hubspotEvent, property } from './payloads/hubspot.ts';
import { takeReadings } from './take-readings.ts';
import { startHubspotServer, type HubspotServer } from './vendors/hubspot-server.ts';
import { traceVendor } from './vendors/trace-vendor.ts';
import { vendorSecret } from './vendor-requests.ts';

let program: Arranged;
let server: HubspotServer;
let webhook: WebhookSecret;
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 7, minute)).toISOString();

beforeAll(async () => {
  server = await startHubspotServer();
  program = await arrange({ policy: { ...defaultLimits, principalRate: { points: 1e12, seconds: 1 } } });
  webhook = await vendorSecret(program, 'hubspot');
});
afterAll(async () => {
  await program.close();
  await server.stop();
});

/** What happens at HubSpot to a company, a contact and a deal: each change of theirs, its event, and what a fetch reads after it. */
async function story(number: number): Promise<{ readonly events: readonly Reading[]; readonly fetches: readonly Reading[] }> {
  const { session } = await traceVendor(hubspotApi, { url: server.url, credentials: { accessToken: 'pat-na1-token' } });
  const [company, other, contact, deal] = [1, 2, 3, 4].map((each) => String(number * 10 + each)) as [string, string, string, string];
  const events: Reading[] = [];
  const fetches: Reading[] = [];
  const happens = async (minute: number, told: object, kind: string, id: string): Promise<void> => {
    events.push(readHubspot([told], {}));
    fetches.push(...(await session.readObjects([{ kind, externalId: id, changedAt: at(minute) }])));
  };
  const { companies, contacts, deals } = server.account;
  const companyIs = (minute: number, properties: Record<string, string>): void => void companies.set(company, { id: company, properties: { name: `Acme ${number}`, domain: 'acme.example', hubspot_owner_id: '5', hs_lastmodifieddate: at(minute), ...properties } });
  const contactIs = (minute: number, companyId: string): void => void contacts.set(contact, { id: contact, properties: { firstname: 'Ada', lastname: `Lovelace ${number}`, email: `ada${number}@acme.example`, lastmodifieddate: at(minute) }, companies: [companyId] });
  const stages = ['qualifiedtobuy', 'contractsent', 'closedwon'];
  const dealIs = (minute: number, stage: number): void => void deals.set(deal, { id: deal, companies: [company], properties: { dealname: `Deal ${number}`, dealstage: stages[stage] ?? '', amount: `${stage}000.50`, deal_currency_code: 'EUR', hs_lastmodifieddate: at(minute) }, history: { dealstage: stages.slice(0, stage + 1).map((value, index) => ({ value, timestamp: at(10 + index * 10) })) } });
  companyIs(1, {});
  await happens(1, hubspotEvent('company.creation', Number(company), at(1)), 'company', company);
  companyIs(3, { name: `Acme Corp ${number}` });
  await happens(3, property('company.propertyChange', Number(company), at(3), ['name', `Acme Corp ${number}`]), 'company', company);
  companyIs(5, { name: `Acme Corp ${number}`, numberofemployees: '70' });
  await happens(5, property('company.propertyChange', Number(company), at(5), ['numberofemployees', '70']), 'company', company);
  contactIs(4, other);
  await happens(4, hubspotEvent('contact.creation', Number(contact), at(4)), 'contact', contact);
  // An association moves no time of modification.
  contactIs(4, company);
  await happens(6, hubspotEvent('contact.associationChange', 0, at(6), { objectId: undefined, fromObjectId: Number(contact), toObjectId: Number(company) }), 'contact', contact);
  for (const stage of [0, 1, 2]) {
    dealIs(10 + stage * 10, stage);
    await happens(10 + stage * 10, property('deal.propertyChange', Number(deal), at(10 + stage * 10), ['dealstage', stages[stage] ?? '']), 'deal', deal);
  }
  return { events, fetches };
}

/** What is known of the story's company. */
const stateOf = async (number: number): Promise<unknown> =>
  (await program.rows(
    `select replace(a.name, $2, '') as name, a.website, a.employee_count, a.owner_name, (select count(*)::int from contact c where c.account_id = a.id) as contacts,
      (select jsonb_agg(jsonb_build_array(replace(o.name, $2, ''), o.stage, o.amount_minor, o.stage_since)) from opportunity o where o.account_id = a.id) as deals,
      (select jsonb_agg(jsonb_build_array(s.type, s.occurred_at) order by s.occurred_at) from signal s where s.account_id = a.id and not exists (select from signal_withdrawal w where w.signal_id = s.id)) as signals
     from account a join external_ref e on e.node_id = a.id where e.external_id = $1`,
    [String(number * 10 + 1), String(number)],
  ))[0];

test('events and fetches come to one state, in whatever order they are taken in, and however often', async () => {
  const orders: ((told: { events: readonly Reading[]; fetches: readonly Reading[] }) => readonly Reading[])[] = [
    ({ events, fetches }) => [...events, ...fetches],
    ({ events, fetches }) => [...fetches, ...events],
    ({ events, fetches }) => events.flatMap((event, index) => [event, fetches[index] as Reading]),
    ({ events, fetches }) => events.flatMap((event, index) => [fetches[index] as Reading, event]).toReversed(),
    ({ events, fetches }) => [...fetches.toReversed(), ...events, ...fetches],
    ({ events, fetches }) => [...fetches.filter((_, index) => index % 2 === 0), ...events.toReversed(), ...fetches.filter((_, index) => index % 2 === 1)],
  ];
  const states: unknown[] = [];
  for (const [index, order] of orders.entries()) {
    await takeReadings(program, { source: 'hubspot', webhook }, order(await story(index + 1)));
    await program.settled();
    states.push(await stateOf(index + 1));
  }
  expect(states[0]).toMatchObject({ name: 'Acme Corp ', website: 'acme.example', employee_count: 70, owner_name: 'Sarah Chen', contacts: 1, deals: [['Deal ', 'Closed Won', 200_050, expect.stringContaining('2026-11-21T07:30') as string]] });
  for (const state of states) expect(state).toEqual(states[0]);
}, 60_000);
