import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { IdempotencyKeyTaken } from './errors.ts';
import type { LockedSession } from './session-store.ts';

/** A request that a caller may repeat, as it is known again. */
export interface NamedRequest {
  /** 1 to 200 printable ASCII characters, unique within the session; null: a repetition is another request. */
  readonly key: string | null;
  /** Everything that was asked for. */
  readonly asked: unknown;
  /** Where the key stands in the input. */
  readonly path: readonly string[];
}

/** What the first request with a key made. */
export interface EarlierRequest {
  readonly fencingToken: number;
  /** Null for a step. */
  readonly resumed: boolean | null;
  /** Null for a start. */
  readonly stepId: Id<'SessionStep'> | null;
}

const find = statement<EarlierRequest & { digest: Buffer }>('find_session_request', 'select digest, fencing_token as "fencingToken", resumed, step_id as "stepId" from session_request where tenant_id = $1 and session_id = $2 and key = $3');
const keep = statement('keep_session_request', 'insert into session_request (tenant_id, session_id, key, digest, fencing_token, resumed, step_id, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8)');

/** Checks an idempotency key from outside. */
export function checkIdempotencyKey(key: string | null | undefined, path: readonly string[]): string | null {
  if (key === null || key === undefined) return null;
  if (!/^[!-~]{1,200}$/.test(key)) throw new InvalidInput('idempotencyKey must be 1 to 200 printable ASCII characters without spaces.', path);
  return key;
}

/** What a locked session knows of a request; null if it is new. Throws `IdempotencyKeyTaken` if another request bore the key. */
export async function findRequest(work: Work, seal: Seal, { session, request }: { readonly session: LockedSession; readonly request: NamedRequest }): Promise<EarlierRequest | null> {
  if (request.key === null || session.wrappedKey === null) return null;
  const [row] = await work.rows(find, [work.tenantId, session.id, keyDigest(work, seal, request.key)]);
  if (!row) return null;
  const { digest, ...earlier } = row;
  if (!digest.equals(digestOf(seal, session.wrappedKey, request))) throw new IdempotencyKeyTaken(request.path);
  return earlier;
}

/** Remembers a request with what it made, in its transaction. */
export async function keepRequest(work: Work, seal: Seal, { session, request, made }: { readonly session: LockedSession; readonly request: NamedRequest; readonly made: EarlierRequest }): Promise<void> {
  if (request.key === null || session.wrappedKey === null) return;
  await work.rows(keep, [work.tenantId, session.id, keyDigest(work, seal, request.key), digestOf(seal, session.wrappedKey, request), made.fencingToken, made.resumed, made.stepId, work.now]);
}

// A caller may put anything into a key: no text of it is stored.
const keyDigest = (work: Work, seal: Seal, key: string): Buffer => seal.lookup(work.tenantId, { system: 'session request', id: key });
const digestOf = (seal: Seal, wrappedKey: Buffer, { asked }: NamedRequest): Buffer => seal.digest(seal.unwrap(wrappedKey), JSON.stringify(asked));
