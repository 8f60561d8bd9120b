import { joinReadings, type Reading, type ReadSessionMessage } from '../reading.ts';
import { statedContact } from './contact.ts';
import type { MessageEvent } from './event.ts';
import { placeOfMessage } from './place.ts';
import { otherAccount } from './other-account.ts';
import type { ChatwootSettings } from './settings.ts';

/** Senders that are no contacts. */
const staff: ReadonlySet<string> = new Set(['user', 'agent_bot', 'captain_assistant']);

/** A message of a contact is queued for its session, and states who the contact is. A message is no signal. Attachments are lines of the text: `[image] https://…`. */
export function readMessage(event: MessageEvent, settings: ChatwootSettings): Partial<Reading> {
  const other = otherAccount(event.account, settings);
  if (other) return other;
  if (event.private === true) return { ignored: [{ reason: 'NOT_READ', message: 'A private note is not the contact\'s, and is not read.', path: ['private'] }] };
  if (event.message_type !== 'incoming' || (event.sender?.type && staff.has(event.sender.type))) return { ignored: [{ reason: 'NOT_READ', message: 'Only incoming messages of contacts are read.', path: ['message_type'] }] };
  const place = placeOfMessage(event);
  const { sender, contact } = event;
  const writer = [sender, contact, event.conversation.meta?.sender].find((each) => each?.id === place.contactId);
  const path = writer === sender ? ['sender'] : writer === contact ? ['contact'] : ['conversation', 'meta', 'sender'];
  return joinReadings([writer ? statedContact(place, { contact: writer, occurredAt: event.created_at, path, settings }) : {}, { messages: [messageOf(event, place)] }]);
}

function messageOf({ id, account, content, created_at: occurredAt, attachments }: MessageEvent, { inboxId, contactId }: Pick<ReadSessionMessage, 'inboxId' | 'contactId'>): ReadSessionMessage {
  const files = (attachments ?? []).map(({ file_type: type, data_url: url }) => `[${type ?? 'file'}]${url ? ` ${url}` : ''}`);
  return {
    inboxId, contactId, occurredAt,
    // message_created may come twice: a message is known by its id within the Chatwoot account.
    deliveryKey: `chatwoot:${account?.id ?? ''}/${id}`,
    text: [...(content ? [content] : []), ...files].join('\n'),
    path: [],
  };
}
