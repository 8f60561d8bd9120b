import type { Client } from '@notionhq/client';
import { z } from 'zod';
import { listed } from '../outbound/listed.ts';
import type { VendorAccess } from '../outbound/vendor-api.ts';
import type { NotionCredentials } from './credentials.ts';
import { outboundFetch } from '../../../platform/outbound-http.ts';

/** The version of Notion's API whose shapes are read. */
export const notionVersion = '2025-09-03';
const publicAddress = 'https://api.notion.com';

const integration = z.looseObject({ bot: z.looseObject({ workspace_name: z.string().nullish(), workspace_id: z.string().nullish() }).nullish() });
const person = z.looseObject({ name: z.string().nullish() });

/** A query of a data source. */
export type DataSourceQuery = Parameters<Client['dataSources']['query']>[0];

/** Opens Notion's client. Every method is one call. */
export async function openNotionClient(access: VendorAccess<NotionCredentials, unknown>) {
  const { Client: NotionApi } = await import('@notionhq/client');
  // The client's own retries are off, it writes nothing to the console, and no token goes to another address.
  const clientOf = (auth: string, signal: AbortSignal): Client =>
    new NotionApi({
      auth, notionVersion, baseUrl: access.baseUrl ?? publicAddress, retry: false, logger: () => undefined,
      fetch: async (url, init) => {
        const response = await outboundFetch(url, { method: init?.method ?? 'GET', headers: init?.headers ?? {}, ...(typeof init?.body === 'string' ? { body: init.body } : {}), redirect: 'manual', signal });
        return { ok: response.ok, status: response.status, headers: response.headers, body: null, text: () => response.text(), json: () => response.json() };
      },
    });
  const call = <Answer>(operation: string, body: (client: Client) => Promise<Answer>): Promise<Answer> =>
    access.call({ operation, isIdempotent: true }, async (signal) => body(clientOf(await access.accessToken(), signal)));

  return {
    /** The integration itself. */
    me: () => call('me', async (client) => integration.parse(await client.users.me({}))),
    /** A page of the data sources that are shared with the integration. */
    listDataSources: (after?: string) => call('search', async (client) => listed(await client.search({ filter: { property: 'object', value: 'data_source' }, page_size: 100, ...(after === undefined ? {} : { start_cursor: after }) }))),
    dataSource: (id: string) => call('data_source', (client) => client.dataSources.retrieve({ data_source_id: id })),
    database: (id: string) => call('database', (client) => client.databases.retrieve({ database_id: id })),
    query: (query: DataSourceQuery) => call('query', async (client) => listed(await client.dataSources.query(query))),
    page: (id: string) => call('page', (client) => client.pages.retrieve({ page_id: id })),
    /** A page of the blocks in a page or block. */
    blocks: (id: string, after?: string) => call('blocks', async (client) => listed(await client.blocks.children.list({ block_id: id, page_size: 100, ...(after === undefined ? {} : { start_cursor: after }) }))),
    /** The name of a person; empty where Notion does not tell it. */
    nameOf: (id: string) => call('user', async (client) => (person.parse(await client.users.retrieve({ user_id: id })).name ?? '').trim()),
  };
}
/** Notion's client. */
export type NotionClient = Awaited<ReturnType<typeof openNotionClient>>;
