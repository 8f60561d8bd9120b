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
 * Marks events as taken in by a consumer, in the Work's own transaction, and answers those that were not before: the
 * consumer works on these alone. The marks and the effect commit together or not at all, so each event has its effect
 * once, however often it is delivered.
 */
export async function firstTime(work: Work, consumer: string, eventIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (eventIds.length === 0) return new Set();
  const fresh = await work.rows(receive, [work.tenantId, consumer, eventIds, work.now]);
  return new Set(fresh.map(({ id }) => id));
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
