import { faultOfError } from '../outbound/general-fault.ts';
import { retryAtOf } from '../outbound/retry-after.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';

/** What an answer of Jira says beside its body, of which nothing is kept. */
interface RefusalFacts {
  readonly status: number;
  readonly retryAfter: string | null;
  /** When the limit ends. ISO 8601. */
  readonly resetAt: string | null;
  /** Which limit was reached: `jira-burst-based`, `jira-quota-tenant-based`, `jira-per-issue-on-write`. */
  readonly limitReason: string | null;
}

/** Jira answered with another status than success. */
export class JiraRefusal extends Error {
  readonly facts: RefusalFacts;

  constructor(facts: RefusalFacts) {
    super(`Jira answered with status ${facts.status}`);
    this.name = 'JiraRefusal';
    this.facts = facts;
  }
}

/** Reads a refusal. Jira lets some calls with wrong credentials pass as those of nobody: that is a refusal, too. */
export function refusalOf({ status, headers }: Pick<Response, 'status' | 'headers'>): JiraRefusal | null {
  const isNobody = /FAILED|DENIED/.test(headers.get('x-seraph-loginreason') ?? '');
  if (status >= 200 && status < 300 && !isNobody) return null;
  return new JiraRefusal({ status: isNobody ? 401 : status, retryAfter: headers.get('retry-after'), resetAt: headers.get('x-ratelimit-reset'), limitReason: headers.get('ratelimit-reason') });
}

/** The fault of what a call to Jira threw. */
export function classifyJira(error: unknown, now: Date): VendorFault {
  return error instanceof JiraRefusal ? faultOfRefusal(error.facts, now) : faultOfError('Jira', error);
}

function faultOfRefusal({ status, limitReason, ...limit }: RefusalFacts, now: Date): VendorFault {
  const retryAt = retryAtOf(limit.retryAfter, now) ?? retryAtOf(limit.resetAt, now) ?? undefined;
  if (status === 429) return limited(limitReason, retryAt);
  if (status >= 500) return new VendorFault('UNAVAILABLE', `Jira does not work at the moment (status ${status}).`, { retryAt });
  if (status === 401) return new VendorFault('UNAUTHORIZED', 'Jira does not accept the credentials. Make a new API token at id.atlassian.com → Security → API tokens, or authorize the app again, and give it with changeConnection.');
  if (status === 403) return new VendorFault('FORBIDDEN', 'Jira does not let this user do that. Give the user Browse projects in the projects of customers, or the app the scopes read:jira-work and read:jira-user.');
  if (status === 404 || status === 410) return new VendorFault('NOT_FOUND', 'Jira does not have what was asked for, or does not show it to this user. Check site or cloudId.');
  if (status === 409 || status === 412) return new VendorFault('CONFLICT', 'The issue was changed since it was read.');
  if (status >= 300 && status < 400) return new VendorFault('REFUSED', 'Jira answered with a redirect, which is not followed. Check site.');
  return new VendorFault('REFUSED', `Jira refuses the call (status ${status}). If it is a search, check that the projects in the settings and those of accounts exist, and the setting jql.`);
}

/** Quotas of an hour stop every call; bursts are limited by endpoint and method, and changes by issue. */
function limited(reason: string | null, retryAt: Date | undefined): VendorFault {
  // What is shown is one of these texts, never what was sent.
  const known = ['jira-quota-global-based', 'jira-quota-tenant-based', 'jira-burst-based', 'jira-per-issue-on-write'].find((each) => each === reason);
  const options = { retryAt, limitReason: known };
  const ofOperation = { ...options, limitScope: 'OPERATION' } as const;
  if (reason?.startsWith('jira-quota')) return new VendorFault('QUOTA_USED_UP', 'The points that Jira allows this app in an hour are used up.', options);
  if (known === 'jira-per-issue-on-write') return new VendorFault('RATE_LIMITED', 'An issue was changed too often in a short time.', ofOperation);
  return new VendorFault('RATE_LIMITED', 'Jira was called too often in a short time.', known === undefined ? options : ofOperation);
}
