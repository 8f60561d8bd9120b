import { OrderDirection } from '../../platform/graphql/connection.ts';
import { blocking } from './blocking.ts';
import { day, label, labels, oneOf, text } from './columns.ts';
import { TicketPriority, TicketStatusCategory } from './enums.ts';
import { accountRecord, anyOf, either } from './record.ts';

/** Issues the customer waits for. */
export const tickets = accountRecord({
  type: 'Ticket',
  plural: 'tickets',
  description: 'An issue that concerns the account, as the issue tracker knows it.',
  table: 'ticket',
  columns: {
    key: label('What people call it: `ACME-456`.', { required: true }),
    summary: label('What it is about.', { required: true }),
    status: label('Its status, as its workflow names it: `In Progress`.', { required: true }),
    statusCategory: oneOf(TicketStatusCategory)('What that status means; a DONE ticket blocks nothing.', { required: true }),
    assignee: label('Who works on it; null when nobody does.', { shows: 'PERSON_NAME' }),
    priority: oneOf(TicketPriority)('How urgent it is; null when not set.'),
    labels: labels('Its labels: `blocker`.'),
    url: text('Where to open it; null when unknown.', { shows: 'IDENTIFIER' }),
    createdOn: day('The day it was opened; null when unknown.'),
    resolvedOn: day('The day it was closed; null while open or unknown.'),
  },
  occurredAt: { description: 'When this state of the ticket was true.', required: false },
  orders: {},
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  filters: {
    open: either('true: only those not done; false: only those done.', `t.status_category <> 'DONE'`, `t.status_category = 'DONE'`),
    blocking,
    priorities: anyOf('priority', 'Of one of these priorities.', () => TicketPriority),
    labels: { description: 'Carrying all of these labels.', type: () => String, list: true, sql: (values, bind) => `t.labels @> ${bind(values, 'text[]')}` },
  },
});
