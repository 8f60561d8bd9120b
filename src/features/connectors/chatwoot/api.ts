import type { VendorApi } from '../outbound/vendor-api.ts';
import { classifyChatwoot } from './client.ts';
import { chatwootConnectionSettings, type ChatwootConnectionSettings } from './connection-settings.ts';
import { chatwootCredentials, type ChatwootCredentials } from './credentials.ts';
import { ChatwootSession } from './session.ts';

/** Chatwoot: contacts, and the copies of session contexts in their attributes. */
export const chatwootApi: VendorApi<ChatwootCredentials, ChatwootConnectionSettings> = {
  source: 'chatwoot',
  section: null,
  credentials: chatwootCredentials,
  settings: chatwootConnectionSettings,
  concurrency: { most: 2, waiting: 100 },
  classify: classifyChatwoot,
  open: (access) => Promise.resolve(new ChatwootSession(access)),
};
