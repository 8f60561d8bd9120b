import type { ContactFact } from './facts.ts';
import { daysBetween } from './whole-days.ts';

/** The latest contact with the customer. */
export interface LastContact {
  readonly days: number;
  readonly contact: ContactFact;
}

/** The latest contact up to an instant, and the whole UTC days since; null when there was none. A planned one does not count yet. */
export function lastContact(contacts: readonly ContactFact[], now: string): LastContact | null {
  const past = contacts.filter(({ occurredAt }) => Date.parse(occurredAt) <= Date.parse(now));
  const [contact] = past.toSorted((one, other) => Date.parse(other.occurredAt) - Date.parse(one.occurredAt) || (one.id < other.id ? -1 : 1));
  return contact ? { days: daysBetween(contact.occurredAt, now), contact } : null;
}
