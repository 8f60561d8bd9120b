import type { FreshnessRules } from './context-rules.ts';
import type { PresenceFact, TicketFact } from './facts.ts';

/** The sales engineer of an account. */
export interface SalesEngineer {
  readonly name: string;
  /** Whether they can be reached now; null when the latest presence is older than the freshness rules allow. */
  readonly availableNow: boolean | null;
  /** When the presence was observed. RFC 3339. */
  readonly observedAt: string;
  /** The record that says so. */
  readonly mentionId: string;
}

const availableStatuses: ReadonlySet<string> = new Set(['active', 'online', 'available']);

/** `John Park (SE)` and `john park` are one person. */
function nameOf(text: string): string {
  return text.replace(/\s*\([^()]*\)\s*$/, '').normalize('NFKC').trim().toLowerCase();
}

/**
 * The assigned sales engineer: of those seen in the account's conversations, an assignee of an open ticket first, then the
 * one seen active last, then the one observed last, then by name. Availability is of that person alone, by their latest
 * presence. Null when no sales engineer was seen.
 */
export function salesEngineer(facts: { readonly presences: readonly PresenceFact[]; readonly tickets: readonly TicketFact[] }, rules: Pick<FreshnessRules, 'presenceMinutes'>, now: string): SalesEngineer | null {
  const assignees = new Set(facts.tickets.flatMap(({ assignee, statusCategory }) => (assignee === null || statusCategory === 'DONE' ? [] : [nameOf(assignee)])));
  const known = facts.presences.filter(({ occurredAt }) => Date.parse(occurredAt) <= Date.parse(now));
  const people = [...Map.groupBy(known, ({ name }) => nameOf(name))].flatMap(([name, own]) => {
    const [latest] = own.toSorted((one, other) => Date.parse(other.occurredAt) - Date.parse(one.occurredAt) || (one.id < other.id ? -1 : 1));
    const activeAt = Math.max(...own.map(({ lastActiveAt }) => (lastActiveAt === null ? -Infinity : Date.parse(lastActiveAt))));
    return latest ? [{ name, latest, activeAt, assigned: assignees.has(name) }] : [];
  });
  const [first] = people.toSorted((one, other) =>
    Number(other.assigned) - Number(one.assigned) || compare(other.activeAt, one.activeAt) || compare(Date.parse(other.latest.occurredAt), Date.parse(one.latest.occurredAt)) || (one.name < other.name ? -1 : 1));
  if (!first) return null;
  const { name, status, occurredAt, id } = first.latest;
  const age = Date.parse(now) - Date.parse(occurredAt);
  const availableNow = age > rules.presenceMinutes * 60_000 ? null : availableStatuses.has(status.trim().toLowerCase());
  return { name, availableNow, observedAt: occurredAt, mentionId: id };
}

/** Also for infinities, whose difference is no number. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
