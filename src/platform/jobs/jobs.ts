import { EventEmitter } from 'node:events';
import { Logger, parseCronItems, run, type JobHelpers, type ParsedCronItem, type Runner, type TaskList, type WorkerEvents } from 'graphile-worker';
import { counter, histogram } from '../metrics.ts';
import { growingPause, pause } from '../pause.ts';
import type { Database } from '../postgres/database.ts';
import { createJobPool } from '../postgres/job-pool.ts';
import { noteRun, type EndedRun } from './job-runs.ts';
import { startPulse, type Pulse } from './pulse.ts';
import type { Task } from './task.ts';

/** Runs background work: what was scheduled, and what is due by the calendar. Any number may run on one database. */
export interface Jobs {
  start(): void;
  /** Takes no more jobs, waits for those in hand, and stops. */
  stop(): Promise<void>;
  /** Resolves once jobs are being taken. */
  readonly ready: Promise<void>;
}

/** What the jobs need. */
export interface JobsOptions {
  readonly database: Pick<Database, 'pool' | 'system'>;
  /** The program's own login. */
  readonly url: string;
  /** Tasks by name. Jobs of other names are left to other processes. */
  readonly tasks: Readonly<Record<string, Task>>;
  /** Jobs run at once; 4 when absent. */
  readonly atOnce?: number;
  /** How often to look without being woken, for jobs that become due; 1,000 when absent. Milliseconds. */
  readonly lookEvery?: number;
  /** Jobs of a killed process are free after two looks of this length; 10,000 when absent. Milliseconds. */
  readonly sweepEvery?: number;
  /** Told of failed jobs and of faults of the engine, with ids and names. */
  readonly onError: (error: unknown, fields: Readonly<Record<string, string | number>>) => void;
}

const finished = counter('jobs_total', 'Background jobs by task and outcome. `failed` ones are repeated later; `given_up` ones wait for somebody to look.', ['task', 'outcome']);
const seconds = histogram('job_seconds', 'How long attempts of background jobs took, by task.', ['task']);
/** How long after `stop` the signal of jobs in hand is aborted, in milliseconds. */
export const jobsEndWithin = 5_000;
const betweenStarts = { first: 500, most: 15_000 };

/** The job engine, graphile-worker, behind the few things the program needs. Throws when a cron pattern is not one. */
export function createJobs(options: JobsOptions): Jobs {
  const { database, url, tasks, onError } = options;
  const parsedCronItems = cronItems(tasks);
  const taskList: TaskList = Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, toEngine(name, task, options)]));
  const logger = new Logger((scope) => (level, message, meta) => {
    // Failures of jobs are told by `toEngine`, without the payload; what is left are faults of the engine itself.
    if ((level === 'error' || level === 'warning') && !('failure' in meta)) onError(new Error(message), { part: scope.label ?? 'jobs' });
  });
  const stopping = new AbortController();
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  let runner: Runner | null = null;
  let running: Promise<void> | null = null;

  const startEngine = (pgPool: ReturnType<typeof createJobPool>, events: WorkerEvents, pulses: Map<string, Pulse>): Promise<Runner> =>
    run({
      pgPool,
      concurrency: options.atOnce ?? 4,
      pollInterval: options.lookEvery ?? 1_000,
      noHandleSignals: true,
      taskList,
      parsedCronItems,
      logger,
      events,
      preset: {
        // Unbatched, the engine leaves a failing statement's rejection to nobody, which ends the process.
        worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0, gracefulShutdownAbortTimeout: jobsEndWithin },
        plugins: [
          {
            name: 'SignOfLifePlugin',
            version: '1.0.0',
            worker: {
              hooks: {
                // No job is taken before others can see that its taker lives.
                async startWorker(_context, { worker }) {
                  const { id } = worker.workerPool;
                  if (!pulses.has(id)) pulses.set(id, startPulse({ database, worker: id, sweepEvery: options.sweepEvery ?? 10_000, onError: (error) => onError(error, { part: 'pulse' }) }));
                  await pulses.get(id)?.begun;
                },
              },
            },
          },
        ],
      },
    });

  // The engine stops itself when it cannot write down what became of a job. Then it is started again.
  const supervise = async (): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const events: WorkerEvents = new EventEmitter();
      const pulses = new Map<string, Pulse>();
      events.once('pool:listen:success', () => {
        failures = 0;
        isReady();
      });
      const pool = createJobPool({ url, connections: (options.atOnce ?? 4) + 2, onError: (error) => onError(error, { part: 'connection' }) });
      try {
        runner = await startEngine(pool, events, pulses);
        if (stopping.signal.aborted) await runner.stop();
        await runner.promise;
      } catch (error) {
        if (!stopping.signal.aborted) onError(error, { part: 'engine' });
      }
      runner = null;
      await pool.end();
      for (const pulse of pulses.values()) await pulse.stop();
      failures += 1;
      if (!stopping.signal.aborted) await pause(growingPause(failures, betweenStarts), stopping.signal);
    }
  };

  return {
    ready,
    start() {
      running ??= supervise();
    },
    async stop() {
      stopping.abort();
      // Rejects when it is stopping by itself already.
      await runner?.stop().catch(() => undefined);
      await running;
    },
  };
}

/** One run of a task at a time, and of runs that pile up only the latest. */
function cronItems(tasks: JobsOptions['tasks']): ParsedCronItem[] {
  return parseCronItems(
    Object.entries(tasks).flatMap(([task, { cron }]) =>
      cron ? [{ task, match: cron.pattern, options: { backfillPeriod: cron.makeUp ?? 0, queueName: task, jobKey: `cron:${task}` } }] : [],
    ),
  );
}

function toEngine(name: string, task: Task, { database, onError }: JobsOptions) {
  // Seen from the start, so that the first one is a rise.
  finished.inc({ task: name, outcome: 'given_up' }, 0);
  // Telling what the jobs do must not make one fail that is done.
  const note = (run: EndedRun): Promise<void> => noteRun(database, run).catch((error: unknown) => onError(error, { part: 'job runs' }));
  return async (payload: unknown, { job, abortSignal }: JobHelpers): Promise<void> => {
    const last = job.attempts >= job.max_attempts;
    const began = performance.now();
    const milliseconds = (): number => performance.now() - began;
    try {
      await task.run(withoutCron(payload), { id: job.id, attempt: job.attempts, last, dueAt: job.run_at.toISOString(), signal: abortSignal });
      finished.inc({ task: name, outcome: 'done' });
      await note({ task: name, outcome: 'DONE', milliseconds: milliseconds(), error: null });
    } catch (error) {
      finished.inc({ task: name, outcome: last ? 'given_up' : 'failed' });
      onError(error, { task: name, job: job.id, attempt: job.attempts });
      await note({ task: name, outcome: last ? 'GIVEN_UP' : 'FAILED', milliseconds: milliseconds(), error });
      // The engine keeps what is thrown beside the job. A message may hold what the job was about, a name does not.
      throw new Error(error instanceof Error ? error.name : 'not an error', { cause: error });
    } finally {
      seconds.observe({ task: name }, milliseconds() / 1_000);
    }
  };
}

/** The payload as it was scheduled; the engine adds a member to that of cron runs. */
function withoutCron(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || !('_cron' in payload)) return payload;
  const { _cron, ...rest } = payload;
  return rest;
}
