import { statement } from '../postgres/statement.ts';
import type { Work } from '../postgres/work.ts';

/** A job that is to run once the transaction commits. */
export interface ScheduledJob {
  readonly task: string;
  readonly payload: Record<string, unknown>;
  /** Not before this instant; at once when absent. */
  readonly runAt?: Date;
  /** Of jobs with one key that have not begun, the latest stays. Keys are shared by all tenants. */
  readonly key?: string;
}

const add = statement('schedule_job', 'select schedule_job($1, $2::json, $3, $4)');

/** Adds a job in the caller's transaction: it runs once that commits, at least once, after `runAt`. */
export async function schedule(work: Work, job: ScheduledJob): Promise<void> {
  await work.rows(add, [job.task, JSON.stringify(job.payload), job.runAt?.toISOString() ?? null, job.key ?? null]);
}
