import { OrderDirection } from '../../platform/graphql/connection.ts';
import { label, oneOf, text } from './columns.ts';
import { NoteType } from './enums.ts';
import { accountRecord, anyOf } from './record.ts';

/** What the account team wrote down. */
export const notes = accountRecord({
  type: 'Note',
  plural: 'notes',
  description: 'Something the account team wrote down.',
  table: 'note',
  columns: {
    noteType: oneOf(NoteType)('What it is about.', { required: true }),
    content: text('The note itself.', { required: true }),
    author: label('Who wrote it; null when unknown.', { shows: 'PERSON_NAME' }),
  },
  occurredAt: { description: 'When what it tells of took place.', required: true },
  orders: {},
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  filters: { noteTypes: anyOf('note_type', 'About one of these.', () => NoteType) },
});
