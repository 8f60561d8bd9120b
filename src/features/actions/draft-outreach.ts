import { z } from 'zod';
import { childDataLeftOut } from '../../platform/child-data.ts';
import { InvalidInput, Unavailable } from '../../platform/errors.ts';
import type { FencedData } from '../../platform/llm/fence.ts';
import type { Llm } from '../../platform/llm/llm.ts';
import { loadPrompt } from '../../platform/llm/prompt-file.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import type { OriginClass } from '../trust/index.ts';
import { forbiddenWords } from './do-not-say.ts';
import { checkDraft } from './draft.ts';
import { hiddenCharacter } from './hidden-characters.ts';
import { leadsOut } from './leads-out.ts';
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
  readonly signal?: AbortSignal | undefined;
}

/**
 * Drafts an e-mail by the model, or by a plain template where none is configured, where it cannot be used now, and where
 * what it wrote must not be shown as an e-mail: then `generatedBy` and the reasoning say so. `{{name}}` stands where the name
 * of the person written to belongs: `greeting` fills it in, no model is told. No transaction may be open.
 */
export async function draftOutreach(llm: Llm, material: OutreachMaterial, { caller, policy, signal }: Drafting): Promise<OutreachDraft> {
  const template = (why: string): OutreachDraft => ({ ...templateDraft(material, policy, why), generatedBy: 'TEMPLATE', model: null, prompt: null });
  try {
    const { answer, source, model } = await llm.extract<Answer>({
      caller,
      purpose: 'draft-outreach',
      prompt,
      data: partsOf(material, policy),
      schema: answerSchema,
      template: () => templateDraft(material, policy, noModel),
      signal,
    });
    if (source === 'TEMPLATE') return template(noModel);
    const fault = whyUnusable(answer, policy);
    if (fault !== null) return template(`What the language model wrote could not be used: ${fault}`);
    return { ...answer, confidence: Math.min(answer.confidence, surest), generatedBy: 'MODEL', model, prompt: promptName };
  } catch (error) {
    if (signal?.aborted || !(error instanceof Unavailable)) throw error;
    return template('The language model could not be used.');
  }
}

const noModel = 'No language model is configured.';

/** The material with who each part of it comes from. */
function partsOf({ origins, account, recipient, score, signals, opportunities, fields }: OutreachMaterial, { doNotSay }: OutreachPolicy): FencedData {
  return {
    account: { origin: origins.account, content: account },
    recipient: { origin: origins.recipient, content: recipient },
    score: { origin: origins.score, content: score },
    signals: { origin: origins.score, content: signals },
    opportunities: { origin: origins.opportunities, content: opportunities },
    fields: fields.map(({ origin, ...content }) => ({ origin, content })),
    doNotSay: { origin: 'VERIFIED_PERSON' satisfies OriginClass, content: doNotSay },
  };
}

/** Why a model's words cannot be an e-mail of ours; null when they can. Whom to write to is never its choice. */
function whyUnusable({ subject, body, reasoning }: Answer, policy: OutreachPolicy): string | null {
  const words = `${subject}\n${body}`;
  const outward = leadsOut(words);
  if (outward !== null) return `it holds ${outward}.`;
  if (/\{\{(?!name\}\})|\}\}(?<!\{\{name\}\})/u.test(words)) return 'it holds an unknown placeholder.';
  if (`${words}\n${reasoning}`.includes(childDataLeftOut)) return 'it speaks of data of a child.';
  const within = leadsOut(reasoning);
  if ((within !== null && within !== 'a telephone number') || hiddenCharacter(reasoning, { lines: true }) !== null) return 'its reasoning holds a link, an address, markup or hidden characters.';
  if (reasoning.trim() === '' || reasoning.length > 4_000) return 'its reasoning is missing or too long.';
  try {
    checkDraft({ subject, body }, policy, []);
    return null;
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
}

/** The first name that a person is greeted by: letters, and what stands between letters of names. Anything else greets nobody by name. */
const firstName = /^\p{L}(?:[\p{L}\p{M}'’-]|\u200c|\u200d){0,59}\.?$/u;

/** Puts the name of whoever is written to where it belongs in a draft; one that is no name, or that must not be said, is left out. */
export function greeting<Words extends Pick<Answer, 'subject' | 'body'>>(words: Words, { name }: { readonly name: string | null }, policy: OutreachPolicy): Words {
  const first = (name ?? '').trim().split(/\s/u)[0] ?? '';
  const said = firstName.test(first) && isSayable(first, policy) ? first : 'there';
  return { ...words, subject: words.subject.replaceAll('{{name}}', () => said), body: words.body.replaceAll('{{name}}', () => said) };
}

/** Whether a text of others' may stand in an e-mail of ours. */
function isSayable(text: string, policy: OutreachPolicy): boolean {
  return leadsOut(text) === null && hiddenCharacter(text, { lines: false }) === null && forbiddenWords([text], policy.doNotSay).length === 0;
}

/** What a template says about a company; the later ones say less, for lists that forbid the earlier. */
const wordings: readonly ((company: string) => Pick<Answer, 'subject' | 'body'>)[] = [
  (company) => ({
    subject: `A question about ${company}`,
    body: `Hello {{name}},\n\nwe would like to understand what ${company} is working on at the moment, and whether we can be of use.\n\nWould a short call this week suit you?\n\nKind regards`,
  }),
  (company) => ({ subject: `Introducing ourselves to ${company}`, body: 'Dear {{name}},\n\nmay I ask what matters most to your team just now? If it fits, I am glad to hear more on the phone.\n\nBest wishes' }),
  () => ({ subject: 'Hello', body: 'Hello {{name}},\n\nplease let me know when you have time to talk.\n\nThank you' }),
];

function templateDraft({ account, score, signals }: OutreachMaterial, policy: OutreachPolicy, why: string): Answer {
  const own = [...account.name.trim()].slice(0, 80).join('');
  const company = /^[^{}]+$/u.test(own) && !own.includes(childDataLeftOut) && isSayable(own, policy) ? own : 'your company';
  const said = wordings.map((wording) => wording(company));
  const seen = [...new Set(signals.map(({ type }) => type))].slice(0, 3).join(', ');
  return {
    // Where the list leaves none of them, the first goes on to be refused, with the entry that forbids it.
    ...(said.find(({ subject, body }) => forbiddenWords([subject, body.replaceAll('{{name}}', '')], policy.doNotSay).length === 0) ?? said[0] ?? { subject: '', body: '' }),
    reasoning: `${why} This is a plain template; nobody has weighed its words. The account's intent score rose to ${score.toFixed(1)}${seen === '' ? '' : `; seen of late: ${seen}`}.`,
    confidence: templateConfidence,
  };
}
