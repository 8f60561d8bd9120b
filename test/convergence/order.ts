import { accountRecords } from '../../src/features/accounts/index.ts';
import { canonicalJson } from '../../src/platform/canonical-json.ts';
import type { Decision, Delivery, Item, Part, Ref } from './history.ts';

const decisions: ReadonlySet<Delivery['kind']> = new Set<Decision['kind']>(['consent', 'merge', 'unmerge', 'retirement', 'restoration']);
const isDecision = ({ kind }: Delivery): boolean => decisions.has(kind);
const nodeKey = (type: string, { system, id }: Ref): string => `${type} ${system} ${id}`;
const typeOf = (plural: string): string => accountRecords.find((each) => each.plural === plural)?.type ?? plural;

/** What a delivery says of sources' things. */
function partsOf(delivery: Delivery): readonly Part[] {
  if (delivery.kind === 'webhook' || delivery.kind === 'fetched') return delivery.parts;
  return delivery.kind === 'account' || delivery.kind === 'record' || delivery.kind === 'deletion' || delivery.kind === 'signal' ? [delivery] : [];
}

/** The nodes that are known once a delivery arrived. */
function mentioned(delivery: Delivery): string[] {
  return partsOf(delivery).flatMap((part) => {
    if (part.kind === 'account') return [nodeKey('Account', part.ref)];
    if (part.kind === 'deletion') return [nodeKey(part.type, part.ref)];
    return part.kind === 'signal' ? [nodeKey('Account', part.account)] : [nodeKey('Account', part.account), nodeKey(typeOf(part.plural), part.ref)];
  });
}

/** The nodes that a person must know to decide. */
function needed(delivery: Delivery): string[] {
  if (delivery.kind === 'merge') return [nodeKey(delivery.what, delivery.into), nodeKey(delivery.what, delivery.from)];
  return delivery.kind === 'retirement' ? [nodeKey(delivery.type, delivery.ref)] : [];
}

/** Whether it ends an account or a contact: such a one cannot be merged any more, so merges come before. */
function ends(delivery: Delivery): boolean {
  const types = delivery.kind === 'retirement' ? [delivery.type] : partsOf(delivery).flatMap((part) => (part.kind === 'deletion' ? [part.type] : []));
  return types.some((type) => type === 'Account' || type === 'Contact');
}

const byHand = ['Account', ...accountRecords.map(({ type }) => type)].map((type) => `manual ${type}`);

/**
 * Of what a delivery says without a time: the source and the kind of node. Such statements are in the order of their
 * arrival, also those of two nodes, which may be one. What a person decides of a node is said by hand, without a time.
 */
function untimed(delivery: Delivery): string[] {
  if (delivery.kind === 'retirement') return [`manual ${delivery.type}`];
  // It may take back what is of any kind.
  if (delivery.kind === 'restoration') return byHand;
  return partsOf(delivery).flatMap((part) => {
    if (part.kind === 'signal' || part.at !== null || (part.kind !== 'deletion' && part.modifiedAt !== null)) return [];
    return [`${part.source} ${part.kind === 'account' ? 'Account' : part.kind === 'deletion' ? part.type : typeOf(part.plural)}`];
  });
}

/**
 * Whether of two deliveries the one that stands later comes later in every way: what people decide comes in the order in
 * which they decided it, what a source says without a time is in the order of arrival, and what is merged is ended later.
 * All else may come in any order.
 */
function keepOrder(one: Delivery, other: Delivery): boolean {
  if (isDecision(one) && isDecision(other)) return true;
  if (one.kind === 'merge' && ends(other)) return true;
  const own = untimed(one);
  return untimed(other).some((key) => own.includes(key));
}

/** Deliveries so that each decision comes once its nodes are known, and no account or contact ends before a merge; without decisions about what nobody mentions. */
export function inPossibleOrder(items: readonly Item[]): Item[] {
  const [left, known, placed]: [Item[], Set<string>, Item[]] = [[...items], new Set(), []];
  while (left.length > 0) {
    const merging = left.some(({ delivery }) => delivery.kind === 'merge');
    const waits = ({ delivery }: Item): boolean => merging && ends(delivery);
    const decision = left.find((item) => isDecision(item.delivery) && !waits(item));
    const next = left.find((item) => (isDecision(item.delivery) ? item === decision && needed(item.delivery).every((key) => known.has(key)) : !waits(item)));
    const taken = next ?? decision ?? left[0];
    if (!taken) break;
    left.splice(left.indexOf(taken), 1);
    if (!next) continue;
    placed.push(next);
    for (const key of mentioned(next.delivery)) known.add(key);
  }
  return placed;
}

/** Deliveries in the order of their keys, as far as that is possible; those that may come again, so often as is said. */
export function inOrder(items: readonly Item[]): Item[] {
  const once = (delivery: Delivery): boolean => isDecision(delivery) || (delivery.kind !== 'webhook' && untimed(delivery).length > 0);
  const before = items.map(({ delivery }, place) => items.slice(0, place).flatMap((other, index) => (keepOrder(other.delivery, delivery) ? [index] : [])));
  const left = items.flatMap((item, place) => item.turn.keys.slice(0, once(item.delivery) ? 1 : item.turn.copies).map((key) => ({ item, place, key }))).toSorted((one, other) => one.key - other.key || one.place - other.place);
  const [done, known, sorted]: [Set<number>, Set<string>, Item[]] = [new Set(), new Set(), []];
  while (left.length > 0) {
    const next = left.findIndex(({ item, place }) => (before[place] ?? []).every((earlier) => done.has(earlier)) && needed(item.delivery).every((key) => known.has(key)));
    const [taken] = next < 0 ? [] : left.splice(next, 1);
    if (!taken) throw new Error(`deliveries wait for each other: ${canonicalJson(left.map(({ item }) => item.delivery))}`);
    done.add(taken.place);
    for (const key of mentioned(taken.item.delivery)) known.add(key);
    sorted.push(taken.item);
  }
  return sorted;
}
