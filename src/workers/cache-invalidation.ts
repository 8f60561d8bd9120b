import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Caches } from '../platform/cache/caches.ts';
import type { Refresher } from '../platform/cache/refresher.ts';
import type { Id } from '../platform/ids.ts';

/**
 * Facts that make cached answers stale → the caches forget them. The process that commits a fact forgets at once; this
 * arrow makes sure, should that process have ended in between or the cache have been away: then `forget` throws
 * `Unavailable`, and the bus brings the events again until it is back. To forget twice does no harm. Entries that readers
 * asked for lately are then loaded again, without holding up the events behind.
 */
export async function startCacheInvalidation(bus: Bus, caches: Caches, refresher: Refresher): Promise<RunningConsumer> {
  const consumer = await bus.consume({
    group: 'cache-invalidation',
    topics: caches.kinds,
    batchSize: 500,
    gather: 100,
    async handle(events) {
      for (const [tenantId, own] of Map.groupBy(events, (event) => event.tenantId)) {
        await caches.forget(tenantId as Id<'Tenant'>, own);
        refresher.note(tenantId as Id<'Tenant'>, own);
      }
    },
  });
  return {
    async stop() {
      await consumer.stop();
      await refresher.stop();
    },
  };
}
