import { inOrder } from './order.ts';
import type { VendorAnswer } from './read-fetch.ts';

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

/** What sources tell the program. */
export type Part =
  | ({ readonly kind: 'account' } & Statement)
  | ({ readonly kind: 'record'; readonly plural: string; readonly account: Ref } & Statement)
  | ({ readonly kind: 'deletion'; readonly type: string } & Pick<Statement, 'ref' | 'source' | 'at'>)
  | { readonly kind: 'signal'; readonly account: Ref; readonly type: string; readonly source: string; readonly event: string; readonly at: string | null };

/** What people decide. */
export type Decision =
  | { readonly kind: 'consent'; readonly email: string; readonly purpose: 'OUTREACH' | 'PROFILING'; readonly granted: boolean }
  | { readonly kind: 'merge'; readonly what: 'Account' | 'Contact'; readonly into: Ref; readonly from: Ref }
  /** Of the merges that hold by then, one. */
  | { readonly kind: 'unmerge'; readonly which: number }
  | { readonly kind: 'retirement'; readonly type: string; readonly ref: Ref }
  /** Of what people retired by then, one is taken back. */
  | { readonly kind: 'restoration'; readonly which: number };

/** What a source sends by itself, to the program's own route. A body of null is made of the parts. */
export interface Webhook {
  readonly kind: 'webhook';
  readonly source: 'salesforce' | 'json' | 'jira' | 'slack' | 'hubspot';
  readonly parts: readonly Part[];
  readonly body: object | null;
}

/** What the program reads at a vendor. */
export interface Fetched {
  readonly kind: 'fetched';
  readonly answer: VendorAnswer;
  readonly parts: readonly Part[];
}

/** What sources and people tell the program. */
export type Delivery = Part | Decision | Webhook | Fetched;

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

/** The deliveries of the second way. */
export function secondWay({ items }: Pick<History, 'items'>): Batch[] {
  return batchesOf(inOrder(items));
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
  if (delivery.kind === 'webhook') return `webhook of ${delivery.source}: ${delivery.body === null ? '' : JSON.stringify(delivery.body)} ${delivery.parts.map(describeDelivery).join('; ')}`;
  if (delivery.kind === 'fetched') return `fetched ${JSON.stringify(delivery.answer)} ${delivery.parts.map(describeDelivery).join('; ')}`;
  if (delivery.kind === 'consent') return `${delivery.granted ? 'consent' : 'objection'} of ${delivery.email} to ${delivery.purpose}`;
  if (delivery.kind === 'merge') return `merge of ${delivery.what} ${shown(delivery.from)} into ${shown(delivery.into)}`;
  return delivery.kind === 'retirement' ? `retirement of ${delivery.type} ${shown(delivery.ref)} by a person` : `${delivery.kind} ${delivery.which}`;
}
