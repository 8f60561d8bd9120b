import { growingPause, pause } from '../pause.ts';
import type { Database } from '../postgres/database.ts';
import { openSession, type Session } from '../postgres/session.ts';
import { statement } from '../postgres/statement.ts';

/** The sign of life of one pool of workers, which also looks after the jobs of pools that gave none. */
export interface Pulse {
  /** Resolves once the sign of life is there for the first time, or never will be because of `stop`. */
  readonly begun: Promise<void>;
  stop(): Promise<void>;
}

/** What a pulse needs. */
export interface PulseOptions {
  readonly database: Pick<Database, 'pool'>;
  /** What the engine writes into `locked_by`. */
  readonly worker: string;
  /** How often to look for jobs of the dead. Milliseconds. */
  readonly sweepEvery: number;
  readonly onError: (error: unknown) => void;
}

const live = statement('job_worker_live', `select pg_advisory_lock_shared(hashtextextended('job worker ' || $1, 0))`);
const lifeless = statement<{ worker: string }>(
  'job_workers_lifeless',
  `with held as materialized (
     select (classid::bigint << 32) | objid::bigint as key from pg_locks
     where locktype = 'advisory' and objsubid = 1 and granted
       and database = (select oid from pg_database where datname = current_database())
   ), working as (
     select locked_by as worker from graphile_worker._private_jobs where locked_by is not null
     union select locked_by from graphile_worker._private_job_queues where locked_by is not null
   )
   select worker from working where not exists (select from held where key = hashtextextended('job worker ' || worker, 0)) order by worker`,
);
const free = statement('job_workers_free', 'select graphile_worker.force_unlock_workers($1::text[])');
const betweenFailures = { first: 100, most: 5_000 };

/**
 * The engine frees jobs of a dead process after four hours, because it cannot know whether that still works. Here every
 * pool of workers holds a lock for as long as it is connected; jobs of a pool without its lock, at two looks in a row, are
 * free for others. The second look gives a pool that lost its connection the time to come back.
 */
export function startPulse({ database, worker, sweepEvery, onError }: PulseOptions): Pulse {
  const stopping = new AbortController();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();

  const beat = async (session: Session): Promise<void> => {
    await session.rows(live, [worker]);
    begin();
    let suspects = new Set<string>();
    // A session that the server ended, such as one that was idle for too long while this process stood still, is replaced.
    while (!stopping.signal.aborted && !session.lost.aborted) {
      const found = (await session.rows(lifeless)).map((row) => row.worker);
      const dead = found.filter((name) => suspects.has(name));
      if (dead.length > 0) await session.rows(free, [dead]);
      suspects = new Set(found);
      await pause(sweepEvery, AbortSignal.any([stopping.signal, session.lost]));
    }
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      let session: Session | null = null;
      try {
        session = await openSession(database.pool, 'context-graph jobs');
        await beat(session);
      } catch (error) {
        onError(error);
        failures += 1;
        await pause(growingPause(failures, betweenFailures), stopping.signal);
      }
      await session?.end();
    }
    begin();
  };

  const running = run();
  return {
    begun,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
