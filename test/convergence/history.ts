/** What somebody is called by a system. */
export interface Ref {
  readonly system: string;
  readonly id: string;
}

/** Who says something of a node, when, and how it is meant. */
interface Statement {
  readonly ref: Ref;
  readonly source: string;
  readonly mode: 'PATCH' | 'REPLACE';
  /** When it was true; null: the source does not say. */
  readonly at: string | null;
  /** When the source changed what it says, where that is another instant. */
  readonly modifiedAt: string | null;
  /** What is left out is not spoken of, which is not the same as null. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What sources and people tell the program. */
export type Delivery =
  | ({ readonly kind: 'account' } & Statement)
  | ({ readonly kind: 'record'; readonly plural: string; readonly account: Ref } & Statement)
  | ({ readonly kind: 'deletion'; readonly type: string } & Pick<Statement, 'ref' | 'source' | 'at'>)
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

/** Whether a statement has no time but that of its arrival: then arriving again later makes it another statement. */
const isUntimed = (delivery: Delivery): boolean => delivery.kind !== 'consent' && delivery.kind !== 'signal' && delivery.at === null && (delivery.kind === 'deletion' || delivery.modifiedAt === null);

/**
 * Whether of two deliveries the one that stands later comes later in every way: what people decide comes in the order in
 * which they decided it, and what a source says of a node without a time is in the order of arrival. All else may come in
 * any order.
 */
function keepOrder(one: Delivery, other: Delivery): boolean {
  if (one.kind === 'consent' || other.kind === 'consent') return one.kind === other.kind;
  if (one.kind === 'signal' || other.kind === 'signal') return false;
  return isUntimed(one) && isUntimed(other) && one.source === other.source && same(one.ref, other.ref);
}

/** The deliveries of the second way. */
export function secondWay({ items }: Pick<History, 'items'>): Batch[] {
  const once = (delivery: Delivery): boolean => delivery.kind === 'consent' || isUntimed(delivery);
  const copies = items.flatMap(({ delivery, turn }, place) => turn.keys.slice(0, once(delivery) ? 1 : turn.copies).map((key) => ({ delivery, turn, place, key })));
  const before = items.map(({ delivery }, place) => items.slice(0, place).flatMap((other, index) => (keepOrder(other.delivery, delivery) ? [index] : [])));
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

/** The deliveries of the first way: as they stand, each in a transaction of its own; the workers take in those of every third. */
export function firstWay({ items }: Pick<History, 'items'>): Batch[] {
  return items.map(({ delivery }, place) => ({ deliveries: [delivery], settles: place % 3 === 2 }));
}

/** A history as a short table, both ways beside each other. */
export function describeHistory(history: History): string {
  const way = (batches: readonly Batch[]): string => batches.map(({ deliveries, settles }) => `  ${deliveries.map((delivery) => `#${history.items.findIndex((item) => item.delivery === delivery) + 1}`).join(' ')}${settles ? '  | workers' : ''}`).join('\n');
  const table = history.items.map(({ delivery }, index) => `  #${index + 1} ${describeDelivery(delivery)}`).join('\n');
  return `deliveries\n${table}\none way, a line per transaction\n${way(firstWay(history))}\nanother way (facts by ${history.batchSize}${history.twice ? ', each twice' : ''})\n${way(secondWay(history))}`;
}

const shown = ({ system, id }: Ref): string => `${system}:${id}`;
const fieldsShown = (fields: Readonly<Record<string, unknown>>): string => Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');

const stated = ({ ref, source, mode, at, modifiedAt, fields }: Statement): string =>
  `${shown(ref)} by ${source} ${mode} at ${at ?? 'arrival'}${modifiedAt === null ? '' : ` modified ${modifiedAt}`}: ${fieldsShown(fields)}`;

function describeDelivery(delivery: Delivery): string {
  if (delivery.kind === 'account') return `account ${stated(delivery)}`;
  if (delivery.kind === 'record') return `${delivery.plural} of ${shown(delivery.account)} ${stated(delivery)}`;
  if (delivery.kind === 'deletion') return `deletion of ${delivery.type} ${shown(delivery.ref)} by ${delivery.source} at ${delivery.at ?? 'arrival'}`;
  if (delivery.kind === 'signal') return `signal ${delivery.type} of ${shown(delivery.account)} from ${delivery.source}, event ${delivery.event}, at ${delivery.at ?? 'arrival'}`;
  return `${delivery.granted ? 'consent' : 'objection'} of ${delivery.email} to ${delivery.purpose}`;
}
