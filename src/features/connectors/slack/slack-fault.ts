import { faultOfTransport, retryAtOf } from '../outbound/transport-fault.ts';
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

const facts = (error: unknown): Readonly<Record<string, unknown>> => (error instanceof Error ? (error as unknown as Readonly<Record<string, unknown>>) : {});

/** How the answer names its error; null where the call failed in another way. */
export function errorOfSlack(error: unknown): string | null {
  const { code, data } = facts(error);
  if (code !== 'slack_webapi_platform_error' || data === null || typeof data !== 'object' || !('error' in data)) return null;
  return typeof data.error === 'string' ? data.error : null;
}

/** The fault of what the vendor's client threw. Its classes are known by their codes, so that the client need not be loaded. */
export function classifySlack(error: unknown, now: Date): VendorFault {
  const { code, retryAfter, statusCode, original } = facts(error);
  if (code === 'slack_webapi_rate_limited_error') return limited(typeof retryAfter === 'number' ? retryAtOf(retryAfter, now) : undefined);
  // What the client makes of a 429 without Retry-After.
  if (error instanceof Error && error.message.startsWith('Retry header did not contain')) return limited(undefined);
  if (code === 'slack_webapi_platform_error') return faultOfAnswer(errorOfSlack(error));
  if (code === 'slack_webapi_http_error') return faultOfStatus(typeof statusCode === 'number' ? statusCode : 0);
  return faultOfTransport(code === 'slack_webapi_request_error' ? original : error, 'Slack');
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

function faultOfStatus(status: number): VendorFault {
  if (status >= 500) return new VendorFault('UNAVAILABLE', `Slack does not work at the moment (status ${status}).`);
  const code = status === 401 ? 'UNAUTHORIZED' : status === 403 ? 'FORBIDDEN' : 'REFUSED';
  return new VendorFault(code, messages[code] ?? (status >= 300 && status < 400 ? 'Slack answered with a redirect, which is not followed.' : `Slack refuses the call (status ${status}).`));
}
