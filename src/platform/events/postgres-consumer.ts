import { growingPause, pause } from '../pause.ts';
import type { Database } from '../postgres/database.ts';
import { openSession, type Session } from '../postgres/session.ts';
import { statement } from '../postgres/statement.ts';
import { Waker } from '../waker.ts';
import type { Consumer, RunningConsumer } from './bus.ts';
import type { Delivery, Intake } from './consume.ts';
import { consumersActive } from './event-metrics.ts';
import { joinGroup, type Holding, type PartitionShare } from './partition-share.ts';

/** What a consumer of the bus on Postgres is made of. */
export interface PostgresConsumerOptions {
  readonly database: Pick<Database, 'pool' | 'doorbell'>;
  readonly consumer: Consumer;
  readonly intake: Intake;
  readonly partitions: number;
  readonly lookEvery: number;
  readonly onError: (error: unknown) => void;
}

// One statement for all partitions: those with nothing new cost two look-ups by key each.
const fetch = statement<Delivery>(
  'bus_fetch',
  `with news as materialized (
     select p.topic, p.partition, c.next_offset
     from unnest($2::text[], $3::int[]) as held(topic, partition)
     join bus_partition p using (topic, partition)
     join bus_cursor c on c.consumer_group = $1 and c.topic = p.topic and c.partition = p.partition
     where p.next_offset > c.next_offset
   )
   select topic, partition, e."offset", e.event as value
   from news cross join lateral (
     select "offset", event from bus_event b
     where b.topic = news.topic and b.partition = news.partition and b."offset" >= news.next_offset
     order by "offset" limit $4
   ) e order by topic, partition, e."offset"`,
);
const move = statement('bus_move_cursor', 'update bus_cursor set next_offset = $4 where consumer_group = $1 and topic = $2 and partition = $3');
const betweenFailures = { first: 100, most: 10_000 };

/** The channel on which a topic's new events are rung. */
export function topicChannel(topic: string): string {
  return `bus:${topic}`;
}

/** Joins the group, then reads until it is stopped. Rejects when the database cannot be reached at the start. */
export async function startPostgresConsumer(options: PostgresConsumerOptions): Promise<RunningConsumer> {
  const { database, consumer, intake, partitions, lookEvery, onError } = options;
  const { group, batchSize } = consumer;
  const { doorbell } = database;
  const { topics } = intake;
  const groupChannel = `bus-group:${group}`;
  const waker = new Waker();
  const stopping = new AbortController();
  /** Batches in hand, by partition. Those of a lost session stay until they are done: no partition is worked on twice here. */
  const inHand = new Map<string, Promise<void>>();
  let settled = false;

  const unsettle = (): void => {
    settled = false;
    waker.wake();
  };

  const join = async (): Promise<{ session: Session; share: PartitionShare }> => {
    const session = await openSession(database.pool, `context-graph ${group}`);
    session.lost.addEventListener('abort', () => waker.wake());
    const share = await joinGroup({ session, group, topics, partitions, isBusy: (holding) => inHand.has(nameOf(holding)) });
    settled = false;
    doorbell.ring(groupChannel);
    return { session, share };
  };

  const takeIn = async (session: Session, { topic, partition }: Holding, batch: readonly Delivery[]): Promise<void> => {
    try {
      const done = await intake.take(batch);
      const last = batch[done - 1];
      // Over the session that holds the partition's lock: whoever lost it moves no cursor.
      if (last) await session.rows(move, [group, topic, partition, last.offset + 1]);
    } catch (error) {
      onError(error);
    }
  };

  const look = async (session: Session, share: PartitionShare): Promise<void> => {
    const idle = share.holdings.filter((holding) => !inHand.has(nameOf(holding)));
    if (idle.length === 0) return;
    const found = await session.rows(fetch, [group, idle.map(({ topic }) => topic), idle.map(({ partition }) => partition), batchSize]);
    for (const [name, batch] of Map.groupBy(found, nameOf)) {
      const [first] = batch;
      if (!first) continue;
      const work = takeIn(session, first, batch).finally(() => {
        inHand.delete(name);
        waker.wake();
      });
      inHand.set(name, work);
    }
  };

  const run = async (joined: { session: Session; share: PartitionShare }): Promise<void> => {
    let present: typeof joined | null = joined;
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        present ??= await join();
        if (!settled) {
          settled = true;
          if (await present.share.settle()) doorbell.ring(groupChannel);
        }
        await look(present.session, present.share);
        failures = 0;
        await waker.sleep();
      } catch (error) {
        if (!stopping.signal.aborted) onError(error);
        await present?.session.end();
        present = null;
        failures += 1;
        await pause(growingPause(failures, betweenFailures), stopping.signal);
      }
    }
    await Promise.all(inHand.values());
    await present?.share.leave().catch(onError);
    await present?.session.end();
    doorbell.ring(groupChannel);
  };

  const joined = await join();
  const unlisten = [...topics.map((topic) => doorbell.listen(topicChannel(topic), () => waker.wake())), doorbell.listen(groupChannel, unsettle)];
  const timer = setInterval(unsettle, lookEvery);
  consumersActive.inc({ group });
  const running = run(joined);
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    intake.stop();
    stopping.abort();
    waker.wake();
    await running;
    clearInterval(timer);
    for (const silence of unlisten) silence();
    consumersActive.dec({ group });
  };
  return { stop: () => (stopped ??= stop()) };
}

function nameOf({ topic, partition }: Holding): string {
  return `${topic}/${partition}`;
}
