import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';
import { roles } from './roles.ts';

/** A machine was given a credential. */
export const apiKeyCreated = defineEvent(
  'api_key.created',
  1,
  'An API key was made for a machine. The secret itself is shown once and kept nowhere.',
  z.strictObject({
    apiKeyId: z.uuid().describe('The key that was made.'),
    roles: z.array(z.enum(roles)).describe('What the machine may be.'),
    expiresAt: z.iso.datetime().nullable().describe('From when it is refused; null: never.'),
  }),
);

/** A machine's credential was taken back. */
export const apiKeyRevoked = defineEvent(
  'api_key.revoked',
  1,
  'An API key was taken back. Every process refuses it 10 seconds later at the latest.',
  z.strictObject({ apiKeyId: z.uuid().describe('The key that was taken back.') }),
);

/** A machine was given a credential in place of another. */
export const apiKeyRotated = defineEvent(
  'api_key.rotated',
  1,
  'An API key was made in place of another; both are valid until the old one expires or is revoked.',
  z.strictObject({
    apiKeyId: z.uuid().describe('The new key.'),
    replacedId: z.uuid().describe('The old key.'),
    replacedExpiresAt: z.iso.datetime().nullable().describe('From when the old key is refused; null: not before it is revoked.'),
  }),
);
