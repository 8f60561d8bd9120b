import { readdir } from 'node:fs/promises';
import { Migration } from '@mikro-orm/migrations';
import { expect, test } from 'vitest';
import { landed } from '../../migrations/landed.ts';
import { migrations } from '../../migrations/index.ts';
import { landedFaults } from '../../src/platform/postgres/step-checksum.ts';
import { fixtures } from '../upgrade/fixtures.ts';

class Changed extends Migration {
  override up(): void {
    this.addSql('select 1');
  }
}

test('no landed migration was changed, removed or moved', () => {
  expect(Object.keys(landed.steps).length).toBeGreaterThan(15);
  expect(landedFaults(landed.steps, migrations)).toEqual([]);
});

test('a change, a removal and a move are found', () => {
  const [first, second, third, ...rest] = migrations;
  if (!first || !second || !third) throw new Error('there are too few steps');
  expect(landedFaults(landed.steps, [first, { ...second, class: Changed }, third, ...rest])).toEqual(['0002-accounts has landed and was changed. Undo the change and add a new step.']);
  expect(landedFaults(landed.steps, [first, third, ...rest])).toEqual(['0002-accounts has landed and is no longer listed.']);
  expect(landedFaults(landed.steps, [second, first, third, ...rest])).toEqual(['Landed steps changed places.']);
  expect(landedFaults(landed.steps, [...migrations, { name: '9999-new', class: Changed }])).toEqual([]);
});

test('every file in /migrations belongs to a listed step', async () => {
  const files = (await readdir(new URL('../../migrations/', import.meta.url))).filter((name) => /^\d{4}-/.test(name)).map((name) => name.slice(0, 4));
  expect([...new Set(files)].toSorted()).toEqual([...new Set(migrations.map(({ name }) => name.slice(0, 4)))].toSorted());
});

test('each landed version has its fixture', async () => {
  const names = (await fixtures()).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(landed.schemas.map(({ last }) => last)));
  // The newest landed step, too, so that no landing forgets to make one.
  expect(names).toContain(Object.keys(landed.steps).at(-1));
});
