import { OrderDirection } from '../../platform/graphql/connection.ts';
import { label } from './columns.ts';
import { accountRecord, anyOf } from './record.ts';

/** What the account uses. */
export const products = accountRecord({
  type: 'Product',
  plural: 'products',
  description: 'A product that the account uses.',
  table: 'product',
  columns: { name: label('What it is called.', { required: true }) },
  occurredAt: { description: 'Since when it is used.', required: false },
  orders: { NAME: { by: 't.name', type: 'text', description: 'By name.' } },
  defaultOrder: { field: 'NAME', direction: OrderDirection.ASC },
  filters: { names: anyOf('name', 'One of these.') },
});
