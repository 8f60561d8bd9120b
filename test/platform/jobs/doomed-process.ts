import { z } from 'zod';
import { systemClock } from '../../../src/platform/clock.ts';
import { createIds } from '../../../src/platform/ids.ts';
import { createJobs } from '../../../src/platform/jobs/jobs.ts';
import { defineTask } from '../../../src/platform/jobs/task.ts';
import { openDatabase } from '../../../src/platform/postgres/database.ts';

/** A process that takes a job of one task in hand and never finishes it. Arguments: database URL, task. */
const [url = '', task = ''] = process.argv.slice(2);
const onError = (error: unknown): void => console.error(error);
const database = await openDatabase({ url, connections: 2, clock: systemClock, newId: createIds(systemClock), entities: [], onError });
const endless = defineTask({
  payload: z.unknown(),
  async handle() {
    console.log('in hand');
    await new Promise(() => undefined);
  },
});
createJobs({ database, url, tasks: { [task]: endless }, onError }).start();
