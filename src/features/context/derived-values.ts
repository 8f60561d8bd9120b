import type { BlockerParameters } from '../accounts/index.ts';
import { blockersOf } from './blockers.ts';
import { briefOf, type Brief } from './brief.ts';
import { competitiveThreats, type CompetitiveThreat } from './competitive-threats.ts';
import type { ContextRules } from './context-rules.ts';
import { dealHealth, type DealHealth } from './deal-health.ts';
import type { DerivedValueKind } from './enums.ts';
import type { ContextFacts, DealFact, EvidenceRef, TicketFact } from './facts.ts';
import { lastContact, type LastContact } from './last-contact.ts';
import { primaryDeal } from './primary-deal.ts';
import { contextQuality, qualityRuleVersion, type ContextQuality } from './quality.ts';
import { mentionsOf, salesEngineer, type SalesEngineer } from './sales-engineer.ts';

/** Every derived value of one account at one instant. They are computed together, so that they never disagree. */
export interface DerivedValues {
  /** The deal that the context is about; null when none is open. */
  readonly deal: DealFact | null;
  readonly dealHealth: DealHealth;
  /** Null when no contact is recorded. */
  readonly lastContact: LastContact | null;
  /** The tickets that block the deal, the primary one first. */
  readonly blockers: readonly TicketFact[];
  readonly engineer: SalesEngineer | null;
  readonly threats: readonly CompetitiveThreat[];
  readonly quality: ContextQuality;
  readonly brief: Brief;
}

/** The rule that made a derived value, as lineage names it. */
export interface DerivedRule {
  readonly name: string;
  readonly version: string;
}

/** Computes the derived values of an account. A function of facts, rules and the instant alone. `now` is RFC 3339. */
export function deriveValues(facts: ContextFacts, rules: ContextRules, now: string): DerivedValues {
  const deal = primaryDeal(facts.deals);
  const contact = lastContact(facts.contacts, now);
  const blockers = blockersOf(facts.tickets, rules.BLOCKER.parameters satisfies BlockerParameters);
  const engineer = salesEngineer(facts, rules.FRESHNESS.parameters, now);
  const threats = competitiveThreats(facts.texts, rules.COMPETITOR.parameters, now);
  return {
    deal,
    dealHealth: dealHealth(facts, { deal, blockers, contact, threats }, rules.DEAL_HEALTH.parameters, now),
    lastContact: contact,
    blockers,
    engineer,
    threats,
    quality: contextQuality(facts, { deal, contact }),
    brief: briefOf({ account: facts.account, deal, blockers, engineer }),
  };
}

/** How lineage sees one kind of derived value. */
export interface DerivedValueDeclaration {
  readonly kind: DerivedValueKind;
  /** What lineage calls it. */
  readonly name: string;
  /** The rule and the versions of the rule sets that it was made by. */
  rule(rules: ContextRules): DerivedRule;
  /** The records that it was derived from; an account among them is left out, as its statements stand for it. */
  inputs(values: DerivedValues): readonly EvidenceRef[];
  /** The account's fields that it was derived from: the statements that win them are its sources. */
  readonly accountFields: readonly string[];
  /** Derived values of the same account that it was derived from. */
  readonly from: readonly DerivedValueKind[];
  /** What it says, as JSON without personal data and without figures that move every day; a change of it is stored and published. */
  says(values: DerivedValues): unknown;
}

const versions = (rules: ContextRules, kinds: readonly (keyof ContextRules)[]): string => kinds.map((kind) => rules[kind].version).join('.');

/** The kinds of derived values: the one place where a kind is registered. */
export const derivedValueKinds: readonly DerivedValueDeclaration[] = [
  {
    kind: 'DEAL_HEALTH',
    name: 'Deal health',
    // Of blockers and competitors the version is part of theirs.
    rule: (rules) => ({ name: 'deal-health', version: versions(rules, ['DEAL_HEALTH']) }),
    inputs: ({ deal, dealHealth: { reasons } }) => [...(deal ? [{ type: 'Opportunity' as const, id: deal.id }] : []), ...reasons.flatMap(({ evidence }) => evidence)],
    accountFields: ['status'],
    from: ['BLOCKERS', 'LAST_CONTACT', 'COMPETITIVE_THREATS'],
    says: ({ deal, dealHealth: { value, reasons } }) => ({ deal: deal?.id ?? null, value, reasons: reasons.map(({ condition, effect }) => [condition, effect]) }),
  },
  {
    kind: 'LAST_CONTACT',
    name: 'Last contact',
    rule: () => ({ name: 'last-contact', version: '1' }),
    inputs: ({ lastContact: last }) => last?.records.map(({ type, id }) => ({ type, id })) ?? [],
    accountFields: [],
    from: [],
    says: ({ lastContact: last }) => last && { ids: last.records.map(({ id }) => id), occurredAt: last.occurredAt },
  },
  {
    kind: 'BLOCKERS',
    name: 'Blockers',
    rule: (rules) => ({ name: 'blocker', version: versions(rules, ['BLOCKER']) }),
    inputs: ({ blockers }) => blockers.map(({ id }) => ({ type: 'Ticket', id })),
    accountFields: [],
    from: [],
    says: ({ blockers }) => blockers.map(({ id }) => id),
  },
  {
    kind: 'SE_ASSIGNED',
    name: 'Sales engineer assigned',
    rule: (rules) => ({ name: 'sales-engineer', version: versions(rules, ['FRESHNESS']) }),
    inputs: ({ engineer }) => mentionsOf(engineer),
    accountFields: [],
    from: [],
    says: ({ engineer }) => engineer && { mentions: engineer.mentionIds, availableNow: engineer.availableNow },
  },
  {
    kind: 'COMPETITIVE_THREATS',
    name: 'Competitive threats',
    rule: (rules) => ({ name: 'competitor', version: versions(rules, ['COMPETITOR']) }),
    inputs: ({ threats }) => threats.flatMap(({ evidence }) => evidence),
    accountFields: [],
    from: [],
    says: ({ threats }) => threats.map(({ name, evidence, firstSeenAt, lastSeenAt }) => ({ name, evidence: evidence.map(({ id }) => id), firstSeenAt, lastSeenAt })),
  },
  {
    kind: 'CONTEXT_QUALITY',
    name: 'Context quality',
    rule: () => ({ name: 'context-quality', version: String(qualityRuleVersion) }),
    inputs: ({ quality }) => quality.evidence,
    accountFields: ['industry', 'employeeCount', 'website', 'owner'],
    from: [],
    says: ({ quality: { value, missing } }) => ({ value, missing }),
  },
  {
    kind: 'BRIEF',
    name: 'Brief',
    rule: () => ({ name: 'brief', version: '1' }),
    inputs: ({ brief: { lines } }) => lines.flatMap(({ evidence }) => evidence),
    accountFields: ['name'],
    from: ['BLOCKERS', 'SE_ASSIGNED'],
    says: ({ deal, blockers, engineer }) => ({
      deal: deal && { id: deal.id, stage: deal.stage, amountMinor: deal.amountMinor, currency: deal.currency },
      blockers: blockers.map(({ id }) => id), engineer: engineer && { mentions: engineer.mentionIds, availableNow: engineer.availableNow },
    }),
  },
];
