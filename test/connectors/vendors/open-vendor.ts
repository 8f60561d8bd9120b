import { createVendorCaller } from '../../../src/features/connectors/outbound/call-vendor.ts';
import type { AccountPlaces, VendorApi, VendorCall, VendorSession } from '../../../src/features/connectors/outbound/vendor-api.ts';
import { FrozenClock } from '../../../src/platform/clock.ts';
import type { Id } from '../../../src/platform/ids.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** How a vendor is opened in a test. */
export interface OpenVendor {
  readonly credentials: object;
  readonly settings?: object;
  readonly baseUrl: string;
  readonly now?: string;
  /** Access tokens in the order in which they are valid; the vendor refuses all but the last. */
  readonly tokens?: readonly string[];
  /** Attempts of each call. */
  readonly attempts?: number;
  readonly timeout?: number;
}

/** Opens a vendor at a local server, with the caller of the program but no pauses. Credentials and settings are checked as an administrator's are. */
export async function openVendor<Credentials, Settings>(api: VendorApi<Credentials, Settings>, { credentials, settings = {}, baseUrl, now = '2026-11-21T09:00:00.000Z', tokens = [], attempts = 1, timeout = 10_000 }: OpenVendor): Promise<VendorSession> {
  const caller = createVendorCaller({ clock: new FrozenClock(now), log: silent as never, pace: { attempts, pauses: { first: 0, most: 0 }, timeout, longestWait: 50 } });
  const [tenantId, connectionId] = ['00000000-0000-7000-8000-000000000001' as Id<'Tenant'>, '00000000-0000-7000-8000-000000000002' as Id<'Connection'>];
  const call = <Answer>(options: VendorCall, body: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> => caller.call({ tenantId, connectionId, api, signal: new AbortController().signal }, options, body);
  const fixed = 'botToken' in credentials ? [String(credentials.botToken)] : tokens;
  return api.open({ tenantId, connectionId, credentials: api.credentials.parse(credentials), settings: api.settings.parse(settings), baseUrl, streamUrl: null, call, accessToken: async (refused) => fixed[refused === undefined ? 0 : fixed.indexOf(refused) + 1] ?? '' });
}

/** An account with nothing known of it but what is given. */
export const placesOf = (more: Partial<AccountPlaces> = {}): AccountPlaces => ({ account: { id: 'account-1' }, externalRefs: [], jiraProjectKey: null, slackChannelId: null, notionPageId: null, ...more });
