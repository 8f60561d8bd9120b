import type { Database } from '../postgres/database.ts';
import { statement } from '../postgres/statement.ts';
import type { Work } from '../postgres/work.ts';

// In order of id: two deliveries of one batch that meet wait for each other, and do not lock crosswise.
const receive = statement<{ id: string }>(
  'inbox_receive',
  `insert into inbox (tenant_id, consumer, event_id, received_at)
   select $1, $2, id, $4 from unnest($3::uuid[]) as event(id) order by id
   on conflict do nothing returning event_id as id`,
);

/**
 * Marks events as taken in by a consumer, in the Work's own transaction, and answers those that were not before, each
 * once: one that a relay published twice may come twice in one batch. The consumer works on these alone. The marks and
 * the effect commit together or not at all, so each event has its effect once, however often it is delivered.
 */
export async function firstTime<Event extends { readonly id: string }>(work: Work, consumer: string, events: readonly Event[]): Promise<Event[]> {
  if (events.length === 0) return [];
  const byId = new Map(events.map((event) => [event.id, event]));
  const fresh = new Set((await work.rows(receive, [work.tenantId, consumer, [...byId.keys()], work.now])).map(({ id }) => id));
  return [...byId.values()].filter(({ id }) => fresh.has(id));
}

const mostAtOnce = 10_000;
const forget = statement<{ forgotten: number }>(
  'inbox_forget',
  `with old as (
     delete from inbox where ctid = any(array(select ctid from inbox where received_at < $1 limit ${mostAtOnce})) returning 1
   ) select count(*)::int as forgotten from old`,
);

/** Forgets events received before an instant, which must be longer ago than the bus keeps events. Answers how many. */
export async function pruneInbox(database: Pick<Database, 'system'>, before: Date): Promise<number> {
  for (let total = 0; ; ) {
    const [result] = await database.system((sql) => sql.rows(forget, [before.toISOString()]));
    total += result?.forgotten ?? 0;
    if ((result?.forgotten ?? 0) < mostAtOnce) return total;
  }
}
