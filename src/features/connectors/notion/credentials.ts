import { z } from 'zod';
import { chooseCredentials, oauthCredentials, secretText, type OAuthCredentials } from '../outbound/choose-credentials.ts';

/** The secret of an internal integration, or the credentials of OAuth of a public one. */
export type NotionCredentials = { readonly token: string } | OAuthCredentials;

/** What an administrator gives. */
export const notionCredentials: z.ZodType<NotionCredentials> = chooseCredentials<NotionCredentials>([
  { field: 'token', schema: z.strictObject({ token: secretText('token must be the secret of an internal integration: notion.so/profile/integrations → the integration → Configuration → Internal Integration Secret') }) },
  {
    field: 'refreshToken',
    schema: oauthCredentials({
      clientId: 'clientId must be the OAuth client ID: notion.so/profile/integrations → the public integration → Configuration',
      clientSecret: 'clientSecret must be the OAuth client secret: notion.so/profile/integrations → the public integration → Configuration',
      refreshToken: 'refreshToken must be the refresh_token that Notion returned when the integration was authorised',
    }),
  },
], 'Give token, the secret of an internal integration (notion.so/profile/integrations → the integration → Configuration), or clientId, clientSecret and refreshToken of a public one of Notion');
