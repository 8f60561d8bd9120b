import type { ContextGap } from './enums.ts';
import type { ContextFacts, DealFact, EvidenceRef } from './facts.ts';
import type { LastContact } from './last-contact.ts';
import { latestOf } from './latest-of.ts';

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
  const decisionMakers = people.filter(({ role }) => role !== null && decisionRole.test(role));
  const known: Readonly<Record<ContextGap, readonly EvidenceRef[] | null>> = {
    OPEN_DEAL: deal ? [{ type: 'Opportunity', id: deal.id }] : null,
    LAST_CONTACT: contact?.records ?? null,
    CONTACT: shownBy('Contact', latestOf(people)),
    DECISION_MAKER: shownBy('Contact', decisionMakers),
    DEAL_AMOUNT: deal && deal.amountMinor !== null ? [] : null,
    CLOSE_DATE: deal && deal.closeDate !== null ? [] : null,
    OWNER: account.hasOwner ? [] : null,
    INDUSTRY: account.hasIndustry ? [] : null,
    EMPLOYEE_COUNT: account.hasEmployeeCount ? [] : null,
    WEBSITE: account.hasWebsite ? [] : null,
    NEXT_STEP: deal && deal.nextStep !== null ? [] : null,
    SALES_ENGINEER: shownBy('SeMention', latestOf(presences)),
    THREAD: shownBy('Thread', latestOf(texts.filter(({ type }) => type === 'Thread'))),
    WEEKLY_SUMMARY: shownBy('WeeklySummary', latestOf(texts.filter(({ type }) => type === 'WeeklySummary'))),
  };
  const gaps = Object.keys(gapWeights) as ContextGap[];
  const missing = gaps.filter((gap) => known[gap] === null).toSorted((one, other) => gapWeights[other] - gapWeights[one]);
  const evidence = gaps.flatMap((gap) => known[gap] ?? []);
  const once = new Map(evidence.map(({ type, id }) => [id, { type, id }]));
  return { value: 100 - missing.reduce((sum, gap) => sum + gapWeights[gap], 0), missing, evidence: [...once.values()] };
}

/** What only an open deal can have: without one, that is why they are missing. */
const dealParts: ReadonlySet<ContextGap> = new Set(['DEAL_AMOUNT', 'CLOSE_DATE', 'NEXT_STEP']);

/** Why each part is missing, in one English sentence. */
const reasons: Readonly<Record<ContextGap, string>> = {
  OPEN_DEAL: 'No opportunity of the account is open.',
  LAST_CONTACT: 'No past activity, meeting or call with the customer is recorded.',
  CONTACT: 'No source names a person at the account.',
  DECISION_MAKER: 'No contact has the role of a decision maker, such as Economic Buyer.',
  DEAL_AMOUNT: 'The open deal has no amount.',
  CLOSE_DATE: 'The open deal has no close date.',
  OWNER: 'No source names an owner of the account.',
  INDUSTRY: 'No source states the industry.',
  EMPLOYEE_COUNT: 'No source states the number of employees.',
  WEBSITE: 'No source states the web site.',
  NEXT_STEP: 'The open deal has no next step.',
  SALES_ENGINEER: 'No sales engineer was seen in the account\'s conversations.',
  THREAD: 'No thread is about the account.',
  WEEKLY_SUMMARY: 'No weekly summary is about the account.',
};

/** Something that is missing, why, and what it counts. */
export interface MissingPart {
  readonly what: ContextGap;
  readonly why: string;
  /** In points of 100. */
  readonly points: number;
}

/** What is missing, with reasons, the heaviest first. */
export function missingParts({ missing }: Pick<ContextQuality, 'missing'>): MissingPart[] {
  const noDeal = missing.includes('OPEN_DEAL');
  return missing.map((what) => ({ what, why: noDeal && dealParts.has(what) ? reasons.OPEN_DEAL : reasons[what], points: gapWeights[what] }));
}

/** The records that show that something is known; null where there are none. */
function shownBy(type: EvidenceRef['type'], facts: readonly { readonly id: string }[]): readonly EvidenceRef[] | null {
  return facts.length > 0 ? facts.map(({ id }) => ({ type, id })) : null;
}
