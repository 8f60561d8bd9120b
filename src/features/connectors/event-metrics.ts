import { counter, histogram } from '../../platform/metrics.ts';
import type { DeliveryResult } from './delivery-result.ts';
import type { Reading } from './reading.ts';

const deliveries = counter('webhook_deliveries_total', 'Webhook deliveries by source and result. A rise of `refused` means that a source sends what cannot be read; of `ignored`, that it sends what concerns nothing here; of `unauthenticated`, that somebody signs with a wrong secret.', ['source', 'result']);
const refusedItems = counter('webhook_refused_items_total', 'Items of webhook deliveries that were refused while others of the delivery were taken in, by source and code. Vendors do not read the answer and do not send them again: a rise means that changes are missing, which a back-fill reads. The log has them under "webhook items refused".', ['source', 'code']);
const lag = histogram('webhook_lag_seconds', 'Time from the change at the source to the arrival of its delivery, by source. A rise means that the source delivers late or that its clock is wrong.', ['source'], [0.5, 1, 2, 5, 15, 60, 300, 1_800, 7_200, 86_400]);

/** What became of a delivery, as it is counted. */
export type CountedResult = DeliveryResult['status'] | 'handshake' | 'refused' | 'unauthenticated';

/** Counts a delivery. */
export function countDelivery(source: string, result: CountedResult): void {
  deliveries.inc({ source, result });
}

/** An item that was not taken in: where it was in its delivery, and why. */
export interface RefusedItem {
  readonly path: readonly string[];
  readonly code: string;
}

/** The items of a delivery that were not taken in although others were. They are counted. */
export function countRefusedItems(source: string, { results }: DeliveryResult): readonly RefusedItem[] {
  const refused = results.flatMap(({ status, reason, error, path }) => (status === 'refused' ? [{ path: error?.path ?? path, code: error?.code ?? 'BAD_USER_INPUT' }] : reason === 'UNREADABLE' ? [{ path, code: reason }] : []));
  for (const { code } of refused) refusedItems.inc({ source, code });
  return refused;
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
