import { expect, test } from 'vitest';
import { createCoalescer } from '../../src/platform/coalesce.ts';
import { Unavailable } from '../../src/platform/errors.ts';

/** A coalescer whose runs end when they are told to. */
function held(most = 10, fail: (items: readonly number[]) => unknown = () => null) {
  const runs: { key: string; items: readonly number[] }[] = [];
  const gates: (() => void)[] = [];
  const take = createCoalescer<number, string>(most, async (items, key) => {
    runs.push({ key, items });
    await new Promise<void>((resolve) => gates.push(resolve));
    const error = fail(items);
    if (error) throw error;
    return items.map((item) => `${key}${item}`);
  });
  /** Ends runs until none is left. */
  const release = async (): Promise<void> => {
    for (let idle = 0; idle < 5; idle += 1) {
      const gate = gates.shift();
      if (gate) idle = 0;
      gate?.();
      await Promise.resolve();
    }
  };
  return { take, runs, release };
}

test('a lone item goes at once; what comes meanwhile goes together, at most so many, in order', async () => {
  const { take, runs, release } = held(3);
  const results = [1, 2, 3, 4, 5, 6].map((item) => take('a', item));
  const other = take('b', 1);
  expect(runs).toEqual([{ key: 'a', items: [1] }, { key: 'b', items: [1] }]);
  await release();
  expect(await Promise.all(results)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
  expect(await other).toBe('b1');
  expect(runs.slice(2)).toEqual([{ key: 'a', items: [2, 3, 4] }, { key: 'a', items: [5, 6] }]);
});

test('one bad item fails alone', async () => {
  const { take, release } = held(10, (items) => (items.includes(3) ? new RangeError('three') : null));
  const results = Promise.allSettled([1, 2, 3, 4].map((item) => take('a', item)));
  for (let turn = 0; turn < 20; turn += 1) await release();
  expect(await results).toMatchObject([{ value: 'a1' }, { value: 'a2' }, { reason: { message: 'three' } }, { value: 'a4' }]);
});

test('when a part is away nobody is tried again here', async () => {
  const { take, runs, release } = held(10, (items) => (items.length > 1 ? new Unavailable('not now') : null));
  const results = Promise.allSettled([1, 2, 3].map((item) => take('a', item)));
  await release();
  expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(runs).toHaveLength(2);
});
