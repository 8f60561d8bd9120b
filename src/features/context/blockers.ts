import { ticketBlocks, ticketPriorities, type BlockerParameters } from '../accounts/index.ts';
import type { TicketFact } from './facts.ts';

/** The tickets that block the deal, the primary one first. */
export function blockersOf(tickets: readonly TicketFact[], rules: BlockerParameters): TicketFact[] {
  return tickets.filter((ticket) => ticketBlocks(ticket, rules)).toSorted(compareBlockers);
}

/** The highest priority first, then the oldest (an unknown day last), then by key, so that the order of arrival does not decide. */
function compareBlockers(one: TicketFact, other: TicketFact): number {
  return rank(one) - rank(other) || compareText(one.createdOn ?? '9999-12-31', other.createdOn ?? '9999-12-31') || compareText(one.key, other.key) || compareText(one.id, other.id);
}

function rank({ priority }: TicketFact): number {
  return priority === null ? ticketPriorities.length : ticketPriorities.indexOf(priority);
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
