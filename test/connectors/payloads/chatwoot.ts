/** Who a contact is, in the shape of Chatwoot's webhooks. */
const contact = (id: number, more: object = {}): object => ({
  account: { id: 1, name: 'Aurora' }, additional_attributes: {}, avatar: '', blocked: false, custom_attributes: {}, email: `contact-${id}@example.com`, id, identifier: null, name: `Contact ${id}`, phone_number: null, thumbnail: '', ...more,
});

/** Whose a conversation is. */
export interface ConversationOf {
  readonly inboxId?: number;
  readonly contactId?: number;
  readonly name?: string;
}

const conversation = ({ inboxId = 74_274, contactId = 12_345, name = `Contact ${contactId}` }: ConversationOf): object => ({
  additional_attributes: { referer: 'https://acme.example/' }, can_reply: true, channel: 'Channel::WebWidget', id: 7, inbox_id: inboxId, labels: [], status: 'open', unread_count: 1, created_at: 1_795_248_000, timestamp: 1_795_248_000,
  contact_inbox: { id: 5, contact_id: contactId, inbox_id: inboxId, source_id: '9d4ab8ee-7f9c-4b5e-9d5c-000000000001', hmac_verified: false },
  meta: { sender: { ...contact(contactId, { name }), type: 'contact' }, assignee: null, hmac_verified: false },
  messages: [{ id: 3, content: 'Another message', message_type: 1, created_at: 1_795_248_000 }],
});

/** `message_created`: a message of a contact. */
export const messageEvent = (id: number, of: ConversationOf = {}, more: object = {}): object => ({
  account: { id: 1, name: 'Aurora' }, additional_attributes: {}, content_attributes: {}, content_type: 'text', content: 'Can I book a tour?', conversation: conversation(of), created_at: '2026-11-21T08:00:00.000Z', id,
  inbox: { id: of.inboxId ?? 74_274, name: 'Website' }, message_type: 'incoming', private: false, sender: contact(of.contactId ?? 12_345, of.name === undefined ? {} : { name: of.name }), source_id: null, event: 'message_created', ...more,
});

/** `conversation_created`. */
export const conversationEvent = (of: ConversationOf = {}, more: object = {}): object => ({ ...conversation(of), account: { id: 1, name: 'Aurora' }, event: 'conversation_created', ...more });

/** `contact_updated`, with the time of the change among the changed attributes. */
export const contactEvent = (id: number, changedAt: string, more: object = {}): object => ({
  ...contact(id, more), event: 'contact_updated', changed_attributes: [{ name: { previous_value: 'Before', current_value: 'After' } }, { updated_at: { previous_value: '2026-11-20T08:00:00.000Z', current_value: changedAt } }],
});
