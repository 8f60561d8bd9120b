import { OrderDirection } from '../../platform/graphql/connection.ts';
import { label, labels, monday } from './columns.ts';
import { accountRecord, anyOf } from './record.ts';

/** The account team's own words, week by week. */
export const weeklySummaries = accountRecord({
  type: 'WeeklySummary',
  plural: 'weeklySummaries',
  description: 'What the account team wrote about a week.',
  table: 'weekly_summary',
  columns: {
    weekOf: monday('The Monday of the week; any other day is refused.', { required: true }),
    status: label('How it goes, in the team\'s words: `On Track`.', { required: true }),
    highlights: labels('What went well.'),
    risks: labels('What may go wrong.'),
  },
  occurredAt: { description: 'When it was written.', required: false },
  orders: { WEEK: { by: 't.week_of', type: 'date', description: 'By week.' } },
  defaultOrder: { field: 'WEEK', direction: OrderDirection.DESC },
  filters: { statuses: anyOf('status', 'With one of these statuses.') },
});
