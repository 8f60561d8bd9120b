import type { VendorAccess, VendorApi, VendorSession } from '../../../src/features/connectors/outbound/vendor-api.ts';
import { fixedTokenOf } from '../../../src/features/connectors/outbound/token-endpoints.ts';
import { VendorFault } from '../../../src/features/connectors/outbound/vendor-fault.ts';
import type { Id } from '../../../src/platform/ids.ts';

/** How a session under test is opened. */
export interface OpenOptions {
  readonly url: string;
  readonly credentials: object;
  readonly settings?: object;
  /** Tokens of OAuth, the one in use first; a refused one gives way to the next. */
  readonly tokens?: readonly string[];
  /** How long a call may take: milliseconds. */
  readonly timeout?: number;
}

/** A session with what was called, without retries and a circuit breaker: each fault comes through at once. */
export async function traceVendor<Credentials, Settings>(api: VendorApi<Credentials, Settings>, { url, credentials, settings = {}, tokens = [], timeout }: OpenOptions): Promise<{ readonly session: VendorSession; readonly operations: readonly string[] }> {
  const operations: string[] = [];
  const state = { now: new Date('2026-11-21T08:00:00.000Z'), token: 0 };
  const access: VendorAccess<Credentials, Settings> = {
    tenantId: '01a1fd8c-6900-70ee-b0c2-badc54e13795' as Id<'Tenant'>,
    connectionId: '01a1fd8c-6900-70ee-b0c2-badc54e13796' as Id<'Connection'>,
    credentials: api.credentials.parse(credentials),
    settings: api.settings.parse(settings),
    baseUrl: url, streamUrl: null,
    async call({ operation }, body) {
      operations.push(operation);
      const attempt = async () => {
        try {
          return await body(timeout === undefined ? new AbortController().signal : AbortSignal.timeout(timeout));
        } catch (error) {
          throw error instanceof Error && error.name === 'TimeoutError' ? new VendorFault('TIMEOUT', 'No answer in time.') : api.classify(error, state.now);
        }
      };
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof VendorFault) || error.code !== 'UNAUTHORIZED' || state.token + 1 >= tokens.length) throw error;
        state.token += 1;
        return attempt();
      }
    },
    accessToken: () => Promise.resolve(tokens[state.token] ?? fixedTokenOf(credentials) ?? 'none'),
  };
  return { session: await api.open(access), operations };
}
