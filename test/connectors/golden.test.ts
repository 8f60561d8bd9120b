import { expect, test } from 'vitest';
import { arrangeContext, contextOf } from '../context/arrange-context.ts';
import { sampleDocument, sampleInstant } from '../context/sample.ts';
import { acmePage, acmePageEvents, startAcmeNotion } from './acme-notion.ts';
import { connectVendor } from './connect-vendor.ts';
import { acmeIssues, acmeMessages, acmeRecords, acmeSettings } from './payloads/acme.ts';
import { takeReadings } from './take-readings.ts';

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
  const program = await arrangeContext();
  const notion = await startAcmeNotion();
  try {
    const connected = { salesforce: await connectVendor(program, 'salesforce', acmeSettings.salesforce), jira: await connectVendor(program, 'jira', acmeSettings.jira), slack: await connectVendor(program, 'slack', acmeSettings.slack), notion: await connectVendor(program, 'notion') };
    for (const { vendor, body } of order) {
      const answer = await connected[vendor as keyof typeof connected].send(body);
      expect([200, 202], JSON.stringify(answer.body)).toContain(answer.status);
      expect(answer.body.results?.map(({ status }) => status), JSON.stringify(answer.body)).not.toContain('ignored');
    }
    // Events of Notion say that a page changed; what is noted of them is read again there.
    const wanted = await program.rows(`select kind, external_id from source_fetch where source = 'notion' order by external_id`);
    expect(wanted).toHaveLength(acmePageEvents.length);
    await takeReadings(program, { source: 'notion', webhook: connected.notion.webhook }, await notion.read(wanted.map((row) => ({ kind: String(row['kind']), externalId: String(row['external_id']) }))));
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
