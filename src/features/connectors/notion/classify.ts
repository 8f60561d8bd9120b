import { faultOfError } from '../outbound/general-fault.ts';
import { retryAtOf } from '../outbound/retry-after.ts';
import { VendorFault, type VendorFaultOptions } from '../outbound/vendor-fault.ts';

/** An error response, as Notion's client throws it. */
interface NotionRefusal {
  readonly status: number;
  readonly headers: unknown;
  readonly additional_data?: Readonly<Record<string, unknown>> | undefined;
}

function isRefusal(error: unknown): error is Error & NotionRefusal {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' && 'headers' in error;
}

/** Makes a fault of what Notion's client threw. Nothing that Notion wrote is in the message. */
export function classifyNotion(error: unknown, now: Date): VendorFault {
  if (error instanceof Error && error.name === 'RequestTimeoutError') return new VendorFault('TIMEOUT', 'Notion did not answer in time.');
  if (!isRefusal(error)) return faultOfError('Notion', error);
  const { status } = error;
  const options = limitsOf(error, now);
  if (status === 401) return new VendorFault('UNAUTHORIZED', 'Notion does not accept the token. Give the secret of the integration: notion.so/profile/integrations → the integration → Configuration.');
  if (status === 403) return new VendorFault('FORBIDDEN', 'The integration may not do this in Notion. Give it the capability "Read content" and, for names, "Read user information".');
  if (status === 404) return new VendorFault('NOT_FOUND', 'Notion has no such page, or it is not shared with the integration: open it in Notion → ••• → Connections → add the integration.');
  if (status === 429) return new VendorFault('RATE_LIMITED', 'Notion was called more often than the plan of the workspace allows.', options);
  // 409: two transactions met; 529: overload.
  if (status >= 500 || status === 409) return new VendorFault('UNAVAILABLE', status === 529 ? 'Notion is overloaded.' : `Notion does not work at the moment (HTTP ${status}).`, options);
  if (status < 400) return new VendorFault('REFUSED', 'Notion sent the call on to another address, which is not followed.');
  return new VendorFault('REFUSED', `Notion refused the call (HTTP ${status}).`);
}

/** Until when Notion wants no calls, and which of its limits that is: of the integration or of the workspace. */
function limitsOf({ headers, additional_data: more }: NotionRefusal, now: Date): VendorFaultOptions {
  const header = headers instanceof Headers ? headers.get('retry-after') : null;
  const retryAt = retryAtOf(header, now);
  const reason = more?.['rate_limit_reason'];
  return { ...(retryAt ? { retryAt } : {}), ...(typeof reason === 'string' && /^[\w.-]{1,64}$/.test(reason) ? { limitReason: reason } : {}) };
}
