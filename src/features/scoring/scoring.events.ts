import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

const score = z.number().min(0).max(100);

/** What changes a score. */
export const scoreCauses = ['SIGNAL', 'DECAY', 'MODEL', 'ACCOUNT', 'CONSENT', 'MERGE', 'UNMERGE', 'RETIREMENT', 'RESTORATION'] as const;

/** One of them. */
export type ScoreCause = (typeof scoreCauses)[number];

/** An account's intent score changed. */
export const contextUpdated = defineEvent(
  'context.updated',
  1,
  'An account\'s intent score changed: by a signal, by decay across the threshold, by another model, by a change of the account, or because other signals count for it.',
  z.strictObject({
    accountId: z.uuid(),
    /** The row of the score's history. */
    pointId: z.uuid(),
    /** The score just before, at the same instant; null when the account had none. */
    previous: score.nullable(),
    /** The score from then on; null when the account has none any more. */
    current: score.nullable(),
    /** Whether the high-intent threshold was crossed, and which way. */
    crossed: z.enum(['UP', 'DOWN']).nullable(),
    cause: z.enum(scoreCauses),
    /** The latest signal of those that caused it. */
    signalId: z.uuid().nullable(),
    modelVersion: z.int(),
  }),
);

/** A tenant's scoring model was replaced. */
export const scoringModelPublished = defineEvent(
  'scoring_model.published',
  1,
  'A new version of the tenant\'s scoring model is in force; every score will be computed anew.',
  z.strictObject({ version: z.int() }),
);
