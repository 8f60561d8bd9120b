import type { Clock } from '../../../platform/clock.ts';
import type { Id } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { Seal } from '../../../platform/postgres/seal.ts';
import type { CalledConnection, VendorCaller } from './call-vendor.ts';
import type { OutcomeNotes } from './note-outcome.ts';
import { createAccessTokens } from './oauth.ts';
import { fixedTokenOf, tokenRequestOf } from './token-endpoints.ts';
import type { VendorAccess, VendorApi } from './vendor-api.ts';
import { VendorFault } from './vendor-fault.ts';

/** The access of an open session. */
export interface OpenAccess extends VendorAccess<unknown, unknown> {
  /** Whether calls are made although the connection is limited, refused or paused. */
  force(isForced: boolean): void;
  /** Ends calls under way. */
  end(): void;
  /** Settles once no call is under way. */
  whenIdle(): Promise<void>;
}

/** What access is made of. */
export interface AccessParts {
  readonly api: VendorApi;
  readonly tenantId: Id<'Tenant'>;
  readonly connectionId: Id<'Connection'>;
  readonly credentials: unknown;
  readonly settings: unknown;
  /** The credentials as they are stored. */
  readonly stored: unknown;
  readonly baseUrl: string | null;
  readonly streamUrl: string | null;
  readonly database: Pick<Database, 'transact'>;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly caller: VendorCaller;
  readonly notes: OutcomeNotes;
  /** Throws `VendorFault` if the connection must no longer be called. */
  check(isForced: boolean): Promise<void>;
}

/** A session looks so often whether its connection was paused, changed or limited by another process. Milliseconds. */
const checkEvery = 5_000;

/** Makes the access of a session: each call within its bounds, with a valid token, and its outcome noted. */
export function createVendorAccess(parts: AccessParts): OpenAccess {
  const { api, tenantId, connectionId, credentials, settings, baseUrl, streamUrl, database, seal, clock, caller, notes } = parts;
  const ending = new AbortController();
  const connection: CalledConnection = { tenantId, connectionId, api, signal: ending.signal };
  const noted = { tenantId, connectionId, source: api.source };
  const isOAuth = tokenRequestOf(api.source, parts.stored, baseUrl) !== null;
  const tokens = isOAuth ? createAccessTokens({ ...noted, baseUrl, database, seal, clock, signal: ending.signal, call: (options, body) => caller.call(connection, options, body) }) : null;
  let isForced = false;
  let checkedAt = clock.now().getTime();
  const idle: (() => void)[] = [];
  let underWay = 0;

  const check = async (): Promise<void> => {
    const now = clock.now().getTime();
    if (now - checkedAt < checkEvery) return;
    checkedAt = now;
    await parts.check(isForced);
  };
  const accessToken = async (refused?: string): Promise<string> => {
    const token = tokens === null ? fixedTokenOf(credentials) : await tokens.get(refused);
    if (token === null) throw new VendorFault('UNAUTHORIZED', `The credentials of ${api.source} hold no token. Give others with changeConnection.`);
    return token;
  };

  return {
    tenantId, connectionId, credentials, settings, baseUrl, streamUrl, accessToken,
    async call(options, body) {
      underWay += 1;
      try {
        await check();
        // Before the call, so that its time-out is the vendor's own.
        const token = await tokens?.get();
        const answer = await caller.call(connection, options, body).catch(async (error: unknown) => {
          if (!tokens || !(error instanceof VendorFault) || error.code !== 'UNAUTHORIZED') throw error;
          await tokens.get(token);
          return caller.call(connection, options, body);
        });
        await notes.succeeded(noted);
        return answer;
      } catch (error) {
        if (error instanceof VendorFault) await notes.failed(noted, error, caller.isCircuitOpen(connection));
        throw error;
      } finally {
        underWay -= 1;
        if (underWay === 0) for (const settle of idle.splice(0)) settle();
      }
    },
    force: (forced) => void (isForced = forced),
    end: () => ending.abort(),
    whenIdle: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}
