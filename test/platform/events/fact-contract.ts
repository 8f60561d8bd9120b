import { expect, test } from 'vitest';
import { Unavailable } from '../../../src/platform/errors.ts';
import type { Consumer, RunningConsumer } from '../../../src/platform/events/bus.ts';
import type { Envelope } from '../../../src/platform/events/event.ts';
import { firstTime } from '../../../src/platform/events/inbox.ts';
import { eventually, fresh, leaveEffects, relayOf, type Backbone, type Process } from './backbone.ts';
import type { BusUnderTest, ProcessWithBus } from './bus-contract.ts';

/** What the contract of a bus has set up. */
interface FactContractParts {
  readonly backbone: () => Backbone;
  readonly here: () => ProcessWithBus;
  readonly there: () => ProcessWithBus;
  readonly openProcess: () => Promise<ProcessWithBus>;
  readonly consume: (process: BusUnderTest, consumer: Partial<Consumer> & Pick<Consumer, 'topics' | 'handle'>) => Promise<RunningConsumer>;
}

/** What every bus must do with facts of the log. */
export function factContract({ backbone, here, there, openProcess, consume }: FactContractParts): void {
  test('a fact arrives as its chain has it, at every group, also at one that comes late', async () => {
    const kind = fresh('thing.happened');
    const seen: Envelope[][] = [[], []];
    const relay = relayOf(here(), here().bus);
    relay.start();
    await consume(here(), { topics: [kind], handle: async (batch) => void seen[0]?.push(...batch) });
    const accountId = here().newId<'Account'>();
    const id = here().newId<'Event'>();
    await here().database.transact(backbone().callers[1], async (work) => {
      work.record({ kind, version: 3, accountId, data: { text: 'half a pair \ud83d\ude00', list: [1, { b: null, a: 0.1 }] }, id, requestId: 'its-own', occurredAt: '2026-02-03T04:05:06.789Z' });
      work.record({ kind: fresh('thing.else'), version: 1, accountId: null, data: {} });
      work.record({ kind, version: 1, accountId: null, data: {} });
    });
    await relay.drain();
    await consume(there(), { topics: [kind], handle: async (batch) => void seen[1]?.push(...batch) });
    const { tenantId, actor, requestId } = backbone().callers[1];
    const { rows: [head] } = await backbone().admin.query<{ sequence: string; at: Date }>('select sequence, recorded_at as at from audit_head where tenant_id = $1', [tenantId]);
    const [last, recordedAt] = [Number(head?.sequence), head?.at.toISOString()];
    const expected = [
      { id, tenantId, kind, version: 3, accountId, sequence: last - 2, actor, requestId: 'its-own', occurredAt: '2026-02-03T04:05:06.789Z', recordedAt, data: { text: 'half a pair \ud83d\ude00', list: [1, { b: null, a: 0.1 }] } },
      { id: expect.any(String), tenantId, kind, version: 1, accountId: null, sequence: last, actor, requestId, occurredAt: recordedAt, recordedAt, data: {} },
    ];
    for (const list of seen) await eventually(() => expect(list.toSorted((a, b) => a.sequence - b.sequence)).toEqual(expected));
    await relay.stop();
  });

  test('facts that were taken in before their consumer died come again, and have their effect once', async () => {
    const kind = fresh('thing.happened');
    const group = fresh('crash');
    const relay = relayOf(here(), here().bus);
    relay.start();
    const takeIn = ({ database }: Process, batch: readonly Envelope[]): Promise<void> =>
      database.transact(backbone().callers[0], async (work) => {
        const unseen = await firstTime(work, group, batch);
        await work.rows(leaveEffects, [work.tenantId, unseen.map(({ id }) => id)]);
      });
    const dying = await openProcess();
    const died = Promise.withResolvers<void>();
    let delivered = 0;
    const doomed = await dying.bus.consume({
      group,
      topics: [kind],
      batchSize: 100,
      async handle(batch) {
        await takeIn(dying, batch);
        await dying.crash();
        died.resolve();
      },
    });
    await here().database.transact(backbone().callers[0], async (work) => {
      for (let index = 0; index < 5; index += 1) work.record({ kind, version: 1, accountId: null, data: { index } });
    });
    await died.promise;
    await doomed.stop();
    await consume(there(), {
      group,
      topics: [kind],
      async handle(batch) {
        await takeIn(there(), batch);
        delivered += batch.length;
      },
    });
    await eventually(() => expect(delivered).toBe(5));
    const { rows } = await backbone().admin.query<{ id: string }>('select event_id as id from effect where event_id in (select id from audit_logs where kind = $1)', [kind]);
    expect(rows).toHaveLength(5);
    await relay.stop();
  });

  test('an account of which facts fail holds up neither the others of its tenant nor other tenants; lag counts its facts', async () => {
    const kind = fresh('thing.happened');
    const group = fresh('stuck');
    const stuck = here().newId<'Account'>();
    const seen = new Set<string | null>();
    let away = true;
    const relay = relayOf(here(), here().bus);
    relay.start();
    await consume(there(), {
      group,
      topics: [kind],
      async handle(batch) {
        if (away && batch.some(({ accountId }) => accountId === stuck)) throw new Unavailable('not for this one');
        for (const { accountId } of batch) seen.add(accountId);
      },
    });
    await here().database.transact(backbone().callers[0], async (work) => work.record({ kind, version: 1, accountId: stuck, data: {} }));
    for (const caller of [backbone().callers[0], backbone().callers[1]]) {
      await here().database.transact(caller, async (work) => {
        for (let index = 0; index < 40; index += 1) work.record({ kind, version: 1, accountId: work.newId(), data: {} });
      });
    }
    // Of so many accounts, most are of other partitions.
    await eventually(() => expect(seen.size).toBeGreaterThan(50));
    expect(seen.has(stuck)).toBe(false);
    await eventually(async () => expect((await here().bus.lag(group)).get(kind) ?? 0).toBeGreaterThan(0));
    away = false;
    await eventually(async () => expect([seen.size, (await here().bus.lag(group)).get(kind)]).toEqual([81, 0]));
    await relay.stop();
  });
}
