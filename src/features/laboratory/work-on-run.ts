import { performance } from 'node:perf_hooks';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { ProductError, Unavailable } from '../../platform/errors.ts';
import { gauge, histogram } from '../../platform/metrics.ts';
import { inLaboratory } from '../../platform/outbound-http.ts';
import { claimRun, releaseRun, renewRun, RunLost, storeCheckpoint, storeCompleted, storeFailed, storeSize, type HeldRun } from './claim-run.ts';
import { runFinished, runProgressed } from './laboratory.events.ts';
import type { Replay } from './replay-signatures.ts';
import { settleOlderWrites } from './settle-older-writes.ts';

const active = gauge('laboratory_experiments_active', 'Experiment runs that this process replays now. A value that does not fall for long means a large window, or a run that does not end.', []);
active.set(0);
const seconds = histogram('laboratory_run_seconds', 'Seconds for which a worker held an experiment run, by how that ended. A rise means larger windows or a slower database.', ['outcome'], [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600]);

/** What working on a run takes. */
export interface RunParts {
  readonly database: Pick<Database, 'lab'>;
  readonly replay: Replay;
  /** Names this worker; a run is held by one. */
  readonly holder: string;
  /** Ends the work after the portion in hand; another worker goes on. */
  readonly signal: AbortSignal;
  onError(error: unknown, fields: Readonly<Record<string, unknown>>): void;
  /** The size of the first portion, in accounts; it grows and shrinks with the time that portions take. */
  readonly firstPortion?: number;
}

/** So often a run is claimed without making progress before it fails. */
const mostAttempts = 5;
/** How long a portion should take, in milliseconds: short against the lease, long against the cost of a transaction. */
const portionTarget = 1_000;
const largestPortion = 500;
const renewEvery = 15_000;

/** What became of a run when a worker was done with it. */
export type RunEnd = 'COMPLETED' | 'FAILED' | 'RELEASED' | 'LOST';

/**
 * Claims a run and works on it until it is over: measures it, replays its accounts a portion at a time, each with its checkpoint in
 * one transaction, and computes the figures. Null where there was nothing to claim. No call leaves the process meanwhile.
 */
export async function workOnRun(parts: RunParts, { tenantId, runId }: { readonly tenantId: Id<'Tenant'>; readonly runId: Id<'ExperimentRun'> }): Promise<RunEnd | null> {
  const { database, holder } = parts;
  const lab = <Result>(body: (work: LabWork) => Promise<Result>): Promise<Result> =>
    database.lab({ tenantId, actor: { kind: 'system', id: 'laboratory' }, requestId: `run-${runId}` }, body);
  const hold = { runId, holder };
  const run = await lab((work) => claimRun(work, hold));
  if (!run) return null;
  const began = performance.now();
  active.inc();
  const renewal = setInterval(() => void lab((work) => renewRun(work, hold)).catch(() => undefined), renewEvery);
  renewal.unref();
  let end: RunEnd = 'LOST';
  try {
    end = await inLaboratory(() => replayAll(parts, { lab, run, hold }));
  } catch (error) {
    end = error instanceof RunLost ? 'LOST' : await giveUp({ lab, run, hold, error, onError: parts.onError });
  } finally {
    clearInterval(renewal);
    active.dec();
    seconds.observe({ outcome: end.toLowerCase() }, (performance.now() - began) / 1_000);
  }
  return end;
}

interface Held {
  readonly run: HeldRun;
  readonly hold: { readonly runId: Id<'ExperimentRun'>; readonly holder: string };
  lab<Result>(body: (work: LabWork) => Promise<Result>): Promise<Result>;
}

async function replayAll({ replay, signal, firstPortion = 50 }: RunParts, { lab, run, hold }: Held): Promise<RunEnd> {
  if (run.attempts > mostAttempts) throw new WorkersLost();
  if (run.accountsTotal === null) {
    await settleOlderWrites(lab, { signal });
    await lab(async (work) => {
      const size = await replay.measureRun(work, run);
      work.record(runProgressed.fact({ accountId: null, data: { ...(await storeSize(work, hold, size)) } }));
    });
  }
  let { after, isThrough } = run;
  for (let most = firstPortion; !isThrough; ) {
    if (signal.aborted) {
      await lab((work) => releaseRun(work, hold));
      return 'RELEASED';
    }
    const began = performance.now();
    const portion = await lab(async (work) => {
      const done = await replay.replayPortion(work, run, { after, most });
      work.record(runProgressed.fact({ accountId: null, data: { ...(await storeCheckpoint(work, hold, { ...done, after })) } }));
      return done;
    });
    isThrough = portion.last === null;
    after = portion.last ?? after;
    most = nextPortion(most, performance.now() - began);
  }
  await lab(async (work) => {
    const finished = await replay.finishRun(work, run);
    work.record(runFinished.fact({ accountId: null, data: { ...(await storeCompleted(work, hold, finished)) } }));
  });
  return 'COMPLETED';
}

/** Grows and shrinks by half steps at most, so that one slow account does not make the next portions tiny. */
function nextPortion(most: number, milliseconds: number): number {
  const wanted = Math.round((most * portionTarget) / Math.max(milliseconds, 1));
  return Math.max(1, Math.min(largestPortion, most * 2, Math.max(Math.ceil(most / 2), wanted)));
}

/** Whoever worked on the run before ended without a word, too often in a row. */
class WorkersLost extends Error {
  constructor() {
    super(`the run was claimed ${mostAttempts} times without progress`);
    this.name = 'WorkersLost';
  }
}

/** Gives the run back where another try may help, and ends it where it has been tried often enough. */
async function giveUp({ lab, run, hold, error, onError }: Held & { readonly error: unknown; readonly onError: RunParts['onError'] }): Promise<RunEnd> {
  const isLast = run.attempts >= mostAttempts && !(error instanceof Unavailable);
  onError(error, { runId: run.id, attempts: run.attempts });
  try {
    if (!isLast) {
      await lab((work) => releaseRun(work, hold));
      return 'RELEASED';
    }
    await lab(async (work) => work.record(runFinished.fact({ accountId: null, data: { ...(await storeFailed(work, hold, failureOf(error))) } })));
    return 'FAILED';
  } catch (next) {
    if (!(next instanceof RunLost)) onError(next, { runId: run.id });
    // Its lease runs out, and another worker claims it.
    return 'LOST';
  }
}

function failureOf(error: unknown): string {
  if (error instanceof WorkersLost) return 'WORKERS_LOST';
  return error instanceof ProductError ? error.code : 'INTERNAL_SERVER_ERROR';
}
