import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { checkText } from '../accounts/index.ts';
import type { ActionContent } from './action-content.ts';
import { forbiddenWords } from './do-not-say.ts';
import { hiddenCharacter } from './hidden-characters.ts';
import type { OutreachPolicy } from './outreach-policy.ts';

/** An e-mail as it would be sent. All of it is personal data. */
export type Draft = Readonly<Record<'to' | 'subject' | 'body', string>>;

/** The content of an e-mail. */
export const draftForm: z.ZodType<Draft> = z.strictObject({ to: z.string(), subject: z.string(), body: z.string() });

/** The content of an action as an e-mail; null where nothing is left of it. */
export function toDraft(content: ActionContent | null): Draft | null {
  return content && draftForm.parse(content);
}

const longestSubject = 200;
const longestBody = 10_000;

/** A draft holds what the tenant's do-not-say list forbids. */
export class ForbiddenWords extends InvalidInput {
  /** The entries of the list. */
  readonly entries: readonly string[];

  constructor(entries: readonly string[], path: readonly string[], advice = '') {
    super(`The do-not-say list forbids: ${entries.join(', ')}.${advice}`, path);
    this.entries = entries;
  }
}

/** The entries of the do-not-say list that a draft holds. */
export function forbiddenIn({ subject, body }: Pick<Draft, 'subject' | 'body'>, { doNotSay }: OutreachPolicy): string[] {
  return forbiddenWords([subject, body], doNotSay);
}

/** Checks the words of a draft: their length, that the subject is one line, that nothing in them is hidden, and the do-not-say list. */
export function checkDraft(draft: { readonly subject: string; readonly body: string }, policy: OutreachPolicy, path: readonly string[]): { subject: string; body: string } {
  const subject = checkText(draft.subject, [...path, 'subject'], longestSubject).trim();
  const body = checkText(draft.body, [...path, 'body'], longestBody).trim();
  if (subject === '') throw new InvalidInput('A subject must not be empty.', [...path, 'subject']);
  if (/\p{Cc}|[\u2028\u2029]/u.test(subject)) throw new InvalidInput('A subject is one line without control characters.', [...path, 'subject']);
  if (body === '') throw new InvalidInput('A body must not be empty.', [...path, 'body']);
  for (const [place, text] of [['subject', subject], ['body', body]] as const) {
    const found = forbiddenWords([text], policy.doNotSay);
    if (found.length > 0) throw new ForbiddenWords(found, [...path, place]);
    const hidden = hiddenCharacter(text, { lines: place === 'body' });
    if (hidden !== null) throw new InvalidInput(`The ${place} holds ${hidden}, a character that nobody sees and that can make it read otherwise than it looks. Take it out.`, [...path, place]);
  }
  return { subject, body };
}
