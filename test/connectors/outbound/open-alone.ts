import { createVendorCaller } from '../../../src/features/connectors/outbound/call-vendor.ts';
import { fixedTokenOf } from '../../../src/features/connectors/outbound/token-endpoints.ts';
import type { VendorApi, VendorSession } from '../../../src/features/connectors/index.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Id } from '../../../src/platform/ids.ts';
import type { CallPace } from '../../../src/features/connectors/index.ts';
import { quickPace } from './fake-vendor.ts';

let names = 0;

/** How a session is opened. */
export interface OpenAlone {
  readonly url: string;
  readonly credentials: object;
  readonly settings?: object | undefined;
  /** What OAuth gave; without it the token in the credentials. */
  readonly token?: string | undefined;
  readonly pace?: Partial<CallPace>;
  /** What is logged is added here. */
  readonly logged?: unknown[];
}

/** Opens a session of a vendor on a local server without a database: calls are bounded as in the program, by the wall clock. */
export async function openAlone(api: VendorApi, { url, credentials, settings = {}, token, pace = {}, logged = [] }: OpenAlone): Promise<VendorSession> {
  names += 1;
  const note = (...entry: unknown[]): void => void logged.push(entry);
  const caller = createVendorCaller({ clock: systemClock, log: { debug: note, info: note, warn: note, error: note } as never, pace: { ...quickPace, ...pace } });
  const [tenantId, connectionId] = ['tenant' as Id<'Tenant'>, `connection-${names}` as Id<'Connection'>];
  const connection = { tenantId, connectionId, api, signal: new AbortController().signal };
  return api.open({
    tenantId, connectionId,
    credentials: api.credentials.parse(credentials),
    settings: api.settings.parse(settings),
    baseUrl: url,
    streamUrl: null,
    call: (options, body) => caller.call(connection, options, body),
    accessToken: () => Promise.resolve(token ?? fixedTokenOf(credentials) ?? ''),
  });
}
