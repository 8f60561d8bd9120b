import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';
import { HealthSource } from './enums.ts';

/** A tenant's health model was replaced. */
export const healthModelPublished = defineEvent(
  'health_model.published',
  1,
  'A new version of the tenant\'s health model is in force; every account\'s health is computed anew.',
  z.strictObject({ version: z.int(), digest: z.string().regex(/^[0-9a-f]{64}$/) }),
);

const score = z.number().min(0).max(100).nullable();

/** An account's health changed. */
export const healthUpdated = defineEvent(
  'health.updated',
  1,
  'What an account\'s health is, or what it is made of, changed: by KPIs, by a monthly trend, by another model, or because a trend grew too old.',
  z.strictObject({
    accountId: z.uuid(),
    /** The node of the account's health. */
    healthId: z.uuid(),
    source: z.enum(HealthSource),
    previousOverall: score,
    overall: score,
    modelVersion: z.int(),
    cause: z.enum(['RECORDS', 'MODEL', 'TIME']),
  }),
);
