import { expect, test } from 'vitest';
import { arrangeContext, contextOf } from '../context/arrange-context.ts';
import { sampleDocument, sampleInstant } from '../context/sample.ts';
import { acmePage, acmePageEvents, startAcmeNotion } from './acme-notion.ts';
import { contexts } from '../context/refreshing.ts';
import { until } from '../harness/program.ts';
import { acmeIds, startAcmeVendors, type Crm } from './acme-servers.ts';
import { addConnection, connectVendor } from './connect-vendor.ts';
import { acmeIssues, acmeMessages, acmeRecords, acmeSettings } from './payloads/acme.ts';

/** Every delivery of the sample, by vendor. */
const deliveries = [...acmeRecords.map((body) => ({ vendor: 'salesforce', body })), ...acmeIssues.map((body) => ({ vendor: 'jira', body })), ...acmeMessages.map((body) => ({ vendor: 'slack', body })), ...acmePageEvents.map((body) => ({ vendor: 'notion', body }))] as const;

const { jira: { open_tickets: [blocker, done] } } = sampleDocument;
/** The document that the sample comes to, with every field of it; where it differs, why. */
const expected = {
  ...sampleDocument,
  salesforce: { ...sampleDocument.salesforce, opportunity: { ...sampleDocument.salesforce.opportunity, currency: 'USD' } },
  // Jira always says when an issue was created; the sample leaves it out of one.
  jira: { ...sampleDocument.jira, open_tickets: [blocker, { ...done, created: '2024-12-02' }] },
  // The channel of the sample has an id that Slack does not make.
  slack: { ...sampleDocument.slack, channel_id: 'C0ACMEDEAL' },
  // And a page has an id as Notion makes them.
  notion: { ...sampleDocument.notion, account_page_id: acmePage },
  // The sample cuts the text of its blocker short; of competitors it shows one.
  derived: { ...sampleDocument.derived, primary_blocker: 'ACME-456: API latency concerns - need benchmarks', competitive_threats: ['Gong'] },
};

test.each([['as they happened', deliveries], ['backwards, twice', [...deliveries.toReversed(), ...deliveries]]] as const)('the sample, delivered as the vendors deliver it %s, comes out of its context with no field lost', async (_name, order) => {
  const notion = await startAcmeNotion();
  const program = await arrangeContext({ vendorUrls: new Map([['notion', notion.url]]) });
  try {
    const connected = { salesforce: await connectVendor(program, 'salesforce', acmeSettings.salesforce), jira: await connectVendor(program, 'jira', acmeSettings.jira), slack: await connectVendor(program, 'slack', acmeSettings.slack), notion: await connectVendor(program, 'notion') };
    await addConnection(program, { source: 'notion', credentials: { token: 'ntn_token' } });
    for (const { vendor, body } of order) {
      const answer = await connected[vendor as keyof typeof connected].send(body);
      expect([200, 202], JSON.stringify(answer.body)).toContain(answer.status);
      expect(answer.body.results?.map(({ status }) => status), JSON.stringify(answer.body)).not.toContain('ignored');
    }
    // Events of Notion say that a page changed; a job reads it there.
    await until('every page is read', async () => (await program.see<{ connections: { source: string; lastEventAt: string; waitingFetches: { count: number } }[] }>('{ connections { source lastEventAt waitingFetches { count } } }')).connections.every(({ waitingFetches }) => waitingFetches.count === 0));
    expect(await program.count(`select from source_fetch where source = 'notion'`)).toBe(acmePageEvents.length);
    await program.settled();
    const { accountBy: { id } } = await program.see<{ accountBy: { id: string } }>('query { accountBy(by: { externalRef: { system: "salesforce", id: "acme_corp_12345" } }) { id } }');
    const { document, sections, cachedAt } = await contextOf(program, id);
    expect(document).toEqual(expected);
    expect(cachedAt).toBe(sampleInstant);
    expect(sections.map(({ name, status, error }) => [name, status, error])).toEqual([['SALESFORCE', 'FRESH', null], ['JIRA', 'FRESH', null], ['SLACK', 'FRESH', null], ['NOTION', 'FRESH', null]]);
  } finally {
    await program.close();
    await notion.stop();
  }
}, 60_000);

/** What is fetched is as it is delivered; the ids are as the systems make them, and Slack says that the sales engineer is there at this moment. */
const fetched = (crm: Crm): unknown => {
  const { account, deal } = acmeIds[crm];
  const common = { ...expected, account_id: account, slack: { ...expected.slack, se_mentions: [{ ...expected.slack.se_mentions[0], last_active: sampleDocument.cached_at }] } };
  const opportunity = { ...expected.salesforce.opportunity, id: deal };
  if (crm === 'salesforce') return { ...common, salesforce: { ...expected.salesforce, opportunity } };
  // Activities of HubSpot are not read, and its users have other addresses here.
  return { ...common, salesforce: { ...expected.salesforce, opportunity, owner: { name: 'Sarah Chen', email: 'sarah@vendor.example' }, last_activity: null }, derived: { ...expected.derived, days_since_last_contact: null } };
};

test.each(['salesforce', 'hubspot'] as const)('the sample, fetched by refreshContext alone where %s has the account, comes out of its context with no field lost', async (crm) => {
  const vendors = await startAcmeVendors(crm);
  const program = await arrangeContext({ vendorUrls: new Map(vendors.map(({ server, connection }) => [connection.source, server.url])) });
  try {
    // The settings of Jira and Slack say where the account is; nothing else is told of it.
    for (const { connection } of vendors) await addConnection(program, connection);
    const { accountBy: { id } } = await program.see<{ accountBy: { id: string } }>('query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { id } }', { ref: { system: crm, id: acmeIds[crm].account } });
    const { start, read } = contexts(program);
    const refresh = await start(id);
    await until('the refresh is done', async () => (await read(refresh.id))['status'] === 'DONE', 30_000);
    expect((await read(refresh.id))['sections']).toEqual(['SALESFORCE', 'JIRA', 'SLACK', 'NOTION'].map((name) => ({ name, status: 'FETCHED', error: null })));
    await program.settled();
    const { document, sections } = await contextOf(program, id);
    expect(document).toEqual(fetched(crm));
    expect(sections.map(({ name, status }) => [name, status])).toEqual([['SALESFORCE', 'FRESH'], ['JIRA', 'FRESH'], ['SLACK', 'FRESH'], ['NOTION', 'FRESH']]);
  } finally {
    await program.close();
    for (const { server } of vendors) await server.stop();
  }
}, 60_000);
