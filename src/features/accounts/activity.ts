import { OrderDirection } from '../../platform/graphql/connection.ts';
import { label } from './columns.ts';
import { accountRecord, anyOf } from './record.ts';

/** What was done with the customer, the last one first. */
export const activities = accountRecord({
  type: 'Activity',
  plural: 'activities',
  description: 'Something done with the customer: a call, a meeting, an e-mail.',
  table: 'activity',
  columns: {
    type: label('What was done, as the CRM names it: `Call`.', { required: true }),
    subject: label('What it was about.', { required: true }),
  },
  occurredAt: { description: 'When it was done.', required: true },
  orders: {},
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  filters: { types: anyOf('type', 'Of one of these types.') },
});
