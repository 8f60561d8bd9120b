import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { changeSignals } from '../../src/features/connectors/change-signals.ts';

test('docs/connectors.md has the table of changes that are signals, row by row', async () => {
  const page = await readFile(new URL('../../docs/connectors.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Which change is which signal'), page.indexOf('## Origin classes'));
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(Object.values(changeSignals).map(({ source, change, type }) => `| \`${source}\` | ${change} | \`${type}\` |`));
});
