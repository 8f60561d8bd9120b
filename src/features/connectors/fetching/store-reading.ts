import { Unavailable } from '../../../platform/errors.ts';
import type { Seal } from '../../../platform/postgres/seal.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import type { ItemResult } from '../delivery-result.ts';
import { joinReadings, type Reading } from '../reading.ts';
import { takeFetched } from '../take-delivery.ts';
import { judgeFault } from './judge-fault.ts';
import { LeaseLost } from './reader-lease.ts';
import { transactIn, type ReaderRun } from './reader-run.ts';
import { itemsOf, portionsOf, sizeOfReading } from './reading-portions.ts';

/** Where what was read is stored. */
export interface ReadingStore {
  readonly source: string;
  /** The connection that it was read with. */
  readonly connectionId: string;
  readonly seal: Seal;
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
  /** Called with a portion that cannot be stored. */
  onError(error: unknown): void;
  readonly signal?: AbortSignal | undefined;
}

/** What belongs to storing a reading. */
export interface StoringSteps {
  /** Part of each transaction, with what became of its items. */
  eachPortion?(work: Work, results: readonly ItemResult[]): Promise<void>;
  /** Part of the last transaction, with what became of all items. */
  finish?(work: Work, results: readonly ItemResult[]): Promise<void>;
}

/** The store of a run: each transaction renews its lease. */
export function storeOf(run: ReaderRun): ReadingStore {
  const { parts: { seal, signal, onError }, caller, lease: { source, connectionId } } = run;
  return { source, connectionId, seal, signal, transact: (body) => transactIn(run, body), onError: (error) => onError(error, { tenantId: caller.tenantId, connectionId, source }) };
}

/**
 * Takes a reading in, in portions that each have a transaction. A portion that fails as a whole is halved down to the item
 * that causes it, which is refused alone. Returns what became of each item. Doing all of it again after a part was stored
 * changes nothing.
 */
export async function storeReading(store: ReadingStore, reading: Reading, { eachPortion, finish }: StoringSteps = {}): Promise<readonly ItemResult[]> {
  const { source, connectionId, seal } = store;
  const results: ItemResult[] = [];
  const waiting = portionsOf(reading);
  for (let portion = waiting.shift(); portion; portion = waiting.shift()) {
    const current = portion;
    const isLast = waiting.length === 0;
    try {
      const stored = await store.transact(async (work) => {
        const taken = await takeFetched(work, seal, { source, reading: current, connectionId });
        await eachPortion?.(work, taken);
        if (isLast) await finish?.(work, [...results, ...taken]);
        return taken;
      });
      results.push(...stored);
    } catch (error) {
      const size = sizeOfReading(current);
      if (error instanceof LeaseLost || error instanceof Unavailable || size === 0) throw error;
      if (size > 1) waiting.unshift(...portionsOf(current, Math.ceil(size / 2)));
      else results.push(...refusalOf(store, current, error));
      // What belongs to the last transaction still has to be done.
      if (waiting.length === 0) waiting.push(joinReadings([]));
    }
  }
  return results;
}

function refusalOf({ signal, onError }: ReadingStore, reading: Reading, error: unknown): ItemResult[] {
  const { code, message } = judgeFault(error, signal);
  onError(error);
  return itemsOf(reading).map(({ path }) => ({ path, status: 'refused', error: { code, message, path } }));
}
