import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCaches, type Cache } from '../../../src/platform/cache/caches.ts';
import { createInProcessStore } from '../../../src/platform/cache/in-process-store.ts';
import { createDoorbell, type Doorbell } from '../../../src/platform/postgres/doorbell.ts';
import { until } from '../../harness/program.ts';
import { openFixture, type Fixture } from '../postgres/fixture.ts';
import { cacheContract, newTenant, rows, Table, type StorePair } from './cache-contract.ts';

let fixture: Fixture;
let other: Doorbell;
let pair: StorePair;
beforeAll(async () => {
  fixture = await openFixture();
  other = createDoorbell(fixture.url, () => undefined);
  await until('both listen', () => fixture.database.doorbell.connected && other.connected);
  let rang = 0;
  other.listen('settled', () => void (rang += 1));
  pair = {
    here: createInProcessStore({ doorbell: fixture.database.doorbell }),
    there: createInProcessStore({ doorbell: other }),
    poison: null,
    async settled() {
      const before = rang;
      fixture.database.doorbell.ring('settled');
      await until('rings arrive', () => rang > before);
    },
  };
});
afterAll(async () => {
  await other?.close();
  await fixture?.close();
});

cacheContract('the process', () => pair);

it('answers from the source while rings could be missed, and has forgotten everything when they come again', async () => {
  const caches = createCaches(pair.there, [rows] as unknown as readonly Cache<never>[]);
  const [table, tenant] = [new Table(), newTenant()];
  table.content.set('a', 1);
  await table.ask(caches, tenant, ['a']);
  await table.ask(caches, tenant, ['a']);
  expect(table.asked).toHaveLength(1);
  await fixture.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'context-graph doorbell'`);
  await until('the connection is missed', () => !other.connected);
  table.content.set('a', 2);
  expect(await table.ask(caches, tenant, ['a'])).toEqual([{ id: 'a', value: 2 }]);
  await until('it is back', () => other.connected);
  table.content.set('a', 3);
  expect(await table.ask(caches, tenant, ['a'])).toEqual([{ id: 'a', value: 3 }]);
});

it('holds no more than it is given room for', async () => {
  const store = createInProcessStore({ doorbell: fixture.database.doorbell, mostCharacters: 1_000 });
  const caches = createCaches(store, []);
  const [table, tenant] = [new Table(), newTenant()];
  const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`);
  for (const key of keys) table.content.set(key, 1);
  await table.ask(caches, tenant, keys);
  table.asked.length = 0;
  await table.ask(caches, tenant, keys);
  expect(table.asked[0]?.length).toBeGreaterThan(80);
  store.close();
});

it('a mark stays when a key of its group is forgotten', async () => {
  const doorbell = { connected: true, ring: (channel: string) => heard.get(channel)?.(), listen: (channel: string, hear: () => void) => { heard.set(channel, hear); return () => undefined; } };
  const heard = new Map<string, () => void>();
  const store = createInProcessStore({ doorbell });
  const [mark, answer] = ['asked:rows:{t}:a', 'rows:{t}:a'] as const;
  const { fill } = await store.lookup([]);
  await fill([{ key: mark, text: '1', seconds: 60, isMark: true }, { key: answer, text: '{}', seconds: 60 }], performance.now());
  for (const forget of heard.values()) forget();
  expect((await store.lookup([mark, answer])).texts).toEqual(['1', null]);
});
