import { z } from 'zod';
import { hubspotSettings } from './settings.ts';

/** The settings of a connection: those of events, and how objects are read. */
export const hubspotConnectionSettings = hubspotSettings.extend({
  /** The currency of amounts that name none. Without it, the currency of the HubSpot account. */
  currency: z.string().regex(/^[A-Z]{3}$/, 'currency must be an ISO 4217 code of three capitals, such as USD').optional(),
});
/** Settings of a connection to HubSpot. */
export type HubspotConnectionSettings = z.output<typeof hubspotConnectionSettings>;
