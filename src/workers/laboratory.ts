import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { laboratoryOf } from '../platform/postgres/doorbell.ts';
import type { Database } from '../platform/postgres/database.ts';
import { dueRuns, relayFacts, replay, workOnRun, type Replay } from '../features/laboratory/index.ts';

/** What the workers of the laboratory take. */
export interface LaboratoryOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** How runs are replayed; the laboratory's own when absent. */
  readonly replay?: Replay;
  /** How often it is looked for work when no doorbell rings, in milliseconds. */
  readonly lookEvery?: number;
}

/** A part that runs until it is stopped. */
export interface RunningPart {
  stop(): Promise<void>;
}

/** Runs experiments one after the other: claims what waits, or what a lost worker held. One run at a time for each process. */
export function startLaboratory({ database, clock, log, replay: how = replay, lookEvery = 2_000 }: LaboratoryOptions): RunningPart {
  const holder = randomUUID();
  const onError = (error: unknown, fields: Readonly<Record<string, unknown>> = {}): void => log.error({ error, ...fields }, 'experiment run failed');
  return repeat(database, lookEvery, async (signal) => {
    const found = await database.labUnbound((sql) => dueRuns(sql, { at: clock.now().toISOString(), most: 20 }));
    let done = 0;
    for (const run of found) {
      if (signal.aborted) return 0;
      const end = await workOnRun({ database, replay: how, holder, signal, onError }, run);
      if (end !== null) log.info({ ...run, end }, 'experiment run ended');
      // One that was given back after an error waits for the next round.
      if (end === 'COMPLETED' || end === 'FAILED') done += 1;
    }
    return done;
  }, (error) => onError(error));
}

/** Takes the facts of the laboratory into production's log. */
export function startLaboratoryRelay({ database, log, lookEvery = 5_000 }: Pick<LaboratoryOptions, 'database' | 'log' | 'lookEvery'>): RunningPart {
  return repeat(database, lookEvery, () => relayFacts(database), (error) => log.error({ error }, 'laboratory facts not relayed'));
}

/** Works when the doorbell of the laboratory rings, and from time to time; at once again while there is work. */
function repeat(database: Pick<Database, 'doorbell'>, lookEvery: number, work: (signal: AbortSignal) => Promise<number>, onError: (error: unknown) => void): RunningPart {
  const ending = new AbortController();
  let ring = Promise.withResolvers<void>();
  const unlisten = database.doorbell.listenAll(laboratoryOf, () => ring.resolve());
  const loop = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const rang = ring.promise;
      const done = await work(ending.signal).catch((error: unknown) => {
        onError(error);
        return 0;
      });
      if (done > 0 || ending.signal.aborted) continue;
      await Promise.race([rang, wait(lookEvery, undefined, { signal: ending.signal, ref: false }).catch(() => undefined)]);
      ring = Promise.withResolvers<void>();
    }
  };
  const running = loop();
  return {
    async stop() {
      ending.abort();
      unlisten();
      await running;
    },
  };
}
