import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { mayErase } from './erasure.policy.ts';
import { receiptById } from './receipt.queries.ts';

export { erasureResolvers } from './erasure.resolver.ts';

/** How receipts are read by id: by those who may erase; for others there are none. */
export const erasureNodes: readonly NodeReader[] = [
  { type: 'ErasureReceipt', read: async (call, uuid, asOf) => (mayErase.some((role) => call.roles.has(role)) ? ask(call, receiptById, asOf, uuid) : null) },
];
