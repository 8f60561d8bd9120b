import { OrderDirection } from '../../platform/graphql/connection.ts';
import { label, sealedText } from './columns.ts';
import { accountRecord, anyOf } from './record.ts';

/** People at the account. Their names and addresses are sealed with a key per person. */
export const contacts = accountRecord({
  type: 'Contact',
  plural: 'contacts',
  description: 'A person at the account.',
  table: 'contact',
  columns: {
    name: sealedText('The person\'s name.', 'PERSON_NAME'),
    email: sealedText('The person\'s e-mail address.', 'PERSON_ADDRESS'),
    title: label('The position held: `CTO`; null when unknown.'),
    role: label('The part played in a deal: `Economic Buyer`, `Technical Evaluator`; null when unknown.'),
  },
  merges: true,
  subjectField: 'email',
  select: 'k.wrapped_key as "wrappedKey"',
  join: 'left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id',
  occurredAt: { description: 'When this was true of the person.', required: false },
  orders: {},
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  filters: { roles: anyOf('role', 'Playing one of these parts.') },
});
