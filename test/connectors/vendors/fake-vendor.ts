import { z } from 'zod';
import type { VendorApi, VendorSession } from '../../../src/features/connectors/outbound/vendor-api.ts';
import { vendorApis } from '../../../src/features/connectors/outbound/vendor-apis.ts';
import { VendorFault } from '../../../src/features/connectors/outbound/vendor-fault.ts';

const text = (name: string, place: string) => z.string(`${name} is required. Find it at ${place}`);

/** What a fake vendor was opened with, and what its check does. */
export interface FakeVendor {
  readonly api: VendorApi;
  /** The credentials of each session that was opened. */
  readonly opened: unknown[];
  check(): Promise<{ readonly account: string }>;
}

/** A vendor whose credentials have two forms, as those of the real ones. */
export function fakeVendor(source: string): FakeVendor {
  const vendor: { opened: unknown[]; check: FakeVendor['check']; api: VendorApi } = {
    opened: [],
    check: async () => ({ account: `Site of ${source}` }),
    api: {
      source,
      section: 'JIRA',
      credentials: z.union([
        z.strictObject({ email: text('email', 'your profile'), apiToken: text('apiToken', 'your security settings').min(10, 'apiToken must have 10 characters or more') }),
        z.strictObject({ clientId: text('clientId', 'the app'), clientSecret: text('clientSecret', 'the app'), refreshToken: text('refreshToken', 'the app') }),
      ]),
      settings: z.strictObject({ projects: z.record(z.string(), z.unknown()).default({}), blockerLabels: z.array(z.string()).default(['blocker']), pageSize: z.int('pageSize must be a whole number').min(1).default(50) }),
      concurrency: { most: 2, waiting: 10 },
      classify: (error) => (error instanceof VendorFault ? error : new VendorFault('UNAVAILABLE', 'The vendor does not answer.')),
      async open({ credentials, call }): Promise<VendorSession> {
        vendor.opened.push(credentials);
        const nothing = { accounts: [], records: [], signals: [], deletions: [] };
        return {
          check: () => call({ operation: 'check', isIdempotent: true }, () => vendor.check()),
          readObjects: async () => [],
          readAccount: async () => null,
          readHistory: async () => ({ reading: nothing, next: null, total: 0 }),
        };
      },
    },
  };
  return vendor;
}

/** Puts vendors in the place of all that are registered, in this process. */
export function registerVendors(apis: readonly VendorApi[]): void {
  (vendorApis as VendorApi[]).splice(0, vendorApis.length, ...apis);
}
