import { expect, test } from 'vitest';
import { collectGarbage } from '../../src/platform/spare-memory.ts';

/** Fills the heap, and lets go of it. */
function burst(): number {
  const rows = Array.from({ length: 400_000 }, (_, index) => ({ index, text: `row ${index}`, list: [index, index + 1] }));
  return process.memoryUsage().heapTotal + rows.length - rows.length;
}

test('what a burst left on the heap goes back to the operating system', async () => {
  await collectGarbage();
  const before = process.memoryUsage().heapTotal;
  const full = burst();
  await collectGarbage();
  const after = process.memoryUsage().heapTotal;
  expect(full - before).toBeGreaterThan(30_000_000);
  expect(after - before).toBeLessThan((full - before) / 4);
});
