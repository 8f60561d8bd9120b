import { z } from 'zod';
import { joinReadings, type Reading } from '../reading.ts';
import { statedContact } from './contact.ts';
import type { ChatwootSettings } from './settings.ts';
import { chatwootId, chatwootTime, inboxId } from './values.ts';

const attributes = z.record(z.string(), z.unknown()).nullish();

const contact = z.looseObject({
  id: chatwootId,
  name: z.string().nullish(),
  email: z.string().nullish(),
  additional_attributes: attributes,
  custom_attributes: attributes,
  created_at: chatwootTime.nullish(),
  last_activity_at: chatwootTime.nullish(),
  contact_inboxes: z.array(z.looseObject({ inbox: z.looseObject({ id: inboxId }) })).nullish(),
});
/** A contact as the API returns it. */
export type ContactObject = z.output<typeof contact>;

/** The answer to a read or a change of one contact; a change is answered with the contact inside. */
export const contactAnswer = z.looseObject({ payload: z.union([z.looseObject({ contact }).transform((payload) => payload.contact), contact]) });
/** A page of contacts. Each is read by itself. */
export const contactPage = z.looseObject({ meta: z.looseObject({ count: z.coerce.number().int().min(0) }), payload: z.array(z.unknown()) });
/** Reads a contact of a page; null where it has another shape. */
export const readContactObject = (item: unknown): ContactObject | null => contact.safeParse(item).data ?? null;

/** How a contact is stated. */
export interface ObjectStatement {
  /** When an event said that it changed; null where none did. */
  readonly changedAt: string | null;
  readonly settings: Pick<ChatwootSettings, 'inboxes' | 'otherInboxes'>;
}

/** A contact as it is, in each inbox in which it is. Chatwoot has no time of its last change: it is stated as of the event that asked, its last activity or its creation, whichever is latest. */
export function readObject(object: ContactObject, { changedAt, settings }: ObjectStatement): Reading {
  const times = [changedAt, object.last_activity_at, object.created_at].filter((time) => typeof time === 'string').toSorted();
  const occurredAt = times.at(-1) ?? null;
  const inboxes = [...new Set((object.contact_inboxes ?? []).map(({ inbox }) => inbox.id))];
  const path = ['contacts', object.id];
  if (inboxes.length === 0) return joinReadings([{ ignored: [{ reason: 'NO_ACCOUNT', message: `Contact ${object.id} is in no inbox.`, path }] }]);
  return joinReadings(inboxes.map((inbox) => statedContact({ inboxId: inbox, contactId: object.id }, { contact: object, occurredAt, path, settings })));
}
