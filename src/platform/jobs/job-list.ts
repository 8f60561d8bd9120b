import type { Clock } from '../clock.ts';
import type { Database } from '../postgres/database.ts';
import { statement } from '../postgres/statement.ts';
import type { JobOutcome } from './job-runs.ts';
import { nextRun } from './next-run.ts';
import type { Task } from './task.ts';

/** A background task as the job engine knows it, over all processes and tenants. */
export interface JobState {
  readonly name: string;
  /** Minute, hour, day, month, weekday, in UTC; null for a task that only runs when it is asked for. */
  readonly cron: string | null;
  /** When the last attempt ended. RFC 3339; null: it never ran. */
  readonly lastRunAt: string | null;
  readonly lastOutcome: JobOutcome | null;
  /** The kind of error of the last attempt; null when it did not fail. */
  readonly lastError: string | null;
  /** When it is due next: by the calendar, or the first job that waits. RFC 3339. */
  readonly nextRunAt: string | null;
  readonly running: number;
  /** Jobs that will run, those that failed before included. */
  readonly waiting: number;
  /** Jobs that failed as often as they may; somebody has to look. */
  readonly failed: number;
}

interface Row extends Omit<JobState, 'cron'> {
  readonly nextRunAt: string | null;
}

const states = statement<Row>(
  'states_of_jobs',
  `with queued as (
     select t.identifier as name, count(*) filter (where j.locked_at is not null)::int as running,
       count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts)::int as waiting,
       count(*) filter (where j.locked_at is null and j.attempts >= j.max_attempts)::int as failed,
       min(j.run_at) filter (where j.locked_at is null and j.attempts < j.max_attempts) as next
     from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = any($1) group by t.identifier
   )
   select name, r.last_finished_at as "lastRunAt", r.last_outcome as "lastOutcome", r.last_error as "lastError", q.next as "nextRunAt",
     coalesce(q.running, 0) as running, coalesce(q.waiting, 0) as waiting, coalesce(q.failed, 0) as failed
   from unnest($1::text[]) name left join job_run r on r.task = name left join queued q using (name) order by name`,
);

/** Every task there is, with what it did and will do. */
export async function listJobs(database: Pick<Database, 'system'>, clock: Clock, tasks: Readonly<Record<string, Task>>): Promise<JobState[]> {
  const rows = await database.system((sql) => sql.rows(states, [Object.keys(tasks)]));
  const now = clock.now();
  return rows.map((row) => {
    const cron = tasks[row.name]?.cron?.pattern ?? null;
    const { name, lastRunAt, lastOutcome, lastError, running, waiting, failed } = row;
    const byCalendar = cron === null ? null : (nextRun(cron, now)?.toISOString() ?? null);
    return { name, cron, lastRunAt, lastOutcome, lastError, nextRunAt: earlier(byCalendar, row.nextRunAt), running, waiting, failed };
  });
}

function earlier(one: string | null, other: string | null): string | null {
  return one !== null && other !== null ? (one < other ? one : other) : (one ?? other);
}
