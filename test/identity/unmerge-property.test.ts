import { assert, asyncProperty, integer } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQueue, type Queue } from '../actions/queue.ts';
import { graphOf } from './graph-of-tenant.ts';
import { histories, play } from './histories.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue({ roles: ['api'] });
});
afterAll(() => queue.close());

const runs = Number(process.env['HISTORIES'] ?? 25);
let tenants = 0;

test(`after any merges and unmerges, in any order, a tenant is what its deliveries and the decisions that hold imply (${runs} histories)`, { timeout: 300_000 }, async () => {
  await assert(asyncProperty(histories, integer({ min: 0, max: 100 }), async (steps, order) => {
    tenants += 1;
    const [merging, never, only] = [await play(queue, `merging-${tenants}`), await play(queue, `never-${tenants}`), await play(queue, `only-${tenants}`)];
    for (const [index, step] of steps.entries()) {
      queue.clock.advance(60_000);
      if (step.kind === 'merge') await merging.merge(step.what, step.into, step.from);
      else if (step.kind === 'unmerge') await merging.unmerge(step.which);
      else if (step.kind !== 'action') for (const tenant of [merging, never, only]) await tenant.deliver(step, index);
    }
    queue.clock.advance(60_000);
    // One tenant hears of the same decisions only after everything was delivered, and never of those that were undone.
    for (const { what, into, child } of merging.merges) await only.merge(what, into, child);
    expect(await graphOf(queue, merging)).toEqual(await graphOf(queue, only));
    queue.clock.advance(60_000);
    for (let left = merging.merges.length; left > 0; left -= 1) await merging.unmerge(order * left);
    expect(await graphOf(queue, merging)).toEqual(await graphOf(queue, never));
  }), { numRuns: runs, endOnFailure: true });
});

test('actions that were proposed before a merge, and what was decided about them, are their own account\'s again', async () => {
  const [merging, never] = [await play(queue, 'acting'), await play(queue, 'never-acting')];
  for (const number of [0, 1, 2]) {
    queue.clock.advance(1_000);
    for (const tenant of [merging, never]) {
      await tenant.deliver({ kind: 'consent', contact: number, purpose: 'OUTREACH', granted: true }, number);
      await tenant.deliver({ kind: 'action', account: number }, number);
    }
  }
  queue.clock.advance(60_000);
  await merging.merge('Account', 0, 1);
  await merging.merge('Account', 2, 0);
  expect(await queue.count('select from action where tenant_id = $1 and account_id = (select account_id from action where tenant_id = $1 group by 1)', [merging.tenantId])).toBe(3);
  await merging.unmerge(0);
  await merging.unmerge(0);
  expect(await graphOf(queue, merging)).toEqual(await graphOf(queue, never));
});
