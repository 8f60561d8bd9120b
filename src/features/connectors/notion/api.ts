import type { VendorApi } from '../outbound/vendor-api.ts';
import { classifyNotion } from './classify.ts';
import { openNotionClient } from './client.ts';
import { notionConnectionSettings, type NotionConnectionSettings } from './connection-settings.ts';
import { notionCredentials, type NotionCredentials } from './credentials.ts';
import { NotionSession } from './session.ts';

/** Notion: the pages of accounts, weekly summaries, manager flags and notes. */
export const notionApi: VendorApi<NotionCredentials, NotionConnectionSettings> = {
  source: 'notion',
  section: 'NOTION',
  credentials: notionCredentials,
  settings: notionConnectionSettings,
  // Its limit is about three calls a second.
  concurrency: { most: 3, waiting: 200 },
  classify: classifyNotion,
  open: async (access) => new NotionSession(await openNotionClient(access), access.settings),
};
