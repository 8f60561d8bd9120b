import { APICallError, generateText, NoObjectGeneratedError, NoOutputGeneratedError, Output, type LanguageModel, type LanguageModelUsage } from 'ai';
import type { z } from 'zod';
import { fence, fenceRule } from './fence.ts';
import type { PromptFile } from './prompt-file.ts';
import type { Tokens } from './prices.ts';

/** A language model, by the library's own contract for providers. */
export type LlmModel = Exclude<LanguageModel, string>;

/** What one attempt is about. */
export interface Question<Answer> {
  readonly prompt: PromptFile;
  readonly data: Readonly<Record<string, unknown>>;
  readonly schema: z.ZodType<Answer>;
}

/** What came of one attempt. `retryAfter`: how long the provider wants to be left alone, in milliseconds. */
export type Attempt<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly tokens: Tokens }
  | { readonly kind: 'invalid'; readonly error: unknown; readonly tokens: Tokens }
  | { readonly kind: 'failure'; readonly error: unknown; readonly again: boolean; readonly retryAfter: number | null };

/** Bounds what an answer may cost; reasoning counts as output. */
const mostOutputTokens = 8_000;
const none: Tokens = { input: 0, cachedInput: 0, output: 0 };

/** Asks once. The prompt is the instruction; the data is fenced off in a message of its own; no tools are offered. */
export async function askModel<Answer>(model: LlmModel, question: Question<Answer>, signal: AbortSignal): Promise<Attempt<Answer>> {
  const { prompt, data, schema } = question;
  try {
    const asked = generateText({
      model,
      instructions: `${prompt.text}\n\n${fenceRule}`,
      messages: [{ role: 'user', content: fence(data) }],
      output: Output.object({ schema }),
      maxOutputTokens: mostOutputTokens,
      maxRetries: 0,
      abortSignal: signal,
      providerOptions: { openai: { store: false } },
    });
    return answerOf(await unlessAborted(asked, signal));
  } catch (error) {
    if (NoObjectGeneratedError.isInstance(error)) return { kind: 'invalid', error, tokens: toTokens(error.usage) };
    if (!APICallError.isInstance(error)) return { kind: 'failure', error, again: false, retryAfter: null };
    return { kind: 'failure', error, again: error.isRetryable, retryAfter: retryAfterOf(error) };
  }
}

/** A provider that does not heed the signal holds nobody up. */
async function unlessAborted<Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    answer.catch(() => undefined);
  }
}

/** The library parses when it is asked for the output; an answer that is none throws there, after tokens were spent. */
function answerOf<Answer>(result: { readonly output: Answer; readonly usage: LanguageModelUsage }): Attempt<Answer> {
  const tokens = toTokens(result.usage);
  try {
    return { kind: 'answer', answer: result.output, tokens };
  } catch (error) {
    if (NoOutputGeneratedError.isInstance(error) || NoObjectGeneratedError.isInstance(error)) return { kind: 'invalid', error, tokens };
    throw error;
  }
}

function toTokens(usage: LanguageModelUsage | undefined): Tokens {
  if (!usage) return none;
  return { input: usage.inputTokens ?? 0, cachedInput: usage.inputTokenDetails.cacheReadTokens ?? 0, output: usage.outputTokens ?? 0 };
}

/** In seconds, or in milliseconds under OpenAI's own name. Its third form, a date, is not used by it. */
function retryAfterOf({ responseHeaders }: APICallError): number | null {
  const milliseconds = Number(responseHeaders?.['retry-after-ms'] ?? NaN);
  const seconds = Number(responseHeaders?.['retry-after'] ?? NaN);
  const told = Number.isFinite(milliseconds) ? milliseconds : seconds * 1_000;
  return Number.isFinite(told) && told >= 0 ? told : null;
}
