import { z } from 'zod';
import { reference } from '../vendor-settings.ts';

/** How events are read, with the defaults of what is left out. */
export const chatwootSettings = z.strictObject({
  /** The Chatwoot account; events of others are ignored. Without it all are read. */
  accountId: z.int('accountId must be the number of the Chatwoot account').positive('accountId must be the number of the Chatwoot account').optional(),
  /** Accounts by inbox: everyone who writes to the inbox is a contact of that account. */
  inboxes: z.record(z.string().regex(/^[1-9]\d{0,9}$/, 'inboxes must be keyed by inbox ids such as 74274'), reference).default({}),
  /** Contacts of other inboxes: each gets an account of its own, `chatwoot:<inbox>/<contact>` (STUB), or is not stated (IGNORE). */
  otherInboxes: z.enum(['STUB', 'IGNORE'], 'otherInboxes must be STUB or IGNORE').default('STUB'),
  /** Accepts webhooks of servers before 4.11.2, which sign nothing, by the token in `requestPath`. */
  unsigned: z.boolean('unsigned must be true or false').default(false),
});
/** Settings of a Chatwoot webhook. */
export type ChatwootSettings = z.output<typeof chatwootSettings>;
