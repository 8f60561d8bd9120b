import { startVendorServer, type ArrivedCall, type VendorAnswer, type VendorServer } from './vendor-server.ts';

/** A contact as the server keeps it. */
export interface ServedContact {
  readonly id: number;
  readonly name?: string | null;
  readonly email?: string | null;
  additional_attributes: Record<string, unknown>;
  custom_attributes: Record<string, unknown>;
  readonly created_at: number;
  readonly last_activity_at: number | null;
  readonly inboxes: readonly number[];
}

/** A server that answers as Chatwoot does, with one account. */
export interface ChatwootServer extends VendorServer {
  readonly contacts: Map<string, ServedContact>;
}

/** The access token that is accepted. */
const token = 'chatwoot-token';
const pageSize = 15;
const inbox = (id: number): object => ({ source_id: `source-${id}`, inbox: { id, avatar_url: '', channel_id: 1, name: `Inbox ${id}`, channel_type: 'Channel::WebWidget', provider: null } });
const shown = ({ inboxes, ...contact }: ServedContact, withInboxes = true): object => ({ availability_status: 'offline', phone_number: null, blocked: false, identifier: null, thumbnail: '', ...contact, ...(withInboxes ? { contact_inboxes: inboxes.map(inbox) } : {}) });

/** A contact of inbox 74274. */
export const served = (id: number, more: Partial<ServedContact> = {}): ServedContact => ({ id, name: `Contact ${id}`, email: `contact-${id}@example.com`, additional_attributes: {}, custom_attributes: {}, created_at: 1_795_161_600 + id, last_activity_at: null, inboxes: [74_274], ...more });

/** Starts a server with account 1. Attributes of a change are merged into those that a contact has, as Chatwoot does. */
export async function startChatwootServer(): Promise<ChatwootServer> {
  const contacts = new Map<string, ServedContact>();
  const guarded = (route: (call: ArrivedCall) => VendorAnswer) => (call: ArrivedCall): VendorAnswer => (call.headers['api_access_token'] === token ? route(call) : { status: 401, body: { error: 'Invalid Access Token' } });
  const ofContact = (route: (contact: ServedContact, call: ArrivedCall) => VendorAnswer) => guarded((call): VendorAnswer => {
    const contact = contacts.get(call.params['id'] ?? '');
    return contact ? route(contact, call) : { status: 404, body: { error: 'Resource could not be found' } };
  });
  const server = await startVendorServer({
    'GET /api/v1/accounts/1': guarded(() => ({ body: { id: 1, name: 'Aurora', locale: 'en', domain: null, status: 'active', features: {} } })),
    'GET /api/v1/accounts/1/contacts': guarded(({ query }) => {
      const from = (Number(query.get('page') ?? 1) - 1) * pageSize;
      const all = [...contacts.values()].toSorted((one, other) => one.created_at - other.created_at);
      return { body: { meta: { count: all.length, current_page: query.get('page') ?? '1' }, payload: all.slice(from, from + pageSize).map((contact) => shown(contact, query.get('include_contact_inboxes') !== 'false')) } };
    }),
    'GET /api/v1/accounts/1/contacts/:id': ofContact((contact) => ({ body: { payload: shown(contact) } })),
    'PUT /api/v1/accounts/1/contacts/:id': ofContact((contact, { body }) => {
      const change = JSON.parse(body) as Partial<ServedContact>;
      contact.additional_attributes = { ...contact.additional_attributes, ...change.additional_attributes };
      contact.custom_attributes = { ...contact.custom_attributes, ...change.custom_attributes };
      return { body: { payload: shown(contact) } };
    }),
  }, { status: 404, body: { error: 'Resource could not be found' } });
  return Object.assign(server, { contacts });
}
