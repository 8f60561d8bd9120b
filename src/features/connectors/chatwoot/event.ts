import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import { chatwootId, chatwootTime, inboxId, messageType } from './values.ts';

const text = z.string('must be a text');

const person = z.looseObject({
  id: chatwootId,
  type: text.nullish(),
  name: text.nullish(),
  email: text.nullish(),
});
/** A contact as events and the API show it. */
export type ChatwootContact = z.output<typeof person>;

const account = z.looseObject({ id: chatwootId });
const contactInbox = z.looseObject({ inbox_id: inboxId.nullish(), contact_id: chatwootId.nullish() });
const conversation = z.looseObject({
  id: chatwootId.nullish(),
  display_id: chatwootId.nullish(),
  inbox_id: inboxId.nullish(),
  contact_inbox: contactInbox.nullish(),
  meta: z.looseObject({ sender: person.nullish() }).nullish(),
});

const messageEvent = z.looseObject({
  id: chatwootId,
  account: account.nullish(),
  content: text.nullish(),
  content_type: text.nullish(),
  created_at: chatwootTime,
  message_type: messageType,
  private: z.boolean().nullish(),
  inbox: z.looseObject({ id: inboxId }).nullish(),
  sender: person.nullish(),
  contact: person.nullish(),
  conversation,
  attachments: z.array(z.looseObject({ file_type: text.nullish(), data_url: text.nullish() })).nullish(),
});
/** An event about a message. */
export type MessageEvent = z.output<typeof messageEvent>;

const conversationEvent = conversation.extend({ account: account.nullish(), created_at: chatwootTime.nullish(), timestamp: chatwootTime.nullish() });
/** An event about a conversation. */
export type ConversationEvent = z.output<typeof conversationEvent>;

const change = z.looseObject({ current_value: z.unknown() });
const contactEvent = person.extend({ account: account.nullish(), changed_attributes: z.array(z.record(z.string(), change)).nullish() });
/** An event about a contact. */
export type ContactEvent = z.output<typeof contactEvent>;

const named = z.looseObject({ event: text.min(1, 'must name the event') });

/** What an event is called; `message_created`. Throws `InvalidInput` for a body that is no event. */
export const eventName = (body: unknown): string => readBy(named, body).event;
/** Reads an event about a message. Throws `InvalidInput` with the place of the fault. */
export const readMessageEvent = (body: unknown): MessageEvent => readBy(messageEvent, body);
/** Reads an event about a conversation. Throws `InvalidInput` with the place of the fault. */
export const readConversationEvent = (body: unknown): ConversationEvent => readBy(conversationEvent, body);
/** Reads an event about a contact. Throws `InvalidInput` with the place of the fault. */
export const readContactEvent = (body: unknown): ContactEvent => readBy(contactEvent, body);

/** When the contact was last changed, by the event itself: `changed_attributes` lists its `updated_at`. Null where it does not. */
export function changedAtOf({ changed_attributes: changes }: ContactEvent): string | null {
  const told = (changes ?? []).map((each) => each['updated_at']?.current_value).find((value) => value !== undefined);
  return chatwootTime.safeParse(told).data ?? null;
}

function readBy<Event>(schema: z.ZodType<Event>, body: unknown): Event {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw new InvalidInput(`${path.length === 0 ? 'The body' : path.join('.')} ${issue?.message ?? 'cannot be read'}. The body must be an event of a Chatwoot webhook.`, path);
}
