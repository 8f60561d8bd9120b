import type { Clock } from '../../platform/clock.ts';
import type { LiveFact } from '../../platform/graphql/live.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';

/** Told of a tenant's facts, each once, in the order of the tenant's chain. */
export type FactListener = (facts: readonly LiveFact[]) => void;

/** The tenants' chains of facts, read as they grow. */
export interface FactFeed {
  /**
   * Follows a tenant from the present end of its chain. `position` is that end: facts up to it are history, facts after
   * it reach the listener, each exactly once.
   */
  follow(tenantId: Id<'Tenant'>, listener: FactListener): Promise<{ position: number; stop(): void }>;
  /** Facts of some kinds after a place up to another, the oldest first, at most `limit`. */
  history(tenantId: Id<'Tenant'>, range: { after: number; upTo: number; kinds: readonly string[]; limit: number }): Promise<LiveFact[]>;
  close(): Promise<void>;
}

/** Where nudges come from: "tenant so-and-so has new facts". */
export type Nudges = (wake: (tenantId: string) => void) => () => void;

/** What the feed is made of. */
export interface FactFeedOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly nudges: Nudges;
  /** A nudge may be lost; followed tenants are looked at this often all the same. Milliseconds. */
  readonly lookEvery: number;
  onError(error: unknown): void;
}

const batch = 500;
const columns = `sequence, kind, account_id as "accountId", occurred_at as "occurredAt", data`;
const chainEnd = statement<{ sequence: number }>('live_chain_end', 'select sequence from audit_head where tenant_id = $1');
const factsAfter = statement<LiveFact>('live_facts_after', `select ${columns} from audit_logs where tenant_id = $1 and sequence > $2 order by sequence limit ${batch}`);
const factsBetween = statement<LiveFact>(
  'live_facts_between',
  `select ${columns} from audit_logs where tenant_id = $1 and sequence > $2 and sequence <= $3 and kind = any($4::text[]) order by sequence limit $5`,
);

/** One tenant being followed. */
class Tail {
  readonly listeners = new Set<FactListener>();
  position = -1;
  ready: Promise<void> | null = null;
  reading = false;
  again = false;
}

/**
 * A feed that reads each followed tenant's chain once per process, whoever listens. The chain is gap-free and grows in
 * the order of commit, so "everything after the last one seen" misses nothing; nudges only say when to look.
 */
export function createFactFeed({ database, nudges, lookEvery, onError }: FactFeedOptions): FactFeed {
  const tails = new Map<Id<'Tenant'>, Tail>();

  const inRead = async <Result>(tenantId: Id<'Tenant'>, body: (read: ReturnType<Database['read']>) => Promise<Result>): Promise<Result> => {
    const read = database.read(tenantId);
    try {
      return await body(read);
    } finally {
      await read.close();
    }
  };

  const readOn = async (tenantId: Id<'Tenant'>, tail: Tail): Promise<void> => {
    if (tail.reading) {
      tail.again = true;
      return;
    }
    tail.reading = true;
    try {
      do {
        tail.again = false;
        const facts = await inRead(tenantId, (read) => read.rows(factsAfter, [tenantId, tail.position]));
        const last = facts.at(-1);
        if (!last) continue;
        tail.position = last.sequence;
        for (const listener of tail.listeners) listener(facts);
        if (facts.length === batch) tail.again = true;
      } while (tail.again);
    } catch (error) {
      onError(error);
    } finally {
      tail.reading = false;
    }
  };

  const wake = (tenantId: string): void => {
    const tail = tails.get(tenantId as Id<'Tenant'>);
    if (tail && tail.position >= 0) void readOn(tenantId as Id<'Tenant'>, tail);
  };
  const stopNudges = nudges(wake);
  const timer = setInterval(() => {
    for (const tenantId of tails.keys()) wake(tenantId);
  }, lookEvery);
  timer.unref();

  return {
    async follow(tenantId, listener) {
      let tail = tails.get(tenantId);
      if (!tail) tails.set(tenantId, (tail = new Tail()));
      const followed = tail;
      followed.ready ??= inRead(tenantId, (read) => read.rows(chainEnd, [tenantId])).then(([end]) => {
        followed.position = end?.sequence ?? 0;
      });
      try {
        await followed.ready;
      } catch (error) {
        tails.delete(tenantId);
        throw error;
      }
      // From here to the answer nothing else runs: the listener joins exactly at the position it is told.
      followed.listeners.add(listener);
      return {
        position: followed.position,
        stop() {
          followed.listeners.delete(listener);
          if (followed.listeners.size === 0 && tails.get(tenantId) === followed) tails.delete(tenantId);
        },
      };
    },
    history: (tenantId, { after, upTo, kinds, limit }) => inRead(tenantId, (read) => read.rows(factsBetween, [tenantId, after, upTo, kinds, limit])),
    async close() {
      clearInterval(timer);
      stopNudges();
      tails.clear();
    },
  };
}
