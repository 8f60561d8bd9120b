import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrangeMatching, type Matching, type SeenCandidate } from '../identity/matching-arrange.ts';
import { addConnection, connectVendor, type ConnectedVendor } from './connect-vendor.ts';
import { until } from '../harness/program.ts';
import { hubspotEvent, property } from './payloads/hubspot.ts';
import { jiraEvent } from './payloads/jira.ts';
import { slackEvent, slackTime } from './payloads/slack.ts';
import { publicUrl } from './vendor-requests.ts';
import { startHubspotServer, type HubspotServer } from './vendors/hubspot-server.ts';

let program: Matching;
let hubspot: HubspotServer;
const connected = new Map<string, ConnectedVendor>();
beforeAll(async () => {
  hubspot = await startHubspotServer();
  program = await arrangeMatching({ publicUrl, vendorUrls: new Map([['hubspot', hubspot.url]]) });
  await addConnection(program, { source: 'hubspot', credentials: { accessToken: 'pat-na1-token' } });
  for (const [vendor, settings] of [['salesforce', {}], ['hubspot', {}], ['slack', {}], ['jira', { otherProjects: 'STUB' }]] as const) connected.set(vendor, await connectVendor(program, vendor, settings));
});
afterAll(async () => {
  await program?.close();
  await hubspot?.stop();
});

const at = '2026-11-21T08:00:00.000Z';
async function send(vendor: string, body: object): Promise<void> {
  const answer = await connected.get(vendor)?.send(body);
  expect(answer?.status, JSON.stringify(answer?.body)).toBe(202);
}
const account = (Id: string, fields: object): Promise<void> => send('salesforce', { attributes: { type: 'Account' }, Id, SystemModstamp: at, ...fields });
const idBy = async (system: string, id: string): Promise<string> => (await program.see<{ accountBy: { id: string } }>('query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { id } }', { ref: { system, id } })).accountBy.id;

/** The candidate of two nodes, once matching has taken everything in. */
async function candidateOf(ids: readonly string[]): Promise<SeenCandidate> {
  await program.matched();
  const found = (await program.candidates()).find(({ left, right }) => ids.includes(left?.id ?? '') && ids.includes(right?.id ?? ''));
  return found ?? expect.fail(`no candidate: ${JSON.stringify(await program.candidates())}`);
}

test('an account that Salesforce and HubSpot know is one by its domain, with evidence, and its contacts are one by their address', async () => {
  await account('001Hs00001AcmeA', { Name: 'Acme Corp', Website: 'https://www.acme.com/' });
  await send('salesforce', { attributes: { type: 'Contact' }, Id: '003Hs00001JaneA', AccountId: '001Hs00001AcmeA', FirstName: 'Jane', LastName: 'Martinez', Email: 'jane@acme.com', SystemModstamp: at });
  await send('hubspot', [property('company.propertyChange', 77, at, ['domain', 'acme.com'])]);
  await send('hubspot', [property('company.propertyChange', 77, at, ['name', 'ACME Corporation'])]);
  // HubSpot says that there is a new contact, and is asked which.
  hubspot.account.contacts.set('501', { id: '501', properties: { firstname: 'Jane', lastname: 'Martinez', email: 'Jane@Acme.com', lastmodifieddate: at }, companies: ['77'] });
  await send('hubspot', [hubspotEvent('contact.creation', 501, at)]);
  await until('the contact is read at HubSpot', async () => (await program.count('select from contact')) === 2);
  const ids = [await idBy('salesforce', '001Hs00001AcmeA'), await idBy('hubspot', '77')];
  const candidate = await candidateOf(ids);
  expect(candidate).toMatchObject({ kind: 'ACCOUNT', status: 'OPEN' });
  expect(candidate.evidence.map(({ rule }) => rule)).toEqual(['SAME_DOMAIN', 'SAME_CONTACT_DOMAIN', 'SAME_NAME']);
  expect(candidate.evidence[0]).toMatchObject({ left: expect.stringContaining('acme.com') as string, right: expect.stringContaining('acme.com') as string });
  expect(await program.decide(candidate.id, 'CONFIRM')).toMatchObject({ __typename: 'MatchCandidate', status: 'MERGED' });
  expect(await idBy('hubspot', '77')).toBe(await idBy('salesforce', '001Hs00001AcmeA'));
  await program.matched();
  const people = (await program.candidates()).filter(({ kind }) => kind === 'CONTACT');
  expect(people).toMatchObject([{ evidence: [{ rule: 'SAME_EMAIL' }, { rule: 'SAME_NAME' }] }]);
  expect(await program.decide(people[0]?.id ?? '', 'CONFIRM')).toMatchObject({ status: 'MERGED' });
  const { accountBy } = await program.see<{ accountBy: { externalRefs: { system: string }[]; contacts: { edges: { node: { name: string; externalRefs: { system: string }[] } }[] } } }>(
    'query { accountBy(by: { externalRef: { system: "hubspot", id: "77" } }) { externalRefs { system } contacts(first: 10) { edges { node { name externalRefs { system } } } } } }');
  expect(accountBy.externalRefs.map(({ system }) => system).toSorted()).toEqual(['hubspot', 'salesforce']);
  expect(accountBy.contacts.edges.map(({ node }) => [node.name, node.externalRefs.map(({ system }) => system).toSorted()])).toEqual([['Jane Martinez', ['hubspot', 'salesforce']]]);
});

const asked = 'Acme asks for benchmarks';
const inChannel = (channel: string, seconds: number): Promise<void> => send('slack', slackEvent({ channel, user: 'U2147483697', text: asked, ts: slackTime(seconds), event_ts: slackTime(seconds) }));
const threadsOf = async (id: string): Promise<string[]> => (await program.see<{ account: { threads: { edges: { node: { preview: string } }[] } } }>('query($id: ID!) { account(id: $id) { threads(first: 10) { edges { node { preview } } } } }', { id })).account.threads.edges.map(({ node }) => node.preview);

test.each([['before', 'C0BEFORE', 10], ['after', 'C0AFTER', 20]] as const)('a channel that no setting gives to an account is an account of its own; one that states the channel %s matches it', async (when, channel, seconds) => {
  const id = `001-${when}`;
  const known = () => program.upsertAccounts([{ externalRef: { system: 'salesforce', id }, name: `Channel ${when}`, slackChannelId: channel.toLowerCase() }]);
  if (when === 'before') await known();
  await inChannel(channel, seconds);
  if (when === 'after') await known();
  const ids = [await idBy('salesforce', id), await idBy('slack', channel)];
  const candidate = await candidateOf(ids);
  expect(candidate).toMatchObject({ kind: 'ACCOUNT', confidence: 0.9, evidence: [{ rule: 'SAME_PLACE' }] });
  expect(new Set(candidate.evidence.flatMap(({ left, right }) => [left, right]))).toEqual(new Set([`slack:${channel}`, `slack:${channel.toLowerCase()}`]));
  await program.decide(candidate.id, 'CONFIRM');
  expect([await idBy('slack', channel), await threadsOf(ids[0] ?? '')]).toEqual([ids[0], [asked]]);
});

test('a policy lets accounts of one project become one by themselves; those of another project stay apart', async () => {
  const publish = 'mutation { publishMatchingPolicy(input: { rules: [{ rule: SAME_PLACE, autoMerge: true }] }) { __typename } }';
  expect((await program.query<{ publishMatchingPolicy: { __typename: string } }, never>(publish, undefined, { role: 'admin' })).data?.publishMatchingPolicy.__typename).toBe('MatchingPolicy');
  await program.policyApplied();
  await send('jira', jiraEvent({ name: 'jira:issue_created', key: 'ROLLOUT-7', labels: ['technical'] }));
  await send('jira', jiraEvent({ name: 'jira:issue_created', key: 'OTHER-7', labels: [] }));
  await program.upsertAccounts([{ externalRef: { system: 'salesforce', id: '001-project' }, name: 'With a project', jiraProjectKey: 'ROLLOUT' }]);
  await program.matched();
  const id = await idBy('salesforce', '001-project');
  expect([await idBy('jira-project', 'ROLLOUT'), await idBy('jira-project', 'OTHER') === id]).toEqual([id, false]);
  const { account: { tickets } } = await program.see<{ account: { tickets: { edges: { node: { key: string } }[] } } }>('query($id: ID!) { account(id: $id) { tickets(first: 5) { edges { node { key } } } } }', { id });
  expect(tickets.edges.map(({ node }) => node.key)).toEqual(['ROLLOUT-7']);
  expect((await program.facts('match.decided')).at(-1)).toMatchObject({ data: { decision: 'CONFIRM', policyVersion: 1 } });
});
