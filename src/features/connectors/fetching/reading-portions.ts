import { joinReadings, type Reading } from '../reading.ts';

/** Items that one transaction stores, at most. */
export const mostItemsTogether = 500;

/** The parts of a reading in the order in which a delivery is taken in. */
const order = ['accounts', 'threadEvents', 'records', 'deletions', 'signals', 'fetches', 'ignored'] as const satisfies readonly (keyof Reading)[];

/** How many items a reading has. */
export const sizeOfReading = (reading: Reading): number => order.reduce((size, part) => size + (reading[part]?.length ?? 0), 0);

/** The items of a reading, each with its place. */
export const itemsOf = (reading: Reading): readonly { readonly path: readonly string[] }[] => order.flatMap((part) => [...(reading[part] ?? [])]);

/**
 * A reading as portions of at most so many items, each for a transaction of its own, which together come to the same:
 * accounts come before what belongs to them. There is at least one.
 */
export function portionsOf(reading: Reading, most: number = mostItemsTogether): Reading[] {
  if (sizeOfReading(reading) <= most) return [reading];
  const portions: Reading[] = [];
  const open: Partial<Reading>[] = [];
  let room = most;
  for (const part of order) {
    let items: readonly unknown[] = reading[part] ?? [];
    while (items.length > 0) {
      open.push({ [part]: items.slice(0, room) });
      const taken = Math.min(room, items.length);
      items = items.slice(taken);
      room -= taken;
      if (room === 0) {
        portions.push(joinReadings(open.splice(0)));
        room = most;
      }
    }
  }
  if (open.length > 0) portions.push(joinReadings(open));
  return portions;
}

/** Several readings as one, in which the path of each item begins with the number of its reading. */
export function numberReadings(readings: readonly Reading[]): Reading {
  return joinReadings(readings.map((reading, number) => Object.fromEntries(order.map((part) => [part, (reading[part] ?? []).map((item) => ({ ...item, path: [String(number), ...item.path] }))]))));
}
