import { growingPause, pause } from '../pause.ts';
import type { Database } from '../postgres/database.ts';
import { openSession, type Session } from '../postgres/session.ts';
import { statement } from '../postgres/statement.ts';
import { Waker } from '../waker.ts';
import { Refused, type Bus } from './bus.ts';
import { outboxGroup, type DeadLetters } from './dead-letters.ts';
import type { Envelope } from './event.ts';
import { relayed } from './event-metrics.ts';
import { leaveLog } from './leave-log.ts';
import { readOutbox, type OutboxEvent } from './outbox.ts';

/** Moves what the outbox names to the bus: ranges of the log, and messages of no tenant. Any number may run on one database; one of them works, the others stand by. */
export interface Relay {
  start(): void;
  /** Finishes the batch in hand and lets another relay take over. */
  stop(): Promise<void>;
  /** Resolves once every fact committed before the call is on the bus, whichever relay moved it. */
  drain(): Promise<void>;
}

/** What a relay is made of. */
export interface RelayOptions {
  readonly database: Pick<Database, 'pool' | 'doorbell' | 'system'>;
  readonly bus: Pick<Bus, 'publish' | 'copies'>;
  /** Where facts go that the bus refuses. */
  readonly deadLetters: Pick<DeadLetters, 'add'>;
  /** At most so many facts are published at once; 1,000 when absent. */
  readonly batchSize?: number;
  /** How often to look without being woken, and to try for the lock; 500 when absent. Milliseconds. */
  readonly lookEvery?: number;
  readonly onError: (error: unknown) => void;
  /** Told of every batch that the bus has. */
  readonly onPublished?: (events: readonly Envelope[]) => void;
}

const takeLock = statement<{ taken: boolean }>('relay_lock', `select pg_try_advisory_lock(hashtextextended('outbox relay', 0)) as taken`);
const newest = statement<{ id: number | null }>('outbox_newest', 'select max(id) as id from outbox');
const anyUpTo = statement<{ waiting: boolean }>('outbox_any_up_to', 'select exists (select from outbox where id <= $1) as waiting');
/** How long a stop waits for the batch in hand. Milliseconds. */
const longestFarewell = 5_000;
const betweenFailures = { first: 100, most: 10_000 };

/**
 * Order: a tenant's ids are handed out under the lock on its chain, so the lowest ids there are hold a gap-free beginning
 * of each tenant's facts. They are taken from the front, published, then deleted. Never "ids greater than the last":
 * a lower id of another tenant may commit later.
 *
 * Loss: a fact leaves the outbox only after the bus has it. A crash in between publishes it again; receivers have inboxes.
 *
 * One at a time: reading and deleting go over the very session that holds the lock, so a relay that lost it can do
 * neither. What it was publishing at that moment arrives once more, after its first arrival; the order of first arrivals
 * holds.
 */
export function createRelay(options: RelayOptions): Relay {
  const { database, bus, batchSize = 1_000, lookEvery = 500, onError } = options;
  const { copies = null } = bus;
  const waker = new Waker();
  let stopping = new AbortController();
  let running: Promise<void> | null = null;

  const moveBatch = async (session: Session): Promise<boolean> => {
    const batch = await readOutbox(session, batchSize, copies);
    if (batch.events.length > 0) await publish(batch.events);
    await batch.remove(session);
    relayed.inc(batch.count);
    return batch.more;
  };

  /** What the bus refuses for good is narrowed down by halves and put aside: one fact must not hold up all others. */
  const publish = async (facts: readonly OutboxEvent[]): Promise<void> => {
    const events = facts.map(({ event }) => event);
    try {
      await bus.publish(events);
      options.onPublished?.(events);
    } catch (error) {
      const [first] = facts;
      if (!(error instanceof Refused) || !first) throw error;
      onError(error);
      if (facts.length === 1) {
        const origin = { topic: first.event.kind, partition: 0, offset: first.id };
        return options.deadLetters.add(outboxGroup, [{ origin, event: first.event, attempts: 1, error }]);
      }
      const middle = facts.length >> 1;
      await publish(facts.slice(0, middle));
      await publish(facts.slice(middle));
    }
  };

  const lead = async (session: Session, signal: AbortSignal): Promise<void> => {
    if (copies === null) await leaveLog(session);
    for (let failures = 0; !signal.aborted && !session.lost.aborted; ) {
      try {
        const more = await moveBatch(session);
        failures = 0;
        if (!more && !signal.aborted) await waker.sleep(lookEvery);
      } catch (error) {
        onError(error);
        failures += 1;
        await pause(growingPause(failures, betweenFailures), signal);
      }
    }
  };

  const standBy = async (session: Session, signal: AbortSignal): Promise<boolean> => {
    while (!signal.aborted) {
      const [lock] = await session.rows(takeLock);
      if (lock?.taken) return true;
      await pause(lookEvery, signal);
    }
    return false;
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    for (let failures = 0; !signal.aborted; ) {
      let session: Session | null = null;
      try {
        session = await openSession(database.pool, 'context-graph relay');
        session.lost.addEventListener('abort', () => waker.wake());
        if (await standBy(session, signal)) await lead(session, signal);
        failures = 0;
      } catch (error) {
        onError(error);
        failures += 1;
      }
      await session?.end();
      if (!signal.aborted) await pause(growingPause(failures + 1, betweenFailures), signal);
    }
  };

  return {
    start() {
      if (running) return;
      stopping = new AbortController();
      // Where consumers read the log, nobody waits for the outbox.
      const unlisten = copies === null ? database.doorbell.listen('outbox', () => waker.wake()) : () => undefined;
      running = run(stopping.signal).finally(unlisten);
    },
    async stop() {
      stopping.abort();
      waker.wake();
      // A bus that is silent keeps the batch in hand; it stays in the outbox and goes once more.
      await Promise.race([running, pause(longestFarewell)]);
      running = null;
    },
    async drain() {
      if (!running) throw new Error('the relay is not running; nothing would ever drain the outbox');
      const last = (await database.system((sql) => sql.rows(newest)))[0]?.id ?? null;
      if (last === null) return;
      while ((await database.system((sql) => sql.rows(anyUpTo, [last])))[0]?.waiting) {
        waker.wake();
        await pause(10);
      }
    },
  };
}
