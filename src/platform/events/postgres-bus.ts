import type { Database } from '../postgres/database.ts';
import { statement } from '../postgres/statement.ts';
import { partitionKey, type Bus } from './bus.ts';
import { createIntake, type IntakeOptions } from './consume.ts';
import type { Envelope } from './event.ts';
import { partitionOf } from './partition.ts';
import { GroupReader, messagesOf } from './group-reader.ts';
import { logLag, moveStarts } from './log-position.ts';

/**
 * The bus for installations without Kafka. Facts of tenants are read from the log by position, and nothing is copied. What is
 * no fact of a tenant (dead letters, replays), and facts that are kept besides the log, are messages of topics: rows with offsets.
 */
export interface PostgresBus extends Bus {
  /** Forgets a group that will not come back, so that nothing is kept for it any longer. */
  forget(group: string): Promise<void>;
}

/** What the bus is made of. */
export interface PostgresBusOptions extends IntakeOptions {
  readonly database: Database;
  /** Partitions of a topic; 8 when absent. More let more consumers of a group share it. Keys change places when it changes. */
  readonly partitions?: number;
  /** How often consumers that share their groups look who else is there; 1,000 when absent. It is looked for lost rings five times more rarely. Milliseconds. */
  readonly lookEvery?: number;
  /** Kinds of facts that are published to topics too, whose events stay for ever; none when absent. */
  readonly kept?: readonly string[];
}

// The partitions' rows are locked in order, so publishers never lock crosswise, and until commit, so that offsets are
// visible in order: a reader that saw offset n will never meet a smaller one it has not seen.
const append = statement(
  'bus_append',
  `with incoming as (
     select topic, partition, event, turn, row_number() over (partition by topic, partition order by turn) as place
     from rows from (unnest($1::text[]), unnest($2::int[]), json_array_elements($3::json)) with ordinality as e(topic, partition, event, turn)
   ), counted as (
     select topic, partition, count(*) as events from incoming group by topic, partition
   ), claimed as (
     insert into bus_partition (topic, partition, next_offset)
     select topic, partition, events from counted order by topic, partition
     on conflict (topic, partition) do update set next_offset = bus_partition.next_offset + excluded.next_offset
     returning topic, partition, next_offset
   )
   insert into bus_event (topic, partition, "offset", event, appended_at)
   select topic, partition, next_offset - events + place - 1, event, app_now()
   from incoming join claimed using (topic, partition) join counted using (topic, partition)`,
);

const lagOfGroup = statement<{ topic: string; events: number }>(
  'bus_lag',
  `select p.topic, sum(p.next_offset - coalesce(c.next_offset, 0))::bigint as events
   from bus_partition p left join bus_cursor c on c.consumer_group = $1 and c.topic = p.topic and c.partition = p.partition
   where p.topic in (select topic from bus_cursor where consumer_group = $1)
   group by p.topic order by p.topic`,
);

// Within a partition events lie in the order of their age, so the old ones are found at the front of the primary key.
const mostAtOnce = 10_000;
const prunePartition = statement<{ pruned: number }>(
  'bus_prune',
  `with front as (
     select e.ctid, e.appended_at from bus_event e
     where e.topic = $1 and e.partition = $2 and e."offset" < coalesce(
       (select min(next_offset) from bus_cursor where topic = $1 and partition = $2), 9223372036854775807)
     order by e."offset" limit ${mostAtOnce}
   ), old as (
     delete from bus_event where ctid = any(array(select ctid from front where appended_at < $3)) returning 1
   ) select count(*)::int as pruned from old`,
);
const allPartitions = statement<{ topic: string; partition: number }>('bus_partitions', 'select topic, partition from bus_partition order by topic, partition');
const readPage = 1_000;
const ofPartition = statement<{ offset: number; event: unknown }>(
  'bus_read',
  `select "offset", event from bus_event where topic = $1 and partition = $2 and "offset" >= $3 order by "offset" limit ${readPage}`,
);
const answers = statement('bus_check', 'select 1 as answer');
const forgetGroup = statement('bus_forget_group', 'with reader as (delete from log_group where consumer_group = $1) delete from bus_cursor where consumer_group = $1');

/** A bus on Postgres, as durable as its database. */
export function createPostgresBus(options: PostgresBusOptions): PostgresBus {
  const { database, partitions = 8, lookEvery = 1_000, kept = [], onError } = options;

  const publish = async (events: readonly Envelope[]): Promise<void> => {
    if (events.length === 0) return;
    const topics = events.map(({ kind }) => kind);
    const places = events.map((event) => partitionOf(partitionKey(event), partitions));
    await database.system((sql) => sql.rows(append, [topics, places, JSON.stringify(events)]));
    for (const topic of new Set(topics)) database.doorbell.ring(`${messagesOf}${topic}`);
  };

  const readers: GroupReader[] = [];
  const readerOf = (group: string): GroupReader => {
    const free = readers.find((reader) => !reader.has(group));
    if (free) return free;
    const reader = new GroupReader({ database, lookEvery, published: kept, onError });
    readers.push(reader);
    return reader;
  };

  return {
    publish,
    copies: kept,
    consume: (consumer) => readerOf(consumer.group).consume(consumer, createIntake(consumer, options)),
    async lag(group) {
      const rows = await database.system(async (sql) => [...(await sql.rows(logLag, [group])), ...(await sql.rows(lagOfGroup, [group]))]);
      const lags = new Map<string, number>();
      for (const { topic, events } of rows) lags.set(topic, (lags.get(topic) ?? 0) + events);
      return lags;
    },
    async *read(topic, places = new Map()) {
      const known = await database.system((sql) => sql.rows(allPartitions));
      for (const { partition } of known.filter((place) => place.topic === topic)) {
        for (let from: number | null = places.get(partition) ?? 0; from !== null; ) {
          const offset: number = from;
          const rows = await database.system((sql) => sql.rows(ofPartition, [topic, partition, offset]));
          yield* rows.map(({ event }) => event);
          const last = rows.at(-1);
          if (last) places.set(partition, last.offset + 1);
          from = last && rows.length === readPage ? last.offset + 1 : null;
        }
      }
    },

    check: () => database.system(async (sql) => void (await sql.rows(answers))),

    // Its connections are the database's.
    close: async () => undefined,

    async prune(before) {
      await database.system((sql) => sql.rows(moveStarts, [before.toISOString()]));
      let total = 0;
      for (const { topic, partition } of await database.system((sql) => sql.rows(allPartitions))) {
        if (kept.includes(topic)) continue;
        for (let pruned = mostAtOnce; pruned === mostAtOnce; total += pruned) {
          const [result] = await database.system((sql) => sql.rows(prunePartition, [topic, partition, before.toISOString()]));
          pruned = result?.pruned ?? 0;
        }
      }
      return total;
    },
    forget: async (group) => {
      await database.system((sql) => sql.rows(forgetGroup, [group]));
    },
  };
}
