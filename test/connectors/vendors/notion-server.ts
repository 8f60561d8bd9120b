import { startVendorServer, type ArrivedCall, type VendorServer } from './vendor-server.ts';

/** A page as the server keeps it, by the names and types that Notion documents. */
export interface NotionPageRecord {
  readonly id: string;
  /** The data source that it is in; null: it is a page of the workspace. */
  readonly source: string | null;
  readonly properties: Readonly<Record<string, object>>;
  readonly created: string;
  readonly edited: string;
  readonly inTrash?: boolean;
  readonly blocks?: readonly object[];
}

/** A data source as the server keeps it. */
export interface NotionDataSource {
  readonly id: string;
  readonly databaseId: string;
  readonly title: string;
  /** The types of its properties. */
  readonly types: Readonly<Record<string, string>>;
}

/** A server that answers as Notion does. */
export interface NotionServer extends VendorServer {
  readonly pages: Map<string, NotionPageRecord>;
  readonly sources: Map<string, NotionDataSource>;
  readonly users: Map<string, string>;
  readonly tokens: Set<string>;
  /** The most results of one query. */
  most: number;
}

const text = (content: string) => ({ type: 'text', text: { content, link: null }, annotations: { bold: false }, plain_text: content, href: null });
/** Values of properties, as Notion shows them. */
export const property = {
  title: (content: string) => ({ id: 'title', type: 'title', title: [text(content)] }),
  text: (content: string) => ({ id: 'a%3A', type: 'rich_text', rich_text: content === '' ? [] : [text(content)] }),
  select: (name: string | null) => ({ id: 'b', type: 'select', select: name === null ? null : { id: '1', name, color: 'blue' } }),
  status: (name: string) => ({ id: 'c', type: 'status', status: { id: '1', name, color: 'green' } }),
  choices: (...names: readonly string[]) => ({ id: 'd', type: 'multi_select', multi_select: names.map((name) => ({ id: name, name, color: 'red' })) }),
  date: (start: string | null) => ({ id: 'e', type: 'date', date: start === null ? null : { start, end: null, time_zone: null } }),
  relation: (...ids: readonly string[]) => ({ id: 'f', type: 'relation', relation: ids.map((id) => ({ id })), has_more: false }),
  people: (...people: readonly { readonly id: string; readonly name?: string }[]) => ({ id: 'g', type: 'people', people: people.map((each) => ({ object: 'user', ...each })) }),
  formula: (string: string) => ({ id: 'h', type: 'formula', formula: { type: 'string', string } }),
  url: (url: string) => ({ id: 'i', type: 'url', url }),
};
/** A block of text. */
export const block = (type: string, content: string, more: object = {}): object => ({ object: 'block', id: `${type}-${content}`.slice(0, 40), type, has_children: false, [type]: { rich_text: [text(content)], color: 'default' }, ...more });

/** What Notion answers when it was called too often. */
export const rateLimited = (reason: string, headers: Record<string, string> = { 'retry-after': '7' }) => ({ status: 429, headers, body: { object: 'error', status: 429, code: 'rate_limited', message: 'You have been rate limited.', additional_data: { rate_limit_reason: reason }, request_id: 'r' } });
const fault = (status: number, code: string) => ({ status, body: { object: 'error', status, code, message: `secret words about ${code}`, request_id: 'r' } });
/** Error responses, as Notion writes them. */
export const faults = { unauthorized: fault(401, 'unauthorized'), restricted: fault(403, 'restricted_resource'), notFound: fault(404, 'object_not_found'), conflict: fault(409, 'conflict_error'), invalid: fault(400, 'validation_error'), internal: fault(500, 'internal_server_error'), unavailable: fault(503, 'service_unavailable'), overload: fault(529, 'service_overload') };

const undashed = (id: string): string => id.replaceAll('-', '').toLowerCase();
const byId = <Item>(items: ReadonlyMap<string, Item>, id = ''): Item | undefined => [...items].find(([own]) => undashed(own) === undashed(id))?.[1];

/** Starts a server with a workspace. */
export async function startNotionServer(): Promise<NotionServer> {
  const pages = new Map<string, NotionPageRecord>();
  const sources = new Map<string, NotionDataSource>();
  const users = new Map<string, string>();
  const tokens = new Set(['ntn_token']);
  const state = { most: 10_000 };
  const guarded = (answer: (call: ArrivedCall) => unknown) => (call: ArrivedCall) => {
    if (!tokens.has(call.headers['authorization']?.replace('Bearer ', '') ?? '')) return faults.unauthorized;
    if (call.headers['notion-version'] !== '2025-09-03') return faults.invalid;
    const body = answer(call);
    return body === undefined ? faults.notFound : body === null ? faults.invalid : { body };
  };
  const pageOf = (page: NotionPageRecord | undefined) => (page ? shownPage(page, sources) : undefined);
  const server = await startVendorServer({
    'GET /v1/users/me': guarded(() => ({ object: 'user', id: 'bot', type: 'bot', name: 'Context', bot: { owner: { type: 'workspace', workspace: true }, workspace_id: '13950b26-c203-4f3b-b97d-93ec06319565', workspace_name: 'Quantify Labs' } })),
    'GET /v1/users/:id': guarded(({ params }) => (users.has(params['id'] ?? '') ? { object: 'user', id: params['id'], type: 'person', name: users.get(params['id'] ?? ''), person: { email: 'x@vendor.example' } } : undefined)),
    'POST /v1/search': guarded(({ body }) => paged([...sources.values()].map(shownSource), { ...(JSON.parse(body) as { start_cursor?: string }), page_size: 2 })),
    'GET /v1/data_sources/:id': guarded(({ params }) => {
      const found = byId(sources, params['id']);
      return found ? shownSource(found) : undefined;
    }),
    'GET /v1/databases/:id': guarded(({ params }) => {
      const own = [...sources.values()].filter(({ databaseId }) => undashed(databaseId) === undashed(params['id'] ?? ''));
      return own.length === 0 ? undefined : { object: 'database', id: params['id'], title: [], data_sources: own.map(({ id, title }) => ({ id, name: title })) };
    }),
    'POST /v1/data_sources/:id/query': guarded((call) => query([...pages.values()], call, { sources, most: state.most })),
    'GET /v1/pages/:id': guarded(({ params }) => pageOf(byId(pages, params['id']))),
    'GET /v1/blocks/:id/children': guarded(({ params, query: asked }) => paged(byId(pages, params['id'])?.blocks ?? [...pages.values()].flatMap(({ blocks = [] }) => blocks.filter((each) => 'id' in each && each.id === params['id']).flatMap((each) => ('children' in each ? (each.children as object[]) : []))), { page_size: Number(asked.get('page_size') ?? 100), start_cursor: asked.get('start_cursor') ?? undefined })),
  }, faults.notFound);
  return {
    ...server, pages, sources, users, tokens,
    get calls() { return server.calls; },
    get most() { return state.most; },
    set most(most) { state.most = most; },
  };
}

function shownPage({ id, source, properties, created, edited, inTrash = false }: NotionPageRecord, sources: ReadonlyMap<string, NotionDataSource>): object {
  const parent = source === null ? { type: 'workspace', workspace: true } : { type: 'data_source_id', data_source_id: source, database_id: byId(sources, source)?.databaseId };
  return { object: 'page', id, created_time: created, last_edited_time: `${edited.slice(0, 16)}:00.000Z`, created_by: { object: 'user', id: 'u-maker' }, last_edited_by: { object: 'user', id: 'u-maker' }, cover: null, icon: null, parent, in_trash: inTrash, archived: inTrash, properties, url: `https://www.notion.so/${undashed(id)}`, public_url: null };
}

const shownSource = ({ id, databaseId, title, types }: NotionDataSource): object => ({ object: 'data_source', id, title: [text(title)], description: [], parent: { type: 'database_id', database_id: databaseId }, properties: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { id: name, name, type, [type]: {} }])) });

interface Paging {
  readonly page_size?: number | undefined;
  readonly start_cursor?: string | undefined;
}

/** A page of a list; null for a cursor that is none. */
function paged(items: readonly object[], { page_size: size = 100, start_cursor: cursor }: Paging): object | null {
  const from = cursor === undefined ? 0 : Number(cursor);
  if (Number.isNaN(from)) return null;
  const more = items.length > from + size;
  return { object: 'list', results: items.slice(from, from + size), has_more: more, next_cursor: more ? String(from + size) : null };
}

interface Query extends Paging {
  readonly filter?: { readonly or?: readonly object[]; readonly last_edited_time?: { readonly on_or_after: string } };
  readonly sorts?: readonly { readonly direction: string }[];
  readonly in_trash?: boolean;
}

function query(pages: readonly NotionPageRecord[], { params, body }: ArrivedCall, { sources, most }: { readonly sources: ReadonlyMap<string, NotionDataSource>; readonly most: number }): object | null | undefined {
  if (!byId(sources, params['id'])) return undefined;
  const { filter, sorts = [], in_trash: trash = false, ...paging } = JSON.parse(body) as Query;
  const since = filter?.last_edited_time?.on_or_after;
  const filters = filter?.or ?? (filter && !since ? [filter] : []);
  const [sign] = sorts.map(({ direction }) => (direction === 'descending' ? -1 : 1));
  const editedOf = ({ edited }: NotionPageRecord): string => `${edited.slice(0, 16)}:00.000Z`;
  const all = pages.filter((page) => page.source !== null && undashed(page.source) === undashed(params['id'] ?? '') && (page.inTrash ?? false) === trash && (since === undefined || editedOf(page) >= since) && (filters.length === 0 || filters.some((each) => matches(page, each))))
    .toSorted((one, other) => (sign ?? 1) * (editedOf(one) < editedOf(other) ? -1 : editedOf(one) > editedOf(other) ? 1 : 0));
  const answer = paged(all.slice(0, most).map((page) => shownPage(page, sources)), paging);
  const isCut = all.length > most && answer !== null && 'has_more' in answer && answer.has_more === false;
  return answer === null ? null : { ...answer, type: 'page_or_data_source', page_or_data_source: {}, request_status: isCut ? { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' } : { type: 'complete' } };
}

function matches({ properties }: NotionPageRecord, filter: object): boolean {
  const { property: name, relation, ...texts } = filter as { readonly property: string; readonly relation?: { readonly contains: string } } & Readonly<Record<string, { readonly equals?: string }>>;
  const shown = JSON.stringify(properties[name] ?? null);
  return shown.includes(relation ? relation.contains : `"${Object.values(texts).find((each) => typeof each === 'object')?.equals ?? '?'}"`);
}
