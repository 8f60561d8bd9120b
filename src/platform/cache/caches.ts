import type { z } from 'zod';
import type { EventKind } from '../events/event.ts';
import type { Id } from '../ids.ts';
import { counter } from '../metrics.ts';
import { cacheKey, type CacheEntry, type CacheKey, type CacheStore, type Lookup } from './cache-store.ts';
import { ParsedAnswers } from './parsed-answers.ts';

/** A fact as far as caches care: recorded just now, or come over the bus. */
export interface ChangeFact {
  readonly kind: string;
  readonly accountId: string | null;
  readonly data: Record<string, unknown>;
}

/** Which keys of a cache a kind of fact makes stale. */
export interface Staleness {
  readonly kind: string;
  /** Whether the entries are loaded even if no reader asked for them lately; only of caches with `refreshes`. */
  readonly fills: boolean;
  keys(fact: ChangeFact): readonly string[];
}

/** States that a kind of event makes keys of a cache stale. */
export function staleBy<Data extends Record<string, unknown>>(event: EventKind<Data>, keys: (data: Data, accountId: string | null) => readonly string[], { fills = false } = {}): Staleness {
  return { kind: event.kind, fills, keys: ({ data, accountId }) => keys(event.schema.parse(data), accountId) };
}

/** A cache: what it is called, how long answers live, how they are read back, and what makes them stale. */
export interface Cache<Answer> {
  /** Begins its keys and labels its metrics. */
  readonly name: string;
  /** How long an answer is kept at most. */
  readonly seconds: number;
  /** Reads a kept answer; what does not fit (an older program's, say) counts as not there. Answers must survive JSON. */
  readonly schema: z.ZodType<Answer>;
  /** Whether "there is none" is kept too: only where `staleBy` names the facts by which it comes about. */
  readonly keepsAbsence?: boolean;
  /** Whether stale entries that readers asked for lately are loaded again at once, so that the next reader finds them. See `createRefresher`. */
  readonly refreshes?: boolean;
  readonly staleBy: readonly Staleness[];
}

/** What is asked of a cache for one tenant. */
export interface Ask<Answer> {
  readonly tenantId: Id<'Tenant'>;
  readonly keys: readonly string[];
  /** When the snapshot that `load` reads from was opened, by `performance.now()`; null while it is not. */
  openedAt(): number | null;
  /** Answers the keys at these places, in order. */
  load(places: readonly number[]): Promise<readonly Answer[]>;
}

/** The read-through caches of a process. */
export interface Caches {
  readonly kind: CacheStore['kind'];
  /** Answers from the cache, and from `load` for what is not there; then only from `load` when the cache is away. */
  through<Answer>(cache: Cache<Answer>, ask: Ask<Answer>): Promise<readonly Answer[]>;
  /** Loads entries of a cache again that are gone: of `keys` those that readers asked for lately, or all of them with `all`. Returns how many. Throws what `load` throws, and `Unavailable` when the store is away. */
  reload<Answer>(cache: Cache<Answer>, ask: Ask<Answer>, options: { readonly all: boolean }): Promise<number>;
  /** The kinds of facts that make something stale. */
  readonly kinds: readonly string[];
  /** Forgets what facts make stale. Throws `Unavailable` when the store is away: then it must be told again. */
  forget(tenantId: Id<'Tenant'>, facts: readonly ChangeFact[]): Promise<void>;
  /** As `forget`, for the process that has just committed: the event will tell it again should the store be away. */
  forgetNow(tenantId: Id<'Tenant'>, facts: readonly ChangeFact[]): Promise<void>;
  close(): void;
}

const hits = counter('cache_hits_total', 'Answers that came out of a cache, by cache.', ['cache']);
const misses = counter('cache_misses_total', 'Answers that a cache did not have, by cache. A rise against the hits means more work for the database.', ['cache']);
const fallbacks = counter('cache_fallbacks_total', 'Questions answered without the cache because it was away, by cache. A rise means that Redis is away or overloaded.', ['cache']);

/** Makes the caches of a process over a store; `declared` are those that facts make stale. */
export function createCaches(store: CacheStore, declared: readonly Cache<never>[]): Caches {
  /** Loads under way: who asks for the same in the meantime waits for them. */
  const flights = new Map<CacheKey, Promise<string>>();
  const parsed = new ParsedAnswers();
  const byKind = new Map<string, { cache: string; staleness: Staleness }[]>();
  for (const { name, staleBy } of declared) {
    for (const staleness of staleBy) byKind.set(staleness.kind, [...(byKind.get(staleness.kind) ?? []), { cache: name, staleness }]);
  }

  const lookup = async (cache: string, keys: readonly CacheKey[]): Promise<Lookup | null> => {
    try {
      return await store.lookup(keys);
    } catch (error) {
      fallbacks.inc({ cache }, keys.length);
      store.fellBack(error);
      return null;
    }
  };

  /** Loads what nobody else is loading, and keeps it. */
  const loadOwn = async <Answer>(cache: Cache<Answer>, { openedAt, load }: Ask<Answer>, keys: readonly CacheKey[], places: readonly number[], found: Lookup | null): Promise<readonly Answer[]> => {
    const since = openedAt() ?? performance.now();
    const loading = load(places);
    const texts = loading.then((answers) => answers.map((answer) => JSON.stringify(answer ?? null)));
    const own = places.map((place, index) => {
      const key = keys[place] as CacheKey;
      const flight = texts.then((all) => all[index] ?? 'null');
      flight.catch(() => undefined);
      flights.set(key, flight);
      return { key, flight };
    });
    try {
      const answers = await loading;
      const worth = own.map(({ key }, index) => ({ key, answer: answers[index] })).filter(({ answer }) => cache.keepsAbsence || (answer !== null && answer !== undefined));
      const entries = worth.map(({ key, answer }) => ({ key, text: JSON.stringify(answer ?? null), seconds: cache.seconds }));
      // Not waited for: the answer is there.
      const marks = cache.refreshes ? entries.map(asked) : [];
      if (found && entries.length > 0) found.fill(entries.concat(marks), since).catch((error: unknown) => store.fellBack(error));
      return answers;
    } finally {
      for (const { key, flight } of own) if (flights.get(key) === flight) flights.delete(key);
    }
  };

  const through = async <Answer>(cache: Cache<Answer>, ask: Ask<Answer>): Promise<readonly Answer[]> => {
    const keys = ask.keys.map((key) => cacheKey(cache.name, ask.tenantId, key));
    const found = await lookup(cache.name, keys);
    const answers = keys.map((key, place) => parsed.read(cache.schema, key, found?.texts[place] ?? null));
    const missing = keys.flatMap((_key, place) => (answers[place] ? [] : [place]));
    hits.inc({ cache: cache.name }, keys.length - missing.length);
    misses.inc({ cache: cache.name }, missing.length);
    if (missing.length > 0) {
      const own: number[] = [];
      const shared: { place: number; flight: Promise<string> }[] = [];
      for (const place of missing) {
        const flight = flights.get(keys[place] as CacheKey);
        if (flight) shared.push({ place, flight });
        else own.push(place);
      }
      const loaded = own.length > 0 ? loadOwn(cache, ask, keys, own, found) : Promise.resolve([]);
      const joined = shared.map(async ({ place, flight }) => {
        // Somebody else's failure is not ours: their snapshot may have been closed under them.
        answers[place] = parsed.read(cache.schema, keys[place] as CacheKey, await flight.catch(() => null));
        return place;
      });
      for (const [index, answer] of (await loaded).entries()) answers[own[index] as number] = { answer };
      const again = (await Promise.all(joined)).filter((place) => !answers[place]);
      if (again.length > 0) for (const [index, answer] of (await loadOwn(cache, ask, keys, again, found)).entries()) answers[again[index] as number] = { answer };
    }
    return answers.map((each) => (each as { answer: Answer }).answer);
  };

  const reload = async <Answer>(cache: Cache<Answer>, { tenantId, keys, openedAt, load }: Ask<Answer>, { all }: { readonly all: boolean }): Promise<number> => {
    const names = keys.map((key) => cacheKey(cache.name, tenantId, key));
    const { texts, fill } = await store.lookup([...names, ...names.map(askedKey)]);
    // What another reader has loaded meanwhile is as new as what would be loaded here.
    const places = [...names.keys()].filter((place) => texts[place] === null && (all || texts[names.length + place] !== null));
    if (places.length === 0) return 0;
    const answers = await load(places);
    const entries = places.flatMap((place, index) => (answers[index] === null || answers[index] === undefined ? [] : [{ key: names[place] as CacheKey, text: JSON.stringify(answers[index]), seconds: cache.seconds }]));
    await fill(entries, openedAt() ?? performance.now());
    return entries.length;
  };

  const staleKeys = (tenantId: Id<'Tenant'>, facts: readonly ChangeFact[]): CacheKey[] => {
    const keys = facts.flatMap((fact) => (byKind.get(fact.kind) ?? []).flatMap(({ cache, staleness }) => staleness.keys(fact).map((key) => cacheKey(cache, tenantId, key))));
    return [...new Set(keys)];
  };

  const forget = async (tenantId: Id<'Tenant'>, facts: readonly ChangeFact[]): Promise<void> => {
    const keys = staleKeys(tenantId, facts);
    if (keys.length === 0) return;
    // Who asks from now on must not be answered by a load that may have begun before the change.
    for (const key of keys) flights.delete(key);
    parsed.forget(keys);
    await store.forget(keys);
  };

  return {
    kind: store.kind,
    kinds: [...byKind.keys()],
    through,
    reload,
    forget,
    async forgetNow(tenantId, facts) {
      await forget(tenantId, facts).catch((error: unknown) => store.fellBack(error));
    },
    close() {
      parsed.clear();
      store.close();
    },
  };
}

/** For how many lifetimes of an entry it is remembered that a reader asked for it. */
const rememberedLifetimes = 3;
/** The key beside an entry by which it is remembered that a reader asked for it. What makes the entry stale leaves it. */
const askedKey = (key: CacheKey): CacheKey => `asked:${key}`;
const asked = ({ key, seconds }: CacheEntry): CacheEntry => ({ key: askedKey(key), text: '1', seconds: seconds * rememberedLifetimes, isMark: true });

/** The keys of one cache that facts make stale; `fills` says of each whether it is loaded even if no reader asked for it. */
export function staleKeysOf({ staleBy: by }: Pick<Cache<never>, 'staleBy'>, facts: readonly ChangeFact[]): ReadonlyMap<string, boolean> {
  const keys = new Map<string, boolean>();
  for (const fact of facts) for (const { kind, fills, keys: keysOf } of by) if (kind === fact.kind) for (const key of keysOf(fact)) keys.set(key, fills || (keys.get(key) ?? false));
  return keys;
}
