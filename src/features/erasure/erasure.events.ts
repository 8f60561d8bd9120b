import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

/** A person was erased. */
export const subjectErased = defineEvent(
  'subject.erased',
  1,
  'A person was erased: the keys that sealed their data are destroyed, and texts that named them do so no longer.',
  z.strictObject({
    erasureReceiptId: z.uuid().describe('The signed receipt.'),
    subjectIds: z.array(z.uuid()).describe('The keys that were destroyed; nothing leads from them to the person.'),
    items: z.array(z.strictObject({ kind: z.string().regex(/^[A-Z_]+$/), count: z.int(), kept: z.boolean() })).describe('What was held, by kind, and whether it stays without the person.'),
  }),
);

/** A person's data was handed out. */
export const subjectExported = defineEvent(
  'subject.exported',
  1,
  'Everything held on a person was handed to somebody who answers for privacy.',
  z.strictObject({
    subjectIds: z.array(z.uuid()).describe('The person\'s data subjects.'),
    items: z.array(z.strictObject({ kind: z.string().regex(/^[A-Za-z_]+$/), count: z.int() })).describe('How much of what was handed out.'),
  }),
);

/** A source asks for a contact to be erased. */
export const erasureRequested = defineEvent('erasure.requested', 1, 'A source asked for a contact to be erased; a privacy officer decides.', z.strictObject({ contactId: z.uuid(), source: z.string() }));
