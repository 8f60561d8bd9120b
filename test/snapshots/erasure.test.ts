import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { crm } from '../accounts/arrange.ts';
import { openOffice, type Office } from '../erasure/arrange.ts';
import { create, read } from './arrange.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => office?.close());

const email = 'marla@example.com';

test('who is erased is gone from snapshots, too: as champion, as manager, and from texts; figures stay', async () => {
  const id = await office.account('acme');
  const { results } = await office.upsert('contacts', [{ account: { id }, externalRef: crm('marla'), name: 'Marla Quendel', email }]);
  await office.upsert('notes', [{ account: { id }, externalRef: crm('note'), noteType: 'CALL', content: 'Spoke with Marla Quendel', occurredAt: '2026-11-20T00:00:00Z' }]);
  await office.upsertAccounts([{ externalRef: crm('acme'), name: 'acme', revenue: { amountMinor: 5, currency: 'USD' }, csm: { name: 'Marla Quendel', email }, owner: { name: 'Olga', email: null }, primaryChampionId: results[0]?.id, onboardingStatus: `waits for ${email}` }]);
  const snapshotId = (await create(office, [id], { reason: `Marla Quendel wants it` })).snapshots[0]?.id ?? '';
  const before = await read(office, snapshotId);
  expect(before).toMatchObject({ primaryChampion: 'Marla Quendel', assignedCsm: 'Marla Quendel', onboardingStatus: `waits for ${email}`, recentNotes: [{ content: 'Spoke with Marla Quendel' }] });
  expect(await office.count(`select from account_snapshot s where s::text ilike '%marla%' and s.reason is not null`)).toBe(1);
  office.clock.advance(60_000);
  const receipt = await office.erase(email);
  expect(receipt).toMatchObject({ __typename: 'ErasureReceipt' });
  const after = await read(office, snapshotId);
  expect(after).toMatchObject({ primaryChampion: null, assignedCsm: null, accountOwner: 'Olga', onboardingStatus: 'waits for [erased]', reason: '[erased] wants it', recentNotes: [{ content: 'Spoke with [erased]' }], revenue: { amountMinor: 5 } });
  for (const table of ['account_snapshot', 'snapshot_run', 'account_version', 'account_inputs']) expect(await office.count(`select from ${table} t where t::text ilike '%marla%' or t::text ilike '%quendel%'`), table).toBe(0);
  // What was referred to shows that it is no longer what it was.
  expect(after['references']).toEqual(before['references']);
});
