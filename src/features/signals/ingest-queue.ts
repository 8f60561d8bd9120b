import type { Caller, Work } from '../../platform/postgres/work.ts';
import { ingestSignals, mostSignals, type ArrivedSignal, type IngestResult } from './ingest-signals.ts';

/** Takes single signals in, many requests at once. */
export interface IngestQueue {
  ingest(caller: Caller, signal: ArrivedSignal): Promise<IngestResult>;
}

interface Waiting {
  readonly signal: ArrivedSignal;
  resolve(result: IngestResult): void;
  reject(error: unknown): void;
}

/**
 * Signals that arrive one by one while a transaction of the same caller is under way share the next one. A lone signal
 * waits for nothing; under load the tenant's chain is locked once per batch, not once per signal. Every request is
 * answered after its own signal's commit.
 */
export function createIngestQueue(transact: <Result>(caller: Caller, body: (work: Work) => Promise<Result>) => Promise<Result>): IngestQueue {
  const queues = new Map<string, Waiting[]>();

  const drain = async (key: string, caller: Caller, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, mostSignals);
      try {
        const results = await transact(caller, (work) => ingestSignals(work, batch.map(({ signal }) => signal)));
        for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as IngestResult);
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
    queues.delete(key);
  };

  return {
    ingest(caller, signal) {
      const key = `${caller.tenantId}:${caller.actor.kind}:${caller.actor.id}`;
      return new Promise<IngestResult>((resolve, reject) => {
        const waiting = { signal, resolve, reject };
        const queue = queues.get(key);
        if (queue) {
          queue.push(waiting);
          return;
        }
        const fresh = [waiting];
        queues.set(key, fresh);
        void drain(key, caller, fresh);
      });
    },
  };
}
