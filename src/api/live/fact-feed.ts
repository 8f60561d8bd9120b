import { Unavailable } from '../../platform/errors.ts';
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
  /** The end of a tenant's chain; a place behind it is nobody's. */
  end(tenantId: Id<'Tenant'>): Promise<number>;
  /** How many tenants are followed at present. */
  readonly followed: number;
  close(): Promise<void>;
}

/** Where nudges come from: calls `wake` when a tenant has new facts; answers how to stop. */
export type Nudges = (tenantId: string, wake: () => void) => () => void;

/** What the feed is made of. */
export interface FactFeedOptions {
  readonly database: Database;
  readonly nudges: Nudges;
  /** A nudge may be lost; followed tenants are looked at this often all the same. Milliseconds. */
  readonly lookEvery: number;
  onError(error: unknown): void;
}

const batch = 500;
const columns = `sequence, kind, account_id as "accountId", occurred_at as "occurredAt", data`;
const chainEnd = statement<{ sequence: number }>('live_chain_end', 'select sequence from audit_head where tenant_id = $1');
/** Facts with what their accounts count for now. */
const withSurvivors = (facts: string): string => `select f.*, coalesce(i.survivor_id, f."accountId") as "survivorId",
     array(select m.id from node_identity m where m.tenant_id = $1 and m.survivor_id = i.survivor_id and m.id <> m.survivor_id) as "mergedIds"
   from (${facts}) f left join node_identity i on i.tenant_id = $1 and i.id = f."accountId" order by f.sequence`;
const factsAfter = statement<LiveFact>('live_facts_after', withSurvivors(`select ${columns} from audit_logs where tenant_id = $1 and sequence > $2 order by sequence limit ${batch}`));
const factsBetween = statement<LiveFact>(
  'live_facts_between',
  withSurvivors(`select ${columns} from audit_logs where tenant_id = $1 and sequence > $2 and sequence <= $3 and kind = any($4::text[]) order by sequence limit $5`),
);

/** One tenant being followed. */
class Tail {
  readonly listeners = new Set<FactListener>();
  position = -1;
  ready: Promise<void> | null = null;
  reading: Promise<void> | null = null;
  again = false;
  stopNudges: () => void = () => undefined;
}

/**
 * A feed that reads each followed tenant's chain once per process, whoever listens. The chain is gap-free and grows in
 * the order of commit, so "everything after the last one seen" misses nothing; nudges only say when to look.
 */
export function createFactFeed({ database, nudges, lookEvery, onError }: FactFeedOptions): FactFeed {
  const tails = new Map<Id<'Tenant'>, Tail>();
  let closed = false;

  const inRead = async <Result>(tenantId: Id<'Tenant'>, body: (read: ReturnType<Database['read']>) => Promise<Result>): Promise<Result> => {
    const read = database.read(tenantId);
    try {
      return await body(read);
    } finally {
      await read.close();
    }
  };

  const end = (tenantId: Id<'Tenant'>): Promise<number> => inRead(tenantId, async (read) => (await read.rows(chainEnd, [tenantId]))[0]?.sequence ?? 0);

  const readOn = async (tenantId: Id<'Tenant'>, tail: Tail): Promise<void> => {
    do {
      tail.again = false;
      const facts = await inRead(tenantId, (read) => read.rows(factsAfter, [tenantId, tail.position]));
      const last = facts.at(-1);
      if (!last) continue;
      tail.position = last.sequence;
      for (const listener of tail.listeners) {
        // A listener that fails must not take the facts away from the others.
        try {
          listener(facts);
        } catch (error) {
          onError(error);
        }
      }
      if (facts.length === batch) tail.again = true;
    } while (tail.again && tails.get(tenantId) === tail);
  };

  const wake = (tenantId: string): void => {
    const tail = tails.get(tenantId as Id<'Tenant'>);
    if (!tail || tail.position < 0) return;
    tail.again = true;
    tail.reading ??= readOn(tenantId as Id<'Tenant'>, tail)
      .catch(onError)
      .finally(() => {
        tail.reading = null;
        // It was woken between its last look and now.
        if (tail.again) wake(tenantId);
      });
  };
  const timer = setInterval(() => {
    for (const tenantId of tails.keys()) wake(tenantId);
  }, lookEvery);
  timer.unref();

  const leave = (tenantId: Id<'Tenant'>, tail: Tail): void => {
    if (tails.get(tenantId) !== tail) return;
    tails.delete(tenantId);
    tail.stopNudges();
  };

  /** The tenant's tail, standing at the chain's end as of some moment since. */
  const tailOf = async (tenantId: Id<'Tenant'>): Promise<Tail> => {
    for (;;) {
      const known = tails.get(tenantId);
      const tail = known ?? new Tail();
      if (!known) {
        tails.set(tenantId, tail);
        tail.stopNudges = nudges(tenantId, () => wake(tenantId));
      }
      tail.ready ??= end(tenantId).then((position) => void (tail.position = position));
      try {
        await tail.ready;
      } catch (error) {
        leave(tenantId, tail);
        throw error;
      }
      // The last listener may have left while we waited, and the tail with it.
      if (tails.get(tenantId) === tail) return tail;
      if (closed) throw new Unavailable('The server is going away. Subscribe again.');
    }
  };

  return {
    async follow(tenantId, listener) {
      const tail = await tailOf(tenantId);
      // Nothing else runs between the tail's answer and here: the listener joins exactly at the position it is told.
      tail.listeners.add(listener);
      return {
        position: tail.position,
        stop() {
          tail.listeners.delete(listener);
          if (tail.listeners.size === 0) leave(tenantId, tail);
        },
      };
    },
    history: (tenantId, { after, upTo, kinds, limit }) => inRead(tenantId, (read) => read.rows(factsBetween, [tenantId, after, upTo, kinds, limit])),
    end,
    get followed() {
      return tails.size;
    },
    async close() {
      closed = true;
      clearInterval(timer);
      for (const tail of tails.values()) tail.stopNudges();
      const reading = [...tails.values()].map((tail) => tail.reading);
      tails.clear();
      await Promise.all(reading.map(async (end) => end));
    },
  };
}
