import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { notionApi } from '../../src/features/connectors/notion/api.ts';
import type { WebhookSecret } from '../../src/features/connectors/index.ts';
import type { Reading } from '../../src/features/connectors/reading.ts';
import type { VendorSession } from '../../src/features/connectors/outbound/vendor-api.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { sampleDocument } from '../context/sample.ts';
import { takeReadings } from './take-readings.ts';
import { block, property, startNotionServer, type NotionPageRecord, type NotionServer } from './vendors/notion-server.ts';
import { traceVendor } from './vendors/trace-vendor.ts';
import { vendorSecret } from './vendor-requests.ts';

let program: Arranged;
let server: NotionServer;
let session: VendorSession;
let webhook: WebhookSecret;
const id = (number: number): string => `153104cd-477e-809d-8dc4-${String(number).padStart(12, '0')}`;
const sources = { accounts: id(901), summaries: id(902), flags: id(903), notes: id(904) };
const at = (minute: number, second = 0): string => new Date(Date.UTC(2026, 10, 21, 7, minute, second)).toISOString();

beforeAll(async () => {
  server = await startNotionServer();
  for (const [source, title] of [[sources.accounts, 'Accounts'], [sources.summaries, 'Weekly summaries'], [sources.flags, 'Manager flags'], [sources.notes, 'Notes']] as const) server.sources.set(source, { id: source, databaseId: source.replace('8dc4', '0000'), title, types: source === sources.accounts ? { 'Account ID': 'rich_text' } : { Account: 'relation' } });
  server.users.set('u-maker', 'Priya Shah');
  session = (await traceVendor(notionApi, { url: server.url, credentials: { token: 'ntn_token' } })).session;
  program = await arrange({ policy: { ...defaultLimits, principalRate: { points: 1e12, seconds: 1 } } });
  webhook = await vendorSecret(program, 'notion');
});
afterAll(async () => {
  await program.close();
  await server.stop();
});

const put = (number: number, source: string, edited: string, properties: NotionPageRecord['properties'], more: Partial<NotionPageRecord> = {}): void => void server.pages.set(id(number), { id: id(number), source, properties, created: at(0), edited, ...more });
const read = async (number: number, changedAt?: string): Promise<Reading> => (await session.readObjects([{ kind: 'page', externalId: id(number), ...(changedAt ? { changedAt } : {}) }]))[0] as Reading;

/** What happens in Notion to an account and what is about it: what a fetch reads after each event. */
async function story(number: number): Promise<readonly Reading[]> {
  const [account, summary, flag, note] = [1, 2, 3, 4].map((each) => number * 10 + each) as [number, number, number, number];
  const about = { Account: property.relation(id(account)) };
  const readings: Reading[] = [];
  const happens = async (page: number, when: string, source: string, properties: NotionPageRecord['properties'], more: Partial<NotionPageRecord> = {}): Promise<void> => {
    put(page, source, when, properties, more);
    readings.push(await read(page, when));
  };
  const summaryIs = (when: string, status: string, more: Partial<NotionPageRecord> = {}) => happens(summary, when, sources.summaries, { ...about, 'Week of': property.date('2026-11-16'), Status: property.status(status), Highlights: property.text(`${status}.`), Risks: property.text('') }, more);
  await happens(account, at(1), sources.accounts, { Name: property.title('Acme'), 'Account ID': property.text(`001-${number}`) });
  await summaryIs(at(2), 'On Track');
  // Three edits in one minute, which Notion tells apart by its events alone.
  await summaryIs(at(3, 10), 'Behind');
  await summaryIs(at(3, 20), 'At Risk');
  await summaryIs(at(3, 30), 'Back');
  // Neither the trash nor its undoing changes when a page was edited.
  server.pages.set(id(summary), { ...(server.pages.get(id(summary)) as NotionPageRecord), inTrash: true });
  readings.push(await read(summary, at(5)));
  server.pages.set(id(summary), { ...(server.pages.get(id(summary)) as NotionPageRecord), inTrash: false });
  readings.push(await read(summary, at(6)));
  await happens(flag, at(4), sources.flags, { ...about, Flag: property.title('strategic_account'), Note: property.text('Logo') });
  await happens(flag, at(8), sources.flags, { ...about, Flag: property.title('strategic_account'), Note: property.text('Logo') }, { inTrash: true });
  await happens(note, at(7), sources.notes, { ...about, Name: property.title('Kick-off'), Type: property.select('Call'), Date: property.date('2026-11-20') }, { blocks: [block('paragraph', 'They liked it.')] });
  await happens(account, at(9), sources.accounts, { Name: property.title('Acme Corp'), 'Account ID': property.text(`001-${number}`), Tier: property.select('Gold') });
  return readings;
}

/** What is known of the story's account, but its ids. */
const stateOf = async (number: number): Promise<unknown> =>
  (await program.rows(
    `select a.name, a.tier, a.notion_page_id is not null as has_page,
      (select jsonb_agg(jsonb_build_array(w.week_of, w.status, w.highlights, w.risks)) from weekly_summary w where w.account_id = a.id) as summaries,
      (select count(*)::int from manager_flag f where f.account_id = a.id) as flags,
      (select jsonb_agg(jsonb_build_array(n.note_type, n.content, n.author, n.occurred_at)) from note n where n.account_id = a.id) as notes
     from account a join external_ref e on e.node_id = a.id where e.system = 'salesforce' and e.external_id = $1`,
    [`001-${number}`],
  ))[0];

test('fetches come to one state, in whatever order they are taken in, and however often', async () => {
  const orders: ((told: readonly Reading[]) => readonly Reading[])[] = [
    (told) => told,
    (told) => told.toReversed(),
    (told) => [...told.toReversed(), ...told],
    (told) => [...told.filter((_, index) => index % 2 === 0), ...told.filter((_, index) => index % 2 === 1)],
    (told) => [...told.slice(5), ...told.slice(0, 7).toReversed(), ...told.slice(2, 4)],
  ];
  const states: unknown[] = [];
  for (const [index, order] of orders.entries()) {
    await takeReadings(program, { source: 'notion', webhook }, order(await story(index + 1)));
    states.push(await stateOf(index + 1));
  }
  expect(states[0]).toEqual({ name: 'Acme Corp', tier: 'Gold', has_page: true, summaries: [['2026-11-16', 'Back', ['Back.'], []]], flags: 0, notes: [['CALL', 'Kick-off\n\nThey liked it.', 'Priya Shah', '2026-11-20T00:00:00+00:00']] });
  for (const state of states) expect(state).toEqual(states[0]);
}, 60_000);

test('the documents of the sample arrive as pages of Notion, and come out of the context with no field lost', async () => {
  const { manager_flags: [flag], weekly_summary: summary } = sampleDocument.notion;
  const about = { Account: property.relation(id(801)) };
  put(801, sources.accounts, at(1), { Name: property.title('Acme Corp'), 'Account ID': property.text('acme_corp_12345') });
  put(802, sources.summaries, at(1), { ...about, Name: property.title('Week'), 'Week of': property.date(summary.week_of), Status: property.status(summary.status), Highlights: property.text(summary.highlights.map((line) => `• ${line}`).join('\n')) }, { blocks: [block('heading_2', 'Risks'), ...summary.risks.map((risk) => block('bulleted_list_item', risk))] });
  put(803, sources.flags, at(1), { ...about, Flag: property.title(flag.flag), 'Set by': property.text(flag.set_by), Note: property.text(flag.note) });
  const reading = await session.readAccount({ account: { id: 'x' }, externalRefs: [{ system: 'salesforce', id: 'acme_corp_12345' }], jiraProjectKey: null, slackChannelId: null, notionPageId: null });
  await takeReadings(program, { source: 'notion', webhook }, [reading as Reading]);
  const { accountBy } = await program.see<{ accountBy: { context: { document: { notion: object }; sections: readonly { name: string; status: string }[] } } }>('query { accountBy(by: { externalRef: { system: "salesforce", id: "acme_corp_12345" } }) { context { document sections { name status } } } }');
  expect(accountBy.context.document.notion).toEqual({ ...sampleDocument.notion, account_page_id: id(801) });
  expect(accountBy.context.sections.find(({ name }) => name === 'NOTION')?.status).toBe('FRESH');
});
