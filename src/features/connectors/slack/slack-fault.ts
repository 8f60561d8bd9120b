import { faultOfError, faultOfStatus } from '../outbound/general-fault.ts';
import { retryAtOf } from '../outbound/retry-after.ts';
import { VendorFault, type VendorFaultCode } from '../outbound/vendor-fault.ts';

/** What is done about the errors that Slack answers with. */
const codes: Readonly<Record<string, VendorFaultCode>> = {
  invalid_auth: 'UNAUTHORIZED', not_authed: 'UNAUTHORIZED', account_inactive: 'UNAUTHORIZED', token_revoked: 'UNAUTHORIZED', token_expired: 'UNAUTHORIZED', invalid_refresh_token: 'UNAUTHORIZED', org_login_required: 'UNAUTHORIZED',
  missing_scope: 'FORBIDDEN', not_in_channel: 'FORBIDDEN', no_permission: 'FORBIDDEN', access_denied: 'FORBIDDEN', ekm_access_denied: 'FORBIDDEN', not_allowed_token_type: 'FORBIDDEN', restricted_action: 'FORBIDDEN', team_access_not_granted: 'FORBIDDEN', accesslimited: 'FORBIDDEN',
  channel_not_found: 'NOT_FOUND', user_not_found: 'NOT_FOUND', user_not_visible: 'NOT_FOUND', users_not_found: 'NOT_FOUND', thread_not_found: 'NOT_FOUND', message_not_found: 'NOT_FOUND', missing_channel: 'NOT_FOUND',
  ratelimited: 'RATE_LIMITED', rate_limited: 'RATE_LIMITED',
  internal_error: 'UNAVAILABLE', fatal_error: 'UNAVAILABLE', service_unavailable: 'UNAVAILABLE', request_timeout: 'UNAVAILABLE', team_added_to_org: 'UNAVAILABLE', enterprise_is_restricted: 'UNAVAILABLE',
};

const messages: Partial<Readonly<Record<VendorFaultCode, string>>> = {
  UNAUTHORIZED: 'Slack does not accept the token. Install the app again at api.slack.com/apps → Install App, and give the new token with changeConnection.',
  FORBIDDEN: 'Slack does not let the app do that. Add the bot scopes channels:history, groups:history, channels:read, groups:read and users:read, install the app again, and invite it to the channel.',
  NOT_FOUND: 'Slack does not have what was asked for, or does not show it to the app. Invite the app to the channel.',
  UNAVAILABLE: 'Slack does not work at the moment.',
};

const facts = (error: unknown): Readonly<Record<string, unknown>> => (error instanceof Error ? { ...error } : {});

/** How the answer names its error; null where it does not. */
function errorOf({ data }: Readonly<Record<string, unknown>>): string | null {
  return data !== null && typeof data === 'object' && 'error' in data && typeof data.error === 'string' ? data.error : null;
}

/** The fault of what the vendor's client threw. Its classes are known by their codes, so that the client need not be loaded. */
export function classifySlack(error: unknown, now: Date): VendorFault {
  const { code, retryAfter, statusCode } = facts(error);
  if (code === 'slack_webapi_rate_limited_error') return limited(retryAtOf(String(retryAfter), now) ?? undefined);
  // What the client makes of a 429 without Retry-After.
  if (error instanceof Error && error.message.startsWith('Retry header did not contain')) return limited(undefined);
  if (code === 'slack_webapi_platform_error') return faultOfAnswer(errorOf(facts(error)));
  if (code === 'slack_webapi_http_error') return faultOfStatus({ vendor: 'Slack', status: typeof statusCode === 'number' ? statusCode : 0, now });
  return faultOfError('Slack', error);
}

/** Slack limits each method by itself. */
function limited(retryAt: Date | undefined): VendorFault {
  return new VendorFault('RATE_LIMITED', 'Slack was called too often in a short time.', { retryAt, limitReason: 'method', limitScope: 'OPERATION' });
}

function faultOfAnswer(error: string | null): VendorFault {
  if (error === null || !/^[a-z0-9_]{1,80}$/.test(error)) return new VendorFault('UNREADABLE', 'The answer of Slack is no JSON.');
  const code = (Object.hasOwn(codes, error) ? codes[error] : undefined) ?? 'REFUSED';
  return code === 'RATE_LIMITED' ? limited(undefined) : new VendorFault(code, messages[code] ?? 'Slack refuses the call.');
}
