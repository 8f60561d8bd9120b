import { z } from 'zod';
import { chatwootSettings } from './settings.ts';

/** The settings of a connection: those of events that say whose contacts are, and where session contexts are copied. */
export const chatwootConnectionSettings = chatwootSettings.pick({ inboxes: true, otherInboxes: true }).extend({
  /** The attributes of a contact that hold the persistent context of its sessions. */
  contextAttributes: z.enum(['ADDITIONAL', 'CUSTOM'], 'contextAttributes must be ADDITIONAL or CUSTOM').default('ADDITIONAL'),
}).strict();
/** Settings of a connection to Chatwoot. */
export type ChatwootConnectionSettings = z.output<typeof chatwootConnectionSettings>;
