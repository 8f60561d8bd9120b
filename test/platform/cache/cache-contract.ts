import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCaches, staleBy, type Cache, type Caches } from '../../../src/platform/cache/caches.ts';
import { cacheKey, type CacheStore } from '../../../src/platform/cache/cache-store.ts';
import { defineEvent } from '../../../src/platform/events/event.ts';
import type { Id } from '../../../src/platform/ids.ts';
import { metric } from '../../harness/live-client.ts';
import { until } from '../../harness/program.ts';

/** Two processes' stores over one and the same place. */
export interface StorePair {
  readonly here: CacheStore;
  readonly there: CacheStore;
  /** Puts a text behind a key, past the cache; null where nobody could. */
  readonly poison: ((key: string, text: string) => Promise<unknown>) | null;
  /** Waits until what one process forgets is forgotten by the other. */
  settled(): Promise<void>;
}

/** A row as a feature would keep it. */
interface Row {
  readonly id: string;
  readonly value: number;
}

const changed = defineEvent('row.changed', 1, 'A row changed, for tests of caches.', z.strictObject({ id: z.string() }));
const row = z.strictObject({ id: z.string(), value: z.number() });
export const rows: Cache<Row | null> = { name: 'test_rows', seconds: 60, schema: row.nullable(), staleBy: [staleBy(changed, ({ id }) => [id])] };
const declared = [rows] as unknown as readonly Cache<never>[];

/** The tenant of a test: nobody else's keys. */
export const newTenant = (): Id<'Tenant'> => randomUUID() as Id<'Tenant'>;
const fact = (id: string) => ({ kind: changed.kind, accountId: null, data: { id } });

/** A table of rows that counts what it is asked. */
export class Table {
  readonly asked: string[][] = [];
  readonly content = new Map<string, number>();
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();

  /** Asks for keys through a cache, from a snapshot taken now or at an instant told. */
  async ask(caches: Caches, tenantId: Id<'Tenant'>, keys: readonly string[], openedAt: number | null = null, cache: Cache<Row | null> = rows): Promise<readonly (Row | null)[]> {
    return caches.through(cache, {
      tenantId,
      keys,
      openedAt: () => openedAt,
      load: async (places) => {
        const own = places.map((place) => keys[place] ?? '');
        this.asked.push(own);
        const seen = own.map((id) => this.content.get(id));
        await this.gate;
        return seen.map((value, index) => (value === undefined ? null : { id: own[index] ?? '', value }));
      },
    });
  }
}

function newGate(): { gate: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  return { gate, open };
}

/** What every place for cached answers must do. */
export function cacheContract(name: string, pair: () => StorePair): void {
  describe(`caches in ${name}`, () => {
    let here: Caches;
    let there: Caches;
    beforeAll(() => {
      here = createCaches(pair().here, declared);
      there = createCaches(pair().there, declared);
    });

    /** Asks until a key is answered without the table: filling is not waited for. */
    const kept = (table: Table, caches: Caches, tenant: Id<'Tenant'>, key: string): Promise<true> =>
      until(`${key} is kept`, async () => {
        const before = table.asked.length;
        await table.ask(caches, tenant, [key]);
        return table.asked.length === before;
      });

    it('answer once from the source and then by themselves, in the order asked, with one load for all that is missing', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      for (const [id, value] of [['a', 1], ['b', 2], ['c', 3]] as const) table.content.set(id, value);
      expect(await table.ask(here, tenant, ['b'])).toEqual([{ id: 'b', value: 2 }]);
      await kept(table, here, tenant, 'b');
      table.asked.length = 0;
      const [hits, misses] = [await metric('cache_hits_total'), await metric('cache_misses_total')];
      expect(await table.ask(here, tenant, ['a', 'b', 'c'])).toEqual([{ id: 'a', value: 1 }, { id: 'b', value: 2 }, { id: 'c', value: 3 }]);
      expect(table.asked).toEqual([['a', 'c']]);
      expect([await metric('cache_hits_total') - hits, await metric('cache_misses_total') - misses]).toEqual([1, 2]);
    });

    it('never show one tenant what another has', async () => {
      const [table, ours, theirs] = [new Table(), newTenant(), newTenant()];
      table.content.set('a', 1);
      await kept(table, here, theirs, 'a');
      table.content.set('a', 2);
      expect(await table.ask(here, ours, ['a'])).toEqual([{ id: 'a', value: 2 }]);
      expect(await table.ask(here, theirs, ['a'])).toEqual([{ id: 'a', value: 1 }]);
    });

    it('forget in every process what a fact makes stale, and nothing else of that tenant', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      table.content.set('a', 1).set('b', 1);
      for (const caches of [here, there]) for (const id of ['a', 'b']) await kept(table, caches, tenant, id);
      table.content.set('a', 2).set('b', 2);
      await here.forget(tenant, [fact('a'), { kind: 'something.else', accountId: null, data: {} }]);
      expect(await table.ask(here, tenant, ['a'])).toEqual([{ id: 'a', value: 2 }]);
      await pair().settled();
      expect(await table.ask(there, tenant, ['a', 'b'])).toEqual([{ id: 'a', value: 2 }, { id: 'b', value: 1 }]);
    });

    it('do not keep what was read before the change and answered after it', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      table.content.set('a', 1).set('b', 1);
      // From now on the place knows how to fill, and does so in the order of the questions.
      await kept(table, here, tenant, 'b');
      table.asked.length = 0;
      const { gate, open } = newGate();
      table.gate = gate;
      const slow = table.ask(here, tenant, ['a']);
      await until('the old row is loaded', () => table.asked.length === 1);
      table.content.set('a', 2);
      await here.forget(tenant, [fact('a')]);
      open();
      expect(await slow).toEqual([{ id: 'a', value: 1 }]);
      // More than once: filling is not waited for, and must not come late either.
      for (let times = 0; times < 5; times += 1) expect(await table.ask(here, tenant, ['a'])).toEqual([{ id: 'a', value: 2 }]);
      expect(await table.ask(there, tenant, ['a'])).toEqual([{ id: 'a', value: 2 }]);
    });

    it('do not keep rows of a snapshot that is older than the change, although they were asked for after it', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      const snapshot = performance.now();
      await until('the clocks have moved on', () => performance.now() > snapshot + 5);
      await here.forget(tenant, [fact('a')]);
      await pair().settled();
      table.content.set('a', 1);
      expect(await table.ask(here, tenant, ['a'], snapshot)).toEqual([{ id: 'a', value: 1 }]);
      expect(await table.ask(there, tenant, ['a'], snapshot)).toEqual([{ id: 'a', value: 1 }]);
      table.content.set('a', 2);
      expect(await table.ask(here, tenant, ['a'])).toEqual([{ id: 'a', value: 2 }]);
      await kept(table, here, tenant, 'a');
    });

    it('load once however many ask at the same time, and go on when the one who loads fails', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      table.content.set('a', 1);
      const first = newGate();
      table.gate = first.gate;
      const many = Array.from({ length: 20 }, () => table.ask(here, tenant, ['a']));
      await until('it is loaded', () => table.asked.length === 1);
      first.open();
      expect(await Promise.all(many)).toEqual(many.map(() => [{ id: 'a', value: 1 }]));
      expect(table.asked).toEqual([['a']]);

      const { gate, open } = newGate();
      const failing = here.through(rows, { tenantId: tenant, keys: ['z'], openedAt: () => null, load: async () => gate.then(() => Promise.reject(new Error('the read is closed'))) });
      const joined = table.ask(here, tenant, ['z']);
      open();
      await expect(failing).rejects.toThrow('the read is closed');
      expect(await joined).toEqual([null]);
    });

    it('give askers the same answer, which none of them can change', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      table.content.set('a', 1);
      await kept(table, here, tenant, 'a');
      const [[one], [other]] = [await table.ask(here, tenant, ['a']), await table.ask(here, tenant, ['a'])];
      expect(one).toEqual(other);
      expect(() => Object.assign(one ?? {}, { value: 2 })).toThrow(TypeError);
    });

    it('ask again for what was not there, unless absence is kept', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      await table.ask(here, tenant, ['none']);
      await table.ask(here, tenant, ['none']);
      expect(table.asked).toHaveLength(2);
      const keeping = { ...rows, name: 'test_absent', keepsAbsence: true };
      await until('absence is kept', async () => {
        const before = table.asked.length;
        expect(await table.ask(here, tenant, ['none'], null, keeping)).toEqual([null]);
        return table.asked.length === before;
      });
    });

    it('take what does not have the present shape for not there', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      table.content.set('a', 1);
      const older = { ...rows, schema: z.looseObject({}) as unknown as Cache<Row | null>['schema'] };
      await until('the older shape is kept', async () => {
        let asked = false;
        await here.through(older, { tenantId: tenant, keys: ['a'], openedAt: () => null, load: async () => ((asked = true), [{ name: 'of an older program' } as unknown as Row]) });
        return !asked;
      });
      expect(await table.ask(here, tenant, ['a'])).toEqual([{ id: 'a', value: 1 }]);
      const { poison } = pair();
      if (!poison) return;
      for (const text of ['=not json', '=', '', 'x', '={"id":"a","value":"1"}', '=null,']) {
        await poison(cacheKey(rows.name, tenant, 'a'), text);
        expect(await table.ask(here, tenant, ['a'])).toEqual([{ id: 'a', value: 1 }]);
      }
    });

    it('load again what readers asked for lately, or everything that is named; of what is there nothing', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      const refreshed = { ...rows, name: 'test_refreshed', refreshes: true };
      const own = createCaches(pair().here, [refreshed] as unknown as readonly Cache<never>[]);
      table.content.set('asked', 1).set('cold', 1);
      const reload = (all: boolean): Promise<number> => own.reload(refreshed, {
        tenantId: tenant, keys: ['asked', 'cold'], openedAt: () => null,
        load: async (places) => places.map((place) => { const id = ['asked', 'cold'][place] ?? ''; return { id, value: table.content.get(id) ?? 0 }; }),
      }, { all });
      await until('it is kept', async () => {
        const before = table.asked.length;
        await table.ask(own, tenant, ['asked'], null, refreshed);
        return table.asked.length === before;
      });
      expect(await reload(false)).toBe(0);
      table.content.set('asked', 2);
      // What is forgotten in the millisecond of a snapshot is not kept from it.
      await until('it is loaded again', async () => {
        await own.forget(tenant, [fact('asked')]);
        await pair().settled();
        expect(await reload(false)).toBe(1);
        const before = table.asked.length;
        expect(await table.ask(own, tenant, ['asked'], null, refreshed)).toEqual([{ id: 'asked', value: 2 }]);
        return table.asked.length === before;
      });
      expect(await reload(true)).toBe(1);
    });

    it('let answers go when their time is over', async () => {
      const [table, tenant] = [new Table(), newTenant()];
      table.content.set('a', 1);
      const brief = { ...rows, name: 'test_brief', seconds: 1 };
      await table.ask(here, tenant, ['a'], null, brief);
      table.content.set('a', 2);
      await until('the new row is shown', async () => (await table.ask(here, tenant, ['a'], null, brief))[0]?.value === 2);
    });
  });
}
