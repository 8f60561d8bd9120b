import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';
import { ConsentBasis, ConsentChannel, ConsentPurpose } from './enums.ts';

const decided = {
  consentId: z.uuid().describe('The consent.'),
  version: z.int().positive().describe('Its version since this decision; each decision makes one.'),
  subjectId: z.uuid().describe('Whose it is: the id of a key, which says nothing about the person.'),
  purpose: z.enum(ConsentPurpose).describe('What the data may be used for.'),
  channel: z.enum(ConsentChannel).describe('By which way the person may be reached.'),
};

/** Somebody agreed. */
export const consentGranted = defineEvent(
  'consent.granted',
  1,
  'A consent was granted, or granted anew on other terms.',
  z.strictObject({
    ...decided,
    basis: z.enum(ConsentBasis).describe('What makes the use lawful.'),
    expiresAt: z.iso.datetime().nullable().describe('From when it no longer holds; null: until it is revoked.'),
  }),
);

/** Somebody no longer agrees, or objects. */
export const consentRevoked = defineEvent(
  'consent.revoked',
  1,
  'A consent was taken back, or refused before it was ever given. What hung on it was cancelled in the same transaction.',
  z.strictObject({ ...decided, cause: z.enum(['STATEMENT', 'ERASURE']).describe('Whether somebody said so, or the person was erased.') }),
);

/** An erased person consented again. */
export const suppressionLifted = defineEvent(
  'suppression.lifted',
  1,
  'A person who had been erased gave an explicit new consent: sources that send them are no longer refused.',
  z.strictObject({ consentId: z.uuid().describe('The consent.'), names: z.int().describe('How many names were taken off the suppression list: those that had been erased together.') }),
);
