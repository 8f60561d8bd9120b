import type { Id } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { Seal } from '../../../platform/postgres/seal.ts';
import type { Caller, Work } from '../../../platform/postgres/work.ts';
import type { VendorSession } from '../outbound/vendor-api.ts';
import { connectionFault, connectionPause, judgeFault, type ReadFault } from './judge-fault.ts';
import { countDelayed } from './read-metrics.ts';
import { delayReader, renewLease, type ReaderLease } from './reader-lease.ts';
import { wakeReaderAt } from './wake-reader.ts';

/** Opens a connection to a vendor, or finds it open. Throws `VendorFault`. */
export type OpenSession = (connection: { readonly tenantId: Id<'Tenant'>; readonly connectionId: Id<'Connection'> }) => Promise<VendorSession>;

/** What reads at vendors. */
export interface ReaderParts {
  readonly database: Pick<Database, 'transact'>;
  readonly seal: Seal;
  readonly openSession: OpenSession;
  /** Aborted when the process stops. */
  readonly signal?: AbortSignal;
  /** Called with what could not be read or stored, and ids. */
  onError(error: unknown, fields: Readonly<Record<string, string>>): void;
}

/** One run that reads for a connection, which it alone does for as long as it holds the lease. */
export interface ReaderRun {
  readonly parts: ReaderParts;
  /** On whose behalf what is read is stored. */
  readonly caller: Caller;
  readonly lease: ReaderLease;
  readonly session: VendorSession;
}

/** What became of one step of a run. STOPPED: the connection does not work, and is left alone for a while. */
export type StepOutcome = 'DONE' | 'STOPPED';

/** Opens a transaction of a run that stores something. Throws `LeaseLost` where it is no longer this run's to store. */
export function transactIn<Result>({ parts, caller, lease }: Omit<ReaderRun, 'session'>, body: (work: Work) => Promise<Result>, works = true): Promise<Result> {
  return parts.database.transact(caller, async (work) => {
    await renewLease(work, lease, { works });
    return body(work);
  });
}

/** Judges what a call threw. Where the whole connection does not work, it is left alone for a while, and null is returned. */
export async function faultOfCall(run: ReaderRun, error: unknown): Promise<ReadFault | null> {
  const { parts: { signal }, session } = run;
  const fault = judgeFault(error, signal);
  const whole = await connectionFault(session, fault, signal);
  if (!whole) return fault;
  await leaveAlone(run, whole);
  return null;
}

/** Leaves a connection alone for a while. */
export async function leaveAlone({ parts, caller, lease }: Omit<ReaderRun, 'session'>, fault: ReadFault): Promise<void> {
  parts.onError(fault, { tenantId: caller.tenantId, connectionId: lease.connectionId, source: lease.source, code: fault.code });
  countDelayed(lease.source, fault.code);
  await parts.database.transact(caller, async (work) => {
    const at = connectionPause(fault, lease.failures + 1, work.now);
    await delayReader(work, lease, at);
    await wakeReaderAt(work, lease.connectionId, at);
  });
}
