import { z } from 'zod';

/** What an account is called by a system, in settings: `{"system": "salesforce", "id": "001…"}`. */
export const reference = z.strictObject(
  { system: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'system must be lower-case letters, digits, _ or -'), id: z.string('id must be a text').min(1, 'id must not be empty').max(255, 'id must have at most 255 characters') },
  'An account must be named like {"system": "salesforce", "id": "001…"}',
);
/** A reference to an account. */
export type Reference = z.output<typeof reference>;
