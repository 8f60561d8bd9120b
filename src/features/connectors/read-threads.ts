import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkExternalRef } from '../accounts/index.ts';
import type { ReadDeletion, ReadRecord, ReadThreadEvent } from './reading.ts';

const lock = statement('lock_threads', `select pg_advisory_xact_lock(hashtextextended('thread:' || $1 || key, 0)) from (select key from unnest($2::text[]) k(key) order by key) ordered`);
const note = statement('note_thread_events', 'insert into thread_event (tenant_id, source, thread_key, event_key, occurred_at) select $1, source, thread_key, event_key, occurred_at from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) as e(source, thread_key, event_key, occurred_at) on conflict do nothing');
const known = statement<{ key: string; events: number; replies: number; ended: boolean; latest: string }>(
  'threads_by_events',
  `select thread_key as key, count(*)::int as events, max(occurred_at) as latest, bool_or(event_key in ('ended', 'ended seen')) as ended,
     count(*) filter (where event_key like 'reply %' and not exists (select from thread_event r where r.tenant_id = e.tenant_id and r.source = e.source and r.thread_key = e.thread_key and r.event_key = 'removed ' || substr(e.event_key, 7)))::int as replies
   from thread_event e where tenant_id = $1 and (source, thread_key) in (select source, key from unnest($2::text[], $3::text[]) as t(source, key)) group by source, thread_key`,
);

/** What is stated about threads after something happened to them. */
export interface ThreadStatements<Event> {
  readonly records: readonly { readonly event: Event; readonly record: ReadRecord }[];
  readonly deletions: readonly { readonly event: Event; readonly deletion: ReadDeletion }[];
}

const keyOf = ({ externalRef }: ReadThreadEvent): { source: string; key: string } => {
  const { system, id } = checkExternalRef(externalRef, []);
  return { source: system, key: id };
};

/**
 * Counts replies. A source that announces replies one by one does not say how many a thread has, so each event is kept and
 * the count follows from the set of them, whatever their order. What is stated is dated by the latest event, and one
 * millisecond later for each event that is known, so that of two counts the one that knows more holds. A thread that was
 * deleted stays so.
 */
export async function readThreads<Event extends ReadThreadEvent>(work: Work, events: readonly Event[]): Promise<ThreadStatements<Event>> {
  if (events.length === 0) return { records: [], deletions: [] };
  const keyed = events.map((event) => ({ event, ...keyOf(event) }));
  const threads = new Map(keyed.map((each) => [each.key, each]));
  await work.rows(lock, [work.tenantId, [...threads.keys()]]);
  await work.rows(note, [work.tenantId, keyed.map(({ source }) => source), keyed.map(({ key }) => key), keyed.map(({ event }) => event.event), keyed.map(({ event }) => event.occurredAt)]);
  const states = await work.rows(known, [work.tenantId, [...threads.values()].map(({ source }) => source), [...threads.keys()]]);
  const stated = states.flatMap(({ key, events: count, latest, ...state }) => {
    const thread = threads.get(key);
    return thread ? [{ ...state, ...thread, at: new Date(Date.parse(latest) + count).toISOString() }] : [];
  });
  return {
    records: stated.filter(({ ended }) => !ended).map(({ event, source, replies, at }) => ({ event, record: toRecord(event, { source, replies, at }) })),
    deletions: stated.filter(({ ended }) => ended).map(({ event, source, at }) => ({ event, deletion: { type: 'Thread', externalRef: event.externalRef, source, occurredAt: at, reason: 'Deleted in the chat', path: event.path } })),
  };
}

function toRecord({ account, externalRef, threadAt, origin, path }: ReadThreadEvent, { source, replies, at }: { readonly source: string; readonly replies: number; readonly at: string }): ReadRecord {
  return { plural: 'threads', input: { account, externalRef, replyCount: replies, occurredAt: threadAt, modifiedAt: at, mode: 'PATCH', source, ...(origin ? { origin } : {}) }, path };
}
