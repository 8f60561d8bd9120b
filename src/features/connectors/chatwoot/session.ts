import { z } from 'zod';
import { joinReadings, type ReadDeletion, type Reading } from '../reading.ts';
import type { AccountPlaces, HistoryPage, VendorObject, VendorSession } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { openChatwootClient, readAnswer, type CallChatwoot, type ChatwootAccess } from './client.ts';
import type { ChatwootConnectionSettings } from './connection-settings.ts';
import { contactAnswer, contactPage, readContactObject, readObject, type ContactObject } from './contact-object.ts';
import { createContextCopies } from './context-copies.ts';
import type { ContextCopies } from '../outbound/context-copies.ts';

const contactInInbox = /^[1-9]\d{0,9}\/([1-9]\d{0,15})$/;
const accountAnswer = z.looseObject({ id: z.number(), name: z.string() });

/** An open connection to a Chatwoot account. */
export class ChatwootSession implements VendorSession {
  readonly contextCopies: ContextCopies;
  readonly #call: CallChatwoot;
  readonly #settings: ChatwootConnectionSettings;

  constructor(access: ChatwootAccess) {
    this.#call = openChatwootClient(access);
    this.#settings = access.settings;
    this.contextCopies = createContextCopies(this.#call, access.settings);
  }

  async check(): Promise<{ readonly account: string }> {
    const { id, name } = readAnswer(accountAnswer, await this.#call({ operation: 'account', path: '' }));
    return { account: `${name.slice(0, 200)} (account ${id})` };
  }

  readObjects(objects: readonly VendorObject[]): Promise<readonly Reading[]> {
    return Promise.all(objects.map(async ({ kind, externalId, changedAt = null }) => {
      const contact = kind === 'contact' && /^[1-9]\d{0,15}$/.test(externalId) ? await this.#contact(externalId) : null;
      return contact ? this.#read(contact, changedAt) : notRead(kind, externalId);
    }));
  }

  /** The contacts that an account is named after. One that Chatwoot has no longer is retired: it sends no event when a contact is deleted. */
  async readAccount({ externalRefs }: AccountPlaces): Promise<Reading | null> {
    const own = externalRefs.filter(({ system, id }) => system === 'chatwoot' && contactInInbox.test(id));
    if (own.length === 0) return null;
    const byContact = [...Map.groupBy(own, ({ id }) => contactInInbox.exec(id)?.[1] ?? '')];
    return joinReadings(await Promise.all(byContact.map(async ([id, refs]) => {
      const contact = await this.#contact(id);
      return contact ? this.#read(contact, null) : { deletions: refs.map(goneContact) };
    })));
  }

  /** Contacts in the order of their creation, 15 a page. */
  async readHistory(cursor: string | null): Promise<HistoryPage> {
    const page = cursor === null ? 1 : Number(cursor);
    const { meta, payload } = readAnswer(contactPage, await this.#call({ operation: 'contacts', path: `/contacts?page=${page}&sort=created_at&include_contact_inboxes=true` }));
    const readings = payload.map((item): Partial<Reading> => {
      const contact = readContactObject(item);
      return contact ? this.#read(contact, null) : { ignored: [{ reason: 'UNREADABLE', message: 'A contact has another shape than Chatwoot documents.', path: ['contacts'] }] };
    });
    return { reading: joinReadings(readings), next: payload.length === 0 ? null : String(page + 1), total: meta.count };
  }

  #read(contact: ContactObject, changedAt: string | null): Reading {
    return readObject(contact, { changedAt, settings: this.#settings });
  }

  /** A contact; null where Chatwoot has none of that id. */
  async #contact(id: string): Promise<ContactObject | null> {
    try {
      return readAnswer(contactAnswer, await this.#call({ operation: 'contact', path: `/contacts/${id}?include_contact_inboxes=true` })).payload;
    } catch (error) {
      if (error instanceof VendorFault && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }
}

const goneContact = ({ system, id }: ReadDeletion['externalRef']): ReadDeletion => ({ type: 'Contact', externalRef: { system, id }, source: 'chatwoot', occurredAt: null, reason: 'Not in Chatwoot any more', path: ['contacts'] });

const notRead = (kind: string, id: string): Reading => joinReadings([{ ignored: [{ reason: 'NOT_READ', message: `Chatwoot has no object ${id.slice(0, 64)} of the kind ${kind.slice(0, 64)} that is read.`, path: [kind, id] }] }]);
