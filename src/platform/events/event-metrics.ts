import { counter, gauge } from '../metrics.ts';
import type { Bus } from './bus.ts';

/** Events moved from the outbox to the bus. */
export const relayed = counter('outbox_relayed_total', 'Facts moved from the outbox to the bus. When it stands still while facts are recorded, no relay runs or the bus refuses.', []);
/** Consumers that run in this process. */
export const consumersActive = gauge('kafka_consumers_active', 'Consumers running in this process, by group, on whatever bus is configured. A fall means that fewer share the work.', ['group']);
/** Events a group has taken in. */
export const consumed = counter('events_consumed_total', 'Events taken in, by consumer group.', ['group']);
/** Calls of a consumer that failed. */
export const refused = counter('event_failures_total', 'Calls of a consumer that failed, by group. `transient` ones are repeated until they pass; the others lead to dead letters.', ['group', 'kind']);
/** Events put aside. */
export const deadLettered = counter('dlq_messages_total', 'Events put aside as dead letters, by consumer group. A rise means events that wait for a repair and a replay.', ['group']);

const lag = gauge('kafka_consumer_lag', 'Events on the bus that a group has not taken in yet, by topic. A steady rise means that the group needs more workers or is stuck.', ['group', 'topic']);

/** Brings a group's lag gauges up to date. */
export async function measureLag(bus: Pick<Bus, 'lag'>, group: string): Promise<void> {
  for (const [topic, events] of await bus.lag(group)) lag.set({ group, topic }, events);
}
