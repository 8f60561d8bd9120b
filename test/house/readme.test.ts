import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const read = (name: string): Promise<string> => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');

test('the configuration table names every variable that the program reads', async () => {
  const [readme, config] = await Promise.all([read('README.md'), read('src/app/config.ts')]);
  const variables = [...config.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name = '']) => name);
  expect(variables.length).toBeGreaterThan(10);
  expect(variables.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
