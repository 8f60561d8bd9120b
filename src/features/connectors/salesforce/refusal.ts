import { z } from 'zod';
import { faultOfError, faultOfStatus } from '../outbound/general-fault.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { classifyPubSub, PubSubRefusal } from './changes/pubsub-refusal.ts';

const errors = z.array(z.looseObject({ errorCode: z.string(), message: z.string().optional() })).min(1);

/** A response of Salesforce that is no success. */
export class SalesforceRefusal extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly retryAfter: string | null;
  /** What Salesforce says; never shown. */
  readonly detail: string;

  constructor(status: number, body: unknown, retryAfter: string | null = null) {
    super(`Salesforce refused a call (HTTP ${status}).`);
    this.name = 'SalesforceRefusal';
    const [first] = errors.safeParse(body).data ?? [];
    this.status = status;
    this.errorCode = first?.errorCode ?? '';
    this.detail = first?.message ?? '';
    this.retryAfter = retryAfter;
  }
}

const vendor = 'salesforce';
const fieldRefused = 'Salesforce does not know a field that is read or written, or does not show it to the integration user. Check field-level security of the objects Account, Contact, Opportunity, Task and Event.';

/** What the error codes of Salesforce mean. */
const codes: Readonly<Record<string, (refusal: SalesforceRefusal, now: Date) => VendorFault>> = {
  REQUEST_LIMIT_EXCEEDED: ({ detail }, now) =>
    // Two limits have this code: requests in 24 hours, and long requests at once.
    /concurrent/i.test(detail)
      ? new VendorFault('RATE_LIMITED', 'Salesforce runs too many long requests of this organization at once.', { limitReason: 'concurrent requests' })
      : new VendorFault('QUOTA_USED_UP', 'The API requests of this Salesforce organization for 24 hours are used up. Calls go on when some are free again.', { limitReason: 'daily requests', retryAt: new Date(now.getTime() + quotaPause) }),
  INVALID_SESSION_ID: () => faultOfStatus({ vendor, status: 401, now: new Date(0) }),
  INVALID_FIELD: () => new VendorFault('FORBIDDEN', fieldRefused),
  INVALID_TYPE: () => new VendorFault('FORBIDDEN', 'Salesforce does not show an object to the integration user. Grant read access to Account, Contact, Opportunity, Task and Event; to write approved changes also edit access to Opportunity, Task and Note.'),
  API_DISABLED_FOR_ORG: () => new VendorFault('FORBIDDEN', 'The API is not enabled for this Salesforce organization or user. Enable the permission API Enabled.'),
  API_CURRENTLY_DISABLED: () => new VendorFault('FORBIDDEN', 'The API is disabled for this Salesforce organization at the moment.'),
  SERVER_UNAVAILABLE: ({ retryAfter }, now) => faultOfStatus({ vendor, status: 503, retryAfter, now }),
  QUERY_TIMEOUT: () => new VendorFault('UNAVAILABLE', 'Salesforce did not finish a query in time.'),
  UNABLE_TO_LOCK_ROW: () => new VendorFault('UNAVAILABLE', 'Salesforce could not lock a record that others change at the moment.'),
  ENTITY_IS_DELETED: () => new VendorFault('NOT_FOUND', 'The record was deleted in Salesforce.'),
};

/** The quota is of a moving window of 24 hours, so some of it is free again soon. Milliseconds. */
const quotaPause = 60 * 60_000;

/** Makes a fault of what a call threw. */
export function classifySalesforce(error: unknown, now: Date): VendorFault {
  if (error instanceof PubSubRefusal) return classifyPubSub(error, now);
  if (!(error instanceof SalesforceRefusal)) return faultOfError(vendor, error);
  const known = Object.hasOwn(codes, error.errorCode) ? codes[error.errorCode] : undefined;
  return known?.(error, now) ?? faultOfStatus({ vendor, status: error.status, retryAfter: error.retryAfter, now });
}
