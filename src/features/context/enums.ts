import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** Values of deal health. */
export const DealHealthValue = graphEnum('DealHealthValue', 'Health of the primary deal.', {
  GREEN: 'No condition of the deal health rules needs attention.',
  YELLOW: 'At least one condition needs attention.',
  RED: 'At least one condition endangers the deal, or many need attention at once.',
  UNKNOWN: 'There is no open deal, or too little is known about it.',
});
/** Values of deal health. */
export type DealHealthValue = keyof typeof DealHealthValue;

/** What one condition does to deal health. */
export const HealthEffect = graphEnum('DealHealthEffect', 'What a condition does to deal health when it holds.', {
  NONE: 'Nothing.',
  YELLOW: 'The deal is YELLOW at best.',
  RED: 'The deal is RED.',
});
/** What one condition does to deal health. */
export type HealthEffect = keyof typeof HealthEffect;

/** What deal health looks at. */
export const DealHealthCondition = graphEnum('DealHealthCondition', 'A condition of the deal health rules.', {
  ACTIVE_BLOCKER: 'A ticket blocks the deal.',
  LAST_CONTACT: 'Days since the last contact.',
  CLOSE_DATE: 'Whether the close date has passed.',
  STAGE_AGE: 'Days since the deal entered its stage.',
  ACCOUNT_STATUS: 'The status of the account.',
  COMPETITOR: 'Whether a competitor is mentioned.',
  CONTRADICTION: 'Whether sources disagree about the deal.',
  MANY_CAUTIONS: 'How many conditions are YELLOW at once.',
  TOO_LITTLE_KNOWN: 'Whether there is an open deal, and enough is known about it.',
});
/** What deal health looks at. */
export type DealHealthCondition = keyof typeof DealHealthCondition;

/** What a derived value says. */
export const DerivedValueKind = graphEnum('DerivedValueKind', 'What a derived value of an account says.', {
  DEAL_HEALTH: 'Health of the primary deal.',
  LAST_CONTACT: 'Days since the last contact.',
  BLOCKERS: 'Which tickets block the deal.',
  SE_ASSIGNED: 'Which sales engineer is assigned, and whether they are available.',
  COMPETITIVE_THREATS: 'Which competitors are mentioned.',
  CONTEXT_QUALITY: 'How complete the context is.',
  BRIEF: 'The brief before a call.',
});
/** What a derived value says. */
export type DerivedValueKind = keyof typeof DerivedValueKind;

/** What a rule set of the context decides. */
export const ContextRuleKind = graphEnum('ContextRuleKind', 'What a rule set of the account context decides.', {
  DEAL_HEALTH: 'Rules for deal health.',
  BLOCKER: 'Which tickets block a deal.',
  COMPETITOR: 'Which names in threads, notes and weekly summaries are competitors.',
  CALL_VALIDATION: 'When a figure extracted from a call is an anomaly.',
  FRESHNESS: 'After how long a section or a presence is out of date.',
});
/** What a rule set of the context decides. */
export type ContextRuleKind = keyof typeof ContextRuleKind;

/** What a line of a brief is about. */
export const BriefLineKind = graphEnum('BriefLineKind', 'What a line of a brief is about.', {
  ACCOUNT: 'The account and the stage of its deal.',
  AMOUNT: 'The amount of the deal.',
  BLOCKER: 'What blocks the deal.',
  SALES_ENGINEER: 'The assigned sales engineer and their availability.',
});
/** What a line of a brief is about. */
export type BriefLineKind = keyof typeof BriefLineKind;

/** What a figure from a call amounts to. */
export const CallOutcome = graphEnum('CallValidationOutcome', 'How a figure extracted from a call compares with the deal\'s amount.', {
  OK: 'Between the baseline divided by the factor and the baseline times the factor.',
  ANOMALY_HIGH: 'More than the baseline times the factor.',
  ANOMALY_LOW: 'Less than the baseline divided by the factor.',
  NO_BASELINE: 'No open deal had an amount above 0 at the time of the call.',
});
/** What a figure from a call amounts to. */
export type CallOutcome = keyof typeof CallOutcome;

/** What a context lacks. */
export const ContextGap = graphEnum('ContextGap', 'Something that the context of an account lacks.', {
  INDUSTRY: 'The industry is unknown.',
  EMPLOYEE_COUNT: 'The number of employees is unknown.',
  WEBSITE: 'The web site is unknown.',
  OWNER: 'The account has no owner.',
  OPEN_DEAL: 'There is no open deal.',
  DEAL_AMOUNT: 'The open deal has no amount.',
  CLOSE_DATE: 'The open deal has no close date.',
  NEXT_STEP: 'The open deal has no next step.',
  CONTACT: 'There is no contact.',
  DECISION_MAKER: 'No contact has the role of a decision maker, such as `Economic Buyer`.',
  LAST_CONTACT: 'No contact with the customer is recorded.',
  SALES_ENGINEER: 'No sales engineer is known.',
  THREAD: 'There is no thread about the account.',
  WEEKLY_SUMMARY: 'There is no weekly summary.',
});
/** What a context lacks. */
export type ContextGap = keyof typeof ContextGap;
