import type { FreshnessRules } from './context-rules.ts';
import type { EvidenceRef, PresenceFact, TicketFact } from './facts.ts';
import { latestOf } from './latest-of.ts';

/** The sales engineer of an account. */
export interface SalesEngineer {
  readonly name: string;
  /** Whether they can be reached now; null when the latest presence is older than the freshness rules allow. */
  readonly availableNow: boolean | null;
  /** When the presence was observed. RFC 3339. */
  readonly observedAt: string;
  /** The records that say so: the latest of them, several where they are of the same instant. */
  readonly mentionIds: readonly string[];
}

const availableStatuses: ReadonlySet<string> = new Set(['active', 'online', 'available']);

/** `John Park (SE)` and `john park` are one person. */
function nameOf(text: string): string {
  return text.replace(/\s*\([^()]*\)\s*$/, '').normalize('NFKC').trim().toLowerCase();
}

/**
 * The assigned sales engineer: of those seen in the account's conversations, an assignee of an open ticket first, then the
 * one seen active last, then the one observed last, then by name. Availability is of that person alone, by their latest
 * presence; of several of one instant, by any that says available. Null when no sales engineer was seen.
 */
export function salesEngineer(facts: { readonly presences: readonly PresenceFact[]; readonly tickets: readonly TicketFact[] }, rules: Pick<FreshnessRules, 'presenceMinutes'>, now: string): SalesEngineer | null {
  const assignees = new Set(facts.tickets.flatMap(({ assignee, statusCategory }) => (assignee === null || statusCategory === 'DONE' ? [] : [nameOf(assignee)])));
  const known = facts.presences.filter(({ occurredAt }) => Date.parse(occurredAt) <= Date.parse(now));
  const people = [...Map.groupBy(known, ({ name }) => nameOf(name))].flatMap(([name, own]) => {
    const shown = latestOf(own);
    const [latest] = shown;
    const activeAt = Math.max(...own.map(({ lastActiveAt }) => (lastActiveAt === null ? -Infinity : Date.parse(lastActiveAt))));
    return latest ? [{ name, latest, shown, activeAt, assigned: assignees.has(name) }] : [];
  });
  const [first] = people.toSorted((one, other) =>
    Number(other.assigned) - Number(one.assigned) || compare(other.activeAt, one.activeAt) || compare(Date.parse(other.latest.occurredAt), Date.parse(one.latest.occurredAt)) || (one.name < other.name ? -1 : 1));
  if (!first) return null;
  const { latest: { occurredAt }, shown } = first;
  const age = Date.parse(now) - Date.parse(occurredAt);
  const availableNow = age > rules.presenceMinutes * 60_000 ? null : shown.some(({ status }) => availableStatuses.has(status.trim().toLowerCase()));
  const [name = ''] = shown.map((each) => each.name).toSorted();
  return { name, availableNow, observedAt: occurredAt, mentionIds: shown.map(({ id }) => id) };
}

/** What shows the sales engineer; nothing where there is none. */
export function mentionsOf(engineer: Pick<SalesEngineer, 'mentionIds'> | null): EvidenceRef[] {
  return engineer?.mentionIds.map((id) => ({ type: 'SeMention' as const, id })) ?? [];
}

/** Also for infinities, whose difference is no number. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
