import type * as fc from 'fast-check';

/** What somebody is called by a system. */
export interface Ref {
  readonly system: string;
  readonly id: string;
}

/** What sources and people tell the program. Whatever is optional is left out, which is not the same as null. */
export type Delivery =
  | { readonly kind: 'account'; readonly ref: Ref; readonly at: string; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'record'; readonly plural: string; readonly account: Ref; readonly ref: Ref; readonly at: string; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'signal'; readonly account: Ref; readonly type: string; readonly source: string; readonly event: string; readonly at: string | null }
  | { readonly kind: 'consent'; readonly email: string; readonly purpose: 'OUTREACH' | 'PROFILING'; readonly granted: boolean };

/** How one delivery arrives in one way of telling the same history. */
export interface Turn {
  /** Its place among the others, of each copy: smaller is earlier. */
  readonly keys: readonly [number, number, number];
  /** How often it arrives, 1 to 3. */
  readonly copies: number;
  /** Whether a transaction ends behind it. */
  readonly ends: boolean;
  /** Whether the workers take in everything before the next transaction. */
  readonly settles: boolean;
}

/** A delivery with how it arrives in the second way; in the first, all arrive as they stand, one by one. */
export interface Item {
  readonly delivery: Delivery;
  readonly turn: Turn;
}

/** A history, and how the workers take it in the second way. */
export interface History {
  readonly items: readonly Item[];
  readonly batchSize: number;
  readonly twice: boolean;
}

/** A transaction of deliveries. */
export interface Batch {
  readonly deliveries: readonly Delivery[];
  readonly settles: boolean;
}

const same = (one: Ref, other: Ref): boolean => one.system === other.system && one.id === other.id;

/**
 * Whether a delivery can only come after another: what people decide comes in the order in which they decided it. All
 * else may come in any order.
 */
function isAfter(later: Delivery, earlier: Delivery): boolean {
  return later.kind === 'consent' && earlier.kind === 'consent';
}

/** What cannot be delivered before something else yet; each goes away with the part of the program that makes it possible. */
export interface Limits {
  /** Whether a record may come before its account. */
  readonly strayRecords: boolean;
  /** Whether a record may come before a record that it refers to. */
  readonly earlyReferences: boolean;
}

/** The deliveries of the second way. */
export function secondWay({ items }: History, limits: Limits): Batch[] {
  const waitsFor = (later: Delivery, earlier: Delivery): boolean => {
    if (later.kind !== 'record') return false;
    if (!limits.strayRecords && earlier.kind === 'account' && same(later.account, earlier.ref)) return true;
    const productRef = later.fields['productRef'] as Ref | undefined;
    return !limits.earlyReferences && productRef !== undefined && earlier.kind === 'record' && earlier.plural === 'products' && same(productRef, earlier.ref);
  };
  const copies = items.flatMap(({ delivery, turn }, place) => turn.keys.slice(0, delivery.kind === 'consent' ? 1 : turn.copies).map((key) => ({ delivery, turn, place, key })));
  const before = items.map(({ delivery }, place) => items.flatMap((other, index) =>
    index !== place && ((isAfter(delivery, other.delivery) && index < place) || waitsFor(delivery, other.delivery)) ? [index] : []));
  const sorted: typeof copies = [];
  const [done, left] = [new Set<number>(), new Set(copies.toSorted((one, other) => one.key - other.key || one.place - other.place))];
  while (left.size > 0) {
    const next = [...left].find(({ place }) => (before[place] ?? []).every((earlier) => done.has(earlier)));
    if (!next) throw new Error('deliveries wait for each other');
    left.delete(next);
    done.add(next.place);
    sorted.push(next);
  }
  return batchesOf(sorted);
}

function batchesOf(sorted: readonly Item[]): Batch[] {
  const batches: { deliveries: Delivery[]; settles: boolean }[] = [];
  let open = false;
  for (const { delivery, turn } of sorted) {
    if (!open) batches.push({ deliveries: [], settles: false });
    batches.at(-1)?.deliveries.push(delivery);
    open = !turn.ends;
    Object.assign(batches.at(-1) ?? {}, { settles: turn.ends && turn.settles });
  }
  return batches;
}

/** The deliveries of the first way: as they stand, but for what must come earlier. */
export function firstWay(history: History, limits: Limits): Batch[] {
  const plain = history.items.map(({ delivery }, place): Item => ({ delivery, turn: { keys: [place, 0, 0], copies: 1, ends: true, settles: true } }));
  return secondWay({ ...history, items: plain }, limits);
}

/** A history as a short table, both ways beside each other. */
export function describeHistory(history: History, limits: Limits): string {
  const way = (batches: readonly Batch[]): string => batches.map(({ deliveries, settles }) => `  ${deliveries.map((delivery) => `#${history.items.findIndex((item) => item.delivery === delivery) + 1}`).join(' ')}${settles ? '  | workers' : ''}`).join('\n');
  const table = history.items.map(({ delivery }, index) => `  #${index + 1} ${describeDelivery(delivery)}`).join('\n');
  return `deliveries\n${table}\none way, a line per transaction\n${way(firstWay(history, limits))}\nanother way (facts by ${history.batchSize}${history.twice ? ', each twice' : ''})\n${way(secondWay(history, limits))}`;
}

const shown = ({ system, id }: Ref): string => `${system}:${id}`;
const fieldsShown = (fields: Readonly<Record<string, unknown>>): string => Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');

function describeDelivery(delivery: Delivery): string {
  if (delivery.kind === 'account') return `account ${shown(delivery.ref)} at ${delivery.at}: ${fieldsShown(delivery.fields)}`;
  if (delivery.kind === 'record') return `${delivery.plural} ${shown(delivery.ref)} of ${shown(delivery.account)} at ${delivery.at}: ${fieldsShown(delivery.fields)}`;
  if (delivery.kind === 'signal') return `signal ${delivery.type} of ${shown(delivery.account)} from ${delivery.source}, event ${delivery.event}, at ${delivery.at ?? 'arrival'}`;
  return `${delivery.granted ? 'consent' : 'objection'} of ${delivery.email} to ${delivery.purpose}`;
}

/** What fast-check draws histories from. */
export type HistoryArbitrary = fc.Arbitrary<History>;
