import { amountInWords } from './amount-in-words.ts';
import type { BriefLineKind } from './enums.ts';
import type { DealFact, EvidenceRef, TicketFact } from './facts.ts';
import { oneLine } from './one-line.ts';
import { mentionsOf, type SalesEngineer } from './sales-engineer.ts';

/** A line of a brief. */
export interface BriefLine {
  readonly kind: BriefLineKind;
  /** With its sign in front; one line, whatever others wrote in it. */
  readonly text: string;
  readonly evidence: readonly EvidenceRef[];
}

/** What to know before a call. */
export interface Brief {
  /** The texts of the lines, one below the other. */
  readonly text: string;
  /** Always four, in this order: account, amount, blocker, sales engineer. */
  readonly lines: readonly BriefLine[];
}

/** What a brief is made of. */
export interface BriefInputs {
  readonly account: { readonly id: string; readonly name: string };
  readonly deal: DealFact | null;
  readonly blockers: readonly TicketFact[];
  readonly engineer: SalesEngineer | null;
}

/** The brief before a call. */
export function briefOf({ account, deal, blockers, engineer }: BriefInputs): Brief {
  const dealRefs: EvidenceRef[] = deal ? [{ type: 'Opportunity', id: deal.id }] : [];
  const written: BriefLine[] = [
    { kind: 'ACCOUNT', text: `📞 ${account.name} (${deal ? deal.stage : 'no open deal'})`, evidence: [{ type: 'Account', id: account.id }, ...dealRefs] },
    { kind: 'AMOUNT', text: `💰 ${amountOf(deal)}`, evidence: dealRefs },
    { kind: 'BLOCKER', text: `⚠️ Blocker: ${blockersInWords(blockers)}`, evidence: blockers.map(({ id }) => ({ type: 'Ticket', id })) },
    { kind: 'SALES_ENGINEER', text: `✅ ${engineerInWords(engineer)}`, evidence: mentionsOf(engineer) },
  ];
  const lines = written.map((line) => ({ ...line, text: oneLine(line.text) }));
  return { text: lines.map(({ text }) => text).join('\n'), lines };
}

function amountOf(deal: DealFact | null): string {
  if (!deal) return 'no open deal';
  return deal.amountMinor === null || deal.currency === null ? 'amount unknown' : `${amountInWords({ amountMinor: deal.amountMinor, currency: deal.currency })} ARR`;
}

function blockersInWords([first, ...others]: readonly TicketFact[]): string {
  if (!first) return 'none';
  return `${first.key}: ${first.summary}${others.length > 0 ? ` (+${others.length} more)` : ''}`;
}

function engineerInWords(engineer: SalesEngineer | null): string {
  if (!engineer) return 'no SE assigned';
  const { name, availableNow } = engineer;
  return `SE ${name} ${availableNow === null ? 'availability unknown' : availableNow ? 'available' : 'busy'}`;
}
