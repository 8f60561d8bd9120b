import { z } from 'zod';
import { MalformedReference, normaliseReference } from '../accounts/index.ts';

/** What an account is called by a system, in settings: `{"system": "salesforce", "id": "001…"}`. */
export const reference = z.strictObject(
  { system: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'system must be lower-case letters, digits, _ or -'), id: z.string('id must be a text').min(1, 'id must not be empty').max(255, 'id must have at most 255 characters') },
  'An account must be named like {"system": "salesforce", "id": "001…"}',
);
/** A reference to an account. */
export type Reference = z.output<typeof reference>;

/** Whether an account is named by one of some references. They are compared as they are stored; one that is damaged names nobody. */
export function isNamed(reference: Reference, references: readonly Reference[]): boolean {
  const [own, ...all] = [reference, ...references].map(normalForm);
  return own !== null && all.some((each) => each === own);
}

function normalForm(reference: Reference): string | null {
  try {
    return `${reference.system}\n${normaliseReference(reference)}`;
  } catch (error) {
    if (error instanceof MalformedReference) return null;
    throw error;
  }
}
