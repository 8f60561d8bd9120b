import { InvalidInput } from '../../platform/errors.ts';
import { joinReadings, type Reading } from './reading.ts';

/**
 * Reads the items of a body one by one. One that cannot be read does not hold up the others: the vendor would send all of
 * them again until it gives up. Throws the first fault if none can be read.
 */
export function readItems<Item>(items: readonly { readonly item: Item; readonly path: readonly string[] }[], read: (item: Item, path: readonly string[]) => Partial<Reading>): Reading {
  const faults: InvalidInput[] = [];
  const readings = items.map(({ item, path }): Partial<Reading> => {
    try {
      return read(item, path);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      faults.push(error);
      return { ignored: [{ reason: 'UNREADABLE', message: error.message, path: error.inputPath.length > 0 ? error.inputPath : path }] };
    }
  });
  const [first] = faults;
  if (first && faults.length === items.length) throw first;
  return joinReadings(readings);
}
