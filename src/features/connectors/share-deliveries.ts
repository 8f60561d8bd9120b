import { ProductError } from '../../platform/errors.ts';
import { checkExternalRef, checkSelector, selectorKey, threads } from '../accounts/index.ts';
import { normalSource } from '../signals/index.ts';
import { mostItems } from './json-source.ts';
import type { Delivery } from './take-delivery.ts';

/**
 * What a delivery is about, as texts: deliveries that have none in common can share a transaction and come to the same as
 * one after the other. Null for one that is taken in alone: what ends something, or cannot be read.
 */
export function subjectsOfDelivery({ source, reading, digest }: Delivery): ReadonlySet<string> | null {
  const { accounts, records, signals, deletions, fetches = [], threadEvents = [], messages = [] } = reading;
  if (deletions.length > 0) return null;
  try {
    const described = accounts.map(({ input: { externalRef } }) => ({ externalRef }));
    const named = [...described, ...records.map(({ input }) => input.account), ...threadEvents.map(({ account }) => account), ...signals.map(({ statement }) => statement.account)].map((account) => `account ${selectorKey(checkSelector(account, []))}`);
    const told = [...records.map(({ plural, input: { externalRef } }) => ({ plural, externalRef })), ...threadEvents.map(({ externalRef }) => ({ plural: threads.plural, externalRef }))];
    const nodes = told.map(({ plural, externalRef }) => {
      const { system, id } = checkExternalRef(externalRef, []);
      return `${plural} ${system}\n${id}`;
    });
    // An event is known by its id, whichever account it names.
    const events = signals.flatMap(({ statement: { source: told, sourceEventId } }) => (sourceEventId ? [`event ${normalSource(told)}\n${sourceEventId.normalize().trim()}`] : []));
    const wanted = fetches.map(({ kind, externalId }) => `fetch ${source} ${kind}\n${externalId}`);
    const sessions = messages.map(({ inboxId, contactId }) => `session ${inboxId}\n${contactId}`);
    return new Set([...named, ...nodes, ...events, ...wanted, ...sessions, ...(digest === null ? [] : [`content ${source} ${digest}`])]);
  } catch (error) {
    if (error instanceof ProductError) return null;
    throw error;
  }
}

/**
 * Sorts deliveries into groups that each share a transaction, in an order in which all that are about one thing keep
 * theirs. The items of a group are no more than those of the largest delivery.
 */
export function shareDeliveries<Item extends { readonly delivery: Delivery }>(arrived: readonly Item[]): Item[][] {
  const groups: Item[][] = [];
  /** By subject, the first group that a later delivery about it may join. */
  const next = new Map<string, number>();
  let open = 0;
  const sizes: number[] = [];
  for (const item of arrived) {
    const subjects = subjectsOfDelivery(item.delivery);
    const size = sizeOf(item.delivery);
    let place = subjects === null ? groups.length : Math.max(open, ...[...subjects].map((subject) => next.get(subject) ?? 0));
    while (place < groups.length && (sizes[place] ?? 0) + size > mostItems) place += 1;
    (groups[place] ??= []).push(item);
    sizes[place] = (sizes[place] ?? 0) + size;
    // Nothing overtakes a delivery that may concern anything.
    if (subjects === null) open = place + 1;
    for (const subject of subjects ?? []) next.set(subject, place + 1);
  }
  return groups;
}

const sizeOf = ({ reading: { accounts, records, signals, deletions, fetches = [], threadEvents = [], messages = [] } }: Delivery): number => accounts.length + records.length + signals.length + deletions.length + fetches.length + threadEvents.length + messages.length;
