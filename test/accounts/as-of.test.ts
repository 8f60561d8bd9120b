import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountRecords } from '../../src/features/accounts/index.ts';
import { arrange, crm, samples, type Arranged } from './arrange.ts';

const hour = 3_600_000;
let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

// AccountAsOf of the acceptance file, without profile and latestSnapshot (later rooms), and with everything there is below.
const accountAsOf = `query AccountAsOf($id: ID!, $at: DateTime) { account(id: $id, asOf: $at) {
  id: presentId name industry isStub externalRefs { system id } recordedAt
  intent { ... on IntentScore { value band computedAt contributions { points signal { id } } history { totalCount } } ... on NoScore { reason } }
  primaryChampion { name } weeklySummary { status }
  signals(first: 100) { totalCount edges { node { id type } } }
  ${accountRecords.map(({ plural, paged }) => {
    const fields = Object.entries(samples[plural]?.[0] ?? {}).map(([name, value]) => `${name}${value !== null && typeof value === 'object' && !Array.isArray(value) ? ` { ${Object.keys(value).join(' ')} }` : ''}`);
    return paged ? `${plural}(first: 10) { totalCount edges { node { id: presentId ${fields.join(' ')} } } }` : `${plural} { id: presentId ${fields.join(' ')} }`;
  }).join('\n')}
} }`;
const look = async (id: string, at?: string): Promise<Record<string, unknown> | null> => (await program.see<{ account: Record<string, unknown> | null }>(accountAsOf, { id, at: at ?? null })).account;
const instant = (): string => program.clock.now().toISOString();

test('every nested field is as it was known at the instant', async () => {
  const beforeBirth = instant();
  program.clock.advance(hour);
  const id = await program.account('acme', { industry: 'Software' });
  const seen: { at: string; page: Record<string, unknown> | null }[] = [];
  const remember = async () => {
    await program.settled();
    seen.push({ at: instant(), page: await look(id) });
    program.clock.advance(hour);
  };
  await remember();
  for (const [plural, [first]] of Object.entries(samples)) await program.upsert(plural, [{ account: { id }, externalRef: crm(`${plural}-1`), ...first }]);
  await program.ingest([{ account: { id }, type: 'meeting', source: 'test', sourceEventId: '1' }]);
  await remember();
  for (const [plural, [, second]] of Object.entries(samples)) await program.upsert(plural, [{ account: { id }, externalRef: crm(`${plural}-1`), ...second }]);
  await program.upsertAccounts([{ externalRef: crm('acme'), name: 'Acme Renamed', industry: 'Retail' }]);
  await remember();
  for (const [plural, [first]] of Object.entries(samples)) {
    const extra = plural === 'healthTrends' ? { month: 11 } : {};
    await program.upsert(plural, [{ account: { id }, externalRef: crm(`${plural}-2`), ...first, ...extra }]);
  }
  // It happened long before, and was not known before now.
  await program.ingest([{ account: { id }, type: 'demo_request', source: 'test', sourceEventId: '2', occurredAt: seen[0]?.at }]);
  await remember();
  expect(await look(id, beforeBirth)).toBeNull();
  expect(new Set(seen.map(({ page }) => JSON.stringify(page))).size).toBe(4);
  for (const { at, page } of seen) expect(await look(id, at)).toEqual(page);
  expect(seen.map(({ page }) => page?.['name'])).toEqual(['acme', 'acme', 'Acme Renamed', 'Acme Renamed']);
  expect(seen.map(({ page }) => (page as { signals: { totalCount: number } } | null)?.signals.totalCount)).toEqual([0, 1, 1, 2]);
  // Between two states the older one holds, and only the score has moved on: decayed to that very instant.
  const [, second, third] = seen;
  const between = new Date(Date.parse(second?.at ?? '') + hour / 2).toISOString();
  const page = await look(id, between);
  const value = (of: Record<string, unknown> | null | undefined) => (of as { intent: { value: number } } | null | undefined)?.intent.value ?? -1;
  expect({ ...page, intent: null }).toEqual({ ...second?.page, intent: null });
  expect([value(page) < value(second?.page), value(page) > value(third?.page)]).toEqual([true, true]);
  expect(await look(id, new Date(Date.parse(third?.at ?? '') - 1).toISOString())).toMatchObject({ name: 'acme', industry: 'Software' });
});

test('by reference, too; but not what was referred to only later', async () => {
  const before = instant();
  program.clock.advance(1);
  const id = await program.account('by-ref');
  const ask = 'query($at: DateTime) { accountBy(by: { externalRef: { system: "salesforce", id: "by-ref" } }, asOf: $at) { id: presentId } }';
  expect(await program.see(ask, { at: instant() })).toEqual({ accountBy: { id } });
  expect(await program.see(ask, { at: before })).toEqual({ accountBy: null });
});

test('an instant that has not come is refused, the present one is not', async () => {
  const id = await program.account('future');
  const at = new Date(program.clock.now().getTime() + 1).toISOString();
  for (const query of ['query($id: ID!, $at: DateTime) { account(id: $id, asOf: $at) { name } }', 'query($id: ID!, $at: DateTime) { accountBy(by: { id: $id }, asOf: $at) { name } }']) {
    const { errors } = await program.query(query, { id, at }, { role: 'viewer' });
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', inputPath: ['asOf'] } });
    const now = await program.query<Record<string, { name: string }>, Record<string, unknown>>(query, { id, at: instant() }, { role: 'viewer' });
    expect(Object.values(now.data ?? {})).toEqual([{ name: 'future' }]);
  }
});
