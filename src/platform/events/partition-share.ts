import type { Session } from '../postgres/session.ts';
import { statement } from '../postgres/statement.ts';

/** A partition that a consumer holds. */
export interface Holding {
  readonly topic: string;
  readonly partition: number;
}

/** The part of a group's partitions that one consumer holds, by session locks. */
export interface PartitionShare {
  readonly holdings: readonly Holding[];
  /** Takes and gives back partitions until the share is fair. Answers whether any was given back. */
  settle(): Promise<boolean>;
  /** Gives everything back and leaves the group. */
  leave(): Promise<void>;
}

/** Who shares what. */
export interface PartitionShareOptions {
  readonly session: Session;
  readonly group: string;
  readonly topics: readonly string[];
  /** How many partitions each topic has at least. */
  readonly partitions: number;
  /** Whether work on a partition is under way; it is given back later then. */
  readonly isBusy: (holding: Holding) => boolean;
}

const makePartitions = statement(
  'bus_make_partitions',
  `insert into bus_partition (topic, partition)
   select topic, partition from unnest($1::text[]) topic, generate_series(0, $2::int - 1) partition order by 1, 2
   on conflict do nothing`,
);
const join = statement('bus_join_group', `select pg_advisory_lock_shared(hashtextextended('bus group ' || $1, 0))`);

// A lock's 64-bit key appears in pg_locks as two halves.
const standing = statement<Holding & { free: boolean; mine: boolean; members: number }>(
  'bus_standing',
  `with held as materialized (
     select (classid::bigint << 32) | objid::bigint as key, mode, pid from pg_locks
     where locktype = 'advisory' and objsubid = 1 and granted
       and database = (select oid from pg_database where datname = current_database())
   )
   select topic, partition, pid is null as free, coalesce(pid = pg_backend_pid(), false) as mine,
          (select count(*)::int from held where key = hashtextextended('bus group ' || $1, 0) and mode = 'ShareLock') as members
   from bus_partition left join held
     on key = hashtextextended('bus ' || $1 || ' ' || topic || ' ' || partition, 0) and mode = 'ExclusiveLock'
   where topic = any($2::text[]) order by topic, partition`,
);
const lock = statement<Holding>(
  'bus_lock_partitions',
  `select topic, partition from unnest($2::text[], $3::int[]) as wanted(topic, partition)
   where pg_try_advisory_lock(hashtextextended('bus ' || $1 || ' ' || topic || ' ' || partition, 0))`,
);
const unlock = statement(
  'bus_unlock_partitions',
  `select pg_advisory_unlock(hashtextextended('bus ' || $1 || ' ' || topic || ' ' || partition, 0))
   from unnest($2::text[], $3::int[]) as held(topic, partition)`,
);
const unlockAll = statement('bus_leave_group', 'select pg_advisory_unlock_all()');
// A group new to a partition begins with the oldest event that is kept.
const makeCursors = statement(
  'bus_make_cursors',
  `insert into bus_cursor (consumer_group, topic, partition, next_offset)
   select $1, p.topic, p.partition, coalesce(
     (select min("offset") from bus_event e where e.topic = p.topic and e.partition = p.partition), p.next_offset)
   from bus_partition p where p.topic = any($2::text[]) order by p.topic, p.partition
   on conflict do nothing`,
);

/**
 * Shares a group's partitions out among its members, without anybody leading. Each member holds a shared lock that makes
 * it count, and one exclusive lock per partition it works on. Of each topic it takes no more than the partitions divided
 * by the members, rounded up, and gives back what is above: so all are held, and no topic by one member alone. A member
 * that dies loses its session, and with it all locks.
 */
export async function joinGroup({ session, group, topics, partitions, isBusy }: PartitionShareOptions): Promise<PartitionShare> {
  let holdings: Holding[] = [];
  const places = (list: readonly Holding[]): unknown[] => [group, list.map(({ topic }) => topic), list.map(({ partition }) => partition)];

  await session.rows(makePartitions, [topics, partitions]);
  await session.rows(makeCursors, [group, topics]);
  await session.rows(join, [group]);

  return {
    get holdings() {
      return holdings;
    },
    async settle() {
      const all = await session.rows(standing, [group, topics]);
      const wanted: Holding[] = [];
      const surplus: Holding[] = [];
      for (const topic of Map.groupBy(all, (partition) => partition.topic).values()) {
        const fair = Math.ceil(topic.length / Math.max(1, topic[0]?.members ?? 1));
        const mine = topic.filter((partition) => partition.mine);
        wanted.push(...topic.filter(({ free }) => free).slice(0, Math.max(0, fair - mine.length)));
        surplus.push(...mine.filter((holding) => !isBusy(holding)).slice(0, Math.max(0, mine.length - fair)));
      }
      const taken = wanted.length > 0 ? await session.rows(lock, places(wanted)) : [];
      // Topics grow partitions when a publisher is set to more of them.
      if (taken.length > 0) await session.rows(makeCursors, [group, topics]);
      if (surplus.length > 0) await session.rows(unlock, places(surplus));
      holdings = [...all.filter((partition) => partition.mine && !surplus.includes(partition)), ...taken];
      return surplus.length > 0;
    },
    async leave() {
      holdings = [];
      await session.rows(unlockAll);
    },
  };
}
