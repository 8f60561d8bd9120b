import { createCoalescer } from '../../platform/coalesce.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { ingestSignals, mostSignals, type ArrivedSignal, type IngestResult } from './ingest-signals.ts';

/** Takes single signals in, many requests at once. */
export interface IngestQueue {
  ingest(caller: Caller, signal: ArrivedSignal): Promise<IngestResult>;
}

/**
 * Signals that arrive one by one while a transaction of the same caller is under way share the next one: the tenant's
 * chain is locked once per batch. Every request is answered after its own signal's commit.
 */
export function createIngestQueue(transact: <Result>(caller: Caller, body: (work: Work) => Promise<Result>) => Promise<Result>): IngestQueue {
  const take = createCoalescer<{ caller: Caller; signal: ArrivedSignal }, IngestResult>(mostSignals, async (arrived) => {
    const [first] = arrived;
    return first ? transact(first.caller, (work) => ingestSignals(work, arrived.map(({ signal }) => signal))) : [];
  });
  return { ingest: (caller, signal) => take(`${caller.tenantId}:${caller.actor.kind}:${caller.actor.id}`, { caller, signal }) };
}
