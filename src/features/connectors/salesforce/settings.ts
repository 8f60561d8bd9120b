import { z } from 'zod';

/** How what Salesforce delivers is read. */
export const salesforceSettings = z.strictObject({
  /** The organisation; outbound messages of others are ignored. Without it all are read. */
  organizationId: z.string().regex(/^00D[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?$/, 'organizationId must be the id of an organisation of Salesforce, which begins with 00D').optional(),
});
