import { InvalidInput } from '../../../platform/errors.ts';
import type { ContactPlace } from './contact.ts';
import type { ConversationEvent, MessageEvent } from './event.ts';

type Conversation = MessageEvent['conversation'] | ConversationEvent;

/** Which contact in which inbox a conversation is with; null where it does not say. `contactId`: who is known to be the contact. */
export function placeOfConversation({ inbox_id: inbox, contact_inbox: contactInbox, meta }: Conversation, contactId: string | null): ContactPlace | null {
  const inboxId = inbox ?? contactInbox?.inbox_id ?? null;
  const contact = contactInbox?.contact_id ?? meta?.sender?.id ?? contactId;
  return inboxId === null || contact === null ? null : { inboxId, contactId: contact };
}

/** Which contact in which inbox a message is from. Throws `InvalidInput` where the event does not say. */
export function placeOfMessage({ inbox, conversation, contact, sender }: MessageEvent): ContactPlace {
  const place = placeOfConversation({ ...conversation, inbox_id: inbox?.id ?? conversation.inbox_id }, contact?.id ?? sender?.id ?? null);
  if (place) return place;
  const path = inbox?.id === undefined && conversation.inbox_id === undefined ? ['inbox', 'id'] : ['sender', 'id'];
  throw new InvalidInput(`${path.join('.')} is missing: a message must name its inbox and its contact. The body must be an event of a Chatwoot webhook.`, path);
}
