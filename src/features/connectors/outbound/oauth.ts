import type { Clock } from '../../../platform/clock.ts';
import type { Id } from '../../../platform/ids.ts';
import { pause } from '../../../platform/pause.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { Seal } from '../../../platform/postgres/seal.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { faultOfError } from './general-fault.ts';
import { openStoredCredentials, sealStoredCredentials, type StoredCredentials, type StoredToken } from './stored-credentials.ts';
import { askForToken, lostMessage, type GivenToken } from './token-answer.ts';
import { tokenRequestOf } from './token-endpoints.ts';
import type { VendorCall } from './vendor-api.ts';
import { VendorFault } from './vendor-fault.ts';

/** The access tokens of one connection. */
export interface AccessTokens {
  /** A valid token; another than `refused`, which the vendor no longer accepts. Throws `VendorFault`. */
  get(refused?: string): Promise<string>;
}

/** What tokens are obtained with. */
export interface TokenParts {
  readonly tenantId: Id<'Tenant'>;
  readonly connectionId: Id<'Connection'>;
  readonly source: string;
  readonly baseUrl: string | null;
  readonly database: Pick<Database, 'transact'>;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How often to look whether another process has obtained a token. Milliseconds; 250 when left out. */
  readonly lookEvery?: number | undefined;
  /** Makes a call within the bounds of the connection. */
  call<Answer>(options: VendorCall, body: (signal: AbortSignal) => Promise<Answer>): Promise<Answer>;
}

/** A token is replaced so long before it expires. Milliseconds. */
const margin = 60_000;
/** Longer than all attempts of a request for a token take: a process that died holds the lease no longer. Milliseconds. */
const leaseTime = 180_000;
/** How long to wait for another process. Milliseconds. */
const patience = 20_000;

const lease = statement('lease_token', `insert into connection_state as s (tenant_id, connection_id, token_leased_until) values ($1, $2, $3)
  on conflict (tenant_id, connection_id) do update set token_leased_until = excluded.token_leased_until where s.token_leased_until is null or s.token_leased_until <= $4 returning connection_id`);
const release = statement('release_token', 'update connection_state set token_leased_until = null where tenant_id = $1 and connection_id = $2 and token_leased_until = $3');
const read = statement<{ wrapped: Buffer | null; sealed: Buffer | null }>('read_stored_token', 'select wrapped_key as wrapped, encrypted_credentials as sealed from connection where tenant_id = $1 and id = $2');
// Not over credentials that an administrator gave meanwhile.
const store = statement('store_token', 'update connection set encrypted_credentials = $4 where tenant_id = $1 and id = $2 and encrypted_credentials = $3 returning id');

interface Stored extends StoredCredentials {
  readonly wrapped: Buffer;
  readonly sealed: Buffer;
}

/** Obtains access tokens of OAuth. Of all processes one at a time asks for a token; the others use what it stored. */
export function createAccessTokens(parts: TokenParts): AccessTokens {
  const { tenantId, connectionId, source, database, seal, clock, signal } = parts;
  let token: StoredToken | null = null;
  let asking: Promise<StoredToken> | null = null;
  const transact = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => database.transact({ tenantId, actor: { kind: 'system', id: 'connections' }, requestId: 'connections' }, body);
  const isUsable = (found: StoredToken | null, refused: string | undefined): found is StoredToken =>
    found !== null && found.accessToken !== refused && (found.expiresAt === null || Date.parse(found.expiresAt) - margin > clock.now().getTime());

  const readStored = async (work: Work): Promise<Stored> => {
    const [row] = await work.rows(read, [tenantId, connectionId]);
    const found = row ? openStoredCredentials(seal, row.wrapped, row.sealed) : null;
    if (!row?.wrapped || !row.sealed || !found) throw new VendorFault('DISCONNECTED', 'The connection was removed. Connect the vendor again with addConnection.');
    return { ...found, wrapped: row.wrapped, sealed: row.sealed };
  };

  /** The stored token where it is usable; else the lease with what the next one is asked for with, or null where another process holds it. */
  const claim = (refused: string | undefined): Promise<{ readonly token: StoredToken } | { readonly stored: Stored; readonly until: string } | null> =>
    transact(async (work) => {
      const now = clock.now().getTime();
      const stored = await readStored(work);
      if (isUsable(stored.token, refused)) return { token: stored.token };
      const until = new Date(now + leaseTime).toISOString();
      const held = await work.rows(lease, [tenantId, connectionId, until, new Date(now).toISOString()]);
      // Read again under the lease: another process may have stored a token and given the lease back in between.
      return held.length === 0 ? null : { stored: await readStored(work), until };
    });

  const obtain = async (refused: string | undefined): Promise<StoredToken> => {
    for (let waited = 0; ; waited += parts.lookEvery ?? 250) {
      const claimed = await claim(refused);
      if (claimed && 'token' in claimed) return claimed.token;
      if (claimed) return refresh(claimed.stored, claimed.until, refused);
      if (waited >= patience) throw new VendorFault('UNAVAILABLE', `Another process is obtaining an access token of ${source}. Calls are tried again.`);
      await pause(parts.lookEvery ?? 250, signal);
      if (signal.aborted) throw new VendorFault('DISCONNECTED', 'The connection was closed during the call.');
    }
  };

  const refresh = async (stored: Stored, until: string, refused: string | undefined): Promise<StoredToken> => {
    try {
      if (isUsable(stored.token, refused)) return stored.token;
      const began = clock.now().getTime();
      const given = await ask(parts, stored.credentials);
      const next: StoredToken = { accessToken: given.accessToken, expiresAt: given.expiresIn === null ? null : new Date(began + given.expiresIn * 1_000).toISOString() };
      const credentials = given.refreshToken === null ? stored.credentials : { ...stored.credentials, refreshToken: given.refreshToken };
      // Stored before it is used: a process that dies now loses no refresh token.
      const kept = await transact((work) => work.rows(store, [tenantId, connectionId, stored.sealed, sealStoredCredentials(seal, stored.wrapped, { credentials, token: next })]));
      if (kept.length === 0) throw new VendorFault('DISCONNECTED', 'The credentials of the connection were changed during the call.');
      return next;
    } finally {
      await transact((work) => work.rows(release, [tenantId, connectionId, until]));
    }
  };

  return {
    async get(refused) {
      if (isUsable(token, refused)) return token.accessToken;
      // What was asked for before this token was refused may have given the same one; a vendor that gives it once more has no other.
      for (let asked = 0; asked < 2; asked += 1) {
        asking ??= obtain(refused).finally(() => (asking = null));
        token = await asking;
        if (token.accessToken !== refused) return token.accessToken;
      }
      throw new VendorFault('UNAUTHORIZED', `${source} gives an access token that it does not accept. Check what the app and its user may do there, or give other credentials with changeConnection.`);
    },
  };
}

/** Asks for a token; where the answer is lost, once more at once: a vendor that has replaced the refresh token may still accept the old one for some minutes. */
async function ask({ source, baseUrl, clock, call }: TokenParts, credentials: StoredCredentials['credentials']): Promise<GivenToken> {
  const request = tokenRequestOf(source, credentials, baseUrl);
  if (!request) throw new VendorFault('UNAUTHORIZED', `The credentials of ${source} have no OAuth client. Give others with changeConnection.`);
  const once = async (): Promise<GivenToken | 'LOST'> => {
    try {
      return await call({ operation: 'oauth.token', isIdempotent: !request.rotates }, async (signal) => {
        const given = await askForToken(request, { vendor: source, now: clock.now(), signal });
        // An outage for the circuit breaker, and safe to repeat.
        if (given === 'LOST' && !request.rotates) throw faultOfError(source, Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
        return given;
      });
    } catch (error) {
      if (request.rotates && error instanceof VendorFault && error.code === 'TIMEOUT') return 'LOST';
      throw error;
    }
  };
  const first = await once();
  if (first !== 'LOST') return first;
  const second = await once().catch((error: unknown) => {
    throw error instanceof VendorFault && error.code === 'UNAUTHORIZED' ? new VendorFault('UNAUTHORIZED', lostMessage(source)) : error;
  });
  if (second === 'LOST') throw new VendorFault('UNAUTHORIZED', lostMessage(source));
  return second;
}
