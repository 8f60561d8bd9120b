import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

/** A signal was stored for the first time. */
export const signalIngested = defineEvent(
  'signal.ingested',
  1,
  'A signal was stored for the first time; a duplicate records nothing.',
  z.strictObject({
    signalId: z.uuid(),
    accountId: z.uuid(),
    type: z.string(),
    source: z.string(),
  }),
);
