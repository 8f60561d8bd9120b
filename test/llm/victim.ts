import { APICallError } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import type { FencedData, FencedPart } from '../../src/platform/llm/fence.ts';

type Options = Parameters<MockLanguageModelV4['doGenerate']>[0];
type Result = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>;

/** What the mock model answers in one attempt: an object to be sent as JSON, a text as it is, or an error that is thrown. */
export type Reply = object | string | Error;

/** What a provider says beside its answer; `usage` null: it does not say. */
interface Told {
  readonly finishReason?: 'stop' | 'length';
  readonly usage?: { readonly input: number; readonly output: number } | null;
}

/** The SDK's own mock model: answers what `reply` says, given the instruction and the fenced data as they arrived. */
export function mockModel(reply: (asked: Arrived, call: number) => Reply | Promise<Reply>, modelId = 'gpt-5.4-mini', { finishReason = 'stop', usage = { input: 1_000, output: 100 } }: Told = {}): MockLanguageModelV4 {
  let calls = 0;
  return new MockLanguageModelV4({
    provider: 'mock',
    modelId,
    async doGenerate(options: Options): Promise<Result> {
      calls += 1;
      const said = await reply(arrived(options), calls);
      if (said instanceof Error) throw said;
      return {
        content: [{ type: 'text', text: typeof said === 'string' ? said : JSON.stringify(said) }],
        finishReason: { unified: finishReason, raw: finishReason },
        usage: {
          inputTokens: { total: usage?.input, noCache: usage ? usage.input - 400 : undefined, cacheRead: usage ? 400 : undefined, cacheWrite: usage ? 0 : undefined },
          outputTokens: { total: usage?.output, text: usage?.output, reasoning: usage ? 0 : undefined },
        },
        warnings: [],
      };
    },
  });
}

/** A request as the provider receives it. */
export interface Arrived {
  readonly instruction: string;
  readonly user: string;
  /** The fenced data, read again: the content of each part by its name. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Where each part says that it comes from, by its name. */
  readonly origins: Readonly<Record<string, string | readonly string[]>>;
  readonly schema: unknown;
  readonly signal: AbortSignal | undefined;
}

function arrived({ prompt, responseFormat, abortSignal }: Options): Arrived {
  const instruction = prompt.flatMap((message) => (message.role === 'system' ? [message.content] : [])).join('\n');
  const user = prompt.flatMap((message) => (message.role === 'user' ? message.content : [])).map((part) => (part.type === 'text' ? part.text : '')).join('');
  const [, json = '{}'] = /^<data>\n(.*)\n<\/data>$/.exec(user) ?? [];
  const parts = Object.entries(JSON.parse(json) as FencedData);
  const each = <Value>(read: (part: FencedPart) => Value): Record<string, Value | Value[]> => Object.fromEntries(parts.map(([name, part]) => [name, 'content' in part ? read(part) : part.map(read)]));
  return { instruction, user, data: each(({ content }) => content), origins: each(({ origin }) => origin), schema: responseFormat?.type === 'json' ? responseFormat.schema : null, signal: abortSignal };
}

/** An answer of the provider's that is an error. */
export function providerError(statusCode: number, responseHeaders: Record<string, string> = {}): APICallError {
  return new APICallError({ message: 'refused', url: 'https://provider.example', requestBodyValues: {}, statusCode, responseHeaders, responseBody: 'a secret of the provider' });
}
