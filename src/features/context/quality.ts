import type { ContextGap } from './enums.ts';
import type { ContextFacts, DealFact, EvidenceRef } from './facts.ts';
import type { LastContact } from './last-contact.ts';

/** How complete a context is. */
export interface ContextQuality {
  /** 0 to 100. */
  readonly value: number;
  /** What is missing, the heaviest first. */
  readonly missing: readonly ContextGap[];
  /** What is there. */
  readonly evidence: readonly EvidenceRef[];
}

/**
 * What each part counts, in points; together 100. The weights are ours: what a call or an e-mail is prepared from (deal,
 * people, last contact) counts more than firmographic traits. Order decides between equal weights.
 */
export const gapWeights: Readonly<Record<ContextGap, number>> = {
  OPEN_DEAL: 14, LAST_CONTACT: 12, CONTACT: 10, DECISION_MAKER: 10, DEAL_AMOUNT: 8, CLOSE_DATE: 6, OWNER: 6, INDUSTRY: 6, EMPLOYEE_COUNT: 5, WEBSITE: 5, NEXT_STEP: 4, SALES_ENGINEER: 5, THREAD: 4, WEEKLY_SUMMARY: 5,
};

/** Version of the weights above: what lineage names as the rule's version. */
export const qualityRuleVersion = 1;

/** Roles of people who decide, as CRMs name them. */
const decisionRole = /\b(?:economic buyer|decision[ -]?maker|budget (?:holder|owner)|executive (?:buyer|sponsor))\b/i;

/** What quality is computed from, besides the facts. */
export interface QualityInputs {
  readonly deal: DealFact | null;
  readonly contact: LastContact | null;
}

/** How complete the context of an account is: the sum of the weights of what is known. A part that depends on another one is missing with it. */
export function contextQuality({ account, people, presences, texts }: ContextFacts, { deal, contact }: QualityInputs): ContextQuality {
  const [thread, summary] = [texts.find(({ type }) => type === 'Thread'), texts.find(({ type }) => type === 'WeeklySummary')];
  const [presence] = presences;
  const decisionMakers = people.filter(({ role }) => role !== null && decisionRole.test(role));
  const [person] = people;
  const known: Readonly<Record<ContextGap, readonly EvidenceRef[] | null>> = {
    OPEN_DEAL: deal ? [{ type: 'Opportunity', id: deal.id }] : null,
    LAST_CONTACT: contact ? [{ type: contact.contact.type, id: contact.contact.id }] : null,
    CONTACT: person ? [{ type: 'Contact', id: person.id }] : null,
    DECISION_MAKER: decisionMakers.length > 0 ? decisionMakers.map(({ id }) => ({ type: 'Contact' as const, id })) : null,
    DEAL_AMOUNT: deal && deal.amountMinor !== null ? [] : null,
    CLOSE_DATE: deal && deal.closeDate !== null ? [] : null,
    OWNER: account.hasOwner ? [] : null,
    INDUSTRY: account.hasIndustry ? [] : null,
    EMPLOYEE_COUNT: account.hasEmployeeCount ? [] : null,
    WEBSITE: account.hasWebsite ? [] : null,
    NEXT_STEP: deal && deal.nextStep !== null ? [] : null,
    SALES_ENGINEER: presence ? [{ type: 'SeMention', id: presence.id }] : null,
    THREAD: thread ? [{ type: thread.type, id: thread.id }] : null,
    WEEKLY_SUMMARY: summary ? [{ type: summary.type, id: summary.id }] : null,
  };
  const gaps = Object.keys(gapWeights) as ContextGap[];
  const missing = gaps.filter((gap) => known[gap] === null).toSorted((one, other) => gapWeights[other] - gapWeights[one]);
  const evidence = gaps.flatMap((gap) => known[gap] ?? []);
  const once = new Map(evidence.map((ref) => [ref.id, ref]));
  return { value: 100 - missing.reduce((sum, gap) => sum + gapWeights[gap], 0), missing, evidence: [...once.values()] };
}
