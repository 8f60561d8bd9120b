import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTenant } from '../../src/app/create-tenant.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { publicUrl } from '../connectors/vendor-requests.ts';
import { describeDifferences, differences } from './compare.ts';
import { openWay, type Exercised } from './deliver.ts';
import { histories } from './deliveries.ts';
import { readGraph } from './graph.ts';
import { describeHistory, firstWay, secondWay, type Batch, type History } from './history.ts';
import { openSynchronousBus, type Delivering, type SynchronousBus } from './synchronous-bus.ts';

/** How many histories are told; `npm run test:deep` tells many more. */
const runs = Number(process.env['HISTORIES'] ?? 300);

let program: Arranged;
let bus: SynchronousBus;
beforeAll(async () => {
  const unlimited = { points: 1e12, seconds: 1 };
  program = await arrange({ roles: ['api'], publicUrl, policy: { ...defaultLimits, cost: 1e12, principalRate: unlimited, tenantRate: unlimited, strangerRate: unlimited } });
  bus = await openSynchronousBus(program, program.admin);
});
afterAll(() => program.close());

let tenants = 0;
/** In how many histories, told in the second way, each occurred. */
const exercised: Exercised = { merges: 0, unmerges: 0, late: 0, retirements: 0, restorations: 0, deletions: 0, webhooks: 0, duplicates: 0, fetches: 0 };
/** Tells a tenant of its own the batches; the graph that comes of it. */
async function graphAfter(batches: readonly Batch[], how?: Delivering): Promise<unknown> {
  tenants += 1;
  const tenantId = await createTenant(program.database, program.newId, { slug: `way-${tenants}`, name: 'A way', highIntentThreshold: 40 });
  const way = openWay(program, tenantId);
  for (const { deliveries, settles } of batches) {
    await way.deliver(deliveries);
    if (settles) await bus.settle(tenantId, how);
  }
  await bus.settle(tenantId, how);
  for (const kind of Object.keys(exercised) as (keyof Exercised)[]) if (how && way.exercised[kind] > 0) exercised[kind] += 1;
  return readGraph(program, await program.token('analyst', { tenant: tenantId }));
}

/** How long a counterexample is made smaller. Milliseconds. */
const shrinkFor = Number(process.env['SHRINK_SECONDS'] ?? 60) * 1_000;
let failedAt: number | null = null;
const seen = { proposed: 0, considered: 0, accounts: 0 };
async function converges(history: History): Promise<void> {
  // Small enough by now: what passes ends the shrinking.
  if (failedAt !== null && performance.now() > failedAt + shrinkFor) return;
  try {
    await compareWays(history);
  } catch (error) {
    failedAt ??= performance.now();
    throw error;
  }
}

async function compareWays(history: History): Promise<void> {
  const [one, other] = await Promise.all([graphAfter(firstWay(history)), graphAfter(secondWay(history), history)]);
  const text = JSON.stringify(one);
  for (const [key, sign] of [['proposed', '"status":"PENDING"'], ['considered', '"explanation"'], ['accounts', '"isStub":false']] as const) if (text.includes(sign)) seen[key] += 1;
  const found = differences(one, other);
  if (found.length > 0) throw new Error(describeDifferences(found));
}

test('whatever the order, the repetition and the batches, the same deliveries make the same graph', { timeout: 3_600_000 }, async () => {
  const [begin, cpu] = [performance.now(), process.cpuUsage()];
  const outcome = await fc.check(fc.asyncProperty(histories(), converges), { numRuns: runs, seed: Number(process.env['SEED'] ?? 20_261_130), ...(process.env['HISTORY_PATH'] ? { path: process.env['HISTORY_PATH'], endOnFailure: true } : {}) });
  const each = (performance.now() - begin) / outcome.numRuns;
  const { user, system } = process.cpuUsage(cpu);
  console.log(`${outcome.numRuns} histories, ${each.toFixed(0)} ms each, of which ${((user + system) / 1_000 / outcome.numRuns).toFixed(0)} ms are this process's CPU time, ${JSON.stringify({ ...seen, ...exercised })}`);
  const [history] = outcome.counterexample ?? [];
  if (history) throw new Error(`seed ${outcome.seed}, path ${outcome.counterexamplePath}\n${describeHistory(history)}\ndifferences\n${outcome.errorInstance instanceof Error ? outcome.errorInstance.message : String(outcome.errorInstance)}`);
  expect(outcome.failed).toBe(false);
  // Else the comparison would say little.
  expect(seen.accounts).toBeGreaterThan(runs / 2);
  expect(seen.proposed).toBeGreaterThan(runs / 50);
  expect(seen.considered).toBeGreaterThan(runs / 20);
  for (const count of Object.values(exercised)) expect(count).toBeGreaterThan(runs / 50);
});

test('a graph that was told something else is another one: else the comparison would say nothing', async () => {
  const ref = { system: 'salesforce', id: '001A' };
  const account = (name: string) => ({ deliveries: [{ kind: 'account', ref, source: 'salesforce', mode: 'PATCH', at: '2026-11-20T09:00:00.000Z', modifiedAt: null, fields: { name } } as const], settles: false });
  const signal = (event: string) => ({ deliveries: [{ kind: 'signal', account: ref, type: 'meeting', source: 'web', event, at: '2026-11-20T09:00:00.000Z' } as const], settles: false });
  const [told, renamed, again, more] = await Promise.all([[account('Alpha'), signal('1')], [account('Beta'), signal('1')], [signal('1'), signal('1'), account('Alpha')], [account('Alpha'), signal('1'), signal('2')]].map((batches) => graphAfter(batches)));
  expect(differences(told, renamed).map(({ place }) => place.replace('accounts.edges[salesforce:001A].node.', ''))).toEqual(['brief.lines[].text', 'brief.text', 'context.document.salesforce.account_name', 'name'].toSorted());
  expect(differences(told, again)).toEqual([]);
  expect(differences(told, more).map(({ place }) => place)).toContain('accounts.edges[salesforce:001A].node.intent.value');
});
