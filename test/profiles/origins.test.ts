import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteProfileItem, type Deletion } from '../../src/features/profiles/delete-profile-item.ts';
import { orphanFields, saveProfileAsset, updateProfileFields } from '../../src/features/profiles/index.ts';
import type { SourceItem } from '../../src/features/profiles/source-items.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { openVault, uuidOf, type Vault } from './vault.ts';

let vault: Vault;
beforeAll(async () => {
  // The scheduler stays out: the job runs when a test says so.
  vault = await openVault({ roles: ['api'] });
});
afterAll(() => vault.close());

type Status = 'ACTIVE' | 'SUPERSEDED' | 'EXPIRED' | 'ORPHANED';
/** An item of a profile: a document, or a version of a field with the places of its sources, which stand before it. */
type Item = { readonly kind: 'asset' } | { readonly kind: 'field'; readonly sources: readonly number[]; readonly status: Status };
type Profile = readonly Item[];

const profiles: fc.Arbitrary<Profile> = fc.integer({ min: 2, max: 10 }).chain((size) =>
  fc.tuple(...Array.from({ length: size }, (_, place): fc.Arbitrary<Item> => {
    const field = fc.record({
      kind: fc.constant('field' as const),
      sources: place === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(place - 1), { maxLength: 3 }),
      status: fc.constantFrom<Status>('ACTIVE', 'ACTIVE', 'ACTIVE', 'SUPERSEDED', 'SUPERSEDED', 'EXPIRED', 'ORPHANED'),
    });
    return place < 2 ? fc.oneof(fc.constant({ kind: 'asset' as const }), field) : field;
  })),
);

/** Whether an item stands, by the definition: it is there, is not orphaned, and has an origin. */
function stands(profile: Profile, place: number, gone: number | null): boolean {
  const item = profile[place];
  if (!item || place === gone) return false;
  if (item.kind === 'asset') return true;
  return item.status !== 'ORPHANED' && (item.sources.length === 0 || item.sources.some((source) => stands(profile, source, gone)));
}
const isBelow = (profile: Profile, place: number, top: number): boolean => {
  const item = profile[place];
  return item?.kind === 'field' && item.sources.some((source) => source === top || isBelow(profile, source, top));
};
const isLost = (profile: Profile, place: number, gone: number | null): boolean => {
  const item = profile[place];
  return place !== gone && item?.kind === 'field' && item.status === 'ACTIVE' && !stands(profile, place, gone);
};
const orphaned = (profile: Profile, gone: number | null): Profile => profile.map((item, place) => (item.kind === 'field' && isLost(profile, place, gone) ? { ...item, status: 'ORPHANED' } : item));

const transact = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => vault.database.transact({ tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, body);
const job = (): Promise<number> => orphanFields(vault.database, { actor: { kind: 'system', id: 'scheduler' }, requestId: 'test' });
let accounts = 0;

async function put(work: Work, account: string, name: string, sourceItems: readonly SourceItem[]): Promise<SourceItem> {
  const [result] = await updateProfileFields(work, vault.seal, [{ accountId: account as Id<'Account'>, name, value: 'x', source: 'SYSTEM', sourceItems, path: [] }]);
  if (!result || result instanceof Error) throw result ?? new Error('nothing was stored');
  return { type: 'ProfileField', id: result.id };
}
/** Stores a profile of an account of its own. */
async function store(profile: Profile): Promise<SourceItem[]> {
  const account = uuidOf(await vault.account(`origins-${(accounts += 1)}`));
  const items: SourceItem[] = [];
  await transact(async (work) => {
    for (const [place, item] of profile.entries()) {
      if (item.kind === 'asset') items.push({ type: 'ProfileAsset', id: await saveProfileAsset(work, vault.seal, { accountId: account as Id<'Account'>, name: `asset ${place}`, text: 'x' }) });
      else items.push(await put(work, account, `f_${place}`, item.sources.flatMap((source) => items[source] ?? [])));
    }
    for (const [place, item] of profile.entries()) if (item.kind === 'field' && item.status === 'SUPERSEDED') await put(work, account, `f_${place}`, []);
  });
  for (const [place, item] of profile.entries()) {
    if (item.kind === 'field' && (item.status === 'EXPIRED' || item.status === 'ORPHANED')) await vault.rows('update profile_field set status = $2 where id = $1', [items[place]?.id, item.status]);
  }
  return items;
}
const statuses = async (items: readonly SourceItem[]): Promise<(string | null)[]> => {
  const rows = new Map((await vault.rows('select id, status from profile_field where id = any($1)', [items.map(({ id }) => id)])).map((row) => [String(row['id']), String(row['status'])]));
  return items.map(({ id }) => rows.get(id) ?? null);
};
const statusesOf = (profile: Profile, gone: number | null = null): (string | null)[] => profile.map((item, place) => (item.kind === 'asset' || place === gone ? null : item.status));
const remove = (item: SourceItem, dryRun: boolean): Promise<Deletion> => transact((work) => deleteProfileItem(work, item as Parameters<typeof deleteProfileItem>[1], { force: true, dryRun }));

test('dry run, forced deletion and job orphan what a model in memory says, and nothing else', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(profiles, fc.nat(), async (given, pick) => {
      const [items, copies] = [await store(given), await store(given)];
      const gone = pick % given.length;
      await job();
      const profile = orphaned(given, null);
      expect(await statuses(items)).toEqual(statusesOf(profile));

      const item = items[gone] as SourceItem;
      const lost = profile.flatMap((_, place) => (isLost(profile, place, gone) && isBelow(profile, place, gone) ? [items[place]?.id] : []));
      const told = await remove(item, true);
      expect(told).toMatchObject({ outcome: 'DELETED', deleted: false });
      expect(told.outcome === 'DELETED' ? told.orphaned.map(({ id }) => id) : null).toEqual(lost);
      expect(await statuses(items)).toEqual(statusesOf(profile));
      expect(await remove(item, false)).toEqual({ ...told, deleted: true });
      const after = statusesOf(orphaned(profile, gone), gone);
      expect(await statuses(items)).toEqual(after);
      expect(await job()).toBe(0);

      // What vanished otherwise, the job finds out.
      const copy = copies[gone] as SourceItem;
      await vault.rows('delete from lineage_edge where from_id = $1 or to_id = $1', [copy.id]);
      await vault.rows(`delete from ${copy.type === 'ProfileAsset' ? 'profile_asset' : 'profile_field'} where id = $1`, [copy.id]);
      expect(await job()).toBe(lost.length);
      expect(await statuses(copies)).toEqual(after);
    }),
    { numRuns: 25 },
  );
});

/** A chain of versions of two fields, each derived from the one before; all but the last two are superseded. Then a leaf. */
async function chain(levels: number): Promise<{ asset: SourceItem; last: SourceItem }> {
  const account = uuidOf(await vault.account(`deep-${(accounts += 1)}`));
  return transact(async (work) => {
    const asset: SourceItem = { type: 'ProfileAsset', id: await saveProfileAsset(work, vault.seal, { accountId: account as Id<'Account'>, name: 'root', text: 'x' }) };
    let last = asset;
    for (let level = 0; level < levels; level += 1) last = await put(work, account, level % 2 === 0 ? 'even' : 'odd', [last]);
    return { asset, last: await put(work, account, 'leaf_last', [last]) };
  });
}

test('however deep: 1,100 levels below a document, the last fields are named and orphaned', { timeout: 120_000 }, async () => {
  const { asset, last } = await chain(1_100);
  const told = await remove(asset, true);
  expect(told.outcome === 'DELETED' ? told.orphaned.map(({ name }) => name) : null).toEqual(['even', 'odd', 'leaf_last']);
  expect(await remove(asset, false)).toEqual({ ...told, deleted: true });
  expect(await statuses([last])).toEqual(['ORPHANED']);
  expect(await job()).toBe(0);
});

test('the job looks through versions that were superseded', async () => {
  const { asset, last } = await chain(30);
  await vault.rows('delete from lineage_edge where from_id = $1', [asset.id]);
  await vault.rows('delete from profile_asset where id = $1', [asset.id]);
  expect(await job()).toBe(3);
  expect(await statuses([last])).toEqual(['ORPHANED']);
});
