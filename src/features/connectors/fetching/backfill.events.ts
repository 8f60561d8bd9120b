import { z } from 'zod';
import { defineEvent, type EventKind } from '../../../platform/events/event.ts';

const of = { backfillId: z.uuid(), connectionId: z.uuid(), source: z.string() };

/** A back-fill was begun or resumed. */
export const backfillStarted = defineEvent('connection_backfill.started', 1, 'A job that reads the history of a vendor was begun, or goes on after it failed or was cancelled.', z.strictObject({ ...of, resumed: z.boolean() }));

/** A back-fill ended. */
export const backfillEnded = defineEvent(
  'connection_backfill.ended',
  1,
  'A job that reads the history of a vendor ended: everything was read, a page could not be read, or it was cancelled.',
  z.strictObject({ ...of, status: z.enum(['DONE', 'FAILED', 'CANCELLED']), pages: z.int(), items: z.int(), failureCode: z.string().nullable().describe('Why it failed; null when it did not.') }),
);

/** Objects that could not be read are tried again. */
export const fetchesRetried = defineEvent('connection.fetches_retried', 1, 'An administrator asked for objects to be read again that could not be read before.', z.strictObject({ connectionId: z.uuid(), source: z.string(), objects: z.int() }));

/** Every kind of fact about reading at vendors. */
export const fetchingEvents = [backfillStarted, backfillEnded, fetchesRetried] as unknown as readonly EventKind<never>[];
