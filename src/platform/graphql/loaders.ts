import DataLoader from 'dataloader';
import { histogram } from '../metrics.ts';
import type { AsOf, Asking, Question } from './call.ts';

const batchKeys = histogram('graphql_loader_batch_keys', 'Keys that one loader statement answers. A fall towards 1 means that batching broke and statements multiply.', ['question'], [1, 2, 5, 10, 20, 50, 100, 500]);

const measures = new Map<string, { observe(keys: number): void }>();

/** Its labels are looked up once per question, not once per request. */
function measureOf(name: string): { observe(keys: number): void } {
  const known = measures.get(name);
  if (known) return known;
  const made = batchKeys.labels(name);
  measures.set(name, made);
  return made;
}

const promised = Promise.resolve();

/**
 * The DataLoaders of one request, one per question and instant. They share one schedule: all that were asked in a turn load
 * in the same turn, so that their statements travel in one packet.
 */
export class Loaders {
  readonly #present = new Map<unknown, unknown>();
  readonly #past = new Map<unknown, Map<unknown, unknown>>();
  #gathered: (() => void)[] = [];

  /** Returns the request's loader for a question at an instant. */
  for<Key, Answer, In extends Asking>(call: In, question: Question<Key, Answer, In>, asOf: AsOf): DataLoader<Key, Answer, unknown> {
    const of = asOf === null ? this.#present : this.#pastOf(question);
    const at = asOf === null ? question : asOf.key;
    const known = of.get(at) as DataLoader<Key, Answer, unknown> | undefined;
    if (known) return known;
    const measured = measureOf(question.name);
    const load = (keys: readonly Key[]): Promise<readonly Answer[]> => {
      measured.observe(keys.length);
      return question.load(call, keys, asOf);
    };
    const made = new DataLoader<Key, Answer, unknown>(load, { batchScheduleFn: this.#gather, ...(question.identity ? { cacheKeyFn: question.identity } : {}) });
    of.set(at, made);
    return made;
  }

  #pastOf(question: unknown): Map<unknown, unknown> {
    const known = this.#past.get(question);
    if (known) return known;
    const made = new Map<unknown, unknown>();
    this.#past.set(question, made);
    return made;
  }

  readonly #gather = (dispatch: () => void): void => {
    // Once all that is resolved already has been dealt with: what follows from it travels along.
    if (this.#gathered.push(dispatch) === 1) void promised.then(() => process.nextTick(this.#dispatch));
  };

  readonly #dispatch = (): void => {
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const dispatch of gathered) dispatch();
  };
}
