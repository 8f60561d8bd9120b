import { faultOfError } from '../outbound/general-fault.ts';
import { retryAtOf } from '../outbound/retry-after.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';

/** An error response of HubSpot. */
export interface HubspotRefusal {
  readonly code: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whether an error is an error response of HubSpot. */
function isRefusal(error: unknown): error is Error & HubspotRefusal {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'headers' in error && typeof error.headers === 'object' && error.headers !== null;
}

/** The scopes of an app that reads. */
export const scopes = 'crm.objects.companies.read, crm.objects.contacts.read, crm.objects.deals.read, crm.objects.owners.read';

/** The scopes that an app needs to write approved changes, too. */
const writeScopes = 'crm.objects.deals.write and crm.objects.contacts.write';

/** How long calls stop where HubSpot does not say: milliseconds. The limit of a day ends at midnight of a time zone that is not known here. */
const pauses = { DAILY: 3_600_000, TEN_SECONDLY_ROLLING: 10_000, SECONDLY: 1_000 } as const;

/** Makes a fault of what HubSpot's client threw. Nothing that HubSpot wrote is in the message. */
export function classifyHubspot(error: unknown, now: Date): VendorFault {
  if (!isRefusal(error)) return faultOfError('HubSpot', error);
  const { code, headers } = error;
  const retryAt = retryAtOf(headers['retry-after'], now);
  if (code === 401) return new VendorFault('UNAUTHORIZED', 'HubSpot does not accept the access token. Give one that is valid: HubSpot, Settings → Integrations → Private Apps → the app → Auth.');
  if (code === 403) return new VendorFault('FORBIDDEN', `HubSpot does not allow the app to do this. Give it the scopes ${scopes}; to write approved changes also ${writeScopes}.`);
  if (code === 404) return new VendorFault('NOT_FOUND', 'HubSpot has no such object.');
  if (code === 409) return new VendorFault('CONFLICT', 'The object was changed in HubSpot meanwhile.');
  if (code === 429) return limited(error, retryAt, now);
  // 423: locked for a moment; 477: the account moves to another data centre.
  if (code >= 500 || code === 423 || code === 477) return new VendorFault('UNAVAILABLE', `HubSpot does not work at the moment (HTTP ${code}).`, retryAt ? { retryAt } : {});
  if (code < 400) return new VendorFault('REFUSED', 'HubSpot sent the call on to another address, which is not followed.');
  return new VendorFault('REFUSED', `HubSpot refused the call (HTTP ${code}).`);
}

function limited({ body }: HubspotRefusal, retryAfter: Date | null, now: Date): VendorFault {
  const policy = policyOf(body);
  const retryAt = retryAfter ?? new Date(now.getTime() + pauses[policy ?? 'TEN_SECONDLY_ROLLING']);
  if (policy === 'DAILY') return new VendorFault('QUOTA_USED_UP', 'The calls that HubSpot allows in a day are used up.', { retryAt, limitReason: policy });
  // The limit of a second is that of the search, which other calls do not share.
  return new VendorFault('RATE_LIMITED', 'HubSpot was called too often in a short time.', { retryAt, ...(policy ? { limitReason: policy } : {}), limitScope: policy === 'SECONDLY' ? 'OPERATION' : 'CONNECTION' });
}

/** Which limit was reached. */
function policyOf(body: unknown): keyof typeof pauses | null {
  const answer = typeof body === 'string' ? parsed(body) : body;
  const name = answer !== null && typeof answer === 'object' && 'policyName' in answer && typeof answer.policyName === 'string' ? answer.policyName.toUpperCase() : '';
  return name === 'DAILY' || name === 'TEN_SECONDLY_ROLLING' || name === 'SECONDLY' ? name : null;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
