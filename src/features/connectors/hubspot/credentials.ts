import { z } from 'zod';
import { chooseCredentials, oauthCredentials, secretText, type OAuthCredentials } from '../outbound/choose-credentials.ts';

/** The access token of a private app, or the credentials of OAuth of a public one. */
export type HubspotCredentials = { readonly accessToken: string } | OAuthCredentials;

/** What an administrator gives. */
export const hubspotCredentials: z.ZodType<HubspotCredentials> = chooseCredentials<HubspotCredentials>([
  { field: 'accessToken', schema: z.strictObject({ accessToken: secretText('accessToken must be the access token of a private app: HubSpot, Settings → Integrations → Private Apps → the app → Auth → Show token') }) },
  {
    field: 'refreshToken',
    schema: oauthCredentials({
      clientId: 'clientId must be the client ID of a public app: HubSpot developer account, Apps → the app → Auth',
      clientSecret: 'clientSecret must be the client secret of a public app: HubSpot developer account, Apps → the app → Auth',
      refreshToken: 'refreshToken must be the refresh token that HubSpot returned when the app was installed',
    }),
  },
], 'Give accessToken of a private app (HubSpot, Settings → Integrations → Private Apps → the app → Auth), or clientId, clientSecret and refreshToken of a public app');
