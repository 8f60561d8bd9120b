import { z } from 'zod';
import { secretText } from '../outbound/choose-credentials.ts';

const where = 'Setup → App Manager → your external client app or connected app → Manage Consumer Details';

/** A My Domain address: an origin of Salesforce, so that a tenant cannot make this program call another host. */
const instanceUrl = z
  .string('instanceUrl is required: Setup → My Domain → Current My Domain URL, such as https://acme.my.salesforce.com.')
  .transform((text) => text.trim().replace(/\/+$/, '').toLowerCase())
  .refine((text) => URL.parse(text)?.origin === text && /^https:\/\/(?:[a-z0-9-]+\.)+salesforce\.com$/.test(text), 'instanceUrl must be https and end with .salesforce.com, without a path: Setup → My Domain → Current My Domain URL, such as https://acme.my.salesforce.com.');

/** What Salesforce is called with: client credentials, or with a refresh token. */
export const salesforceCredentials = z.strictObject({
  instanceUrl,
  clientId: secretText(`clientId must be the consumer key, without blanks and line breaks: ${where}.`),
  clientSecret: secretText(`clientSecret must be the consumer secret, without blanks and line breaks: ${where}.`),
  refreshToken: secretText('refreshToken must be the one of the OAuth web server flow, without blanks and line breaks. Leave it out for the client credentials flow, which the app must allow.').optional(),
});
export type SalesforceCredentials = z.output<typeof salesforceCredentials>;

/** How Salesforce is read. */
export const salesforceConnectionSettings = z.strictObject({
  /** The organization's currency, where it has one alone: such organizations do not send the currency of an amount, and an amount without one is not stored. */
  currency: z.string().regex(/^[A-Z]{3}$/, 'currency must be a code of ISO 4217, such as USD.').optional(),
  /** Share of the daily API requests, in percent, above which a back-fill of history waits; the rest is for changes and other integrations. */
  historyQuotaPercent: z.number('historyQuotaPercent must be a number from 1 to 100.').int('historyQuotaPercent must be a whole number.').min(1, 'historyQuotaPercent must be at least 1.').max(100, 'historyQuotaPercent must be at most 100.').default(80),
});
export type SalesforceConnectionSettings = z.output<typeof salesforceConnectionSettings>;
