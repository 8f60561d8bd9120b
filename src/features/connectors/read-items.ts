import { InvalidInput } from '../../platform/errors.ts';
import { joinReadings, type Reading } from './reading.ts';

/** Items of a body, with their places in it. */
type Items<Item> = readonly { readonly item: Item; readonly path: readonly string[] }[];
type ReadItem<Item> = (item: Item, path: readonly string[]) => Partial<Reading>;

/**
 * Reads the items of a body one by one. One that cannot be read does not hold up the others: the vendor would send all of
 * them again until it gives up. Throws the first fault if none can be read.
 */
export function readItems<Item>(items: Items<Item>, read: ReadItem<Item>): Reading {
  const { reading, faults: [first, ...others] } = tryEach(items, read);
  if (first && others.length + 1 === items.length) throw first;
  return reading;
}

/** Reads the items of an answer one by one. Those that cannot be read are skipped and said, also if that is all of them. */
export function readEach<Item>(items: Items<Item>, read: ReadItem<Item>): Reading {
  return tryEach(items, read).reading;
}

function tryEach<Item>(items: Items<Item>, read: ReadItem<Item>): { readonly reading: Reading; readonly faults: readonly InvalidInput[] } {
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
  return { reading: joinReadings(readings), faults };
}
