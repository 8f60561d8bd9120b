import type { Reading, ReadRecord } from '../reading.ts';
import type { Reference } from '../vendor-settings.ts';
import { shortened } from '../vendor-values.ts';
import type { ChatwootContact } from './event.ts';
import type { ChatwootSettings } from './settings.ts';

/** A contact in an inbox: what sessions are about. */
export interface ContactPlace {
  readonly inboxId: number;
  readonly contactId: string;
}

/** How references name a contact in an inbox. */
export const contactRef = ({ inboxId, contactId }: ContactPlace): Reference => ({ system: 'chatwoot', id: `${inboxId}/${contactId}` });

/** The account of a contact; null where its inbox has none. */
export function accountOfContact(place: ContactPlace, { inboxes, otherInboxes }: Pick<ChatwootSettings, 'inboxes' | 'otherInboxes'>): Reference | null {
  const inbox = String(place.inboxId);
  const mapped = Object.hasOwn(inboxes, inbox) ? inboxes[inbox] : undefined;
  return mapped ?? (otherInboxes === 'IGNORE' ? null : contactRef(place));
}

/** What is stated of a contact. */
export interface ContactStatement {
  readonly contact: ChatwootContact;
  /** When it was so; null: now. */
  readonly occurredAt: string | null;
  /** Where it is in the body. */
  readonly path: readonly string[];
  readonly settings: Pick<ChatwootSettings, 'inboxes' | 'otherInboxes'>;
}

/** A contact as it is. Visitors may write its name and address themselves, so the statement is CUSTOMER_TEXT. An empty name or address states nothing. */
export function statedContact(place: ContactPlace, { contact, occurredAt, path, settings }: ContactStatement): Partial<Reading> {
  const account = accountOfContact(place, settings);
  if (account === null) return { ignored: [{ reason: 'NO_ACCOUNT', message: `Inbox ${place.inboxId} belongs to no account. Name one in inboxes of the settings, or set otherInboxes to STUB.`, path }] };
  const [name, email] = [contact.name?.trim() ?? '', contact.email?.trim() ?? ''];
  const record: ReadRecord = {
    plural: 'contacts',
    input: {
      account: { externalRef: account }, externalRef: contactRef(place), ...(name === '' ? {} : { name: shortened(name, 500) }), ...(email === '' ? {} : { email }),
      origin: 'CUSTOMER_TEXT', mode: 'PATCH', source: 'chatwoot', ...(occurredAt === null ? {} : { occurredAt }),
    },
    path,
  };
  return { records: [record] };
}
