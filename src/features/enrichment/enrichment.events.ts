import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';
import { EnrichmentFailure, EnrichmentStatus, EnrichmentTrigger } from './enums.ts';

const cents = z.int().min(0).max(50);
const about = {
  enrichmentId: z.uuid(),
  accountId: z.uuid(),
  provider: z.enum(['MOCK_CLEARBIT', 'HTTP']),
  month: z.iso.date().describe('The calendar month (UTC) whose budget pays, by its first day.'),
};

/** An enrichment was requested, and its price reserved. */
export const enrichmentRequested = defineEvent('enrichment.requested', 1, 'An account is to be enriched; the price of the call is reserved.', z.strictObject({
  ...about, trigger: z.enum(EnrichmentTrigger), priceMinor: cents.describe('US cents.'), policyVersion: z.int(), contextQuality: z.int().nullable(),
}));

/** A provider is about to be called. */
export const enrichmentCalled = defineEvent('enrichment.called', 1, 'A provider is called about an account.', z.strictObject({
  ...about, callId: z.uuid(), people: z.int().describe('How many contacts it is asked about; each consented to ENRICHMENT.'),
}));

/** An enrichment ended. */
export const enrichmentEnded = defineEvent('enrichment.ended', 1, 'An enrichment ended; what was reserved is spent or released.', z.strictObject({
  ...about, status: z.enum(EnrichmentStatus), failureCode: z.enum(EnrichmentFailure).nullable(), costMinor: cents.describe('US cents.'),
  fields: z.int().describe('How many values were taken.'), refused: z.int().describe('How many values were not taken.'), settled: z.boolean().describe('Whether a job ended it because its process had ended.'),
}));

/** Another policy. */
export const enrichmentPolicyPublished = defineEvent('enrichment_policy.published', 1, 'A new version of the enrichment policy is in force.', z.strictObject({ version: z.int() }));

/** Another provider. */
export const enrichmentProviderSaved = defineEvent('enrichment_provider.saved', 1, 'The settings of the HTTP enrichment provider were saved.', z.strictObject({ version: z.int() }));

/** Facts after which the budget of an account is another. */
export const budgetEventKinds: readonly string[] = [enrichmentRequested.kind, enrichmentEnded.kind];

/** Every kind of event of enrichment. */
export const enrichmentEvents = [enrichmentRequested, enrichmentCalled, enrichmentEnded, enrichmentPolicyPublished, enrichmentProviderSaved] as const;
