import { GraphQLInt } from 'graphql';
import { OrderDirection } from '../../platform/graphql/connection.ts';
import { real, whole } from './columns.ts';
import { accountRecord } from './record.ts';

const score = real(0, 100);

/** Health, month by month. */
export const healthTrends = accountRecord({
  type: 'HealthTrend',
  plural: 'healthTrends',
  description: 'The account\'s health in one month, overall and by category, each 0 to 100.',
  table: 'health_trend',
  onePer: ['year', 'month'],
  columns: {
    year: whole(1970, 9999)('The year.', { required: true }),
    month: whole(1, 12)('The month, 1 to 12.', { required: true }),
    overallScore: score('Overall health, 0 to 100.', { required: true }),
    productUsageScore: score('Product usage, 0 to 100; null when not measured.'),
    supportScore: score('Support, 0 to 100; null when not measured.'),
    customerSentimentScore: score('Customer sentiment, 0 to 100; null when not measured.'),
    businessOutcomesScore: score('Business outcomes, 0 to 100; null when not measured.'),
    relationshipStrengthScore: score('Relationship strength, 0 to 100; null when not measured.'),
  },
  occurredAt: { description: 'When it was measured.', required: false },
  orders: { MONTH: { by: 't.year * 12 + t.month', type: 'int8', description: 'By month.' } },
  defaultOrder: { field: 'MONTH', direction: OrderDirection.DESC },
  filters: {
    years: { description: 'Of one of these years.', type: () => GraphQLInt, list: true, sql: (values, bind) => `t.year = any(${bind(values, 'int[]')})` },
  },
});
