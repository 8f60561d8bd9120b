import { z } from 'zod';
import { parseExactJson } from '../../platform/exact-json.ts';
import { Unavailable } from '../../platform/errors.ts';
import { BudgetSpent } from '../../platform/llm/budget.ts';
import type { Llm } from '../../platform/llm/llm.ts';
import { loadPrompt } from '../../platform/llm/prompt-file.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import type { OriginClass } from '../trust/index.ts';
import { speaksOf, wordsOf } from './field-labels.ts';
import { whyUngrounded } from './ground-value.ts';
import { shown } from './shown-text.ts';
import { templateValue, type ValueAnswer, type WantedField } from './template-value.ts';
import { checkValue, type ValueRule } from './validate-value.ts';

/** The instruction with which a model reads a field out of a document. */
export const extractFieldPrompt = loadPrompt(new URL('prompts/extract-field.v1.md', import.meta.url));

const answerSchema: z.ZodType<ValueAnswer> = z.strictObject({ value: z.string().nullable(), quote: z.string().nullable(), confidence: z.number().min(0).max(1) });

/** The longest beginning of a document that is read. Characters. */
export const longestRead = 60_000;
/** No reading is surer than this, whatever a model says of itself: a document may have talked it into saying so. */
const surest = 0.9;
/** Nor than this, where the words quoted do not name the field, or the value is a truth, which no words spell. */
const unsure = 0.5;

/** Whoever may define fields was signed in. */
const definedBy: OriginClass = 'VERIFIED_PERSON';

/** What is to be read out of what. */
export interface FieldReading {
  readonly caller: Caller;
  readonly wanted: WantedField & ValueRule;
  readonly document: string;
  /** The origin class of the document. */
  readonly origin: OriginClass;
  readonly signal?: AbortSignal | undefined;
}

/** What a document says of a field: a value that passed every check, or why there is none. */
export type FieldRead =
  | { readonly kind: 'value'; readonly value: unknown; readonly quote: string; readonly confidence: number; readonly by: 'MODEL' | 'TEMPLATE'; readonly model: string }
  | { readonly kind: 'refused'; readonly errors: readonly string[] }
  | { readonly kind: 'nothing' };

/**
 * Reads a field's value out of a document, by the model or by plain rules. Whatever the reader was talked into, what comes
 * back is a value of the field's type that passes the definition and that the document says, or nothing.
 */
export async function readField(llm: Llm, { caller, wanted, document, origin, signal }: FieldReading): Promise<FieldRead> {
  const text = document.slice(0, longestRead);
  const { name, displayName, valueType, enumValues, collectionPrompt } = wanted;
  try {
    const { answer, source, model } = await llm.extract({
      caller,
      purpose: 'extract-field',
      prompt: extractFieldPrompt,
      data: { field: { origin: definedBy, content: { name, displayName, valueType, enumValues, lookFor: collectionPrompt } }, document: { origin, content: text } },
      schema: answerSchema,
      template: () => templateValue(text, wanted),
      signal,
    });
    return judge(answer, { text, wanted, by: source, model });
  } catch (error) {
    if (signal?.aborted) return { kind: 'refused', errors: ['There was no time left to read the documents; call again.'] };
    if (!(error instanceof Unavailable || error instanceof BudgetSpent)) throw error;
    return { kind: 'refused', errors: [error.message] };
  }
}

interface Reader {
  readonly text: string;
  readonly wanted: WantedField & ValueRule;
  readonly by: 'MODEL' | 'TEMPLATE';
  readonly model: string;
}

function judge({ value: given, quote, confidence }: ValueAnswer, { text, wanted, by, model }: Reader): FieldRead {
  if (given === null || quote === null) return { kind: 'nothing' };
  const told = wanted.valueType === 'JSON' ? parsed(given) : seen(given);
  const { value, errors } = checkValue(told, wanted);
  if (errors.length > 0) return { kind: 'refused', errors };
  const ungrounded = whyUngrounded(text, { value, quote }, wanted);
  if (ungrounded !== null) return { kind: 'refused', errors: [ungrounded] };
  const names = speaksOf(shown(quote), wordsOf(wanted)) && wanted.valueType !== 'BOOLEAN';
  return { kind: 'value', value, quote: quote.slice(0, 500), confidence: Math.min(confidence, names ? surest : unsure), by, model };
}

/** A value has no characters that nobody sees. */
function seen(text: string): string {
  return text.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '');
}

/** JSON, where it is; a text that is none is a JSON text. */
function parsed(text: string): unknown {
  try {
    return parseExactJson(seen(text));
  } catch {
    return text;
  }
}
