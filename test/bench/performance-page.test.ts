import { expect, test } from 'vitest';
import { mergePage, writePage } from './performance-page.ts';
import type { Measure, Results } from './results.ts';

const measure = (title: string, cpu: number): Measure => ({ name: `x.${title}`, title, unit: 'request', contestants: { program: { cpu, perSecond: 1 } }, rounds: [{ program: { cpu, perSecond: 1 } }], discarded: 0, foreign: 0, isQuiet: true });
const run = (commit: string, measures: readonly Measure[]): Results => ({ takenAt: '2026-11-30T00:00:00Z', commit, machine: 'a machine', load: { atStart: '0', atEnd: '0' }, flags: { rounds: 2 }, sections: ['x'], measures, tables: [{ section: 'x', title: 'A table', headings: ['a'], rows: [[1]] }], notes: [] });

test('a run of some sections replaces their measures on the page, and leaves the others', () => {
  const page = writePage(run('first', [measure('One', 1), measure('Two', 2)]));
  const merged = mergePage(page, run('second', [measure('Two', 3), measure('Three', 4)]));
  expect([...merged.matchAll(/^#+ .*$/gm)].map(([heading]) => heading)).toEqual(['# Performance', '## Goals', '## Measures', '### One', '### Two', '### Three', '## Further tables', '### A table']);
  expect(merged.split('### Two')[0]).toBe(page.split('### Two')[0]);
  expect(merged).toMatch(/### Two\n\nMeasured on 2026-11-30 at commit `second`/);
  expect(merged.split('## Further tables')[1]).toBe(page.split('## Further tables')[1]);
  expect(mergePage(merged, run('second', [measure('Two', 3), measure('Three', 4)]))).toBe(merged);
});
