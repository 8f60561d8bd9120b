import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal, SubjectKey } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { checkStorable } from '../../platform/storable-text.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkSuppression, countSuppressed } from '../consent/index.ts';
import { lockSession } from './session-store.ts';
import { contactRefOf, sessionIdOf, type SessionRef } from './session-ref.ts';
import { sessionMessagesQueued } from './sessions.events.ts';

/** A message of a contact. */
export interface ArrivedMessage extends SessionRef {
  /** Its id at the source, 1 to 200 printable ASCII characters. A message that arrives again is not queued again. */
  readonly deliveryKey: string;
  readonly body: string;
  /** When it was sent. RFC 3339. */
  readonly sentAt: string;
}

/** What became of messages. */
export interface QueuedMessages {
  readonly queued: number;
  readonly duplicates: number;
  /** Of contacts who were erased: nothing of them was stored. */
  readonly suppressed: number;
  /** The sessions that have new messages. */
  readonly sessions: readonly QueuedFor[];
}

/** A session that has new messages. */
export interface QueuedFor extends SessionRef {
  readonly sessionId: Id<'Session'>;
  /** Their places in its queue. */
  readonly sequences: readonly number[];
}

/** Characters of a message, at most: Chatwoot takes 150,000, and lines for attachments are added. */
const longestBody = 300_000;

const insert = statement<{ sequence: number }>(
  'queue_session_messages',
  `with fresh as (
     select g.id, g.key, g.body, g.sent_at, row_number() over (order by g.place) as place
     from unnest($3::uuid[], $4::text[], $5::bytea[], $6::timestamptz[]) with ordinality as g(id, key, body, sent_at, place)
     where not exists (select from session_message m where m.tenant_id = $1 and m.session_id = $2 and m.delivery_key = g.key)
   ), counted as (
     update agent_session s set last_message = s.last_message + (select count(*) from fresh), changed_at = $7 where s.tenant_id = $1 and s.id = $2 and exists (select from fresh)
     returning s.last_message - (select count(*) from fresh) as before
   )
   insert into session_message (tenant_id, id, session_id, sequence, delivery_key, body_sealed, sent_at, recorded_at)
   select $1, f.id, $2, c.before + f.place, f.key, f.body, f.sent_at, $7 from fresh f, counted c returning sequence`,
);

/**
 * Puts messages into the queues of their sessions, in the transaction of their delivery, in the order given. A session is
 * made where there is none. Messages of suppressed contacts are left out and counted.
 */
export async function queueMessages(work: Work, seal: Seal, messages: readonly ArrivedMessage[]): Promise<QueuedMessages> {
  const suppression = await checkSuppression(work, { values: messages.map(({ body }) => body), contacts: messages.map(contactRefOf) });
  const welcome = messages.filter((message) => !suppression.isContact(contactRefOf(message)));
  const suppressed = messages.length - welcome.length;
  countSuppressed(work, 'message', suppressed);
  // Always in one order: two deliveries for the same sessions must not wait for each other.
  const bySession = [...Map.groupBy(welcome, (message) => sessionIdOf(seal, work.tenantId, message))].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const sessions: QueuedFor[] = [];
  for (const [sessionId, theirs] of bySession) {
    const [{ inboxId, contactId }] = theirs as [ArrivedMessage];
    const session = await lockSession(work, seal, { inboxId, contactId });
    if (session.wrappedKey === null) continue;
    const key = seal.unwrap(session.wrappedKey);
    const sequences = await store(work, { sessionId, messages: theirs, sealed: theirs.map(({ body }) => sealBody(seal, key, suppression.without(body))) });
    if (sequences.length === 0) continue;
    sessions.push({ sessionId, inboxId, contactId, sequences });
    work.record(sessionMessagesQueued.fact({ accountId: session.accountId, data: { sessionId, count: sequences.length } }));
  }
  const queued = sessions.reduce((sum, { sequences }) => sum + sequences.length, 0);
  return { queued, duplicates: welcome.length - queued, suppressed, sessions };
}

async function store(work: Work, { sessionId, messages, sealed }: { readonly sessionId: string; readonly messages: readonly ArrivedMessage[]; readonly sealed: readonly Buffer[] }): Promise<number[]> {
  const first = messages.map(({ deliveryKey }, place) => messages.findIndex((other) => other.deliveryKey === deliveryKey) === place);
  const pick = <Value>(values: readonly Value[]): Value[] => values.filter((_, place) => first[place]);
  const rows = await work.rows(insert, [
    work.tenantId, sessionId, pick(messages).map(() => work.newId<'SessionMessage'>()), pick(messages.map(({ deliveryKey }) => deliveryKey)), pick(sealed), pick(messages.map(({ sentAt }) => sentAt)), work.now,
  ]);
  return rows.map(({ sequence }) => sequence).toSorted((one, other) => one - other);
}

function sealBody(seal: Seal, key: SubjectKey, body: string): Buffer {
  checkStorable(body, ['body']);
  if (body.length > longestBody) throw new InvalidInput(`body must have at most ${longestBody} characters.`, ['body']);
  return seal.seal(key, body);
}
