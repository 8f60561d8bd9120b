import type { CompetitiveThreat } from './competitive-threats.ts';
import type { DealHealthRules } from './context-rules.ts';
import type { DealHealthCondition, DealHealthValue, HealthEffect } from './enums.ts';
import type { ContextFacts, DealFact, EvidenceRef, TicketFact } from './facts.ts';
import type { LastContact } from './last-contact.ts';
import { oneLine } from './one-line.ts';
import { daysBetween, daysInWords } from './whole-days.ts';

/** One condition of deal health and what it does. */
export interface HealthReason {
  readonly condition: DealHealthCondition;
  /** NONE: the condition was checked and nothing is wrong, or it cannot be checked. */
  readonly effect: HealthEffect;
  readonly text: string;
  readonly evidence: readonly EvidenceRef[];
}

/** The health of a deal, with reasons. */
export interface DealHealth {
  readonly value: DealHealthValue;
  /** The conditions that made the value, the worst first; of GREEN those that were checked; of UNKNOWN what is missing. */
  readonly reasons: readonly HealthReason[];
}

/** What deal health is judged from, besides the facts. */
export interface HealthInputs {
  readonly deal: DealFact | null;
  readonly blockers: readonly TicketFact[];
  readonly contact: LastContact | null;
  readonly threats: readonly CompetitiveThreat[];
}

/**
 * The health of an account's primary deal. Each condition has an effect, and the worst one is the value:
 *
 *   ACTIVE_BLOCKER   blockerEffect; RED where a blocker has one of redBlockerPriorities
 *   LAST_CONTACT     RED after more than contactRedDays without a contact, YELLOW after more than contactYellowDays
 *   CLOSE_DATE       RED more than closePassedRedDays after the close date, YELLOW more than closePassedYellowDays after it
 *   STAGE_AGE        RED after more than stageRedDays in one stage, YELLOW after more than stageYellowDays
 *   ACCOUNT_STATUS   RED in one of redStatuses, YELLOW in one of yellowStatuses
 *   COMPETITOR       competitorEffect while a competitor is mentioned
 *   CONTRADICTION    contradictionEffect while sources disagree about the deal
 *   MANY_CAUTIONS    RED where at least cautionsForRed of the above are YELLOW
 *
 * Days are whole UTC days and never negative. UNKNOWN without an open deal (except that a status in redStatuses is RED), and
 * where nothing is wrong but neither a last contact nor a close date nor an entry into the stage is known: silence is not health.
 */
export function dealHealth(facts: Pick<ContextFacts, 'account'>, inputs: HealthInputs, rules: DealHealthRules, now: string): DealHealth {
  const { deal, contact } = inputs;
  const status = accountStatus(facts.account, rules);
  if (!deal) return status.effect === 'RED' ? { value: 'RED', reasons: [status] } : unknown('There is no open deal.', []);
  const ref: EvidenceRef = { type: 'Opportunity', id: deal.id };
  const conditions = [
    status,
    activeBlocker(inputs.blockers, rules),
    lastContactReason(contact, rules),
    closeDate(deal, ref, rules, now),
    stageAge(deal, ref, rules, now),
    competitor(inputs.threats, rules),
    contradiction(deal.disagreements, ref, rules),
  ].filter((each) => each !== null);
  const cautions = conditions.filter(({ effect }) => effect === 'YELLOW');
  const many = manyCautions(cautions, rules);
  const wrong = [...many, ...conditions.filter(({ effect }) => effect === 'RED'), ...cautions];
  if (wrong.length > 0) return { value: wrong.some(({ effect }) => effect === 'RED') ? 'RED' : 'YELLOW', reasons: wrong };
  if (!contact && deal.closeDate === null && deal.stageSince === null) return unknown('No contact with the customer, no close date and no entry into the stage is recorded.', [ref]);
  return { value: 'GREEN', reasons: conditions };
}

function unknown(text: string, evidence: readonly EvidenceRef[]): DealHealth {
  return { value: 'UNKNOWN', reasons: [{ condition: 'TOO_LITTLE_KNOWN', effect: 'NONE', text, evidence }] };
}

function byDays(days: number, yellow: number | null, red: number | null): HealthEffect {
  if (red !== null && days > red) return 'RED';
  return yellow !== null && days > yellow ? 'YELLOW' : 'NONE';
}

function accountStatus({ id, status }: ContextFacts['account'], rules: DealHealthRules): HealthReason {
  const effect = rules.redStatuses.includes(status) ? 'RED' : rules.yellowStatuses.includes(status) ? 'YELLOW' : 'NONE';
  return { condition: 'ACCOUNT_STATUS', effect, text: `The account's status is ${status}.`, evidence: [{ type: 'Account', id }] };
}

function activeBlocker(blockers: readonly TicketFact[], rules: DealHealthRules): HealthReason | null {
  const [first] = blockers;
  if (!first) return { condition: 'ACTIVE_BLOCKER', effect: 'NONE', text: 'No open ticket blocks the deal.', evidence: [] };
  const isRed = blockers.some(({ priority }) => priority !== null && rules.redBlockerPriorities.includes(priority));
  const more = blockers.length > 1 ? `, and ${blockers.length - 1} more` : '';
  return { condition: 'ACTIVE_BLOCKER', effect: isRed ? 'RED' : rules.blockerEffect, text: oneLine(`Blocked by ${first.key}: ${first.summary}${more}.`), evidence: blockers.map(({ id }) => ({ type: 'Ticket', id })) };
}

function lastContactReason(contact: LastContact | null, rules: DealHealthRules): HealthReason | null {
  if (!contact) return null;
  const { days, records } = contact;
  const text = days === 0 ? 'The last contact was today.' : `The last contact was ${daysInWords(days)} ago.`;
  return { condition: 'LAST_CONTACT', effect: byDays(days, rules.contactYellowDays, rules.contactRedDays), text, evidence: records.map(({ type, id }) => ({ type, id })) };
}

function closeDate({ closeDate: day }: DealFact, ref: EvidenceRef, rules: DealHealthRules, now: string): HealthReason | null {
  if (day === null) return null;
  const passed = daysBetween(day, now);
  const text = passed > 0 ? `The close date ${day} passed ${daysInWords(passed)} ago.` : `The close date is ${day}.`;
  return { condition: 'CLOSE_DATE', effect: passed > 0 ? byDays(passed, rules.closePassedYellowDays, rules.closePassedRedDays) : 'NONE', text, evidence: [ref] };
}

function stageAge({ stage, stageSince }: DealFact, ref: EvidenceRef, rules: DealHealthRules, now: string): HealthReason | null {
  if (stageSince === null) return null;
  const age = daysBetween(stageSince, now);
  return { condition: 'STAGE_AGE', effect: byDays(age, rules.stageYellowDays, rules.stageRedDays), text: oneLine(`In stage ${stage} for ${daysInWords(age)}.`), evidence: [ref] };
}

function competitor(threats: readonly CompetitiveThreat[], rules: DealHealthRules): HealthReason {
  if (threats.length === 0) return { condition: 'COMPETITOR', effect: 'NONE', text: 'No competitor is mentioned.', evidence: [] };
  const once = new Map(threats.flatMap(({ evidence }) => evidence.map((ref) => [ref.id, ref] as const)));
  return { condition: 'COMPETITOR', effect: rules.competitorEffect, text: `${threats.length === 1 ? 'A competitor is' : 'Competitors are'} mentioned: ${threats.map(({ name }) => name).join(', ')}.`, evidence: [...once.values()] };
}

function contradiction(fields: readonly string[], ref: EvidenceRef, rules: DealHealthRules): HealthReason | null {
  if (fields.length === 0) return null;
  return { condition: 'CONTRADICTION', effect: rules.contradictionEffect, text: `Sources disagree about the deal: ${fields.toSorted().join(', ')}.`, evidence: [ref] };
}

function manyCautions(cautions: readonly HealthReason[], { cautionsForRed }: DealHealthRules): HealthReason[] {
  if (cautionsForRed === null || cautions.length < cautionsForRed) return [];
  return [{ condition: 'MANY_CAUTIONS', effect: 'RED', text: `${cautions.length} conditions need attention at once.`, evidence: [] }];
}
