import { joinReadings, type Reading } from '../reading.ts';
import type { AccountPlaces, HistoryPage, VendorObject, VendorSession } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { Reference } from '../vendor-settings.ts';
import type { NotionClient } from './client.ts';
import { pageKinds, type NotionConnectionSettings } from './connection-settings.ts';
import { findDataSources, type DataSources } from './data-sources.ts';
import { completePage, fetchPage, type Workspace } from './fetch-pages.ts';
import { firstPlace, readCursor, readPart } from './history.ts';
import { isNotionId, notionId } from './page.ts';
import { findAccountPages, findPagesOf } from './query-pages.ts';

/** An open connection to a Notion workspace. */
export class NotionSession implements VendorSession {
  readonly #client: NotionClient;
  readonly #settings: NotionConnectionSettings;
  #sources: Promise<DataSources> | null = null;
  readonly #known = { accounts: new Map<string, Reference>(), names: new Map<string, string>() };

  constructor(client: NotionClient, settings: NotionConnectionSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  async check(): Promise<{ readonly account: string }> {
    const { bot } = await this.#client.me();
    const { workspaceId } = this.#settings;
    if (workspaceId !== undefined && bot?.workspace_id && notionId(bot.workspace_id) !== notionId(workspaceId)) throw new VendorFault('REFUSED', 'The token is of another workspace than workspaceId of the settings. Change one of them.');
    this.#sources = null;
    const { sources } = await this.#workspace();
    const missing = pageKinds.filter((kind) => this.#settings[kind].dataSource !== null && !sources.has(kind));
    if (sources.size === 0) throw new VendorFault('NOT_FOUND', `None of the data sources that are read is shared with the integration: ${missing.map((kind) => this.#settings[kind].dataSource).join(', ')}. In Notion open each → ••• → Connections → add the integration, or change the settings.`);
    return { account: bot?.workspace_name?.trim().slice(0, 200) || 'Notion workspace' };
  }

  async readObjects(objects: readonly VendorObject[]): Promise<readonly Reading[]> {
    if (objects.some(({ kind }) => kind !== 'page')) this.#sources = null;
    const workspace = await this.#workspace();
    return inTurns(objects, ({ kind, externalId, changedAt = null }) => {
      if (!isNotionId(externalId)) return Promise.resolve(notRead(kind, externalId));
      if (kind === 'page') return fetchPage(workspace, notionId(externalId), changedAt);
      return kind === 'data_source' || kind === 'database' ? this.#readLatest(workspace, notionId(externalId), changedAt) : Promise.resolve(notRead(kind, externalId));
    });
  }

  /** The pages of a data source or database that were edited around a change of it. */
  async #readLatest(workspace: Workspace, id: string, changedAt: string | null): Promise<Reading> {
    const source = [...workspace.sources.values()].find((each) => each.id === id || each.databaseId === id);
    if (!source) return notRead('data source', id);
    const since = changedAt === null ? null : new Date(Date.parse(changedAt) - lookBack).toISOString();
    const { results } = await this.#client.query({
      data_source_id: source.id, page_size: 100, result_type: 'page', sorts: [{ timestamp: 'last_edited_time', direction: 'descending' }],
      ...(since === null ? {} : { filter: { timestamp: 'last_edited_time', last_edited_time: { on_or_after: since } } }),
    });
    return joinReadings(await inTurns(results, (page) => completePage(workspace, page)));
  }

  async readAccount(places: AccountPlaces): Promise<Reading | null> {
    const workspace = await this.#workspace();
    const { sources } = workspace;
    const pages = await findAccountPages(this.#client, { sources, settings: this.#settings }, places);
    const rows: unknown[] = [];
    for (const kind of ['weeklySummaries', 'managerFlags', 'notes'] as const) {
      const source = sources.get(kind);
      if (source) rows.push(...(await findPagesOf(this.#client, kind, { source, settings: this.#settings, pages, externalRefs: places.externalRefs })));
    }
    if (pages.length === 0 && rows.length === 0) return null;
    const own = await inTurns(pages, (id) => fetchPage(workspace, id, null));
    return joinReadings([...own, ...(await inTurns(rows, (page) => completePage(workspace, page)))]);
  }

  async readHistory(cursor: string | null): Promise<HistoryPage> {
    if (cursor === null) this.#sources = null;
    const workspace = await this.#workspace();
    const { pages, next } = await readPart(this.#client, workspace.sources, cursor === null ? firstPlace : readCursor(cursor));
    return { reading: joinReadings(await inTurns(pages, (page) => completePage(workspace, page))), next: next === null ? null : JSON.stringify(next), total: null };
  }

  async #workspace(): Promise<Workspace> {
    const finding = (this.#sources ??= findDataSources(this.#client, this.#settings));
    try {
      return { client: this.#client, settings: this.#settings, sources: await finding, ...this.#known };
    } catch (error) {
      if (this.#sources === finding) this.#sources = null;
      throw error;
    }
  }
}

/** Events of data sources come some minutes after what they tell of: milliseconds. */
const lookBack = 15 * 60_000;

const notRead = (kind: string, id: string): Reading => joinReadings([{ ignored: [{ reason: 'NOT_READ', message: `The ${kind.slice(0, 64)} ${id.slice(0, 64)} of Notion is not one that is read.`, path: [kind, id] }] }]);

/** A few at a time, in order: the rate limit allows no more. */
async function inTurns<Item, Answer>(items: readonly Item[], read: (item: Item) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < items.length; start += 3) answers.push(...(await Promise.all(items.slice(start, start + 3).map(read))));
  return answers;
}
