import { counter } from '../../platform/metrics.ts';
import type { IngestResult } from './ingest-signals.ts';

const processed = counter('signals_processed_total', 'Signals taken in, by source, type and outcome. A rise of rejected ones means that a source sends what is not understood.', ['source', 'type', 'status']);
const known = new Set<string>();
const mostNames = 200;

/** A label's value; once callers have used too many different ones, `other`, so that they cannot grow the metrics without end. */
function bounded(value: string): string {
  const name = value.trim().toLowerCase().slice(0, 64);
  if (known.has(name)) return name;
  if (known.size >= mostNames) return 'other';
  known.add(name);
  return name;
}

/** Counts what became of signals. */
export function countIngested(signals: readonly { readonly source: string; readonly type: string }[], results: readonly IngestResult[]): void {
  for (const [index, result] of results.entries()) {
    const signal = signals[index];
    // What was refused may bear any name at all.
    const rejected = result.outcome === 'REJECTED';
    processed.inc({ source: rejected ? 'any' : bounded(signal?.source ?? ''), type: rejected ? 'any' : bounded(signal?.type ?? ''), status: result.outcome.toLowerCase() });
  }
}
