import { OrderDirection } from '../../platform/graphql/connection.ts';
import { label, text, whole } from './columns.ts';
import { accountRecord, anyOf } from './record.ts';

/** Conversations inside the tenant about the account. */
export const threads = accountRecord({
  type: 'Thread',
  plural: 'threads',
  description: 'A conversation about the account in the tenant\'s chat.',
  table: 'thread',
  columns: {
    author: label('Who began it.', { required: true, shows: 'PERSON_NAME' }),
    preview: text('Its beginning.', { required: true }),
    replyCount: whole(0, 1_000_000)('How many answers it has.', { required: true }),
    url: text('Where to open it; null when unknown.', { shows: 'IDENTIFIER' }),
  },
  occurredAt: { description: 'When it was begun.', required: true },
  orders: {},
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  filters: { authors: anyOf('author', 'Begun by one of these.') },
});
