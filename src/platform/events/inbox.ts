import { RunAgain } from '../postgres/database-errors.ts';
import type { Database } from '../postgres/database.ts';
import { statement } from '../postgres/statement.ts';
import type { Work } from '../postgres/work.ts';

/** Facts whose marks share a row. */
const blockSize = 1_024;

// Rows of before facts were marked by their sequence still count, until they are pruned.
const notSeen = statement<{ id: string }>(
  'inbox_not_seen',
  `select e.id from unnest($3::uuid[], $4::bigint[]) as e(id, sequence)
   left join inbox_block b on b.tenant_id = $1 and b.consumer = $2 and b.block = e.sequence / ${blockSize}
   where coalesce(get_bit(b.seen, (e.sequence % ${blockSize})::int), 0) = 0
     and not exists (select from inbox i where i.tenant_id = $1 and i.consumer = $2 and i.event_id = e.id)`,
);

// In order of block: two transactions that meet wait for each other, and do not lock crosswise. A block in which one of the
// facts is marked already is left alone and not returned.
const mark = statement<{ block: number }>(
  'inbox_mark',
  `insert into inbox_block (tenant_id, consumer, block, seen, marked_at)
   select $1, $2, block, seen::bit(${blockSize}), $5 from unnest($3::bigint[], $4::text[]) as given(block, seen) order by block
   on conflict (tenant_id, consumer, block) do update set seen = inbox_block.seen | excluded.seen, marked_at = excluded.marked_at
     where (inbox_block.seen & excluded.seen) = repeat('0', ${blockSize})::bit(${blockSize})
   returning block`,
);

/** A fact as the inbox knows it. */
interface Received {
  readonly id: string;
  readonly sequence: number;
}

/** The facts that open transactions will mark, by consumer. */
const marking = new WeakMap<Work, Map<string, Set<number>>>();

/**
 * Returns the events that a consumer has not taken in, each once: one that a relay published twice may come twice in one
 * batch. The consumer works on these alone. They are marked at the end of the Work, in its transaction; if another
 * transaction has marked one of them meanwhile, the Work is undone and runs again. So each event has its effect once,
 * however often it is delivered, and transactions of one consumer and tenant do not wait for each other.
 */
export async function firstTime<Event extends Received>(work: Work, consumer: string, events: readonly Event[]): Promise<Event[]> {
  if (events.length === 0) return [];
  const marks = marksOf(work, consumer);
  const byId = new Map(events.map((event) => [event.id, event]));
  const asked = [...byId.values()].filter(({ sequence }) => !marks.has(sequence));
  const found = new Set((await work.rows(notSeen, [work.tenantId, consumer, asked.map(({ id }) => id), asked.map(({ sequence }) => sequence)])).map(({ id }) => id));
  const fresh = asked.filter(({ id }) => found.has(id));
  for (const { sequence } of fresh) marks.add(sequence);
  return fresh;
}

function marksOf(work: Work, consumer: string): Set<number> {
  const ofWork = marking.get(work) ?? new Map<string, Set<number>>();
  marking.set(work, ofWork);
  const known = ofWork.get(consumer);
  if (known) return known;
  const marks = new Set<number>();
  ofWork.set(consumer, marks);
  work.beforeCommit(() => markSeen(work, consumer, marks));
  return marks;
}

async function markSeen(work: Work, consumer: string, sequences: ReadonlySet<number>): Promise<void> {
  if (sequences.size === 0) return;
  const blocks = Map.groupBy(sequences, (sequence) => Math.floor(sequence / blockSize));
  const bits = [...blocks.values()].map((own) => {
    const text = new Uint8Array(blockSize).fill(0x30);
    for (const sequence of own) text[sequence % blockSize] = 0x31;
    return Buffer.from(text).toString('latin1');
  });
  const marked = await work.rows(mark, [work.tenantId, consumer, [...blocks.keys()], bits, work.now]);
  if (marked.length < blocks.size) throw new RunAgain('Another transaction has taken in one of these events.');
}

const mostAtOnce = 10_000;
const forgetEvents = statement<{ forgotten: number }>(
  'inbox_forget',
  `with old as (
     delete from inbox where ctid = any(array(select ctid from inbox where received_at < $1 limit ${mostAtOnce})) returning 1
   ) select count(*)::int as forgotten from old`,
);
const forgetBlocks = statement<{ forgotten: number }>(
  'inbox_forget_blocks',
  `with old as (delete from inbox_block where marked_at < $1 returning bit_count(seen) as events) select coalesce(sum(events), 0)::int as forgotten from old`,
);

/**
 * Forgets events received before an instant, which must be longer ago than the bus keeps events; those that share a row
 * with a later one stay. Returns how many it forgot.
 */
export async function pruneInbox(database: Pick<Database, 'system'>, before: Date): Promise<number> {
  const [blocks] = await database.system((sql) => sql.rows(forgetBlocks, [before.toISOString()]));
  for (let total = blocks?.forgotten ?? 0; ; ) {
    const [result] = await database.system((sql) => sql.rows(forgetEvents, [before.toISOString()]));
    total += result?.forgotten ?? 0;
    if ((result?.forgotten ?? 0) < mostAtOnce) return total;
  }
}
