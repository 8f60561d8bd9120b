import { OrderDirection } from '../../platform/graphql/connection.ts';
import { label, reference } from './columns.ts';
import { accountRecord, anyOf, either } from './record.ts';

/** Figures that the account's success is measured by. */
export const kpis = accountRecord({
  type: 'Kpi',
  plural: 'kpis',
  description: 'A figure that the account\'s success is measured by.',
  table: 'kpi',
  columns: {
    productId: reference({ type: 'Product', table: 'product' }, 'The product it is about; null for one of the whole account.'),
    category: label('Its group: `Product Usage`.', { required: true }),
    parameter: label('What is measured: `Weekly active users`.', { required: true }),
    value: label('The measurement as it was delivered, with its unit: `82 %`.', { required: true, shows: 'IDENTIFIER' }),
  },
  occurredAt: { description: 'When it was measured.', required: false },
  orders: {},
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  filters: {
    categories: anyOf('category', 'Of one of these groups.'),
    accountLevel: either('true: only those of the whole account; false: only those that name a product.', 't.product_id is null', 't.product_id is not null'),
  },
});
