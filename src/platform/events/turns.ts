/** Lets a bounded number of tasks run at once; the others wait in the order in which they came. */
export interface Turns {
  take<Result>(task: () => Promise<Result>): Promise<Result>;
}

/** Makes turns for `atOnce` tasks. */
export function createTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return {
    async take(task) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
