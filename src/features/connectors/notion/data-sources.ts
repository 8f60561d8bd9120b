import { z } from 'zod';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { NotionClient } from './client.ts';
import { pageKinds, type NotionConnectionSettings, type PageKind } from './connection-settings.ts';
import { isNotionId, notionId, type NotionPage } from './page.ts';
import { plainText } from './property-value.ts';

const dataSource = z.looseObject({ id: z.string(), title: z.unknown(), parent: z.looseObject({ database_id: z.string().nullish() }).nullish(), properties: z.record(z.string(), z.looseObject({ type: z.string() })) });

/** A data source that is read. */
export interface ReadDataSource {
  readonly id: string;
  /** The database that it is in, which older pages name instead. */
  readonly databaseId: string | null;
  /** The types of its properties by their names. */
  readonly types: ReadonlyMap<string, string>;
}

/** The data sources of the kinds of pages, as far as they are shared with the integration. */
export type DataSources = ReadonlyMap<PageKind, ReadDataSource>;

/** More data sources than are looked through for a title, by hundreds. */
const mostPages = 20;

/** Finds the data sources of the settings: by their ids, or those of a database, or by their titles. */
export async function findDataSources(client: NotionClient, settings: NotionConnectionSettings): Promise<DataSources> {
  const found = new Map<PageKind, ReadDataSource>();
  const titles = new Map<string, PageKind>();
  for (const kind of pageKinds) {
    const named = settings[kind].dataSource;
    if (named === null) continue;
    if (isNotionId(named)) {
      const source = await dataSourceOf(client, notionId(named));
      if (source) found.set(kind, source);
    } else titles.set(keyOf(named), kind);
  }
  let after: string | undefined;
  for (let page = 0; titles.size > 0 && page < mostPages; page += 1) {
    const { results, next_cursor: next } = await client.listDataSources(after);
    for (const result of results) {
      const read = dataSource.safeParse(result);
      const kind = read.success ? titles.get(keyOf(plainText(read.data.title))) : undefined;
      // Of several with one title the first counts: Notion lists what was edited last first, which changes.
      if (read.success && kind && isEarlier(read.data.id, found.get(kind))) found.set(kind, toSource(read.data));
    }
    if (!next) break;
    after = next;
  }
  return found;
}

const keyOf = (title: string): string => title.trim().toLowerCase();
const isEarlier = (id: string, known: ReadDataSource | undefined): boolean => known === undefined || notionId(id) < known.id;

function toSource({ id, parent, properties }: z.output<typeof dataSource>): ReadDataSource {
  return { id: notionId(id), databaseId: parent?.database_id ? notionId(parent.database_id) : null, types: new Map(Object.entries(properties).map(([name, { type }]) => [keyOf(name), type])) };
}

/** A data source by its id, or the first one of the database of that id. */
async function dataSourceOf(client: NotionClient, id: string): Promise<ReadDataSource | null> {
  const given = (await orNone(client.dataSource(id))) ?? (await firstOf(client, id));
  const read = dataSource.safeParse(given);
  return read.success ? toSource(read.data) : null;
}

async function firstOf(client: NotionClient, databaseId: string): Promise<unknown> {
  const database = z.looseObject({ data_sources: z.array(z.looseObject({ id: z.string() })) }).safeParse(await orNone(client.database(databaseId)));
  const [first] = database.data?.data_sources ?? [];
  return first ? orNone(client.dataSource(first.id)) : null;
}

/** Null for what Notion does not have, or does not show. */
export async function orNone<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof VendorFault && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

/** What a page is about, by the data source that it is in. */
export function kindOfPage({ parent }: Pick<NotionPage, 'parent'>, sources: DataSources): PageKind | null {
  const [source, database] = [parent.data_source_id, parent.database_id].map((id) => (id ? notionId(id) : null));
  return [...sources].find(([, each]) => each.id === source || (!source && each.databaseId !== null && each.databaseId === database))?.[0] ?? null;
}

/** The type of a property of a data source; undefined where it has none. */
export const typeOfProperty = ({ types }: ReadDataSource, name: string): string | undefined => types.get(keyOf(name));
