import { z } from 'zod';
import { InvalidInput, Unavailable } from '../../platform/errors.ts';
import type { Llm } from '../../platform/llm/llm.ts';
import { loadPrompt } from '../../platform/llm/prompt-file.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import { checkDraft } from './draft.ts';
import type { OutreachMaterial } from './outreach-material.ts';
import type { OutreachPolicy } from './outreach-policy.ts';

const prompt = loadPrompt(new URL('prompts/draft-outreach.v1.md', import.meta.url));
/** The instruction with its version, as evidence names it. */
const promptName = `${prompt.name}.v${prompt.version}`;

const answerSchema = z.strictObject({ subject: z.string(), body: z.string(), reasoning: z.string(), confidence: z.number().min(0).max(1) });
type Answer = z.infer<typeof answerSchema>;

/** No draft is surer than this, whatever a model says of itself: what it read may have talked it into saying so. */
const surest = 0.9;
/** A template weighs nothing: a person must look closely, so its risk is HIGH. */
const templateConfidence = 0.6;

/** An e-mail that was drafted for a crossing. */
export interface OutreachDraft {
  readonly subject: string;
  readonly body: string;
  readonly reasoning: string;
  readonly confidence: number;
  readonly generatedBy: 'MODEL' | 'TEMPLATE';
  readonly model: string | null;
  readonly prompt: string | null;
}

/** Who is drafted for, by what. */
export interface Drafting {
  readonly caller: Caller;
  readonly policy: OutreachPolicy;
  /** How the person written to is called; filled in here, no model is told. */
  readonly recipientName: string | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Drafts an e-mail by the model, or by a plain template where none is configured, where it cannot be used now, and where
 * what it wrote must not be shown as an e-mail: then `generatedBy` and the reasoning say so. No transaction may be open.
 */
export async function draftOutreach(llm: Llm, material: OutreachMaterial, { caller, policy, recipientName, signal }: Drafting): Promise<OutreachDraft> {
  const template = (why: string): OutreachDraft => ({ ...named(templateDraft(material, why), recipientName), generatedBy: 'TEMPLATE', model: null, prompt: null });
  try {
    const { answer, source, model } = await llm.extract<Answer>({
      caller,
      purpose: 'draft-outreach',
      prompt,
      data: { ...material, doNotSay: policy.doNotSay },
      schema: answerSchema,
      template: () => templateDraft(material, noModel),
      signal,
    });
    if (source === 'TEMPLATE') return template(noModel);
    const fault = whyUnusable(answer, policy);
    if (fault !== null) return template(`What the language model wrote could not be used: ${fault}`);
    return { ...named({ ...answer, confidence: Math.min(answer.confidence, surest) }, recipientName), generatedBy: 'MODEL', model, prompt: promptName };
  } catch (error) {
    if (signal?.aborted || !(error instanceof Unavailable)) throw error;
    return template('The language model could not be used.');
  }
}

const noModel = 'No language model is configured.';
const link = /https?:|www\.|\b[\p{L}\p{N}-]+\.(?:com|net|org|io|co|ai|dev|app|example|test|info|biz|ru|cn|xyz|link|click)\b/iu;
const address = /[^\s@]+@[^\s@]+/u;
const telephone = /\+?\d[\d ()/.-]{7,}\d/u;

/** Why a model's words cannot be an e-mail of ours; null when they can. Whom to write to is never its choice. */
function whyUnusable({ subject, body, reasoning }: Answer, policy: OutreachPolicy): string | null {
  const words = `${subject}\n${body}`;
  if (link.test(words)) return 'it holds a link.';
  if (address.test(words)) return 'it holds an e-mail address.';
  if (telephone.test(words)) return 'it holds a telephone number.';
  if (/\{\{(?!name\}\})|\}\}(?<!\{\{name\}\})/u.test(words)) return 'it holds an unknown placeholder.';
  if (/<\/?[a-z!]/iu.test(words)) return 'it holds markup.';
  if (reasoning.trim() === '' || reasoning.length > 4_000) return 'its reasoning is missing or too long.';
  try {
    checkDraft({ subject, body }, policy, []);
    return null;
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
}

/** Puts the name where it belongs: as text, whatever it holds. */
function named<Words extends Answer>(words: Words, name: string | null): Words {
  const first = (name ?? '').replaceAll(/[\p{Cc}\p{Cf}]/gu, '').trim().split(/\s+/u)[0] ?? '';
  const said = first === '' ? 'there' : first.slice(0, 60);
  return { ...words, subject: words.subject.replaceAll('{{name}}', () => said), body: words.body.replaceAll('{{name}}', () => said) };
}

function templateDraft({ account, score, signals }: OutreachMaterial, why: string): Answer {
  const company = account.name.replaceAll(/[\p{Cc}\p{Cf}{}<>]/gu, ' ').trim().slice(0, 80);
  const seen = [...new Set(signals.map(({ type, source }) => `${type} from ${source}`))].slice(0, 3).join(', ');
  return {
    subject: `A question about ${company}`,
    body: `Hello {{name}},\n\nwe would like to understand what ${company} is working on at the moment, and whether we can be of use.\n\nWould a short call this week suit you?\n\nKind regards`,
    reasoning: `${why} This is a plain template; nobody has weighed its words. The account's intent score rose to ${score.toFixed(1)}${seen === '' ? '' : `; seen of late: ${seen}`}.`,
    confidence: templateConfidence,
  };
}
