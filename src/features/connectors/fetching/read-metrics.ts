import { counter, histogram } from '../../../platform/metrics.ts';

const objects = counter('source_fetches_total', 'Objects that were read again at vendors, by source and outcome. A rise of failed ones means that objects cannot be read or stored; dead ones are no longer tried: `connections` lists them with the reason.', ['source', 'outcome']);
const waited = histogram('source_fetch_wait_seconds', 'Seconds from the event that asked for an object to be read until it was stored, by source. A rise means that the vendor is slow, limits calls or is away.', ['source'], [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 86_400]);
const delayed = counter('source_readers_delayed_total', 'How often reading of a whole connection was put off, by source and code of the fault. A rise means that a vendor, its limits or the credentials keep a connection from being read.', ['source', 'code']);
const pages = counter('backfill_pages_total', 'Pages of history that back-fills stored, by source.', ['source']);

/** Counts objects that were read and stored, each with how long it waited. */
export function countRead(source: string, seconds: readonly number[]): void {
  objects.inc({ source, outcome: 'read' }, seconds.length);
  // From then on the series is there: Prometheus sees no increase in one that begins above zero.
  countFailed(source, { failed: 0, dead: 0 });
  for (const each of seconds) waited.observe({ source }, each);
}

/** Counts objects that could not be read or stored. */
export function countFailed(source: string, { failed, dead }: { readonly failed: number; readonly dead: number }): void {
  objects.inc({ source, outcome: 'failed' }, failed);
  objects.inc({ source, outcome: 'dead' }, dead);
}

/** Counts that a connection is left alone for a while. */
export function countDelayed(source: string, code: string): void {
  delayed.inc({ source, code });
}

/** Counts a page of history. */
export function countPage(source: string): void {
  pages.inc({ source });
}
