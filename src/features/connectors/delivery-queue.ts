import { createCoalescer } from '../../platform/coalesce.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import type { DeliveryResult } from './delivery-result.ts';
import { takeDelivery, type Delivery } from './take-delivery.ts';

/** Takes deliveries in. */
export interface DeliveryQueue {
  take(caller: Caller, delivery: Delivery): Promise<DeliveryResult>;
}

/** Deliveries that one caller's turn takes in before the next ones are looked at. */
const mostTogether = 100;

/** Takes the deliveries of one sender in one after the other, each in a transaction of its own: they would wait for each other's locks anyway, and a sender never holds more than one connection. */
export function createDeliveryQueue(database: Pick<Database, 'transact'>, seal: Seal): DeliveryQueue {
  const take = createCoalescer<{ caller: Caller; delivery: Delivery }, PromiseSettledResult<DeliveryResult>>(mostTogether, async (arrived) => {
    const settled: PromiseSettledResult<DeliveryResult>[] = [];
    for (const { caller, delivery } of arrived) settled.push(...(await Promise.allSettled([database.transact(caller, (work) => takeDelivery(work, seal, delivery))])));
    return settled;
  });
  return {
    async take(caller, delivery) {
      const result = await take(`${caller.tenantId}:${caller.actor.id}`, { caller, delivery });
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    },
  };
}
