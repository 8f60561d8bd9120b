import type { AccountPlaces } from '../outbound/vendor-api.ts';
import type { NotionClient, DataSourceQuery } from './client.ts';
import type { NotionConnectionSettings, PageKind } from './connection-settings.ts';
import { typeOfProperty, type DataSources, type ReadDataSource } from './data-sources.ts';
import { isNotionId, notionId } from './page.ts';

/** Most rows that are read of an account at once, by kind: the latest. */
const most = { weeklySummaries: 26, managerFlags: 50, notes: 30 } as const satisfies Partial<Record<PageKind, number>>;

/** The pages of an account: those by whose id it is known, and those that hold its id. */
export async function findAccountPages(client: NotionClient, { sources, settings }: { readonly sources: DataSources; readonly settings: NotionConnectionSettings }, { externalRefs, notionPageId }: AccountPlaces): Promise<string[]> {
  const known = [...externalRefs.flatMap(({ system, id }) => (system === 'notion' ? [id] : [])), ...(notionPageId === null ? [] : [notionPageId])].filter(isNotionId).map(notionId);
  if (known.length > 0) return [...new Set(known)];
  const source = sources.get('accounts');
  const pages = new Set<string>();
  for (const id of idsIn(externalRefs, settings.accountSystem)) {
    const filter = source ? textFilter(source, settings.accounts.properties.id, id) : null;
    if (!source || filter === null) continue;
    const { results } = await client.query({ data_source_id: source.id, page_size: 10, filter, result_type: 'page' });
    for (const { id: page } of results) pages.add(notionId(page));
  }
  return [...pages];
}

const idsIn = (refs: AccountPlaces['externalRefs'], system: string): string[] => refs.flatMap((ref) => (ref.system === system ? [ref.id] : []));

/** The latest pages of a kind that are about an account. */
export async function findPagesOf(client: NotionClient, kind: keyof typeof most, about: { readonly source: ReadDataSource; readonly settings: NotionConnectionSettings; readonly pages: readonly string[]; readonly externalRefs: AccountPlaces['externalRefs'] }): Promise<unknown[]> {
  const { source, settings, pages, externalRefs } = about;
  const { account } = settings[kind].properties;
  const filters = typeOfProperty(source, account) === 'relation' ? pages.map((id) => ({ property: account, relation: { contains: id } })) : idsIn(externalRefs, settings.accountSystem).flatMap((id) => textFilter(source, account, id) ?? []);
  if (filters.length === 0) return [];
  const { results } = await client.query({ data_source_id: source.id, page_size: most[kind], sorts: [{ timestamp: 'last_edited_time', direction: 'descending' }], filter: { or: filters }, result_type: 'page' });
  return results;
}

type Filter = NonNullable<DataSourceQuery['filter']>;

/** A filter for a property that holds a text; null where the data source has none of a type that holds one. */
function textFilter(source: ReadDataSource, property: string, equals: string): Extract<Filter, { readonly property: string }> | null {
  switch (typeOfProperty(source, property)) {
    case 'title':
      return { property, title: { equals } };
    case 'rich_text':
      return { property, rich_text: { equals } };
    case 'select':
      return { property, select: { equals } };
    case 'url':
      return { property, url: { equals } };
    case 'formula':
      return { property, formula: { string: { equals } } };
    default:
      return null;
  }
}
