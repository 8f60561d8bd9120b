import { Suppressed, type ProductError } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkSuppression } from '../consent/index.ts';
import { contactRefOf, linkSession, queueMessages, sessionIdOf, type QueuedFor } from '../sessions/index.ts';
import type { ItemResult } from './delivery-result.ts';
import type { ReadSessionMessage } from './reading.ts';

/** What became of a message. */
export interface StoredMessage {
  readonly item: ItemResult;
  readonly refusal?: ProductError;
  /** The session in whose queue it is now. */
  readonly queued?: QueuedFor;
}

const contactsOf = statement<{ ref: string; contactId: string; accountId: string }>(
  'contacts_of_sessions',
  `select e.external_id as ref, c.id as "contactId", c.account_id as "accountId" from external_ref e join contact c on c.tenant_id = e.tenant_id and c.id = e.node_id
   where e.tenant_id = $1 and e.node_type = 'Contact' and e.system = 'chatwoot' and e.external_id = any($2)`,
);

/** Queues messages of a delivery for their sessions, in its transaction, and says which contacts of the graph the sessions are about. Of deliveries that share a transaction none has a session in common. */
export async function storeMessages(work: Work, seal: Seal, messages: readonly ReadSessionMessage[]): Promise<readonly StoredMessage[]> {
  if (messages.length === 0) return [];
  const { sessions, suppressed } = await queueMessages(work, seal, messages.map(({ inboxId, contactId, deliveryKey, occurredAt, text }) => ({ inboxId, contactId, deliveryKey, sentAt: occurredAt, body: text })));
  const erased = suppressed === 0 ? null : await checkSuppression(work, { values: [], contacts: messages.map(contactRefOf) });
  const queued = new Map<string, QueuedFor>(sessions.map((session) => [session.sessionId, session]));
  await link(work, seal, messages.filter((message) => queued.has(sessionIdOf(seal, work.tenantId, message))));
  return messages.map((message): StoredMessage => {
    const { path } = message;
    if (erased?.isContact(contactRefOf(message))) return { item: { path, status: 'suppressed' }, refusal: new Suppressed(path) };
    const session = queued.get(sessionIdOf(seal, work.tenantId, message));
    return session ? { item: { path, status: 'accepted' }, queued: session } : { item: { path, status: 'duplicate' } };
  });
}

async function link(work: Work, seal: Seal, messages: readonly ReadSessionMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const byRef = new Map(messages.map((message) => [contactRefOf(message).id, message]));
  for (const { ref, contactId, accountId } of await work.rows(contactsOf, [work.tenantId, [...byRef.keys()]])) {
    const message = byRef.get(ref);
    if (message) await linkSession(work, { sessionId: sessionIdOf(seal, work.tenantId, message), contactNodeId: contactId, accountId });
  }
}
