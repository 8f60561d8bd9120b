import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A process is idle when it uses less than this share of a core. */
const idleBelow = 0.03;
/** Growth of the heap that makes another collection worth its pause. Bytes. */
const worthwhile = 32 * 1_024 * 1_024;

type Collect = (options: { readonly type: 'major'; readonly execution: 'async'; readonly flavor: 'last-resort' }) => Promise<void>;

/** Collects garbage and gives the pages that it frees back to the operating system, which V8 does not do by itself while nothing is allocated. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  await collect({ type: 'major', execution: 'async', flavor: 'last-resort' });
}

/**
 * Keeps an idle process small: loading the program, or a burst of requests, leaves a heap twice as large as what is in use.
 * Looks from time to time, and collects when the process is idle and the heap has grown since the last collection.
 */
export function spareMemory({ lookEvery = 5_000 }: { readonly lookEvery?: number } = {}): { stop(): Promise<void> } {
  let held = 0;
  let before = { at: performance.now(), cpu: process.cpuUsage() };
  let collecting: Promise<void> | null = null;
  const look = (): void => {
    const { user, system } = process.cpuUsage(before.cpu);
    const elapsed = performance.now() - before.at;
    // A process that stood still, or waited for the machine, is not idle: it has work to catch up on.
    const share = elapsed > 2 * lookEvery ? 1 : (user + system) / 1_000 / elapsed;
    before = { at: performance.now(), cpu: process.cpuUsage() };
    if (collecting || share > idleBelow || process.memoryUsage().heapTotal < held + worthwhile) return;
    collecting = collectGarbage().then(() => {
      held = process.memoryUsage().heapTotal;
      collecting = null;
    });
  };
  const timer = setInterval(look, lookEvery);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await collecting;
    },
  };
}
