import { Unavailable } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import type { ItemResult } from '../delivery-result.ts';
import { joinReadings, type Reading } from '../reading.ts';
import { takeFetched } from '../take-delivery.ts';
import { judgeFault } from './judge-fault.ts';
import { LeaseLost } from './reader-lease.ts';
import { transactIn, type ReaderRun } from './reader-run.ts';
import { itemsOf, portionsOf, sizeOfReading } from './reading-portions.ts';

/** What belongs to storing a reading. */
export interface StoringSteps {
  /** Part of each transaction, with what became of its items. */
  eachPortion?(work: Work, results: readonly ItemResult[]): Promise<void>;
  /** Part of the last transaction, with what became of all items. */
  finish(work: Work, results: readonly ItemResult[]): Promise<void>;
}

/**
 * Takes a reading in, in portions that each have a transaction. A portion that fails as a whole is halved down to the item
 * that causes it, which is refused alone. Doing all of it again after a part was stored changes nothing.
 */
export async function storeReading(run: ReaderRun, reading: Reading, { eachPortion, finish }: StoringSteps): Promise<void> {
  const { lease: { source, connectionId }, parts: { seal } } = run;
  const results: ItemResult[] = [];
  const waiting = portionsOf(reading);
  for (let portion = waiting.shift(); portion; portion = waiting.shift()) {
    const current = portion;
    const isLast = waiting.length === 0;
    try {
      const stored = await transactIn(run, async (work) => {
        const taken = await takeFetched(work, seal, { source, reading: current, connectionId });
        await eachPortion?.(work, taken);
        if (isLast) await finish(work, [...results, ...taken]);
        return taken;
      });
      results.push(...stored);
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof Unavailable) throw error;
      const size = sizeOfReading(current);
      if (size === 0) throw error;
      if (size > 1) waiting.unshift(...portionsOf(current, Math.ceil(size / 2)));
      else results.push(...refusalOf(run, current, error));
      if (waiting.length === 0) waiting.push(joinReadings([]));
    }
  }
}

function refusalOf({ parts, caller, lease }: ReaderRun, reading: Reading, error: unknown): ItemResult[] {
  const { code, message } = judgeFault(error, parts.signal);
  parts.onError(error, { tenantId: caller.tenantId, connectionId: lease.connectionId, source: lease.source });
  return itemsOf(reading).map(({ path }) => ({ path, status: 'refused', error: { code, message, path } }));
}
