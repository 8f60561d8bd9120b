import { afterAll, beforeAll, expect, test } from 'vitest';
import { brieflyOf, verifyChain } from '../../src/features/audit/index.ts';
import { jobTasks } from '../../src/workers/jobs.ts';
import { openChains, type Chains } from './chains.ts';

let chains: Chains;
let tasks: ReturnType<typeof jobTasks>;
const told: object[] = [];
beforeAll(async () => {
  chains = await openChains(['busy', 'far']);
  tasks = jobTasks({ ...chains, deadLetters: { prune: async () => undefined }, llm: undefined as never, log: { info: () => undefined, error: (fields: object) => void told.push(fields) } as never });
}, 60_000);
afterAll(() => chains?.close());

test('the calendar: anchors are due every minute, partitions and a whole verification every night', () => {
  expect(Object.fromEntries(Object.entries(tasks).map(([name, { cron }]) => [name, cron?.pattern ?? null]))).toMatchObject({ 'audit-anchors': '* * * * *', 'audit-partitions': '15 0 * * *', 'audit-verification': '30 3 * * *' });
});

test('the months ahead get partitions of their own, and what fell into the net moves there', async () => {
  chains.clock.advance(120 * 86_400_000);
  const tenantId = chains.tenantOf('busy');
  await chains.database.transact({ tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => work.record({ kind: 'thing.made', version: 1, accountId: null, data: {} }));
  const inNet = () => chains.count('select from audit_logs_default where tenant_id = $1', [tenantId]);
  expect(await inNet()).toBe(1);
  await tasks['audit-partitions']?.run({}, {} as never);
  await tasks['audit-partitions']?.run({}, {} as never);
  expect(await inNet()).toBe(0);
  const month = chains.clock.now().toISOString().slice(0, 7).replace('-', '');
  expect(await chains.count(`select from audit_logs_${month} where tenant_id = $1`, [tenantId])).toBe(1);
  expect((await verifyChain(brieflyOf(chains.database, tenantId), { tenantId, keys: chains.keys })).fault).toBeNull();
});

test('the anchor’s job signs what is due, and the night’s verification finds all chains whole', async () => {
  const tenantId = chains.tenantOf('busy');
  const anchors = () => chains.count('select from audit_anchor where tenant_id = $1', [tenantId]);
  const before = await anchors();
  await tasks['audit-anchors']?.run({}, {} as never);
  await tasks['audit-anchors']?.run({}, {} as never);
  expect(await anchors()).toBe(before + 1);
  await tasks['audit-verification']?.run({}, {} as never);
  expect(told).toEqual([]);
});

test('while a chain is walked, facts are written to it, and the walk is of the moment it began', async () => {
  const tenantId = chains.tenantOf('busy');
  const write = () => chains.database.transact({ tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => {
    for (let fact = 0; fact < 1_500; fact += 1) work.record({ kind: 'thing.made', version: 1, accountId: null, data: { fact } });
  });
  await write();
  await write();
  const briefly = brieflyOf(chains.database, tenantId);
  let pieces = 0;
  const found = await verifyChain(async (body) => {
    const answer = await briefly(body);
    pieces += 1;
    await write();
    return answer;
  }, { tenantId, keys: chains.keys });
  expect(pieces).toBeGreaterThanOrEqual(4);
  expect([found.fault, found.complete, found.place.sequence]).toEqual([null, true, found.head?.sequence]);
});

test('a walk that has had enough says where to go on, and goes on from there', async () => {
  const tenantId = chains.tenantOf('busy');
  const briefly = brieflyOf(chains.database, tenantId);
  let [checked, rounds] = [0, 0];
  let after: Awaited<ReturnType<typeof verifyChain>>['place'] | undefined;
  for (let complete = false; !complete; rounds += 1) {
    const found = await verifyChain(briefly, { tenantId, keys: chains.keys, enough: () => true, ...(after ? { after } : {}) });
    expect(found.fault).toBeNull();
    [complete, after, checked] = [found.complete, found.place, checked + found.checked];
  }
  expect(rounds).toBeGreaterThan(3);
  expect(checked).toBe(Number((await chains.rows('select sequence::int as n from audit_head where tenant_id = $1', [tenantId]))[0]?.['n']));
});

test('a row put far behind the end is reached in one step', async () => {
  const tenantId = chains.tenantOf('far');
  await chains.admin.query('update audit_logs set sequence = 900000000000000 where tenant_id = $1 and sequence = 34', [tenantId]);
  const briefly = brieflyOf(chains.database, tenantId);
  let pieces = 0;
  const found = await verifyChain((body) => ((pieces += 1), briefly(body)), { tenantId, keys: chains.keys });
  expect(found.fault).toMatchObject({ tampering: 'REORDERED', sequence: 34 });
  expect(pieces).toBeLessThan(6);
});
