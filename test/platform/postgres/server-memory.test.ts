import { expect, test } from 'vitest';
import { memorySettings } from '../../../src/platform/postgres/server-memory.ts';

const gigabyte = 2 ** 30;

test.each([
  [gigabyte / 4, '128MB', '256MB'],
  [2 * gigabyte, '256MB', '1024MB'],
  [4 * gigabyte, '512MB', '2048MB'],
  [64 * gigabyte, '1024MB', '32768MB'],
])('on %d bytes the buffers are an eighth of the memory, within bounds', (bytes, buffers, cache) => {
  expect(memorySettings(bytes)).toEqual({ shared_buffers: buffers, effective_cache_size: cache });
});
