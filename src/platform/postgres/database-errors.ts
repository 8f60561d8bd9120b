import { InvalidInput, StorageFull, Unavailable } from '../errors.ts';
import { causesOf } from '../outages.ts';
import { unstorableText } from '../storable-text.ts';

const connectionCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'ENOENT']);
const connectionMessages = /timeout exceeded when trying to connect|Connection terminated|not queryable|Client was closed|connection timeout|Query read timeout|not currently accepting connections/i;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether the database could not be reached or is going down: SQLSTATE class 08 and 57P, or a socket's error. */
function isUnreachable(error: unknown): boolean {
  const code = codeOf(error);
  // 08P01 says that we spoke wrongly, not that nobody was there.
  if (code === '08P01') return false;
  if (code.startsWith('08') || code.startsWith('57P') || code.startsWith('53') || connectionCodes.has(code)) return true;
  return error instanceof Error && connectionMessages.test(error.message);
}

const foreign = /^(KafkaJS|ReplyError|RedisAway|AbortError)/;
const ended = /^(57P0[1-5]|08\d{3}|ECONNREFUSED|ECONNRESET|EPIPE)$/;
const endedInText = /Connection terminated|not queryable|Client was closed|terminating connection|ECONNREFUSED|ECONNRESET|the database system is|not currently accepting connections/;

/**
 * What an error, or a cause of it, says of the database: that a connection was refused or ended; that the database may be
 * away, where a statement or the pool timed out; or nothing, as a full disk does.
 */
export function judgeDatabaseError(error: unknown): 'ended' | 'suspect' | null {
  const causes = [...causesOf(error)];
  if (causes.some(({ name, message }) => foreign.test(name) || message === 'fetch failed')) return null;
  // The job engine puts what went wrong into its own sentences.
  if (causes.some((cause) => ended.test(codeOf(cause)) || endedInText.test(cause.message))) return 'ended';
  return causes.some((cause) => isUnreachable(cause) && !/^53(?!300)/.test(codeOf(cause))) ? 'suspect' : null;
}

/** Undoes the transaction and runs it again: another one that was committed meanwhile has made its work superfluous. */
export class RunAgain extends Error {
  override name = 'RunAgain';
  /** As a serialization failure. */
  readonly code = '40001';
}

/** Whether the same transaction may succeed when it is run again: serialization failure or deadlock. */
export function isRetryable(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40001' || code === '40P01';
}

/** Whether a statement was refused because one before it in its transaction had failed. */
export function isInAbortedTransaction(error: unknown): boolean {
  return codeOf(error) === '25P02';
}

/** SQLSTATE disk_full: PostgreSQL's word for ENOSPC and for an exceeded quota. */
const diskFull = '53100';

/** Whether a text that was sent has a character that PostgreSQL cannot store. */
function isUnstorable(error: unknown): boolean {
  const code = codeOf(error);
  return code === '22021' || code === '22P05';
}

/**
 * Turns a full disk into `StorageFull`, a lost database into `Unavailable`, and a character that it cannot store into
 * `InvalidInput`; every other error stays what it is.
 */
export function translateDatabaseError(error: unknown): unknown {
  if (codeOf(error) === diskFull) {
    const full = new StorageFull();
    full.cause = error;
    return full;
  }
  if (isUnstorable(error)) return new InvalidInput(unstorableText);
  if (!isUnreachable(error)) return error;
  const unavailable = new Unavailable('The database cannot be reached right now. Try again in a moment.');
  unavailable.cause = error;
  return unavailable;
}
