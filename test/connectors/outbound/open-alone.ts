import { createVendorCaller } from '../../../src/features/connectors/outbound/call-vendor.ts';
import { fixedTokenOf } from '../../../src/features/connectors/outbound/token-endpoints.ts';
import type { VendorApi, VendorSession } from '../../../src/features/connectors/index.ts';
import { FrozenClock } from '../../../src/platform/clock.ts';
import type { Id } from '../../../src/platform/ids.ts';
import type { CallPace } from '../../../src/features/connectors/index.ts';
import { quickPace } from './fake-vendor.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let names = 0;

/** Opens a session of a vendor on a local server without a database: calls are bounded as in the program; `token` is what OAuth gave. */
export async function openAlone(api: VendorApi, { url, credentials, settings = {}, token, pace = {} }: { readonly url: string; readonly credentials: object; readonly settings?: object; readonly token?: string; readonly pace?: Partial<CallPace> }): Promise<VendorSession> {
  names += 1;
  const clock = new FrozenClock('2026-11-21T09:00:00.000Z');
  const caller = createVendorCaller({ clock, log: silent as never, pace: { ...quickPace, ...pace } });
  const [tenantId, connectionId] = ['tenant' as Id<'Tenant'>, `connection-${names}` as Id<'Connection'>];
  const connection = { tenantId, connectionId, api, signal: new AbortController().signal };
  return api.open({
    tenantId, connectionId,
    credentials: api.credentials.parse(credentials),
    settings: api.settings.parse(settings),
    baseUrl: url,
    call: (options, body) => caller.call(connection, options, body),
    accessToken: () => Promise.resolve(token ?? fixedTokenOf(credentials) ?? ''),
    now: () => clock.now(),
  });
}
