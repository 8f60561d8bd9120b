import { APICallError, generateText, NoObjectGeneratedError, NoOutputGeneratedError, Output, type FinishReason, type LanguageModel, type LanguageModelUsage } from 'ai';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import { fence, fenceRule, type FencedData } from './fence.ts';
import type { PromptFile } from './prompt-file.ts';
import type { Tokens } from './prices.ts';

/** A language model, by the library's own contract for providers. */
export type LlmModel = Exclude<LanguageModel, string>;

/** What one attempt is about. */
export interface Question<Answer> {
  readonly prompt: PromptFile;
  readonly data: FencedData;
  readonly schema: z.ZodType<Answer>;
}

/**
 * What came of one attempt. `tokens` are null where nobody knows what was used: the provider did not say, or was not waited
 * for and may bill all the same. `again`: whether the same question may end otherwise. `retryAfter`: how long the provider
 * wants to be left alone, in milliseconds.
 */
export type Attempt<Answer> = { readonly tokens: Tokens | null } & (
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'invalid'; readonly error: unknown; readonly again: boolean }
  | { readonly kind: 'failure'; readonly error: unknown; readonly again: boolean; readonly retryAfter: number | null }
);

/** Bounds what an answer may cost; reasoning counts as output. */
export const mostOutputTokens = 8_000;
const none: Tokens = { input: 0, cachedInput: 0, output: 0 };

/** The most tokens that a question can be: no token is less than a byte, and messages have some of their own. */
export function mostInputTokens({ prompt, data }: Pick<Question<unknown>, 'prompt' | 'data'>): number {
  return Buffer.byteLength(prompt.text) + Buffer.byteLength(fenceRule) + Buffer.byteLength(fence(data)) + 2_000;
}

/** Asks once. The prompt is the instruction; the data is fenced off in a message of its own; no tools are offered. */
export async function askModel<Answer>(model: LlmModel, question: Question<Answer>, { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock }): Promise<Attempt<Answer>> {
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
    if (NoObjectGeneratedError.isInstance(error)) return { kind: 'invalid', error, again: mayEndOtherwise(error.finishReason), tokens: toTokens(error.usage) };
    if (!APICallError.isInstance(error)) return { kind: 'failure', error, again: false, retryAfter: null, tokens: null };
    // A provider that refuses says so by a status and bills nothing; a connection that broke tells nothing.
    return { kind: 'failure', error, again: error.isRetryable, retryAfter: retryAfterOf(error, clock), tokens: error.statusCode === undefined ? null : none };
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
function answerOf<Answer>(result: { readonly output: Answer; readonly usage: LanguageModelUsage; readonly finishReason: FinishReason }): Attempt<Answer> {
  const tokens = toTokens(result.usage);
  try {
    return { kind: 'answer', answer: result.output, tokens };
  } catch (error) {
    if (NoOutputGeneratedError.isInstance(error) || NoObjectGeneratedError.isInstance(error)) return { kind: 'invalid', error, again: mayEndOtherwise(result.finishReason), tokens };
    throw error;
  }
}

/** An answer that was cut at its length, or withheld, is so the next time, too. */
function mayEndOtherwise(reason: FinishReason | undefined): boolean {
  return reason !== 'length' && reason !== 'content-filter';
}

function toTokens(usage: LanguageModelUsage | undefined): Tokens | null {
  if (usage?.inputTokens === undefined || usage.outputTokens === undefined) return null;
  return { input: usage.inputTokens, cachedInput: Math.min(usage.inputTokenDetails.cacheReadTokens ?? 0, usage.inputTokens), output: usage.outputTokens };
}

/** In milliseconds under OpenAI's own name, else in seconds or as a date. */
function retryAfterOf({ responseHeaders }: APICallError, clock: Clock): number | null {
  const milliseconds = Number(responseHeaders?.['retry-after-ms'] ?? NaN);
  const after = responseHeaders?.['retry-after'] ?? '';
  const seconds = /^\s*\d/.test(after) ? Number(after) * 1_000 : Date.parse(after) - clock.now().getTime();
  const told = Number.isFinite(milliseconds) ? milliseconds : seconds;
  return Number.isFinite(told) ? Math.max(0, told) : null;
}
