import 'reflect-metadata';
import { z } from 'zod';
import { partsOf, workOnJob } from '../../src/features/snapshots/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { createJobs } from '../../src/platform/jobs/jobs.ts';
import { defineTask } from '../../src/platform/jobs/task.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';

/** A process that works on a job of snapshots, commits its first batch, and stands still in the middle of the second. Argument: database URL. */
const [url = ''] = process.argv.slice(2);
const onError = (error: unknown): void => console.error(error);
// The clock of the tests, which the rows that are there already were written by.
const clock = { now: () => new Date('2026-11-21T09:00:00.000Z') };
const database = await openDatabase({ url, connections: 4, clock, newId: createIds(systemClock), entities: [], onError });
const task = defineTask({
  payload: z.strictObject({ tenantId: z.uuid(), jobId: z.uuid(), requestId: z.string() }),
  async handle({ tenantId, jobId, requestId }) {
    const parts = partsOf(database, clock, { tenantId: tenantId as Id<'Tenant'>, actor: { kind: 'system', id: 'doomed' }, requestId });
    let first: Promise<unknown> | null = null;
    const transact: typeof parts.transact = async (body) => {
      if (!first) {
        const written = parts.transact(body);
        first = written;
        return written;
      }
      await first;
      return parts.transact(async (work) => {
        await body(work);
        console.log('in hand');
        return new Promise(() => undefined);
      });
    };
    await workOnJob({ ...parts, transact }, jobId as Id<'SnapshotJob'>, { onError });
  },
});
createJobs({ database, url, tasks: { 'take-snapshots': task }, onError }).start();
