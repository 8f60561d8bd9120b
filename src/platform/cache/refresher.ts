import type { Clock } from '../clock.ts';
import type { Id } from '../ids.ts';
import { counter } from '../metrics.ts';
import type { Read } from '../postgres/read.ts';
import { staleKeysOf, type Cache, type Caches, type ChangeFact } from './caches.ts';

/** A cache whose stale entries are loaded again, and how. */
export interface RefreshedCache<Answer> {
  readonly cache: Cache<Answer>;
  /** Loads the answers of keys, in order, from a snapshot. */
  load(read: Read, keys: readonly string[], now: string): Promise<readonly Answer[]>;
}

/** Loads stale entries again, behind the readers' backs. */
export interface Refresher {
  /** Notes what facts made stale; what is noted again before its turn is loaded once. Call it after the entries were forgotten. */
  note(tenantId: Id<'Tenant'>, facts: readonly ChangeFact[]): void;
  /** Resolves when everything noted so far was loaded or given up. */
  idle(): Promise<void>;
  /** Drops what waits and finishes what is under way. */
  stop(): Promise<void>;
}

/** What a refresher works with. */
export interface RefresherOptions {
  readonly caches: Pick<Caches, 'reload'>;
  readonly refreshed: readonly RefreshedCache<never>[];
  readonly database: { read(tenantId: Id<'Tenant'>): Read };
  readonly clock: Clock;
  onError(error: unknown): void;
}

/** Entries loaded from one snapshot, at most. */
const together = 50;
/** Entries that wait, at most; the next reader loads those beyond. */
const mostWaiting = 2_000;

const reloads = counter('cache_refreshes_total', 'Stale cache entries by what became of them: loaded again, or dropped because too many waited. A rise of dropped means that writes are faster than reloading; readers then load by themselves.', ['cache', 'outcome']);

interface Batch {
  readonly tenantId: Id<'Tenant'>;
  readonly one: RefreshedCache<never>;
  readonly all: boolean;
  readonly keys: readonly string[];
}

/**
 * Loads cache entries again that facts made stale and that readers asked for lately: a write then costs the next reader
 * nothing. One snapshot at a time, so that a burst of writes does not take connections from readers. It is a help only: an
 * entry that is not loaded here is loaded by its next reader.
 */
export function createRefresher({ caches, refreshed, database, clock, onError }: RefresherOptions): Refresher {
  /** By tenant and cache: keys, and whether each is loaded in any case. */
  const waiting = new Map<string, { readonly tenantId: Id<'Tenant'>; readonly one: RefreshedCache<never>; readonly keys: Map<string, boolean> }>();
  let count = 0;
  let running: Promise<void> | null = null;

  const next = (): Batch[] => {
    const [entry] = waiting;
    if (!entry) return [];
    const [name, { tenantId, one, keys }] = entry;
    const taken = [...keys].slice(0, together);
    for (const [key] of taken) keys.delete(key);
    count -= taken.length;
    // Behind the others: one tenant's burst does not hold up the rest.
    waiting.delete(name);
    if (keys.size > 0) waiting.set(name, { tenantId, one, keys });
    return [true, false].map((all) => ({ tenantId, one, all, keys: taken.flatMap(([key, fills]) => (fills === all ? [key] : [])) })).filter((batch) => batch.keys.length > 0);
  };
  const load = async ({ tenantId, one, all, keys }: Batch): Promise<void> => {
    const read = database.read(tenantId);
    try {
      // Before the statement itself: a snapshot told too old only costs an entry.
      const since = performance.now();
      const loaded = await caches.reload(one.cache, { tenantId, keys, openedAt: () => read.openedAt ?? since, load: (places) => one.load(read, places.map((place) => keys[place] ?? ''), clock.now().toISOString()) }, { all });
      reloads.inc({ cache: one.cache.name, outcome: 'loaded' }, loaded);
    } catch (error) {
      onError(error);
    } finally {
      await read.close();
    }
  };
  const work = async (): Promise<void> => {
    for (let batches = next(); batches.length > 0; batches = next()) for (const batch of batches) await load(batch);
    running = null;
  };

  return {
    note(tenantId, facts) {
      for (const one of refreshed) {
        const name = `${one.cache.name} ${tenantId}`;
        for (const [key, fills] of staleKeysOf(one.cache, facts)) {
          const own = waiting.get(name) ?? { tenantId, one, keys: new Map<string, boolean>() };
          const isNew = !own.keys.has(key);
          if (isNew && count >= mostWaiting) {
            reloads.inc({ cache: one.cache.name, outcome: 'dropped' });
            continue;
          }
          if (isNew) count += 1;
          own.keys.set(key, fills || (own.keys.get(key) ?? false));
          waiting.set(name, own);
        }
      }
      if (waiting.size > 0) running ??= work();
    },
    async idle() {
      for (let under = running; under; under = running) await under;
    },
    async stop() {
      waiting.clear();
      count = 0;
      await running;
    },
  };
}
