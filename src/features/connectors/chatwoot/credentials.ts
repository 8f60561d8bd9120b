import { z } from 'zod';
import { secretText } from '../outbound/choose-credentials.ts';

const account = 'accountId must be the number of the Chatwoot account: it is in the address of the dashboard, /app/accounts/<number>/';

/** What Chatwoot is called with: an account, and the access token of a user of it. The server is Chatwoot's cloud, or what VENDOR_URLS says. */
export const chatwootCredentials = z.strictObject({
  accountId: z.int(account).positive(account),
  accessToken: secretText('accessToken must be the access token of a user: Chatwoot, Profile settings → Access token'),
});
/** Credentials of Chatwoot. */
export type ChatwootCredentials = z.output<typeof chatwootCredentials>;
