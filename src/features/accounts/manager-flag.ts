import { OrderDirection } from '../../platform/graphql/connection.ts';
import { label, text } from './columns.ts';
import { accountRecord, anyOf } from './record.ts';

/** Marks set by managers. */
export const managerFlags = accountRecord({
  type: 'ManagerFlag',
  plural: 'managerFlags',
  description: 'A mark that a manager set on the account.',
  table: 'manager_flag',
  paged: false,
  columns: {
    flag: label('The mark: `strategic_account`.', { required: true }),
    setBy: label('Who set it.', { required: true, shows: 'PERSON_NAME' }),
    note: text('Why; null when nothing was said.'),
  },
  occurredAt: { description: 'When it was set.', required: false },
  orders: {},
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  filters: { flags: anyOf('flag', 'One of these marks.') },
});
