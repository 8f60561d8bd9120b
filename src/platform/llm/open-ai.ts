import { createOpenAI } from '@ai-sdk/openai';
import { outboundFetch } from '../outbound-http.ts';
import type { LlmModel } from './ask-model.ts';

/** A model of OpenAI's by its name, such as `gpt-5.4-mini`. */
export function openAiModel({ apiKey, name }: { readonly apiKey: string; readonly name: string }): LlmModel {
  return createOpenAI({ apiKey, fetch: outboundFetch })(name);
}
