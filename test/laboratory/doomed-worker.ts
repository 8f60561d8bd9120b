import 'reflect-metadata';
import { replay, workOnRun } from '../../src/features/laboratory/index.ts';
import { FrozenClock } from '../../src/platform/clock.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';

// A process that works on a run, and stands still within the transaction of its third portion, until it is killed.
const [url = '', tenantId = '', runId = '', now = '', first = ''] = process.argv.slice(2);
const clock = new FrozenClock(now);
const database = await openDatabase({ url, connections: 4, clock, newId: createIds(clock), entities: [], onError: () => undefined });
let portions = 0;
const doomed: typeof replay = {
  ...replay,
  async replayPortion(work, run, portion) {
    const done = await replay.replayPortion(work, run, portion);
    portions += 1;
    if (portions < 3) return done;
    process.stdout.write('within the third portion\n');
    return new Promise<never>(() => setInterval(() => undefined, 1_000));
  },
};
await workOnRun({ database, replay: doomed, holder: crypto.randomUUID(), signal: new AbortController().signal, onError: () => undefined, firstPortion: Number(first) }, { tenantId: tenantId as Id<'Tenant'>, runId: runId as Id<'ExperimentRun'> });
