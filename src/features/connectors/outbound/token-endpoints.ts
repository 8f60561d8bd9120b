import { z } from 'zod';

/** A request for an access token. */
export interface TokenRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the answer may replace the refresh token, so that it must not be lost. */
  readonly rotates: boolean;
}

const oauth = z.looseObject({ clientId: z.string(), clientSecret: z.string(), refreshToken: z.string().optional(), instanceUrl: z.string().optional() });
type OAuth = z.output<typeof oauth>;

const form = (fields: Readonly<Record<string, string>>): Pick<TokenRequest, 'headers' | 'body'> => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(fields).toString() });
const json = (fields: object): Pick<TokenRequest, 'headers' | 'body'> => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) });

const grantOf = ({ refreshToken }: OAuth): Record<string, string> => (refreshToken === undefined ? { grant_type: 'client_credentials' } : { grant_type: 'refresh_token', refresh_token: refreshToken });
const clientOf = ({ clientId, clientSecret }: OAuth): Record<string, string> => ({ client_id: clientId, client_secret: clientSecret });

/** How each vendor gives access tokens. `from`: the address of its API or of its token endpoint, without a slash at its end. */
const endpoints: Readonly<Record<string, { readonly from: string; request(credentials: OAuth, from: string): TokenRequest }>> = {
  salesforce: { from: '', request: (given, from) => ({ url: `${from || (given.instanceUrl ?? '').trim().replace(/\/+$/, '')}/services/oauth2/token`, ...form({ ...grantOf(given), ...clientOf(given) }), rotates: given.refreshToken !== undefined }) },
  jira: { from: 'https://auth.atlassian.com', request: (given, from) => ({ url: `${from}/oauth/token`, ...json({ ...grantOf(given), ...clientOf(given) }), rotates: true }) },
  slack: { from: 'https://slack.com', request: (given, from) => ({ url: `${from}/api/oauth.v2.access`, ...form({ ...grantOf(given), ...clientOf(given) }), rotates: true }) },
  notion: {
    from: 'https://api.notion.com',
    request: (given, from) => {
      const { headers, body } = json(grantOf(given));
      return { url: `${from}/v1/oauth/token`, headers: { ...headers, 'notion-version': '2025-09-03', authorization: `Basic ${Buffer.from(`${given.clientId}:${given.clientSecret}`).toString('base64')}` }, body, rotates: true };
    },
  },
  hubspot: { from: 'https://api.hubapi.com', request: (given, from) => ({ url: `${from}/oauth/v1/token`, ...form({ ...grantOf(given), ...clientOf(given) }), rotates: false }) },
};

/** The request for an access token with a connection's credentials; null where they are no OAuth client. `baseUrl`: where the vendor is reached instead. */
export function tokenRequestOf(source: string, credentials: unknown, baseUrl: string | null): TokenRequest | null {
  const endpoint = Object.hasOwn(endpoints, source) ? endpoints[source] : undefined;
  const read = oauth.safeParse(credentials);
  return endpoint && read.success ? endpoint.request(read.data, baseUrl ?? endpoint.from) : null;
}

const fixed = z.union([z.looseObject({ accessToken: z.string() }).transform(({ accessToken }) => accessToken), z.looseObject({ botToken: z.string() }).transform(({ botToken }) => botToken), z.looseObject({ token: z.string() }).transform(({ token }) => token)]);

/** The token of credentials that need no OAuth: `accessToken`, `botToken` or `token`; null where they have none. */
export function fixedTokenOf(credentials: unknown): string | null {
  return fixed.safeParse(credentials).data ?? null;
}
