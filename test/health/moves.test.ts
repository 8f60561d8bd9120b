import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { healthOfAccounts } from '../../src/features/snapshots/health-of-accounts.ts';
import type { TenantSql } from '../../src/features/lineage/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { accountMoves } from '../accounts/moves.ts';
import { healthOf as shownHealth, putKpis, putTrend } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
});
afterAll(() => program.close());

const { merge, unmerge, retire, restore } = accountMoves(() => program);
const uuidOf = (globalId: string): Id<'Account'> => parseGlobalId(globalId)?.id as Id<'Account'>;
const act = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => program.database.transact({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, body);
const storedHealth = (id: string) => program.rows('select source, overall from account_health where account_id = $1', [uuidOf(id)]);
const edgesOf = (id: string) => program.count(`select from lineage_edge e join account_health_history h on h.id = e.to_id where h.account_id = $1 and e.removed_at is null`, [uuidOf(id)]);
/** Without its id, which says of the past what instant it was read for. */
async function healthOf(account: string, asOf: string | null = null): Promise<Record<string, unknown>> {
  const { id: _, ...health } = await shownHealth(program, account, asOf);
  return health;
}
const moment = (): string => {
  const at = program.clock.now().toISOString();
  program.clock.advance(60_000);
  return at;
};

test('after a merge the survivor\'s health is that of the records of both, the other account has none; undone, each has its own again', async () => {
  const [into, from] = [await program.account('health-into'), await program.account('health-from')];
  await putKpis(program, into, { CSAT: '4.5/5' });
  await putKpis(program, from, { 'Open tickets': '25 tickets' });
  await putTrend(program, from, 10, 42, { occurredAt: '2026-10-31T12:00:00.000Z' });
  await program.settled();
  const before = [await healthOf(into), await healthOf(from)];
  const then = moment();
  await merge(into, from);
  await program.settled();
  expect(await healthOf(into)).toMatchObject({ overallScore: 42, healthSource: 'TREND', kpiCounts: { total: 2 } });
  expect([await storedHealth(into), await storedHealth(from), await edgesOf(from)]).toEqual([[{ source: 'TREND', overall: 42 }], [], 0]);
  expect([await healthOf(into, then), await healthOf(from, then)]).toEqual(before);
  moment();
  await unmerge(into, from);
  await program.settled();
  expect([await healthOf(into), await healthOf(from)]).toEqual(before);
  expect([await storedHealth(into), await storedHealth(from)]).toEqual([[{ source: 'PROXY', overall: null }], [{ source: 'TREND', overall: 42 }]]);
});

test('a retired account has no stored health; its past stays; restored, it has its health again', async () => {
  const id = await program.account('health-retired');
  await putTrend(program, id, 10, 42, { occurredAt: '2026-10-31T12:00:00.000Z' });
  await program.settled();
  const before = await healthOf(id);
  const [then, told] = [moment(), (await program.facts('health.updated')).length];
  await retire(id);
  await program.settled();
  expect([await storedHealth(id), await edgesOf(id)]).toEqual([[], 0]);
  expect(await program.rows('select overall from account_health_as_of($1) where account_id = $2', [then, uuidOf(id)])).toEqual([{ overall: 42 }]);
  expect(await healthOf(id, then)).toEqual(before);
  expect((await program.facts('health.updated')).length).toBe(told);
  moment();
  await restore(id);
  await program.settled();
  expect([await healthOf(id), await storedHealth(id)]).toEqual([before, [{ source: 'TREND', overall: 42 }]]);
});

/** Trends as several sources state them, with ids in the order given. */
async function putTrends(account: string, trends: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const ids = trends.map(() => randomUUID()).toSorted();
  for (const [place, trend] of trends.entries()) {
    const row = { tenant_id: program.tenant, id: ids[place], account_id: uuidOf(account), year: 2026, recorded_at: program.clock.now().toISOString(), ...trend };
    const columns = Object.keys(row).join(', ');
    await program.rows(`insert into health_trend (${columns}) select ${columns} from jsonb_populate_record(null::health_trend, $1)`, [row]);
  }
}

test('of several trends of a month the latest counts, and of equally late ones what they say decides, not their ids or their order', async () => {
  const early = { month: 10, occurred_at: '2026-10-20T12:00:00.000Z', overall_score: 30 };
  const late = { month: 10, occurred_at: '2026-10-31T12:00:00.000Z', overall_score: 60, support_score: 50 };
  const same = [{ ...late, support_score: 55 }, { ...late, overall_score: 61 }, { ...late, support_score: null }];
  const former = { month: 9, occurred_at: '2026-10-31T23:00:00.000Z', overall_score: 99 };
  const all = [early, late, ...same, former];
  const seen: unknown[] = [];
  for (const [place, trends] of [all, all.toReversed(), [...all.slice(3), ...all.slice(0, 3)]].entries()) {
    const id = await program.account(`several-${place}`);
    await putTrends(id, trends);
    const health = await healthOf(id);
    const [figures] = [...(await act((work) => healthOfAccounts(work as TenantSql, [uuidOf(id)], work.now))).values()];
    expect(health).toMatchObject({ overallScore: 60, supportScore: 50 });
    seen.push({ health, figures: { ...figures, healthInputs: [] } });
  }
  for (const each of seen) expect(each).toEqual(seen[0]);
});

test('KPIs that stand alike are shown in the order of what they say, whatever their ids', async () => {
  const values = ['25 tickets', '26 tickets', '27 tickets', '28 tickets', '29 tickets', '30 tickets', '31 tickets'];
  const seen: unknown[] = [];
  for (const [place, ordered] of [values, values.toReversed()].entries()) {
    const id = await program.account(`alike-${place}`);
    for (const value of ordered) await program.upsert('kpis', [{ account: { id }, externalRef: crm(`${place}-${value}`), category: 'Support', parameter: 'Open tickets', value, occurredAt: '2026-11-20T00:00:00.000Z' }]);
    const [figures] = [...(await act((work) => healthOfAccounts(work as TenantSql, [uuidOf(id)], work.now))).values()];
    const top = await program.rows('select k.value from unnest($1::uuid[]) with ordinality as top(id, place) join kpi k using (id) order by place', [figures?.topCriticalKpiIds]);
    expect(top).toHaveLength(5);
    seen.push({ health: await healthOf(id), top });
  }
  expect(seen[1]).toEqual(seen[0]);
});
