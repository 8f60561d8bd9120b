import type { Work } from '../../../platform/postgres/work.ts';
import type { ItemResult } from '../delivery-result.ts';
import type { DueObject } from './due-fetches.ts';
import { markFetchesFailed, markFetchesRead, type FetchFailure } from './fetch-marks.ts';
import { nextAttempt, notStored, type ReadFault } from './judge-fault.ts';
import { countFailed, countRead } from './read-metrics.ts';
import { LeaseLost } from './reader-lease.ts';
import { faultOfCall, transactIn, type ReaderRun, type StepOutcome } from './reader-run.ts';
import { numberReadings } from './reading-portions.ts';
import { storeOf, storeReading } from './store-reading.ts';

/**
 * Reads objects at the vendor and takes them in: what was read and the note that it was are one transaction. Objects that
 * cannot be read or stored are noted with the reason; if several were asked for together, each is tried by itself next.
 * A fault of the whole connection is not the objects': they stay due as they are.
 */
export async function readDueObjects(run: ReaderRun, objects: readonly DueObject[]): Promise<StepOutcome> {
  try {
    const readings = await run.session.readObjects(objects.map(({ kind, externalId, changedAt }) => ({ kind, externalId, changedAt })));
    if (readings.length !== objects.length) throw new Error(`readObjects of ${run.lease.source} returned ${readings.length} readings for ${objects.length} objects`);
    await storeReading(storeOf(run), numberReadings(readings), { finish: (work, results) => noteResults(run, work, { objects, results }) });
    return 'DONE';
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    const fault = await faultOfCall(run, error);
    if (!fault) return 'STOPPED';
    noteError(run, error, objects);
    await transactIn(run, (work) => noteFailures(run, work, objects.map((object) => (objects.length === 1 ? failureOf(object, fault, work.now) : tryAlone(object, fault, work.now)))));
    return 'DONE';
  }
}

/** Notes which objects are read, and which have an item that was refused or that is of another shape than documented. */
async function noteResults(run: ReaderRun, work: Work, { objects, results }: { readonly objects: readonly DueObject[]; readonly results: readonly ItemResult[] }): Promise<void> {
  const { source } = run.lease;
  const ofObjects = Map.groupBy(results, ({ path }) => path[0]);
  const failures = objects.flatMap((object, index) => {
    const reason = whyNot(ofObjects.get(String(index)) ?? []);
    return reason ? [failureOf(object, reason, work.now)] : [];
  });
  const failed = new Set(failures.map(({ object }) => object));
  const stored = objects.filter((object) => !failed.has(object));
  await markFetchesRead(work, source, stored);
  await noteFailures(run, work, failures);
  const seconds = stored.map(({ askedAt }) => Math.max(0, Date.parse(work.now) - Date.parse(askedAt)) / 1_000);
  work.afterCommit(() => countRead(source, seconds));
}

function whyNot(results: readonly ItemResult[]): Pick<ReadFault, 'code' | 'message'> | null {
  const refused = results.find(({ status }) => status === 'refused');
  if (refused?.error) return notStored(refused.error.message, refused.error.path.slice(1));
  const unreadable = results.find(({ reason }) => reason === 'UNREADABLE');
  return unreadable ? { code: 'UNREADABLE', message: unreadable.message ?? 'It has another shape than the vendor documents.' } : null;
}

type Reason = Pick<ReadFault, 'code' | 'message'> & { readonly retryAt?: Date | null };

function failureOf(object: DueObject, { code, message, retryAt = null }: Reason, now: string): FetchFailure {
  const attempts = object.attempts + 1;
  return { object, code, message, attempts, nextAttemptAt: nextAttempt({ code, retryAt }, attempts, now) };
}

const tryAlone = (object: DueObject, { code, message }: Reason, now: string): FetchFailure => ({ object, code, message, attempts: object.attempts, nextAttemptAt: now });

async function noteFailures({ lease: { source } }: ReaderRun, work: Work, failures: readonly FetchFailure[]): Promise<void> {
  await markFetchesFailed(work, source, failures);
  const dead = failures.filter(({ nextAttemptAt }) => nextAttemptAt === null).length;
  if (failures.length > 0) work.afterCommit(() => countFailed(source, { failed: failures.length - dead, dead }));
}

function noteError({ parts, caller, lease }: ReaderRun, error: unknown, objects: readonly DueObject[]): void {
  parts.onError(error, { tenantId: caller.tenantId, connectionId: lease.connectionId, source: lease.source, kind: objects[0]?.kind ?? '', objects: String(objects.length) });
}
