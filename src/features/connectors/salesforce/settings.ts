import { z } from 'zod';
import { isCurrency } from '../../../platform/iso-4217.ts';

/** How what Salesforce delivers is read. */
export const salesforceSettings = z.strictObject({
  /** The currency of an organisation that has one alone, which does not say it with its records: ISO 4217. */
  currency: z.string('currency must be a text').refine(isCurrency, 'currency must be a currency of ISO 4217 such as EUR').optional(),
  /** The organisation; outbound messages of others are ignored. Without it all are read. */
  organizationId: z.string().regex(/^00D[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?$/, 'organizationId must be the id of an organisation of Salesforce, which begins with 00D').optional(),
});
/** Settings of a Salesforce webhook. */
export type SalesforceSettings = z.output<typeof salesforceSettings>;
