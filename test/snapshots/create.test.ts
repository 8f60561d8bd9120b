import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { account, create, read } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program?.close());

const dollars = (amount: number) => ({ amountMinor: amount * 100, currency: 'USD' });

test('a snapshot holds what is known of the account, refers to versions, and says where it comes from', async () => {
  const id = await account(program, 'a-1', { revenue: dollars(1_000), csm: { name: 'Carl', email: 'carl@us.example' }, owner: { name: 'Olga', email: null }, industry: 'Software', lifecycleStage: 'GROWTH', lastQbrOn: '2026-10-01', engagementScore: 71.5 });
  const [contact] = await program.rows('select c.id from contact c join account a on a.id = c.account_id where a.name = $1', ['a-1']);
  await program.upsertAccounts([{ externalRef: crm('a-1'), name: 'a-1', revenue: dollars(1_000), csm: { name: 'Carl', email: 'carl@us.example' }, csmManager: { name: 'Mia', email: null }, owner: { name: 'Olga', email: null }, industry: 'Software', lifecycleStage: 'GROWTH', lastQbrOn: '2026-10-01', engagementScore: 71.5, primaryChampionId: `Contact_${String(contact?.['id']).replaceAll('-', '')}`, championStatus: 'active', stakeholderCount: 4 }]);
  for (const [index, value] of ['5 %', '12 %', '20 %', '1 %', '3 %', '2 %', '90 %'].entries()) await program.upsert('kpis', [{ account: { id }, externalRef: crm(`k-${index}`), category: 'Product Usage', parameter: 'Product activation rate', value }]);
  for (const hour of ['10', '11', '12', '13', '14', '15']) await program.upsert('notes', [{ account: { id }, externalRef: crm(`n-${hour}`), noteType: 'CALL', content: `At ${hour}`, occurredAt: `2026-11-20T${hour}:00:00.000Z` }]);
  const job = await create(program, [id], { reason: 'Monthly snapshot', triggerEvent: 'manual_request' });
  expect(job).toEqual({ __typename: 'SnapshotJob', id: expect.stringMatching(/^SnapshotJob_/) as string, status: 'DONE', progress: { done: 1, total: 1, failed: 0 }, snapshots: [{ id: expect.any(String) as string, sequenceNumber: 1 }] });
  const snapshot = await read(program, job.snapshots[0]?.id ?? '');
  expect(snapshot).toMatchObject({
    sequenceNumber: 1, type: 'MANUAL', reason: 'Monthly snapshot', triggerEvent: 'MANUAL_REQUEST', triggerEvents: ['MANUAL_REQUEST'], takenAt: program.clock.now().toISOString(), previous: null,
    revenue: dollars(1_000), revenueChange: null, revenueChangePercent: null, revenueChangeAbsent: 'FIRST_SNAPSHOT',
    overallHealthScore: 71.5, healthSource: 'TREND', healthTrend: null, healthScoreChange: null, productUsageScore: 80, customerSentimentScore: null,
    assignedCsm: 'Carl', csmManager: 'Mia', accountOwner: 'Olga', accountStatus: 'ACTIVE', industry: 'Software', externalAccountId: 'a-1', lifecycleStage: 'GROWTH', lastQbrDate: '2026-10-01', engagementScore: 71.5,
    productsUsed: ['Analytics'], productCount: 1, primaryProduct: 'Analytics', playbooksRunning: 1, playbooksCompleted: 0, playbooksCompletedLast30Days: 0, lastPlaybookExecuted: 'Renewal', playbookRecommendations: ['renewal'],
    kpiTotal: 8, kpiAccountLevel: 8, kpiProductLevel: 0, primaryChampion: 'Ada Byron', championStatus: 'active', stakeholderCount: 4, daysSinceLastSnapshot: null, isSignificantChange: false, significantBecause: [],
    recentNotes: ['15', '14', '13', '12', '11'].map((hour) => ({ content: `At ${hour}` })), recentPlaybookReports: [{ playbookName: 'Renewal', content: 'All well' }],
  });
  const { kpiCritical, kpiAtRisk, kpiHealthy, kpiUnknown, topCriticalKpis, references, lineage } = snapshot;
  expect(Number(kpiCritical) + Number(kpiAtRisk) + Number(kpiHealthy) + Number(kpiUnknown)).toBe(8);
  expect((topCriticalKpis as { value: string }[]).map(({ value }) => value)).toEqual(['1 %', '2 %', '3 %', '5 %', '12 %'].slice(0, Math.min(5, Number(kpiCritical))));
  expect((references as { digest: string }[]).map(({ digest }) => digest.length)).toEqual(Array.from({ length: (topCriticalKpis as object[]).length + 1 + 5 + 1 }, () => 64));
  const nodes = (lineage as { nodes: { id: string; type: string; name: string }[] }).nodes;
  const kinds = [...new Set(nodes.map((node) => node.id.replace(/_.*/, '')))].toSorted();
  expect(kinds).toEqual(['AccountInputs', 'AccountSnapshot', 'AccountVersion', 'Contact', 'HealthTrend', 'Kpi', 'Note', 'PlaybookExecution', 'PlaybookReport', 'PlaybookTrigger', 'Product', 'SourceStatement']);
  expect(nodes.every(({ name }) => name !== null)).toBe(true);
  // What is referred to is shown as it was, whatever became of it since.
  program.clock.advance(60_000);
  await program.upsert('notes', [{ account: { id }, externalRef: crm('n-15'), noteType: 'CALL', content: 'Rewritten', occurredAt: '2026-11-20T15:00:00.000Z' }]);
  await program.upsertAccounts([{ externalRef: crm('a-1'), name: 'a-1' }]);
  // Its records lead on to what sources say of them now.
  const withoutStatements = (read: Record<string, unknown>): object => ({ ...read, lineage: (read['lineage'] as { nodes: { id: string }[] }).nodes.filter((node) => !node.id.startsWith('SourceStatement_')) });
  expect(withoutStatements(await read(program, job.snapshots[0]?.id ?? ''))).toEqual(withoutStatements(snapshot));
});

test('snapshots that were made of the same records share one node of lineage; a record tells which snapshots used it', async () => {
  const id = await account(program, 'e-1');
  const take = async (): Promise<string> => (await create(program, [id])).snapshots[0]?.id ?? '';
  const edges = (): Promise<number> => program.count(`select from lineage_edge where to_id in (select s.id from account_snapshot s join account a on a.id = s.account_id where a.name = $1 union select i.id from account_inputs i join account a on a.id = i.account_id where a.name = $1)`, ['e-1']);
  const first = await take();
  const sourcesOf = async (snapshotId: string): Promise<string[]> => ((await read(program, snapshotId))['lineage'] as { nodes: { id: string }[] }).nodes.map((node) => node.id).filter((node) => !node.startsWith('SourceStatement_'));
  const [before, sources] = [await edges(), await sourcesOf(first)];
  program.clock.advance(60_000);
  // Another value is another version of the same record.
  await program.upsert('kpis', [{ account: { id }, externalRef: { system: 'test', id: 'e-1 kpis' }, category: 'Support', parameter: 'Open tickets', value: '3' }]);
  const second = await take();
  // The account's own version, the set, the snapshot before.
  expect(await edges()).toBe(before + 3);
  await program.upsert('kpis', [{ account: { id }, externalRef: crm('e-new'), category: 'Support', parameter: 'Open tickets', value: '4' }]);
  const third = await take();
  expect(await program.count('select from account_inputs i join account a on a.id = i.account_id where a.name = $1', ['e-1'])).toBe(2);
  expect(await sourcesOf(first)).toEqual(sources);
  const usedBy = async (externalId: string): Promise<string[]> => {
    const [row] = await program.rows(`select node_id from external_ref where node_type = 'Kpi' and external_id = $1`, [externalId]);
    const of = `Kpi_${String(row?.['node_id']).replaceAll('-', '')}`;
    const { lineage } = await program.see<{ lineage: { nodes: { id: string }[] } }>('query($of: ID!) { lineage(of: $of, direction: DOWNSTREAM) { nodes { id } } }', { of });
    return lineage.nodes.map((node) => node.id).filter((node) => node.startsWith('AccountSnapshot_'));
  };
  expect(await usedBy('e-1 kpis')).toEqual([first, second, third]);
  // The third one alone was made of it.
  expect(await usedBy('e-new')).toEqual([third]);
});

test('changes are told with percent, trend, significance and the reasons; another currency, or nothing before, is no number', async () => {
  const id = await program.account('b-1', { revenue: dollars(1_000) });
  const seen: Record<string, unknown>[] = [];
  const step = async (overallScore: number | null, revenue: object | null) => {
    if (overallScore !== null) await program.upsert('healthTrends', [{ account: { id }, externalRef: crm('b-trend'), year: 2026, month: 11, overallScore }]);
    await program.upsertAccounts([{ externalRef: crm('b-1'), name: 'b-1', revenue }]);
    seen.push(await read(program, (await create(program, [id])).snapshots[0]?.id ?? ''));
    program.clock.advance(36 * 3_600_000);
  };
  await step(60, dollars(1_000));
  await step(65, dollars(1_100));
  await step(70.1, dollars(1_211));
  await step(70.1, { amountMinor: 100, currency: 'EUR' });
  await step(60, { amountMinor: 0, currency: 'EUR' });
  await step(60, { amountMinor: 5, currency: 'EUR' });
  await step(61, null);
  const told = seen.map(({ sequenceNumber, revenueChange, revenueChangePercent, revenueChangeAbsent, healthScoreChange, healthTrend, isSignificantChange, significantBecause, daysSinceLastSnapshot }) =>
    [sequenceNumber, revenueChange, revenueChangePercent, revenueChangeAbsent, healthScoreChange, healthTrend, isSignificantChange, significantBecause, daysSinceLastSnapshot]);
  const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
  expect(told).toEqual([
    [1, null, null, 'FIRST_SNAPSHOT', null, null, false, [], null],
    [2, dollars(100), 10, null, 5, null, false, [], 1],
    [3, dollars(111), 10.090909091, null, 5.1, 'IMPROVING', true, ['HEALTH_CHANGED', 'REVENUE_CHANGED'], 1],
    [4, null, null, 'CURRENCY_CHANGED', 0, 'IMPROVING', true, ['CURRENCY_CHANGED'], 1],
    [5, eur(-100), -100, null, -10.1, 'DECLINING', true, ['HEALTH_CHANGED', 'REVENUE_CHANGED'], 1],
    [6, eur(5), null, 'NOTHING_BEFORE', 0, 'DECLINING', true, ['REVENUE_CHANGED'], 1],
    [7, null, null, 'UNKNOWN_NOW', 1, 'STABLE', true, ['REVENUE_BECAME_UNKNOWN'], 1],
  ]);
  const ids = seen.map((snapshot) => String(snapshot['id']));
  const diff = async (from: string | undefined, to: string | undefined) => program.query<{ snapshotDiff: { changes: { field: string; before: string | null; after: string | null }[] } }, Record<string, unknown>>('query($from: ID!, $to: ID!) { snapshotDiff(from: $from, to: $to) { changes { field before after } } }', { from, to }, { role: 'viewer' });
  expect((await diff(ids[0], ids[1])).data?.snapshotDiff.changes).toEqual([
    { field: 'revenue', before: '{"amountMinor":100000,"currency":"USD"}', after: '{"amountMinor":110000,"currency":"USD"}' },
    { field: 'overallHealthScore', before: '60', after: '65' },
    { field: 'healthPartialScore', before: '60', after: '65' },
    { field: 'healthAsOf', before: expect.any(String) as string, after: expect.any(String) as string },
  ]);
  expect((await diff(ids[1], ids[1])).data?.snapshotDiff.changes).toEqual([]);
  const other = (await create(program, [await program.account('b-2')])).snapshots[0]?.id;
  expect((await diff(ids[0], other)).errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  for (const unknown of ['nonsense', 'AccountSnapshot_00000000000070008000000000000000', id]) expect((await diff(unknown, ids[1])).errors?.[0]).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  // What is significant is the tenant's to say.
  const saved = await program.query('mutation { saveSnapshotPolicy(input: { healthPoints: 0.5 }) { __typename ... on SnapshotPolicy { version healthPoints revenuePercent trendHoursApart monthsKept } } }', {}, { role: 'admin' });
  expect(saved.data).toEqual({ saveSnapshotPolicy: { __typename: 'SnapshotPolicy', version: 1, healthPoints: 0.5, revenuePercent: 10, trendHoursApart: 12, monthsKept: null } });
  await step(62, null);
  expect(seen.at(-1)).toMatchObject({ policyVersion: 1, isSignificantChange: true, significantBecause: ['HEALTH_CHANGED'] });
});

test('fifty at once give numbers without gap or duplicate, in the order of their instants', { timeout: 60_000 }, async () => {
  const id = await program.account('c-1');
  const jobs = await Promise.all(Array.from({ length: 50 }, () => create(program, [id])));
  expect(jobs.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 'DONE'));
  const numbers = jobs.flatMap(({ snapshots }) => snapshots.map(({ sequenceNumber }) => sequenceNumber)).toSorted((one, other) => one - other);
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  const rows = await program.rows('select sequence_number, taken_at, lag(taken_at) over (order by sequence_number) <= taken_at as ordered from account_snapshot s join account a on a.id = s.account_id where a.name = $1', ['c-1']);
  expect(rows.filter((row) => row['ordered'] === false)).toEqual([]);
  expect(await program.count('select from audit_logs where kind = $1 and account_id = (select id from account where name = $2)', ['snapshot.created', 'c-1'])).toBe(50);
});

test('statements do not grow with the accounts', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `d-${index}`);
  const ids = (await program.upsertAccounts(names.map((name) => ({ externalRef: crm(name), name, revenue: dollars(5) })))).results.map(({ id }) => id ?? '');
  for (const plural of ['products', 'notes', 'kpis']) await program.upsert(plural, names.map((name) => ({ account: { externalRef: crm(name) }, externalRef: crm(`${name}-x`), ...(plural === 'products' ? { name: 'P' } : plural === 'notes' ? { noteType: 'CALL', content: 'x', occurredAt: '2026-11-01T00:00:00Z' } : { category: 'Support', parameter: 'Open tickets', value: '7' }) })));
  await create(program, ids);
  const counted: number[] = [];
  const { pool } = program.database;
  const connect = pool.connect.bind(pool);
  let statements = 0;
  // Every statement of the pool, of transactions as of reads.
  const watched = new WeakSet<object>();
  pool.connect = (async (...given: []) => {
    const client = await connect(...given);
    if (!watched.has(client)) {
      watched.add(client);
      const query = client.query.bind(client) as (...parameters: unknown[]) => unknown;
      client.query = ((...parameters: unknown[]) => {
        statements += 1;
        return query(...parameters);
      }) as never;
    }
    return client;
  }) as never;
  for (const some of [ids.slice(0, 1), ids]) {
    // The relay and the workers ask, too: until a run is seen without them, the least is what counts.
    const least: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      await program.settled();
      statements = 0;
      expect((await create(program, some)).progress).toEqual({ done: some.length, total: some.length, failed: 0 });
      least.push(statements);
    }
    counted.push(Math.min(...least));
  }
  pool.connect = connect as never;
  const [one = 0, many = 0] = counted;
  expect(one).toBeGreaterThan(10);
  // Whoever relays a hundred facts asks a few times more.
  expect(many - one).toBeLessThan(25);
});

test('a run of a playbook that is yet to begin is not the last one', async () => {
  const id = await account(program, 'f-1');
  await program.upsert('playbookExecutions', [{ account: { id }, externalRef: crm('f-later'), playbookId: 'later', playbookName: 'Later', status: 'RUNNING', startedAt: '2026-11-01T00:00:00Z' }]);
  await program.admin.query(`update playbook_execution set started_at = $1::timestamptz + interval '1 day' where playbook_name = 'Later'`, [program.clock.now().toISOString()]);
  const snapshot = await read(program, (await create(program, [id])).snapshots[0]?.id ?? '');
  expect(snapshot).toMatchObject({ lastPlaybookExecuted: 'Renewal', playbooksRunning: 2 });
  expect(String(snapshot['lastPlaybookExecutedAt']) <= String(snapshot['takenAt'])).toBe(true);
});
