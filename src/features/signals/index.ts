export { countIngested } from './count-ingested.ts';
export { createIngestQueue, type IngestQueue } from './ingest-queue.ts';
export { ingestSignals, mostSignals, type ArrivedSignal, type IngestResult } from './ingest-signals.ts';
export { type SignalStatement } from './normalise-signal.ts';
export { signalIngested } from './signal.events.ts';
export { signalLineage } from './signal-lineage.ts';
export { mayIngestSignals } from './signal.policy.ts';
export { signalById, signalsOfAccount, signalsOfTenant } from './signal.queries.ts';
export { Signal, SignalConnection, SignalFilter, type SignalRow } from './signal.type.ts';
