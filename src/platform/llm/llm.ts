import type { z } from 'zod';
import { systemClock, type Clock } from '../clock.ts';
import { Unavailable } from '../errors.ts';
import { growingPause, pause } from '../pause.ts';
import type { Database } from '../postgres/database.ts';
import { insideWork } from '../postgres/open-work.ts';
import type { Caller } from '../postgres/work.ts';
import { askModel, mostInputTokens, mostOutputTokens, type Attempt, type LlmModel } from './ask-model.ts';
import type { FencedData } from './fence.ts';
import { reserve, settle, type Reservation } from './budget.ts';
import { costOf, dearest, priceOf, type Price, type Tokens } from './prices.ts';
import type { PromptFile } from './prompt-file.ts';
import { accountFor, countTemplate, countUnaccounted, type LlmOutcome } from './usage.ts';

/** What a model is asked for: an answer of a stated shape, from data that others wrote. */
export interface Extraction<Answer> {
  /** Whose tokens these are. */
  readonly caller: Caller;
  /** What it is for, in kebab case; a label of metrics. */
  readonly purpose: string;
  readonly prompt: PromptFile;
  /** Texts from outside, and what belongs to them. Data and never an instruction; nothing that is not meant for the provider. */
  readonly data: FencedData;
  /** The only shape in which an answer is taken. OpenAI wants every member there: nullable rather than optional. */
  readonly schema: z.ZodType<Answer>;
  /** What is answered where no model is configured. */
  template(): Answer;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, and who gave it. */
export interface Extracted<Answer> {
  readonly answer: Answer;
  /** `TEMPLATE`: no model is configured; plain rules answered. */
  readonly source: 'MODEL' | 'TEMPLATE';
  /** The model's name; `template` for plain rules. */
  readonly model: string;
  /** Of all attempts together; null when nobody knows what one of them used. */
  readonly tokens: Tokens | null;
  /** Whole micro-dollars; null when the tokens or the model's price are not known. */
  readonly cost: number | null;
}

/** The way to language models. Nothing holds a transaction open while one is asked. */
export interface Llm {
  /** `template` where no model is configured. */
  readonly model: string;
  /**
   * Asks, again after passing failures and unusable answers, and accounts for all of it. Throws `Unavailable` when the
   * provider fails or is too slow, `UnusableAnswer` when no answer was of the shape, `BudgetSpent` before anything is asked
   * when the tenant's budget of the day has no room for it, and the signal's reason when aborted.
   */
  extract<Answer>(asked: Extraction<Answer>): Promise<Extracted<Answer>>;
}

/** What it is made of. */
export interface LlmOptions {
  /** Null: plain templates answer. */
  readonly model: LlmModel | null;
  readonly database: Pick<Database, 'transact'>;
  /** How long a call may take, all attempts and pauses together. */
  readonly timeoutMilliseconds: number;
  /** Attempts at most; 3 when absent. */
  readonly attempts?: number;
  /** Pauses between attempts, where they are not the usual ones. Milliseconds. */
  readonly pauses?: { readonly first: number; readonly most: number };
  /** The model's price, where the list does not know it. */
  readonly price?: Price;
  /** What each tenant's calls may cost in a day (UTC), in whole micro-dollars; null or absent: anything. */
  readonly dailyBudget?: number | null;
  /** The machine's when absent. */
  readonly clock?: Clock;
  /** Told of failed attempts, with names and ids and no text. */
  readonly onError: (error: unknown, fields: Readonly<Record<string, string | number>>) => void;
}

/** The model answered, and not in the shape it was told. */
export class UnusableAnswer extends Unavailable {}

const usualAttempts = 3;
const usualPauses = { first: 500, most: 8_000 };
const nothing: Tokens = { input: 0, cachedInput: 0, output: 0 };

/** Makes the way to a model, or to plain templates. */
export function createLlm(options: LlmOptions): Llm {
  const { model, database } = options;
  const name = model?.modelId ?? 'template';

  const answerByTemplate = <Answer>(asked: Extraction<Answer>): Extracted<Answer> => {
    const answer = asked.schema.parse(asked.template());
    countTemplate(asked.purpose);
    return { answer, source: 'TEMPLATE', model: name, tokens: nothing, cost: 0 };
  };

  /** What is not known is taken to be the dearest. */
  const price = options.price ?? priceOf(name);
  const mostCost = (asked: Extraction<unknown>, tried: number): number => tried * (costOf({ input: mostInputTokens(asked), cachedInput: 0, output: mostOutputTokens }, price ?? dearest) ?? 0);
  const setAside = (asked: Extraction<unknown>): Promise<Reservation> | null =>
    options.dailyBudget === null || options.dailyBudget === undefined ? null : reserve(database, asked.caller, { amount: mostCost(asked, options.attempts ?? usualAttempts), budget: options.dailyBudget, purpose: asked.purpose });

  const answerByModel = async <Answer>(chosen: LlmModel, asked: Extraction<Answer>): Promise<Extracted<Answer>> => {
    const reservation = await setAside(asked);
    const began = performance.now();
    const { last, tokens, attempts, timedOut } = await askPatiently(chosen, asked, options);
    const outcome: LlmOutcome = asked.signal?.aborted && last.kind !== 'answer' ? 'CANCELLED' : timedOut && last.kind !== 'answer' ? 'TIMED_OUT' : outcomes[last.kind];
    const cost = costOf(tokens, price);
    try {
      await accountFor(database, asked.caller, { ...asked, model: name, tokens, cost, outcome, attempts, latencyMilliseconds: performance.now() - began });
      if (reservation) await settle(database, asked.caller, reservation, costOf(tokens, price ?? dearest) ?? mostCost(asked, attempts));
    } catch (error) {
      // The answer is paid for; that the sum lacks it is counted and logged.
      countUnaccounted({ purpose: asked.purpose, model: name });
      options.onError(error, { purpose: asked.purpose, prompt: asked.prompt.name, tenantId: asked.caller.tenantId, requestId: asked.caller.requestId, attempt: attempts });
    }
    if (last.kind === 'answer') return { answer: last.answer, source: 'MODEL', model: name, tokens, cost };
    asked.signal?.throwIfAborted();
    if (last.kind === 'invalid') throw new UnusableAnswer(last.again ? 'The language model gave no usable answer; try again later.' : 'The language model cannot give a whole answer to this; give it less to read.');
    throw new Unavailable(timedOut ? 'The language model did not answer in time; try again later.' : 'The language model cannot be used now; try again later.');
  };

  return {
    model: name,
    async extract(asked) {
      if (insideWork()) throw new Error('a language model must not be asked while a transaction is open');
      asked.signal?.throwIfAborted();
      return model ? answerByModel(model, asked) : answerByTemplate(asked);
    },
  };
}

const outcomes = { answer: 'DONE', invalid: 'INVALID', failure: 'FAILED' } as const;

interface Asked<Answer> {
  readonly last: Attempt<Answer>;
  readonly tokens: Tokens | null;
  readonly attempts: number;
  readonly timedOut: boolean;
}

async function askPatiently<Answer>(model: LlmModel, asked: Extraction<Answer>, options: LlmOptions): Promise<Asked<Answer>> {
  const { timeoutMilliseconds, attempts: most = usualAttempts, pauses = usualPauses, clock = systemClock, onError } = options;
  const late = AbortSignal.timeout(timeoutMilliseconds);
  const signal = asked.signal ? AbortSignal.any([asked.signal, late]) : late;
  const { purpose, prompt, caller } = asked;
  let tokens: Tokens | null = nothing;
  for (let attempt = 1; ; attempt += 1) {
    const last = await askModel(model, asked, { signal, clock });
    tokens = sum(tokens, last.tokens);
    const done = { last, tokens, attempts: attempt, timedOut: late.aborted };
    if (last.kind === 'answer') return done;
    onError(nameOnly(last.error), { purpose, prompt: prompt.name, tenantId: caller.tenantId, requestId: caller.requestId, attempt });
    if (signal.aborted || attempt === most || !last.again) return done;
    await pause(Math.max(growingPause(attempt, pauses), (last.kind === 'failure' ? last.retryAfter : null) ?? 0), signal);
    if (signal.aborted) return { ...done, timedOut: late.aborted };
  }
}

/** Of a sum of which a part is not known, nothing is known. */
function sum(one: Tokens | null, other: Tokens | null): Tokens | null {
  if (!one || !other) return null;
  return { input: one.input + other.input, cachedInput: one.cachedInput + other.cachedInput, output: one.output + other.output };
}

/** The library's errors hold the request and the answer, which may be somebody's personal data. */
function nameOnly(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('a language model failed');
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? ` (HTTP ${error.statusCode})` : '';
  return new Error(`a language model failed: ${error.name}${status}`);
}
