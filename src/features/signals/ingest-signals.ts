import { LimitExceeded, ProductError, Suppressed } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { RunAgain } from '../../platform/postgres/database-errors.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountsOrStubs, lockAccounts, noSuchAccount, selectNamedAccounts, selectorKey } from '../accounts/index.ts';
import { checkSuppression, countSuppressed } from '../consent/index.ts';
import { stagesInForce } from '../stages/index.ts';
import { decideOrigin, type OriginClass } from '../trust/index.ts';
import { dedupeKey, isStageChange, normaliseSignal, type NormalSignal, type SignalStatement } from './normalise-signal.ts';
import { findSignals, storeSignals, type StoredSignal } from './store-signals.ts';

/** What became of one signal. */
export type IngestResult =
  | { readonly outcome: 'ACCEPTED' | 'DUPLICATE'; readonly signalId: Id<'Signal'>; readonly accountId: Id<'Account'> }
  | { readonly outcome: 'REJECTED'; readonly error: ProductError };

/** A signal with the request that brought it. */
export interface ArrivedSignal {
  readonly statement: SignalStatement;
  readonly requestId: string;
  /** Where it stands in the caller's input. */
  readonly path: readonly string[];
  /** Its origin class, where that is decided already: of a signal that is derived from what was delivered before. */
  readonly origin?: OriginClass;
}

/** The most signals one call may bring. */
export const mostSignals = 1_000;

interface Normalised {
  readonly place: number;
  readonly signal: NormalSignal;
  readonly origin: OriginClass;
  readonly requestId: string;
  readonly path: readonly string[];
}

/** A signal whose key comes for the first time in this call, with the account that it was delivered for: none where its reference is unknown. */
interface First extends Normalised {
  readonly deliveredId: Id<'Account'> | undefined;
}

/**
 * Takes signals in: validate, normalise, deduplicate, store, state the fact. Each is judged by itself; of several with one
 * key in a call the first holds. A duplicate gets the stored signal's id and changes nothing, whatever account it names,
 * also when many arrive at once. An unknown reference makes a stub account only for a signal that is stored. Returns one
 * result per signal, in order.
 */
export async function ingestSignals(work: Work, arrived: readonly ArrivedSignal[]): Promise<IngestResult[]> {
  if (arrived.length > mostSignals) throw new LimitExceeded(`At most ${mostSignals} signals in one call; these are ${arrived.length}.`);
  const results: IngestResult[] = [];
  const stages = arrived.some(({ statement: stated }) => isStageChange(stated)) ? await stagesInForce(work, work.tenantId) : null;
  const normal = arrived.flatMap(({ statement: stated, path, requestId, origin: decided }, place) => {
    try {
      const origin = decided ?? decideOrigin(work, { text: null, stated: stated.origin, path });
      return [{ place, requestId, origin, signal: normaliseSignal(stated, work.now, path, stages), path }];
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      results[place] = { outcome: 'REJECTED', error };
      return [];
    }
  });
  const admitted = await refuseSuppressed(work, normal, results);
  const { firsts, keys, known } = await findFirsts(work, admitted, results);
  const stored = await storeFirsts(work, firsts, known);
  for (const [place, key] of keys) {
    const signal = known.get(key) ?? stored.get(key);
    if (!signal) throw new Error('a signal is neither new nor known');
    results[place] = { outcome: firsts.get(key)?.place === place && stored.has(key) ? 'ACCEPTED' : 'DUPLICATE', ...signal };
  }
  return results;
}

/** Refuses signals that hold an address of a person who was erased; one statement, and none where no signal holds an address. */
async function refuseSuppressed(work: Work, signals: readonly Normalised[], results: IngestResult[]): Promise<readonly Normalised[]> {
  const texts = ({ signal: { account, sourceEventId, payload } }: Normalised): unknown[] => [payload, sourceEventId, 'externalRef' in account ? account.externalRef.id : null];
  const suppression = await checkSuppression(work, { values: signals.flatMap(texts) });
  const refused = signals.filter((signal) => suppression.holds(texts(signal)));
  for (const { place, path } of refused) results[place] = { outcome: 'REJECTED', error: new Suppressed(path) };
  countSuppressed(work, 'signal', refused.length);
  return refused.length === 0 ? signals : signals.filter((signal) => !refused.includes(signal));
}

interface Sorted {
  /** By key, the signals that may be new. */
  readonly firsts: Map<string, First>;
  /** By place, the keys of all that are not refused. */
  readonly keys: Map<number, string>;
  /** By key, what is stored already as far as it is known yet. */
  readonly known: Map<string, StoredSignal>;
}

/** Finds the accounts and the first signal of each key. Where an account is unknown, stored signals are looked up before anything is made of the reference. */
async function findFirsts(work: Work, signals: readonly Normalised[], results: IngestResult[]): Promise<Sorted> {
  const accounts = await selectNamedAccounts(work, work.tenantId, signals.map(({ signal }) => signal.account));
  const keyed = signals.map((item) => {
    const name = selectorKey(item.signal.account);
    const deliveredId = accounts.get(name);
    // Content that names an unknown account is not stored yet: its key matters within this call only.
    return { ...item, deliveredId, key: dedupeKey(item.signal, deliveredId ?? name) };
  });
  const known = await findSignals(work, keyed.filter(({ deliveredId, signal }) => !deliveredId && signal.sourceEventId !== null));
  const firsts = new Map<string, First>();
  const keys = new Map<number, string>();
  for (const { key, ...item } of keyed) {
    const isKnown = known.has(key) || firsts.has(key);
    if (!isKnown && !item.deliveredId && 'id' in item.signal.account) {
      results[item.place] = { outcome: 'REJECTED', error: noSuchAccount([...item.path, 'account']) };
      continue;
    }
    keys.set(item.place, key);
    if (!isKnown) firsts.set(key, item);
  }
  return { firsts, keys, known };
}

/** Stores the signals that are new, with stubs for accounts never heard of; returns them by the key of the call. The others come to `known`. */
async function storeFirsts(work: Work, firsts: ReadonlyMap<string, First>, known: Map<string, StoredSignal>): Promise<Map<string, StoredSignal>> {
  const stubs = await makeStubs(work, [...firsts.values()]);
  const placed = [...firsts].map(([callKey, { signal, origin, requestId, deliveredId: known }]) => {
    const deliveredId = known ?? stubs.get(selectorKey(signal.account));
    if (!deliveredId) throw new Error('a signal has no account');
    return { callKey, deliveredId, stub: known === undefined, signal, origin, requestId, key: dedupeKey(signal, deliveredId) };
  });
  const standings = await lockAccounts(work, placed.map(({ deliveredId }) => deliveredId));
  const stored = await storeSignals(work, placed.map((item) => ({ ...item, accountId: standings.get(item.deliveredId)?.survivorId ?? item.deliveredId })));
  const others = placed.filter(({ key }) => !stored.has(key));
  // It was stored meanwhile, and the stub must not stay.
  if (others.some(({ stub }) => stub)) throw new RunAgain('a signal for which a stub account was made is a duplicate');
  const before = await findSignals(work, others);
  for (const { callKey, key } of others) {
    const signal = before.get(key);
    if (signal) known.set(callKey, signal);
  }
  return new Map(placed.flatMap(({ callKey, key }) => {
    const signal = stored.get(key);
    return signal ? [[callKey, signal] as const] : [];
  }));
}

async function makeStubs(work: Work, firsts: readonly First[]): Promise<Map<string, Id<'Account'>>> {
  const unknown = new Map(firsts.flatMap(({ deliveredId, signal }) => (!deliveredId && 'externalRef' in signal.account ? [[selectorKey(signal.account), signal.account.externalRef]] : [])));
  if (unknown.size === 0) return new Map();
  const ids = await accountsOrStubs(work, [...unknown.values()]);
  return new Map([...unknown.keys()].flatMap((key, index) => {
    const id = ids[index];
    return id ? [[key, id] as const] : [];
  }));
}
