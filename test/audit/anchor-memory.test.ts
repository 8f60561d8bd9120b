import { expect, test } from 'vitest';
import { AnchorMemory, type Anchor } from '../../src/features/audit/index.ts';

test('anchors are remembered in bounds: every chain keeps its last, and any contradiction', () => {
  const memory = new AnchorMemory(100);
  const made = (sequence: number, byte = 1): Anchor => ({ sequence, hash: Buffer.alloc(32, byte), anchoredAt: '2026-11-21T09:00:00.000Z', keyId: 'k', signature: Buffer.alloc(64) });
  for (let sequence = 500; sequence > 0; sequence -= 1) {
    memory.add('long', made(sequence));
    memory.add('long', made(sequence));
  }
  for (let tenant = 0; tenant < 40; tenant += 1) for (const sequence of [3, 1, 2]) memory.add(`short ${tenant}`, made(sequence));
  memory.add('short 7', made(3, 2));
  const lists = memory.tenants().map((tenant) => memory.of(tenant));
  expect(lists.length).toBe(41);
  expect(lists.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(100);
  expect(memory.of('long').at(-1)?.sequence).toBe(500);
  expect(lists.slice(1).every((list) => list.at(-1)?.sequence === 3)).toBe(true);
});
