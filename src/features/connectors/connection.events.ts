import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

const which = { connectionId: z.uuid(), source: z.string() };

/** A vendor was connected. */
export const connectionAdded = defineEvent('connection.added', 1, 'A vendor was connected: credentials were stored, sealed.', z.strictObject(which));

/** A connection was changed. */
export const connectionChanged = defineEvent(
  'connection.changed',
  1,
  'Credentials or settings of a connection were replaced. Neither is part of the event.',
  z.strictObject({ ...which, changed: z.array(z.enum(['CREDENTIALS', 'SETTINGS'])).min(1) }),
);

/** A connection was tested. */
export const connectionTested = defineEvent('connection.tested', 1, 'The vendor was called to test the credentials of a connection.', z.strictObject({ ...which, outcome: z.string().regex(/^[A-Z_]+$/).describe('OK, or the code of the fault.') }));

/** A connection was paused. */
export const connectionPaused = defineEvent('connection.paused', 1, 'A connection was paused: the vendor is not called until it is resumed.', z.strictObject(which));

/** A connection was resumed. */
export const connectionResumed = defineEvent('connection.resumed', 1, 'A paused connection was resumed.', z.strictObject(which));

/** A connection was removed. */
export const connectionRemoved = defineEvent('connection.removed', 1, 'A connection was removed and its credentials were erased.', z.strictObject(which));

/** Every event about connections that people cause. */
export const connectionEvents = [connectionAdded, connectionChanged, connectionTested, connectionPaused, connectionResumed, connectionRemoved] as const;
