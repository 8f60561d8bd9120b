import type { Reading } from '../reading.ts';
import type { ChatwootSettings } from './settings.ts';

/** What is said of an event of another Chatwoot account than the settings name; null for one of that account. */
export const otherAccount = (account: { readonly id: string } | null | undefined, { accountId }: ChatwootSettings): Partial<Reading> | null =>
  (accountId === undefined || account?.id === String(accountId) ? null : { ignored: [{ reason: 'NO_ACCOUNT', message: `This is an event of another Chatwoot account than ${accountId}, the accountId of the settings.`, path: ['account', 'id'] }] });
