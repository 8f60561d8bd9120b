import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import { actionEventKinds } from '../features/actions/index.ts';
import { contextLiveKinds } from '../features/context/index.ts';
import { contextUpdated } from '../features/scoring/index.ts';
import { snapshotEventKinds } from '../features/snapshots/index.ts';
import { sessionEventKinds } from '../features/sessions/index.ts';
import { signalIngested } from '../features/signals/index.ts';

/** Where live channels are written; only the bridge does. */
export interface LiveChannels {
  /** Tells every API process that a tenant has new facts, up to a place in its chain. */
  announce(tenantId: string, sequence: number): Promise<void> | void;
}

/** Events that subscriptions are about → live channels. A message says only where to look; receivers read again. */
export function startLiveBridge(bus: Bus, channels: LiveChannels): Promise<RunningConsumer> {
  return bus.consume({
    group: 'live-bridge',
    topics: [signalIngested.kind, contextUpdated.kind, ...actionEventKinds, ...contextLiveKinds, ...snapshotEventKinds, ...sessionEventKinds],
    batchSize: 500,
    gather: 5,
    async handle(events) {
      for (const [tenantId, own] of Map.groupBy(events, (event) => event.tenantId)) {
        await channels.announce(tenantId, Math.max(...own.map((event) => event.sequence)));
      }
    },
  });
}
