import type { HealthModelParameters, KpiRule } from './health-model.ts';

type Rest = Partial<Pick<KpiRule, 'scale' | 'currency' | 'worst' | 'best' | 'least' | 'most' | 'plainFrom' | 'weight'>>;

const rule = (category: KpiRule['category'], direction: KpiRule['direction']) =>
  (names: readonly [string, ...string[]], unit: KpiRule['unit'], critical: number, healthy: number, rest: Rest = {}): KpiRule =>
    ({ names: [...names], category, direction, unit, critical, healthy, scale: null, currency: null, worst: null, best: null, least: null, most: null, plainFrom: null, weight: 1, ...rest });

const [moreUsage, lessUsage] = [rule('PRODUCT_USAGE', 'HIGHER_IS_BETTER'), rule('PRODUCT_USAGE', 'LOWER_IS_BETTER')];
const [moreSupport, lessSupport] = [rule('SUPPORT', 'HIGHER_IS_BETTER'), rule('SUPPORT', 'LOWER_IS_BETTER')];
const [moreSentiment, lessSentiment] = [rule('CUSTOMER_SENTIMENT', 'HIGHER_IS_BETTER'), rule('CUSTOMER_SENTIMENT', 'LOWER_IS_BETTER')];
const [moreOutcome, lessOutcome] = [rule('BUSINESS_OUTCOMES', 'HIGHER_IS_BETTER'), rule('BUSINESS_OUTCOMES', 'LOWER_IS_BETTER')];
const [moreRelation, lessRelation] = [rule('RELATIONSHIP_STRENGTH', 'HIGHER_IS_BETTER'), rule('RELATIONSHIP_STRENGTH', 'LOWER_IS_BETTER')];
// Of these nothing but a share of all is delivered under the name; where a count or a ratio is as usual, a % sign is needed.
const share = { least: 0, most: 100, plainFrom: 1 } as const;
const percentage = { worst: 0, best: 100, ...share } as const;
const signed = { ...percentage, plainFrom: null } as const;
const countOrTime = { best: 0, least: 0 } as const;

/**
 * The model in force until a tenant publishes its own: the usual parameters of customer success, with thresholds that are
 * ours and common in the trade. Usage counts most, as it moves first. Trends older than two months and a day count no more
 * once KPIs are fresher; KPIs of one category alone make no overall score. It is version 0 of every tenant's model and so
 * never changes: a step that changes it stores the former one as version 0 of the tenants of before (`migrations/0020`).
 */
export const defaultHealthModel: HealthModelParameters = {
  categories: [
    { category: 'PRODUCT_USAGE', weight: 0.25, names: ['Product Usage', 'Usage', 'Adoption', 'Product Adoption', 'Engagement'] },
    { category: 'SUPPORT', weight: 0.2, names: ['Support', 'Customer Support', 'Service', 'Support Quality'] },
    { category: 'CUSTOMER_SENTIMENT', weight: 0.2, names: ['Customer Sentiment', 'Sentiment', 'Satisfaction', 'Customer Satisfaction'] },
    { category: 'BUSINESS_OUTCOMES', weight: 0.2, names: ['Business Outcomes', 'Outcomes', 'Business Outcome', 'Value', 'Financial'] },
    { category: 'RELATIONSHIP_STRENGTH', weight: 0.15, names: ['Relationship Strength', 'Relationship', 'Relationships'] },
  ],
  kpis: [
    moreUsage(['Weekly active users', 'WAU', 'Weekly active user rate'], 'PERCENT', 40, 70, signed),
    moreUsage(['Daily active users', 'DAU', 'Daily active user rate'], 'PERCENT', 20, 45, signed),
    moreUsage(['Monthly active users', 'MAU', 'Monthly active user rate'], 'PERCENT', 50, 80, signed),
    moreUsage(['Feature adoption', 'Feature adoption rate'], 'PERCENT', 30, 60, percentage),
    moreUsage(['Licence utilisation', 'License utilization', 'Seat utilization', 'Seat utilisation'], 'PERCENT', 50, 80, { ...percentage, most: null }),
    moreUsage(['Product activation rate', 'Activation rate'], 'PERCENT', 40, 70, percentage),
    moreUsage(['Onboarding completion rate', 'Onboarding completion'], 'PERCENT', 50, 85, percentage),
    moreUsage(['Login frequency', 'Logins per user and week'], 'NUMBER', 1, 3, { worst: 0, least: 0 }),
    lessUsage(['Time to first value', 'Time to value', 'TTV'], 'DAYS', 60, 30, countOrTime),
    lessUsage(['Days since last login'], 'DAYS', 14, 3, countOrTime),
    lessSupport(['First response time', 'FRT'], 'HOURS', 24, 4, countOrTime),
    lessSupport(['Mean time to resolution', 'Mean time to resolution (MTTR)', 'MTTR', 'Resolution time'], 'HOURS', 72, 24, countOrTime),
    moreSupport(['First contact resolution', 'First contact resolution (FCR)', 'FCR'], 'PERCENT', 50, 75, percentage),
    moreSupport(['Service level compliance', 'SLA compliance', 'Service level agreement compliance'], 'PERCENT', 85, 95, percentage),
    moreSupport(['Case deflection rate', 'Deflection rate'], 'PERCENT', 10, 30, { worst: 0, ...share }),
    lessSupport(['Open tickets', 'Ticket backlog'], 'NUMBER', 20, 5, countOrTime),
    lessSupport(['Escalations', 'Escalated tickets'], 'NUMBER', 3, 1, countOrTime),
    lessSupport(['Error rate', 'Error rates'], 'PERCENT', 5, 1, { best: 0, ...share }),
    moreSupport(['Uptime', 'Availability'], 'PERCENT', 99, 99.9, { worst: 95, best: 100, ...share }),
    moreSentiment(['Net promoter score', 'Net promoter score (NPS)', 'NPS'], 'NUMBER', 0, 30, { worst: -100, best: 70, least: -100, most: 100 }),
    moreSentiment(['Customer satisfaction', 'Customer satisfaction (CSAT)', 'CSAT', 'Customer satisfaction score'], 'RATING', 3, 4, { scale: 5, worst: 1, best: 5 }),
    // The share of those who are satisfied.
    moreSentiment(['Customer satisfaction', 'Customer satisfaction (CSAT)', 'CSAT', 'Customer satisfaction score'], 'PERCENT', 70, 80, signed),
    lessSentiment(['Customer effort score', 'Customer effort score (CES)', 'CES'], 'RATING', 5, 3, { scale: 7, worst: 7, best: 1 }),
    lessSentiment(['Customer complaints', 'Complaints'], 'NUMBER', 5, 2, countOrTime),
    moreSentiment(['Survey response rate'], 'PERCENT', 10, 30, { worst: 0, ...share }),
    moreOutcome(['Net revenue retention', 'Net revenue retention (NRR)', 'NRR'], 'PERCENT', 90, 105, { worst: 60, best: 130, least: 0, plainFrom: 20 }),
    moreOutcome(['Gross revenue retention', 'Gross revenue retention (GRR)', 'GRR'], 'PERCENT', 80, 92, { worst: 50, best: 100, ...share, plainFrom: 20 }),
    moreOutcome(['Renewal rate'], 'PERCENT', 75, 90, percentage),
    lessOutcome(['Churn rate'], 'PERCENT', 10, 5, { best: 0, ...share }),
    moreOutcome(['Customer ROI', 'Return on investment', 'ROI'], 'PERCENT', 50, 150, { worst: 0, best: 300 }),
    moreOutcome(['Goal attainment', 'Success plan progress'], 'PERCENT', 40, 75, { ...percentage, most: null }),
    moreOutcome(['Expansion revenue', 'Upsell revenue'], 'MONEY', 1_000, 10_000, { currency: 'USD', worst: 0, least: 0 }),
    moreRelation(['Executive engagement', 'Executive meetings per quarter'], 'NUMBER', 1, 2, { worst: 0, best: 4, least: 0 }),
    moreRelation(['Stakeholder engagement', 'Stakeholder alignment'], 'PERCENT', 40, 70, percentage),
    moreRelation(['Relationship strength', 'Relationship strength score'], 'RATING', 2.5, 4, { scale: 5, worst: 1, best: 5 }),
    moreRelation(['QBR attendance', 'Business review attendance'], 'PERCENT', 50, 80, percentage),
    lessRelation(['Days since last contact'], 'DAYS', 45, 14, countOrTime),
    lessRelation(['Invoice payment delay', 'Invoice payment delays', 'Payment delay'], 'DAYS', 30, 7, countOrTime),
  ],
  trendHorizonDays: 62,
  minCoverage: 0.4,
};
