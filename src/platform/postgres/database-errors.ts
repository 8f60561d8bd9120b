import { InvalidInput, Unavailable } from '../errors.ts';
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
const inText = /terminating connection|ECONNREFUSED|ECONNRESET|the database system is/;

/** Whether an error, or a cause of it, is that of a database which is away or of a connection that it ended. */
export function isDatabaseOutage(error: unknown): boolean {
  const causes = [...causesOf(error)];
  if (causes.some(({ name, message }) => foreign.test(name) || message === 'fetch failed')) return false;
  // The job engine puts what went wrong into its own sentences.
  return causes.some((cause) => isUnreachable(cause) || inText.test(cause.message));
}

/** Whether the same transaction may succeed when it is run again: serialization failure or deadlock. */
export function isRetryable(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40001' || code === '40P01';
}

/** Whether a text that was sent has a character that PostgreSQL cannot store. */
function isUnstorable(error: unknown): boolean {
  const code = codeOf(error);
  return code === '22021' || code === '22P05';
}

/** Turns a lost database into `Unavailable`, and a character that it cannot store into `InvalidInput`; every other error stays what it is. */
export function translateDatabaseError(error: unknown): unknown {
  if (isUnstorable(error)) return new InvalidInput(unstorableText);
  if (!isUnreachable(error)) return error;
  const unavailable = new Unavailable('The database cannot be reached right now. Try again in a moment.');
  unavailable.cause = error;
  return unavailable;
}
