import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Bus } from '../platform/events/bus.ts';
import { pruneInbox } from '../platform/events/inbox.ts';
import { createJobs, type Jobs } from '../platform/jobs.ts';
import type { Log } from '../platform/log.ts';
import type { Id } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { statement } from '../platform/postgres/statement.ts';
import { decayScores, decayTask, rescoreNext, rescoreTask } from '../features/scoring/index.ts';

/** What the jobs work on. */
export interface JobsOptions {
  readonly database: Database;
  readonly url: string;
  readonly bus: Bus & { prune(before: Date): Promise<number> };
  readonly clock: Clock;
  readonly log: Log;
}

const actor = { kind: 'system', id: 'scheduler' } as const;
const rescorePayload = z.looseObject({ tenantId: z.uuid(), requestId: z.string() });
const partitions = statement<{ made: number }>('ensure_audit_partitions', 'select ensure_audit_partitions($1::date, 4) as made');
const day = 86_400_000;

/** Every job there is, by name; each may run twice without harm. */
export function jobHandlers({ database, bus, clock, log }: Omit<JobsOptions, 'url'>): Record<string, { handler(payload: unknown): Promise<void>; cron?: string }> {
  return {
    [decayTask]: {
      cron: '* * * * *',
      handler: async () => {
        const crossed = await decayScores(database, { actor, requestId: decayTask });
        if (crossed > 0) log.info({ crossed }, 'scores fell below the threshold');
      },
    },
    [rescoreTask]: {
      handler: async (payload) => {
        const { tenantId, requestId } = rescorePayload.parse(payload);
        for (let after: Id<'Account'> | null = null; ; ) {
          const from: Id<'Account'> | null = after;
          after = await database.transact({ tenantId: tenantId as Id<'Tenant'>, actor, requestId }, (work) => rescoreNext(work, from));
          if (after === null) return;
        }
      },
    },
    'audit-partitions': {
      cron: '15 0 * * *',
      handler: async () => void (await database.system((sql) => sql.rows(partitions, [clock.now().toISOString().slice(0, 10)]))),
    },
    'prune-events': {
      cron: '45 0 * * *',
      handler: async () => {
        const now = clock.now().getTime();
        // The inbox outlives the bus: what may still be delivered must still be known.
        await bus.prune(new Date(now - 7 * day));
        await pruneInbox(database, new Date(now - 14 * day));
      },
    },
  };
}

/** Starts the job engine. */
export function startJobs(options: JobsOptions): Jobs {
  return createJobs({ connectionString: options.url, tasks: jobHandlers(options), log: options.log });
}
