import { OrderDirection } from '../../platform/graphql/connection.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
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

/** How many summaries are read to choose the latest one; so many sources may write about one week. */
export const summariesToChooseFrom = 5;

/** The latest of some weekly summaries, by `weekOf`. Where several sources wrote about one week, time and then content decide, not the order of arrival. */
export function latestSummary<Summary extends Readonly<Record<string, unknown>>>(summaries: readonly Summary[]): Summary | null {
  const rank = (summary: Summary): string => canonicalJson(['weekOf', 'occurredAt', 'status', 'highlights', 'risks'].map((name) => summary[name] ?? null));
  return summaries.reduce<Summary | null>((best, each) => (best === null || rank(each) > rank(best) ? each : best), null);
}
