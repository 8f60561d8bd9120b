import { z } from 'zod';

/** How events are read. */
export const hubspotSettings = z.strictObject({
  /** The HubSpot account; events of others are ignored. Without it all are read. */
  portalId: z.int('portalId must be the number of the HubSpot account').positive('portalId must be the number of the HubSpot account').optional(),
});
