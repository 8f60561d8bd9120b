import { ProductError, Unavailable } from '../../../platform/errors.ts';
import { growingPause } from '../../../platform/pause.ts';
import { VendorFault, type VendorFaultCode } from '../outbound/vendor-fault.ts';
import type { VendorSession } from '../outbound/vendor-api.ts';
import { LeaseLost } from './reader-lease.ts';

/** What went wrong with reading, as it is kept and shown. */
export interface ReadFault {
  readonly code: string;
  readonly message: string;
  /** From when it may be tried again, where the vendor says. */
  readonly retryAt: Date | null;
  /** Whose fault it is: what was read, or the whole connection; EITHER cannot be told from the fault alone. */
  readonly of: 'OBJECT' | 'CONNECTION' | 'EITHER';
}

const ofConnection: ReadonlySet<VendorFaultCode> = new Set(['UNAUTHORIZED', 'RATE_LIMITED', 'QUOTA_USED_UP', 'CIRCUIT_OPEN']);
const ofEither: ReadonlySet<VendorFaultCode> = new Set(['UNAVAILABLE', 'TIMEOUT']);
const longestMessage = 500;

/** Judges what a reader threw. Throws it again where this installation's own database is away, the process stops, or the connection is not to be used as it is. */
export function judgeFault(error: unknown, signal?: AbortSignal): ReadFault {
  if (error instanceof Unavailable) throw error;
  signal?.throwIfAborted();
  if (error instanceof VendorFault) {
    const { code, message, retryAt } = error;
    if (code === 'DISCONNECTED') throw new LeaseLost();
    return { code, message: message.slice(0, longestMessage), retryAt, of: ofConnection.has(code) ? 'CONNECTION' : ofEither.has(code) ? 'EITHER' : 'OBJECT' };
  }
  if (error instanceof ProductError) return { ...notStored(error.message, error.inputPath), retryAt: null, of: 'OBJECT' };
  return { code: 'FAULT', message: 'The program failed on what the vendor sent. Its log has the error under "vendor object not read".', retryAt: null, of: 'OBJECT' };
}

/** The end of a limit on one operation, which leaves others free; null for any other fault. Reading history has limits of its own at some vendors. */
export function limitOfOperation(error: unknown): (ReadFault & { readonly retryAt: Date }) | null {
  if (!(error instanceof VendorFault) || error.retryAt === null || error.limitScope !== 'OPERATION') return null;
  const { code, message, retryAt } = error;
  return { code, message: message.slice(0, longestMessage), retryAt, of: 'CONNECTION' };
}

/** That what was read could not be stored. */
export function notStored(message: string, path: readonly string[]): Pick<ReadFault, 'code' | 'message'> {
  return { code: 'NOT_STORED', message: `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`.slice(0, longestMessage) };
}

/** The fault of the whole connection, if it is one: of a fault that may be either, whether another call works decides. */
export async function connectionFault(session: VendorSession, fault: ReadFault, signal?: AbortSignal): Promise<ReadFault | null> {
  if (fault.of === 'OBJECT') return null;
  if (fault.of === 'CONNECTION') return fault;
  try {
    await session.check();
    return null;
  } catch (error) {
    const other = judgeFault(error, signal);
    return other.of === 'OBJECT' ? null : other;
  }
}

const pauses = { ofObject: { first: 60_000, most: 6 * 3_600_000 }, ofConnection: { first: 30_000, most: 15 * 60_000 }, ofCredentials: { first: 60_000, most: 3_600_000 } };

/** Attempts to read an object, at most; then it is a dead letter. */
export const mostAttempts = 10;

/** When an object is tried again after so many failed attempts; null: no more. What the program cannot read is not tried again as it is. */
export function nextAttempt({ code, retryAt }: Pick<ReadFault, 'code' | 'retryAt'>, attempts: number, now: string): string | null {
  if (attempts >= mostAttempts || code === 'UNREADABLE') return null;
  return later(now, growingPause(attempts, pauses.ofObject), retryAt);
}

/** Until when a connection is left alone after so many faults in a row. */
export function connectionPause({ code, retryAt }: ReadFault, failures: number, now: string): string {
  if (retryAt !== null) return later(now, 0, retryAt);
  return later(now, growingPause(failures, code === 'UNAUTHORIZED' ? pauses.ofCredentials : pauses.ofConnection), null);
}

function later(now: string, milliseconds: number, atLeast: Date | null): string {
  return new Date(Math.max(Date.parse(now) + milliseconds, atLeast?.getTime() ?? 0)).toISOString();
}
