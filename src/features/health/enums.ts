import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** What health is made of. */
export const HealthCategory = graphEnum('HealthCategory', 'What an account\'s health is made of.', {
  PRODUCT_USAGE: 'How much the product is used.',
  SUPPORT: 'How support goes.',
  CUSTOMER_SENTIMENT: 'What the customer thinks.',
  BUSINESS_OUTCOMES: 'What the customer gets out of it, and what the tenant does.',
  RELATIONSHIP_STRENGTH: 'How good the relationship is.',
});
/** One of the five categories. */
export type HealthCategory = keyof typeof HealthCategory;

/** Every category, in the order in which they are shown. */
export const healthCategories: readonly HealthCategory[] = ['PRODUCT_USAGE', 'SUPPORT', 'CUSTOMER_SENTIMENT', 'BUSINESS_OUTCOMES', 'RELATIONSHIP_STRENGTH'];

/** How a KPI stands. */
export const KpiStatus = graphEnum('KpiStatus', 'How a KPI stands against the thresholds of the health model.', {
  CRITICAL: 'Worse than the critical threshold.',
  AT_RISK: 'Between the critical and the healthy threshold.',
  HEALTHY: 'At the healthy threshold, or better.',
  UNKNOWN: 'The value cannot be read for certain, or the model has no thresholds for it; `statusBecause` says which.',
});
/** How a KPI stands. */
export type KpiStatus = keyof typeof KpiStatus;

/** Why the figures come from there. */
export const HealthSourceReason = graphEnum('HealthSourceReason', 'Why the figures of an account\'s health come from `healthSource`.', {
  CURRENT_TREND: 'The latest monthly trend is within the health model\'s horizon, or the model has none.',
  ONLY_OLD_TREND: 'The latest monthly trend is older than the horizon, but no KPI that can be judged is fresher; the trend is used.',
  TREND_TOO_OLD: 'The latest monthly trend is older than the horizon and at least one KPI that can be judged is fresher; the KPIs are used.',
  NO_TREND: 'There is no monthly trend; the KPIs are used.',
  NO_DATA: 'There is neither a trend nor a KPI that can be judged.',
});
/** Why the figures come from there. */
export type HealthSourceReason = keyof typeof HealthSourceReason;

/** Where the figures of an account's health come from. */
export const HealthSource = graphEnum('HealthSource', 'Where the figures of an account\'s health come from.', {
  TREND: 'The latest monthly health trend, as it was delivered.',
  PROXY: 'Computed from the KPIs: there is no trend, or the trend is too old and KPIs are fresher.',
  NONE: 'There is neither a trend nor a KPI that can be judged.',
});
/** Where the figures come from. */
export type HealthSource = keyof typeof HealthSource;

/** Which way a KPI is better. */
export const KpiDirection = graphEnum('KpiDirection', 'Which way a KPI is better.', {
  HIGHER_IS_BETTER: 'More is better.',
  LOWER_IS_BETTER: 'Less is better.',
});
/** Which way a KPI is better. */
export type KpiDirection = keyof typeof KpiDirection;

/** What a KPI's thresholds are stated in. */
export const KpiUnit = graphEnum('KpiUnit', 'What a KPI\'s thresholds are stated in, and its values must be.', {
  PERCENT: 'Per cent: `82 %`. A number without a sign is per cent from `plainFrom` on and above 1; else it may be a count or a ratio.',
  NUMBER: 'A plain number or count: `42`, `1.2k`, `12 tickets`.',
  RATING: 'A rating on the scale that the model states: `4.5/5`.',
  HOURS: 'A length of time, in hours: `2 h`, `3 days`, `1 h 30 min`. The value or the parameter\'s name must say its unit.',
  DAYS: 'A length of time, in days of 24 hours. The value or the parameter\'s name must say its unit.',
  MONEY: 'An amount in the currency that the model states: `$1,200.50`.',
});
/** What a KPI's thresholds are stated in. */
export type KpiUnit = keyof typeof KpiUnit;
