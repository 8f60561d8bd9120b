import { GraphQLInt } from 'graphql';
import { OrderDirection } from '../../platform/graphql/connection.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { real, whole, type Written } from './columns.ts';
import { accountRecord } from './record.ts';

const score = real(0, 100);

/** Health, month by month. */
export const healthTrends = accountRecord({
  type: 'HealthTrend',
  plural: 'healthTrends',
  description: 'The account\'s health in one month, overall and by category, each 0 to 100.',
  table: 'health_trend',
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
  occurredAt: {
    description: 'When it was measured.', required: false,
    leftOut: { description: 'When left out, the end of its month, or now while that lasts.', of: (written, now) => (saysMonth(written) ? earlier(new Date(monthStart(written, 1).getTime() - 1).toISOString(), now) : now) },
  },
  check(written, now, path) {
    // The latest month rules: one that is yet to come would do so for as long.
    if (saysMonth(written) && monthStart(written, 0).toISOString() > now) throw new InvalidInput('A health trend must be of a month that has begun (in UTC).', [...path, 'month']);
  },
  orders: { MONTH: { by: 't.year * 12 + t.month', type: 'int8', description: 'By month.' } },
  defaultOrder: { field: 'MONTH', direction: OrderDirection.DESC },
  filters: {
    years: { description: 'Of one of these years.', type: () => GraphQLInt, list: true, sql: (values, bind) => `t.year = any(${bind(values, 'int[]')})` },
  },
});

const saysMonth = ({ year, month }: Written): boolean => typeof year === 'number' && typeof month === 'number';

/** The beginning of the month that is so many after the trend's, in UTC. */
function monthStart({ year, month }: Written, later: number): Date {
  return new Date(Date.UTC(Number(year), Number(month) - 1 + later));
}

const earlier = (one: string, other: string): string => (one < other ? one : other);
