import { createCoalescer } from '../../platform/coalesce.ts';
import { Unavailable } from '../../platform/errors.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import type { DeliveryResult } from './delivery-result.ts';
import { shareDeliveries } from './share-deliveries.ts';
import { takeDeliveries, toDelivery, type ArrivedDelivery, type Delivery } from './take-delivery.ts';

/** Takes deliveries in. */
export interface DeliveryQueue {
  take(caller: Caller, delivery: ArrivedDelivery): Promise<DeliveryResult>;
}

/** Deliveries that one caller's turn takes in before the next ones are looked at. */
const mostTogether = 200;

interface Waiting {
  readonly caller: Caller;
  readonly delivery: Delivery;
}
type Settled = PromiseSettledResult<DeliveryResult>;

/**
 * Deliveries of one sender that arrive while others of it are taken in share the next transactions: those about
 * different things go together, those about one thing one after the other in the order in which they arrived. Each is answered after its own commit.
 * When a shared transaction fails it is halved until the fault stands with its own delivery, which alone is refused.
 */
export function createDeliveryQueue(database: Pick<Database, 'transact'>, seal: Seal): DeliveryQueue {
  const settle = async (group: readonly Waiting[]): Promise<Settled[]> => {
    const [first] = group;
    if (!first) return [];
    try {
      const results = await database.transact(first.caller, (work) => takeDeliveries(work, seal, group.map(({ delivery }) => delivery)));
      return results.map((value) => ({ status: 'fulfilled', value }));
    } catch (reason) {
      if (group.length === 1 || reason instanceof Unavailable) return group.map(() => ({ status: 'rejected', reason }));
      const middle = group.length >> 1;
      return [...(await settle(group.slice(0, middle))), ...(await settle(group.slice(middle)))];
    }
  };
  const take = createCoalescer<Waiting, Settled>(mostTogether, async (arrived) => {
    const settled = new Map<Waiting, Settled>();
    for (const group of shareDeliveries(arrived)) {
      for (const [index, result] of (await settle(group)).entries()) if (group[index]) settled.set(group[index], result);
    }
    return arrived.map((waiting) => settled.get(waiting) ?? { status: 'rejected', reason: new Error('a delivery was left out') });
  });
  return {
    async take(caller, delivery) {
      const result = await take(`${caller.tenantId}:${caller.actor.id}`, { caller, delivery: toDelivery(delivery, caller.requestId) });
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    },
  };
}
