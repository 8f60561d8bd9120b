import { counter, histogram } from '../../platform/metrics.ts';
import type { DeliveryResult } from './delivery-result.ts';
import type { Reading } from './reading.ts';

const deliveries = counter('webhook_deliveries_total', 'Webhook deliveries by source and result. A rise of `refused` means that a source sends what cannot be read; of `ignored`, that it sends what concerns nothing here; of `unauthenticated`, that somebody signs with a wrong secret.', ['source', 'result']);
const lag = histogram('webhook_lag_seconds', 'Time from the change at the source to the arrival of its delivery, by source. A rise means that the source delivers late or that its clock is wrong.', ['source'], [0.5, 1, 2, 5, 15, 60, 300, 1_800, 7_200, 86_400]);

/** What became of a delivery, as it is counted. */
export type CountedResult = DeliveryResult['status'] | 'handshake' | 'refused' | 'unauthenticated';

/** Counts a delivery. */
export function countDelivery(source: string, result: CountedResult): void {
  deliveries.inc({ source, result });
}

/** Measures how late a delivery that reports a change arrived. */
export function measureLag(source: string, { occurredAt, receivedAt }: { readonly occurredAt: string | null; readonly receivedAt: Date }): void {
  if (occurredAt !== null) lag.observe({ source }, Math.max(0, receivedAt.getTime() - Date.parse(occurredAt)) / 1_000);
}

/** The latest change that a reading reports; null: it names no time, or none that can be read. */
export function latestChange({ accounts, records, signals, deletions, fetches = [], threadEvents = [], messages = [] }: Reading): string | null {
  const times = [
    ...accounts.map(({ input }) => input.occurredAt), ...records.map(({ input }) => input.occurredAt), ...signals.map(({ statement }) => statement.occurredAt),
    ...deletions.map(({ occurredAt }) => occurredAt), ...fetches.map(({ occurredAt }) => occurredAt), ...threadEvents.map(({ occurredAt }) => occurredAt), ...messages.map(({ occurredAt }) => occurredAt),
  ];
  const latest = times.reduce((most, time) => Math.max(most, time ? Date.parse(time) || 0 : 0), 0);
  return latest === 0 ? null : new Date(latest).toISOString();
}
