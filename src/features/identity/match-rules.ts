import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** Why two nodes may be one. */
export const MatchRule = graphEnum('MatchRule', 'Why two nodes may be one.', {
  SAME_REFERENCE: 'An external reference of each is the same once both are in the one form of its system.',
  SAME_DOMAIN: 'Both accounts have the same registered domain, by website or reference. Free-mail domains, public suffixes and sites that many companies share never match.',
  SAME_PLACE: 'Both accounts have the same place at a vendor: a Slack channel, a Jira project or a Notion page, stated of one and named by the reference of the other, or stated of both.',
  SAME_EMAIL: 'Both contacts are of one account and have the same e-mail address.',
  SAME_EMAIL_ELSEWHERE: 'Both contacts have the same e-mail address, at different accounts.',
  SAME_CONTACT_DOMAIN: 'Contacts of both accounts have addresses of the same corporate domain. Weak evidence: it supports other rules.',
  SAME_NAME: 'Both have the same name, but for legal form, case and word order; contacts also the same account. Weak evidence: it supports other rules.',
});
export type MatchRuleName = keyof typeof MatchRule;

/** The kinds of nodes that are matched. */
export const MatchKind = graphEnum('MatchKind', 'What may be one: two accounts, or two contacts.', { ACCOUNT: 'Two accounts.', CONTACT: 'Two contacts.' });
export type MatchKindName = keyof typeof MatchKind;

/** What a tenant's policy says about one rule. */
export interface RuleSetting {
  readonly rule: MatchRuleName;
  readonly enabled: boolean;
  /** 0..1: how sure this rule alone makes it that two nodes are one. */
  readonly confidence: number;
  /** Whether a pair that it proposes is merged by the policy, without a person. */
  readonly autoMerge: boolean;
}

/** What holds until a tenant publishes a policy. */
export const defaultRules: readonly RuleSetting[] = [
  { rule: 'SAME_REFERENCE', enabled: true, confidence: 1, autoMerge: false },
  { rule: 'SAME_DOMAIN', enabled: true, confidence: 0.9, autoMerge: false },
  { rule: 'SAME_PLACE', enabled: true, confidence: 0.9, autoMerge: false },
  { rule: 'SAME_EMAIL', enabled: true, confidence: 0.99, autoMerge: false },
  { rule: 'SAME_EMAIL_ELSEWHERE', enabled: true, confidence: 0.8, autoMerge: false },
  { rule: 'SAME_CONTACT_DOMAIN', enabled: true, confidence: 0.3, autoMerge: false },
  { rule: 'SAME_NAME', enabled: true, confidence: 0.3, autoMerge: false },
];
/** A rule of this confidence and more proposes pairs; the others only add to the confidence of pairs that are proposed. */
export const defaultProposeFrom = 0.5;

/** Rules whose matches are certain enough that a policy may let them merge. */
export const mayAutoMerge: ReadonlySet<MatchRuleName> = new Set(['SAME_REFERENCE', 'SAME_DOMAIN', 'SAME_PLACE', 'SAME_EMAIL']);

/** A rule that says less than another one that holds. */
const covered: Readonly<Partial<Record<MatchRuleName, MatchRuleName>>> = { SAME_EMAIL_ELSEWHERE: 'SAME_EMAIL' };

/** What speaks for a pair: its rules in their fixed order, and the confidence that together they give: one minus the product of their doubts. */
export function weigh(shared: ReadonlySet<string>, rules: readonly RuleSetting[]): { readonly rules: readonly MatchRuleName[]; readonly confidence: number } {
  const holding = rules.filter(({ rule, enabled }) => enabled && shared.has(rule) && !shared.has(covered[rule] ?? ''));
  const doubt = holding.reduce((product, { confidence }) => product * (1 - confidence), 1);
  return { rules: holding.map(({ rule }) => rule), confidence: Math.round((1 - doubt) * 10_000) / 10_000 };
}
