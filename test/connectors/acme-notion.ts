import { sampleDocument } from '../context/sample.ts';
import { notionEvent } from './payloads/notion.ts';
import { block, property, startNotionServer, type NotionPageRecord, type NotionServer } from './vendors/notion-server.ts';

const id = (number: number): string => `153104cd-477e-809d-8dc4-${String(number).padStart(12, '0')}`;
const sources = { accounts: id(901), summaries: id(902), flags: id(903) };
const edited = '2024-12-10T09:00:00.000Z';

/** The page of the sample's account. */
export const acmePage = id(801);
/** What Notion delivers about the sample's pages: that they changed. */
export const acmePageEvents: readonly object[] = [801, 802, 803].map((number) => notionEvent(id(number), edited));

/** A local Notion with the sample's pages. `accountId`: what the page of the account says that it is. */
export async function startAcmeNotion(accountId = 'acme_corp_12345'): Promise<NotionServer> {
  const server = await startNotionServer();
  for (const [source, title] of [[sources.accounts, 'Accounts'], [sources.summaries, 'Weekly summaries'], [sources.flags, 'Manager flags']] as const) {
    server.sources.set(source, { id: source, databaseId: source.replace('8dc4', '0000'), title, types: source === sources.accounts ? { 'Account ID': 'rich_text' } : { Account: 'relation' } });
  }
  const put = (number: number, source: string, properties: NotionPageRecord['properties'], more: Partial<NotionPageRecord> = {}): void => void server.pages.set(id(number), { id: id(number), source, properties, created: edited, edited, ...more });
  const { manager_flags: [flag], weekly_summary: summary } = sampleDocument.notion;
  const about = { Account: property.relation(acmePage) };
  put(801, sources.accounts, { Name: property.title('Acme Corp'), 'Account ID': property.text(accountId) });
  put(802, sources.summaries, { ...about, Name: property.title('Week'), 'Week of': property.date(summary.week_of), Status: property.status(summary.status), Highlights: property.text(summary.highlights.map((line) => `• ${line}`).join('\n')) }, { blocks: [block('heading_2', 'Risks'), ...summary.risks.map((risk) => block('bulleted_list_item', risk))] });
  put(803, sources.flags, { ...about, Flag: property.title(flag.flag), 'Set by': property.text(flag.set_by), Note: property.text(flag.note) });
  return server;
}
