import { z } from 'zod';
import { TicketPriority } from './enums.ts';
import type { FilterField } from './record.ts';

/** The priorities of tickets, the highest first. */
export const ticketPriorities: readonly (keyof typeof TicketPriority)[] = ['HIGHEST', 'HIGH', 'MEDIUM', 'LOW', 'LOWEST'];

const listed = <Each extends z.ZodType>(each: Each, name: string) =>
  z.array(each).max(50, `${name} may hold at most 50 entries`).refine((values) => new Set(values.map(String)).size === values.length, `${name} must not repeat an entry`);

/** Which tickets block, as a version of the blocker rules stores it. */
export const blockerParameters = z.strictObject({
  /** A ticket with one of these labels blocks; A to Z and a to z are equal. */
  labels: listed(z.string().trim().min(1, 'a label must not be empty').max(500, 'a label must have at most 500 characters').refine((text) => text.isWellFormed() && !text.includes('\0'), 'a label contains characters that cannot be stored'), 'labels'),
  /** A ticket of one of these priorities blocks. */
  priorities: listed(z.enum(TicketPriority), 'priorities'),
});
/** Which tickets block. */
export type BlockerParameters = z.output<typeof blockerParameters>;

/** What of a ticket decides whether it blocks. */
export interface BlockableTicket {
  readonly statusCategory: string;
  readonly labels: readonly string[];
  readonly priority: string | null;
}

const withoutCapitals = (label: string): string => label.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * The blocker rule: a ticket blocks when it is not DONE and has one of the rule's labels or one of its priorities. Nothing
 * else decides it: derived values use this function, and lists use `blocking` below, which says the same in SQL. A test holds
 * them together.
 */
export function ticketBlocks({ statusCategory, labels, priority }: BlockableTicket, rules: BlockerParameters): boolean {
  if (statusCategory === 'DONE') return false;
  const blocking = new Set(rules.labels.map(withoutCapitals));
  return labels.some((label) => blocking.has(withoutCapitals(label))) || rules.priorities.some((each) => each === priority);
}

/** SQL: the rule in force, or the program's own. `$1` is the tenant. */
const ruleInForce = (table: (name: string) => string): string =>
  `coalesce((select rules.parameters from ${table('context_rules')} rules where rules.tenant_id = $1 and rules.kind = 'BLOCKER' order by rules.version desc limit 1), default_blocker_rules())`;

/** The same rule as a filter of tickets, by the blocker rules in force at the instant read for. */
export const blocking: FilterField = {
  description: 'true: only those that block the deal by the blocker rules in force; false: only those that do not.',
  type: () => Boolean,
  list: false,
  sql: (value, _bind, table) => `${value ? '' : 'not '}ticket_blocks(t.status_category, t.labels, t.priority, ${ruleInForce(table)})`,
};
