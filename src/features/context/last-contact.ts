import type { ContactFact } from './facts.ts';
import { latestOf } from './latest-of.ts';
import { daysBetween } from './whole-days.ts';

/** The latest contact with the customer. */
export interface LastContact {
  readonly days: number;
  /** When it took place. RFC 3339. */
  readonly occurredAt: string;
  /** The records of it; several where they are of the same instant, since nothing tells which one is later. */
  readonly records: readonly [ContactFact, ...ContactFact[]];
}

/** The latest contact up to an instant, and the whole UTC days since; null when there was none. A planned one does not count yet. */
export function lastContact(contacts: readonly ContactFact[], now: string): LastContact | null {
  const past = contacts.filter(({ occurredAt }) => Date.parse(occurredAt) <= Date.parse(now));
  const [first, ...others] = latestOf(past);
  return first ? { days: daysBetween(first.occurredAt, now), occurredAt: first.occurredAt, records: [first, ...others] } : null;
}
