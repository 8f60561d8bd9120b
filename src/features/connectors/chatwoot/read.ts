import type { InboundRequest } from '../inbound-request.ts';
import { joinReadings, type Reading } from '../reading.ts';
import { statedContact } from './contact.ts';
import { changedAtOf, eventName, readContactEvent, readConversationEvent, readMessageEvent } from './event.ts';
import { readMessage } from './message.ts';
import { otherAccount } from './other-account.ts';
import { placeOfConversation } from './place.ts';
import { chatwootSettings, type ChatwootSettings } from './settings.ts';
import { instantOfChatwoot } from './values.ts';

/** What the headers of a delivery say. */
export type DeliveryHeaders = Pick<InboundRequest, 'header' | 'now'>;

/** Reads an event of a Chatwoot webhook: messages of contacts, new conversations, and contacts. Throws `InvalidInput` with the place of the fault. */
export function readChatwoot(body: unknown, settings: unknown, request: DeliveryHeaders): Reading {
  const read = chatwootSettings.parse(settings ?? {});
  const deliveryId = request.header('x-chatwoot-delivery');
  const reading = joinReadings([readEvent(body, read, request)]);
  return deliveryId === null ? reading : { ...reading, deliveryId };
}

function readEvent(body: unknown, settings: ChatwootSettings, request: DeliveryHeaders): Partial<Reading> {
  switch (eventName(body)) {
    case 'message_created':
      return readMessage(readMessageEvent(body), settings);
    case 'conversation_created':
      return readConversation(body, settings);
    case 'contact_created':
    case 'contact_updated':
      return readContact(body, settings, request);
    default:
      return { ignored: [{ reason: 'NOT_READ', message: 'Only message_created, conversation_created, contact_created and contact_updated are read. Leave other events out of the webhook.', path: ['event'] }] };
  }
}

/** A new conversation says who the contact is. Its messages arrive by their own events: the one that it lists may be another than the first. */
function readConversation(body: unknown, settings: ChatwootSettings): Partial<Reading> {
  const event = readConversationEvent(body);
  const other = otherAccount(event.account, settings);
  if (other) return other;
  const sender = event.meta?.sender;
  const place = placeOfConversation(event, null);
  if (!sender || !place) return { ignored: [{ reason: 'NOT_READ', message: 'The conversation names no contact or no inbox.', path: ['meta', 'sender'] }] };
  return statedContact(place, { contact: sender, occurredAt: event.created_at ?? event.timestamp ?? null, path: ['meta', 'sender'], settings });
}

/** A contact event does not say in which inboxes the contact is: with one inbox in the settings it is that one; otherwise the contact is read at Chatwoot. */
function readContact(body: unknown, settings: ChatwootSettings, { header, now }: DeliveryHeaders): Partial<Reading> {
  const contact = readContactEvent(body);
  const other = otherAccount(contact.account, settings);
  if (other) return other;
  const sentAt = header('x-chatwoot-timestamp');
  const occurredAt = changedAtOf(contact) ?? (sentAt === null ? null : instantOfChatwoot(sentAt));
  const [only, ...more] = Object.keys(settings.inboxes);
  if (only !== undefined && more.length === 0) return statedContact({ inboxId: Number(only), contactId: contact.id }, { contact, occurredAt, path: [], settings });
  return { fetches: [{ kind: 'contact', externalId: contact.id, occurredAt: occurredAt ?? now.toISOString(), path: [] }] };
}
