import type { z } from 'zod';

/** What a task is told about the job it runs for. */
export interface JobRun {
  readonly id: string;
  /** 1 on the first attempt. */
  readonly attempt: number;
  /** Whether no further attempt follows when this one fails. */
  readonly last: boolean;
  /** From when on it was to run, or to be repeated. RFC 3339. */
  readonly dueAt: string;
  /** Aborted when the process stops and will not wait much longer. */
  readonly signal: AbortSignal;
}

/** When a task runs by itself. */
export interface Cron {
  /** Minute, hour, day, month, weekday, in UTC: `0 3 * * *`. */
  readonly pattern: string;
  /** How far back to make up for runs that were due while no process was there; those that pile up become one. 0 when absent. Milliseconds. */
  readonly makeUp?: number;
}

/** Work that is done in the background, by name. */
export interface Task {
  readonly cron: Cron | null;
  run(payload: unknown, job: JobRun): Promise<void>;
}

/** A task as it is written down. */
export interface TaskDefinition<Payload> {
  /** The payload's shape. A cron run has the payload `{}`. */
  readonly payload: z.ZodType<Payload>;
  readonly cron?: Cron;
  /** Does the work. It may be called again for work that is done already: a process can die after the effect. */
  handle(payload: Payload, job: JobRun): Promise<void>;
}

/** Declares a task. A payload that is not of its shape fails the job. */
export function defineTask<Payload>(definition: TaskDefinition<Payload>): Task {
  return {
    cron: definition.cron ?? null,
    run: (payload, job) => definition.handle(definition.payload.parse(payload), job),
  };
}
