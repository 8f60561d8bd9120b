import { z } from 'zod';
import type { CallPace, VendorApi, VendorSession } from '../../../src/features/connectors/index.ts';
import { faultOfError, faultOfStatus } from '../../../src/features/connectors/outbound/general-fault.ts';
import type { VendorAccess } from '../../../src/features/connectors/outbound/vendor-api.ts';
import { joinReadings } from '../../../src/features/connectors/reading.ts';
import type { Id } from '../../../src/platform/ids.ts';
import type { TestProgram } from '../../harness/program.ts';

/** No waiting in tests. */
export const quickPace: Partial<CallPace> = { pauses: { first: 0, most: 0 }, longestWait: 1_000 };

class Refusal extends Error {
  readonly response: Response;
  constructor(response: Response) {
    super(`HTTP ${response.status}, sent with ${response.url}`);
    this.response = response;
  }
}

/** A vendor with one endpoint, `GET /me`, called with the connection's token. `opened` and `closed` count its sessions. */
export function fakeVendor(source = 'hubspot'): VendorApi & { readonly sessions: { opened: number; closed: number } } {
  const sessions = { opened: 0, closed: 0 };
  const nothing = joinReadings([]);
  return {
    source, sessions,
    section: 'SALESFORCE',
    credentials: z.looseObject({}),
    settings: z.looseObject({}),
    concurrency: { most: 2, waiting: 100 },
    classify: (error, now) => (error instanceof Refusal ? faultOfStatus({ vendor: source, status: error.response.status, retryAfter: error.response.headers.get('retry-after'), now }) : faultOfError(source, error)),
    async open(access: VendorAccess<unknown, unknown>): Promise<VendorSession> {
      sessions.opened += 1;
      return {
        check: () =>
          access.call({ operation: 'check', isIdempotent: true }, async (signal) => {
            const response = await fetch(`${access.baseUrl}/me`, { headers: { authorization: `Bearer ${await access.accessToken()}` }, signal });
            if (!response.ok) throw new Refusal(response);
            return (await response.json()) as { account: string };
          }),
        readObjects: async () => [],
        readAccount: async () => null,
        readHistory: async () => ({ reading: nothing, next: null, total: null }),
        close: async () => void (sessions.closed += 1),
      };
    },
  };
}

/** Connects a tenant to a vendor, as `addConnection` stores it. */
export async function connect(program: TestProgram, source: string, credentials: object, { settings = {}, tenant = program.tenant }: { readonly settings?: object; readonly tenant?: Id<'Tenant'> } = {}): Promise<Id<'Connection'>> {
  const { key, wrapped } = program.seal.newKey();
  const id = program.newId<'Connection'>();
  await program.database.transact({ tenantId: tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) =>
    work.rows(
      { name: 'test_connect', text: `insert into connection (tenant_id, id, source, settings, wrapped_key, encrypted_credentials, created_at, created_by, credentials_changed_at) values ($1, $2, $3, $4, $5, $6, $7, 'test', $7)` },
      [tenant, id, source, JSON.stringify(settings), wrapped, program.seal.seal(key, JSON.stringify(credentials)), work.now],
    ),
  );
  return id;
}
