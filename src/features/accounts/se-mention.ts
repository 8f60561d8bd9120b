import { OrderDirection } from '../../platform/graphql/connection.ts';
import { instant, label } from './columns.ts';
import { accountRecord, anyOf } from './record.ts';

/** Sales engineers seen in the account's conversations. */
export const seMentions = accountRecord({
  type: 'SeMention',
  plural: 'seMentions',
  description: 'A sales engineer seen in the conversations about the account.',
  table: 'se_mention',
  columns: {
    name: label('The sales engineer.', { required: true, shows: 'PERSON_NAME' }),
    lastActiveAt: instant('When last seen active, UTC; null when never.'),
    status: label('Presence as the chat tells it: `active`, `away`.', { required: true }),
  },
  occurredAt: { description: 'When the presence was observed.', required: false },
  orders: {},
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  filters: { statuses: anyOf('status', 'With one of these presences.') },
});
