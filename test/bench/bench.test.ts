import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { goals } from './goals.ts';
import type { Results } from './results.ts';

const run = promisify(execFile);
/** Every section but those that need Kafka or many facts; each works by itself. */
const only = ['reads', 'context', 'lineage', 'ingest', 'profiles', 'snapshots', 'fan-out'];
const tiny = { accounts: 100, signals: 6_000, requests: 10, seconds: 1, rounds: 1, foreign: 1, bulk: 1_000, single: 100, profiles: 60, subscribers: 10, events: 2 };

test('the bench runs on tiny data, finds equal answers, and its page names every goal', { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-bench-test-'));
  const [json, page] = [join(folder, 'results.json'), join(folder, 'performance.md')];
  try {
    const flags = Object.entries({ ...tiny, only: only.join(','), json, write: page }).flatMap(([name, value]) => [`--${name}`, String(value)]);
    await run(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'main.ts'), ...flags], { maxBuffer: 2 ** 24 });
    const { measures } = JSON.parse(await readFile(json, 'utf8')) as Results;
    const names = measures.map(({ name }) => name);
    for (const section of only) expect(names.filter((name) => name.startsWith(`${section}.`))).not.toEqual([]);
    for (const { contestants } of measures) for (const figures of Object.values(contestants)) expect(figures.perSecond).toBeGreaterThan(0);
    const lines = (await readFile(page, 'utf8')).split('\n');
    for (const { title, measure } of goals) {
      const row = lines.find((line) => line.startsWith(`| ${title} |`));
      expect(row, title).toBeDefined();
      if (!names.includes(measure)) expect(row).toContain('not measured');
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
