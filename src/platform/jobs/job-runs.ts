import type { Database } from '../postgres/database.ts';
import { statement } from '../postgres/statement.ts';

/** How an attempt of a job ended. `GIVEN_UP`: it failed, and no further attempt follows. */
export type JobOutcome = 'DONE' | 'FAILED' | 'GIVEN_UP';

/** One attempt that ended. */
export interface EndedRun {
  readonly task: string;
  readonly outcome: JobOutcome;
  readonly milliseconds: number;
  /** Null when it did not fail. */
  readonly error: unknown;
}

const note = statement(
  'note_job_run',
  `insert into job_run as r (task, last_finished_at, last_outcome, last_milliseconds, last_error, done, failed)
   values ($1, app_now(), $2, $3, $4, ($2 = 'DONE')::int, ($2 <> 'DONE')::int)
   on conflict (task) do update set last_finished_at = excluded.last_finished_at, last_outcome = excluded.last_outcome,
     last_milliseconds = excluded.last_milliseconds, last_error = excluded.last_error,
     done = r.done + excluded.done, failed = r.failed + excluded.failed`,
);

/** Writes down how an attempt ended, for whoever asks what the jobs do. */
export async function noteRun(database: Pick<Database, 'system'>, { task, outcome, milliseconds, error }: EndedRun): Promise<void> {
  const name = error instanceof Error ? error.name : error === null ? null : 'Error';
  await database.system((sql) => sql.rows(note, [task, outcome, Math.round(milliseconds), name]));
}
