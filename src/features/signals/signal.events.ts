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

const derived = z.strictObject({ signalId: z.uuid(), accountId: z.uuid() });

/** A derived signal no longer follows from what sources say. */
export const signalWithdrawn = defineEvent('signal.withdrawn', 1, 'A derived signal no longer follows from what sources say: a late delivery or the stage catalogue changed what happened. It stops counting for scores.', derived);

/** A withdrawn signal follows again. */
export const signalRestored = defineEvent('signal.restored', 1, 'A withdrawn signal follows from what sources say again, and counts again.', derived);
