import { statfs } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedFault } from './embedded-fault.ts';
import type { ServerProcess } from './server-process.ts';

/** Told of what becomes of a server that ended by itself. */
export interface ServerEvents {
  /** It ended and runs again. */
  onRestart?(event: { readonly endedAfterSeconds: number; readonly restartSeconds: number }): void;
  /** It cannot run because its disk is full; it is tried again until there is space. */
  onDiskFull?(): void;
  /** It ended so often that it is not started again. */
  onGiveUp?(fault: EmbeddedFault): void;
}

/** A server that is started again when it ends by itself. */
export interface KeptServer {
  readonly port: number;
  /** Whether it stands still because its disk is full. */
  readonly diskFull: boolean;
  stop(): Promise<void>;
}

/** More ends than this within the window are not an accident. */
const mostEnds = 5;
const window = 120_000;
/** How often a server whose disk is full is tried again. Milliseconds. */
const diskFullPause = 2_000;
/** Below this the server cannot even write down that it starts. Bytes. */
const leastSpace = 1_048_576;

/** Watches a server and starts it again on its port: the addresses that the program holds stay right. */
export function keepRunning(first: ServerProcess, { start, data, events }: { readonly start: () => Promise<ServerProcess>; readonly data: string; readonly events: ServerEvents }): KeptServer {
  let server = first;
  let startedAt = performance.now();
  let diskFull = false;
  let stopping = false;
  let reviving: Promise<void> | null = null;
  const ends: number[] = [];

  const giveUp = (why: string): void => events.onGiveUp?.(new EmbeddedFault('SERVER_FAILED', `PostgreSQL ended by itself and cannot be kept running: ${why}. The data is in ${data}.`));

  const revive = async (): Promise<void> => {
    const ended = performance.now();
    const endedAfterSeconds = Math.round((ended - startedAt) / 1_000);
    ends.push(ended);
    while (ends[0] !== undefined && ended - ends[0] > window) ends.shift();
    if (!(await isFull(data, server.lastLines)) && ends.length > mostEnds) return giveUp(`it ended ${ends.length} times within ${window / 1_000} seconds`);
    for (;;) {
      if (stopping) return;
      try {
        server = await start();
        startedAt = performance.now();
        diskFull = false;
        watch();
        return events.onRestart?.({ endedAfterSeconds, restartSeconds: Math.round((startedAt - ended) / 100) / 10 });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (!(await isFull(data, [message]))) return giveUp(message);
        if (!diskFull) events.onDiskFull?.();
        diskFull = true;
        await wait(diskFullPause, undefined, { ref: false });
      }
    }
  };
  const watch = (): void => {
    const { ended } = server;
    void ended.then(() => {
      if (!stopping) reviving = revive();
    });
  };
  watch();

  return {
    port: first.port,
    get diskFull() {
      return diskFull;
    },
    async stop() {
      stopping = true;
      await reviving;
      await server.stop();
    },
  };
}

async function isFull(data: string, said: readonly string[]): Promise<boolean> {
  if (said.some((line) => line.includes('No space left on device') || line.includes('Disk quota exceeded'))) return true;
  const { bavail, bsize } = await statfs(data).catch(() => ({ bavail: Number.MAX_SAFE_INTEGER, bsize: 1 }));
  return bavail * bsize < leastSpace;
}
