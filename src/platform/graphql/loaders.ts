import { histogram } from '../metrics.ts';
import type { AsOf, Call, Question } from './call.ts';

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

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Answers one question at one instant for one request. A key is asked once; keys that are asked in one turn are loaded together. */
class Loader<Key, Answer> {
  readonly #question: Question<Key, Answer>;
  readonly #asOf: AsOf;
  readonly #enqueue: (loader: Loader<never, never>) => void;
  readonly #known = new Map<unknown, Promise<Answer>>();
  #keys: Key[] = [];
  #waiting: Waiting<Answer>[] = [];
  #call: Call | null = null;

  constructor(question: Question<Key, Answer>, asOf: AsOf, enqueue: (loader: Loader<never, never>) => void) {
    this.#question = question;
    this.#asOf = asOf;
    this.#enqueue = enqueue;
  }

  load(call: Call, key: Key): Promise<Answer> {
    const { identity } = this.#question;
    const name = identity ? identity(key) : key;
    const known = this.#known.get(name);
    if (known) return known;
    const answer = new Promise<Answer>((resolve, reject) => void this.#waiting.push({ resolve, reject }));
    this.#known.set(name, answer);
    if (this.#keys.push(key) === 1) this.#enqueue(this as unknown as Loader<never, never>);
    this.#call = call;
    return answer;
  }

  /** Asks for the keys that have gathered. */
  async dispatch(): Promise<void> {
    const [keys, waiting, call] = [this.#keys, this.#waiting, this.#call];
    this.#keys = [];
    this.#waiting = [];
    if (!call) return;
    try {
      measureOf(this.#question.name).observe(keys.length);
      const answers = await this.#question.load(call, keys, this.#asOf);
      if (answers.length !== keys.length) throw new Error(`${this.#question.name} has ${answers.length} answers to ${keys.length} keys`);
      for (const [index, { resolve }] of waiting.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

const promised = Promise.resolve();

/** The loaders of one request. */
export class Loaders {
  readonly #present = new Map<unknown, Loader<never, never>>();
  readonly #past = new Map<unknown, Map<unknown, Loader<never, never>>>();
  #gathered: Loader<never, never>[] = [];

  /** Asks a question for one key at an instant. */
  load<Key, Answer>(call: Call, question: Question<Key, Answer>, asOf: AsOf, key: Key): Promise<Answer> {
    return this.#loaderOf(question, asOf).load(call, key);
  }

  #loaderOf<Key, Answer>(question: Question<Key, Answer>, asOf: AsOf): Loader<Key, Answer> {
    const of = asOf === null ? this.#present : (this.#past.get(question) ?? new Map<unknown, Loader<never, never>>());
    if (asOf !== null) this.#past.set(question, of);
    const at = asOf === null ? question : asOf.key;
    const known = of.get(at);
    if (known) return known as unknown as Loader<Key, Answer>;
    const made = new Loader<Key, Answer>(question, asOf, this.#gather);
    of.set(at, made as unknown as Loader<never, never>);
    return made;
  }

  readonly #gather = (loader: Loader<never, never>): void => {
    // Once all that is resolved already has been dealt with: what follows from it travels along.
    if (this.#gathered.push(loader) === 1) void promised.then(() => process.nextTick(this.#dispatch));
  };

  readonly #dispatch = (): void => {
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const loader of gathered) void loader.dispatch();
  };
}
