import { setTimeout as timer } from 'node:timers/promises';

/** Waits; a signal ends the wait early, without an error. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await timer(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined);
}

/** How long to wait after the n-th failure in a row: doubling from `first` up to `most` milliseconds, give or take a quarter. */
export function growingPause(failures: number, bounds: { readonly first: number; readonly most: number }): number {
  const length = Math.min(bounds.most, bounds.first * 2 ** Math.min(failures - 1, 30));
  // Scattered, so that those who failed together do not come back together.
  return length * (0.75 + Math.random() / 2);
}
