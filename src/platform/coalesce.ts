import { Unavailable } from './errors.ts';

/** Does something for one item; resolves when that is done. */
export type Coalesced<Item, Result> = (key: string, item: Item) => Promise<Result>;

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Items of one key that come while others of it are under way share the next run, at most so many. A lone item waits for
 * nothing; under load a lock that each run takes is taken once per batch, not once per item. `run` answers a result for
 * each item. When a run of several fails, and not because a part is away, each is run alone: one bad item fails alone.
 */
export function createCoalescer<Item, Result>(most: number, run: (items: readonly Item[], key: string) => Promise<readonly Result[]>): Coalesced<Item, Result> {
  const queues = new Map<string, Waiting<Item, Result>[]>();

  const runAll = async (key: string, batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await run(batch.map(({ item }) => item), key);
      for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as Result);
    } catch (error) {
      if (batch.length > 1 && !(error instanceof Unavailable)) for (const alone of batch) await runAll(key, [alone]);
      else for (const waiting of batch) waiting.reject(error);
    }
  };

  const drain = async (key: string, queue: Waiting<Item, Result>[]): Promise<void> => {
    while (queue.length > 0) await runAll(key, queue.splice(0, most));
    queues.delete(key);
  };

  return (key, item) =>
    new Promise<Result>((resolve, reject) => {
      const waiting = { item, resolve, reject };
      const queue = queues.get(key);
      if (queue) {
        queue.push(waiting);
        return;
      }
      const fresh = [waiting];
      queues.set(key, fresh);
      void drain(key, fresh);
    });
}
