import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applySignals, decayScores, defaultScoringModelParameters, type CountedSignal } from '../../src/features/scoring/index.ts';
import { nextCrossing } from '../../src/features/scoring/score-crossings.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { jobTasks } from '../../src/workers/jobs.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { scoringTools, type GivenModel, type Stored } from './arrange.ts';

const minute = 60_000;
const hour = 60 * minute;
let program: Arranged;
beforeAll(async () => {
  // The scheduler stays out: each test runs the jobs it is about.
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
});
afterAll(() => program.close());

const { caller, uuidOf, now, ago, stored, points, model, publish, tell, rescoreAll, truth, intentOf, expectTruth } = scoringTools(() => program);

let events = 0;

describe('a score', () => {
  test('is, after any signals in any batches, what a replay of the stored signals gives; contributions add up to it', async () => {
    const types = ['demo_request', 'meeting', 'website_visit', 'email_open', 'opportunity_lost', 'complaint', 'unheard_of'];
    const anyRun = fc.array(fc.array(fc.record({ type: fc.constantFrom(...types), age: fc.integer({ min: -4 * minute, max: 30 * 24 * hour }) }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 });
    for (const [index, batches] of fc.sample(anyRun, 6).entries()) {
      const id = await program.account(`random-${index}`);
      for (const [place, batch] of batches.entries()) {
        await program.ingest(batch.map(({ type, age }, at) => ({ account: { id }, type, source: 'random', sourceEventId: `${index}-${place}-${at}`, occurredAt: ago(age) })));
        program.clock.advance(place * minute);
        if (place % 2 === 0) await program.settled();
      }
      await program.settled();
      const known = batches.flat().some(({ type }) => type !== 'unheard_of');
      if (known) await expectTruth(id);
      else expect(await intentOf(id)).toEqual({ __typename: 'NoScore' });
    }
  });

  test('is not there until a signal counts, and types that the model does not know never do', async () => {
    const id = await program.account('never-scored');
    expect(await intentOf(id)).toEqual({ __typename: 'NoScore' });
    await tell(id, 'unheard_of');
    expect(await intentOf(id)).toEqual({ __typename: 'NoScore' });
    expect([await stored(id), await points(id)]).toEqual([undefined, []]);
  });

  test('costs the same number of statements however long its history is', async () => {
    const id = await program.account('long-history');
    const asked: string[][] = [];
    for (const size of [1, 400, 1]) {
      events += 1;
      const { results } = await program.ingest(Array.from({ length: size }, (_, index) => ({ account: { id }, type: 'email_open', source: 'long', sourceEventId: `${events}-${index}` })));
      await program.settled();
      const names: string[] = [];
      await program.database.transact(caller(), async (work) => {
        const counting: Work = Object.assign<Work, Pick<Work, 'rows'>>(Object.create(work), { rows: (statement, values) => (names.push(statement.name), work.rows(statement, values)) });
        const counted: CountedSignal = { signalId: uuidOf(results[0]?.signal?.id ?? '') as Id<'Signal'>, accountId: uuidOf(id) as Id<'Account'>, sequence: Number.MAX_SAFE_INTEGER };
        await applySignals(counting, [counted]);
        throw new Error('enough seen');
      }).catch((error: unknown) => expect(String(error)).toContain('enough seen'));
      asked.push(names);
    }
    expect(asked[1]).toEqual(asked[0]);
    expect(asked[2]).toEqual(asked[0]);
    expect(asked[0]).not.toContain('past_signals');
  });

  test('follows the account\'s fit to the ICP', async () => {
    await publish({ icp: { industries: ['Software'], minEmployees: 100, regions: [], mismatchFactor: 0.5, unknownMismatchShare: 0.5 } });
    await rescoreAll();
    const id = await program.account('fitting', { industry: 'software', employeeCount: 100 });
    await tell(id, 'meeting');
    const fitting = await intentOf(id);
    expect([fitting.icpFit, fitting.fitCoverage]).toEqual([1, 1]);
    const unknown = await program.account('unknown-traits', { employeeCount: 100 });
    await tell(unknown, 'meeting');
    // Neither as high as what fits, nor as low as what does not.
    expect(await intentOf(unknown)).toMatchObject({ icpFit: 0.5 ** 0.5, fitCoverage: 0.5 });
    await expectTruth(unknown);
    const then = program.clock.now().toISOString();
    program.clock.advance(minute);
    await program.upsertAccounts([{ externalRef: crm('unknown-traits'), name: 'unknown-traits', industry: 'Retail', employeeCount: 100 }]);
    await program.settled();
    expect(await intentOf(unknown)).toMatchObject({ icpFit: 0.5, fitCoverage: 1 });
    expect(await intentOf(unknown, then)).toMatchObject({ icpFit: 0.5 ** 0.5, fitCoverage: 0.5 });
    program.clock.advance(minute);
    await program.upsertAccounts([{ externalRef: crm('fitting'), name: 'Renamed', industry: 'software', employeeCount: 100 }]);
    await program.settled();
    expect(await points(id)).toHaveLength(1);
    await program.upsertAccounts([{ externalRef: crm('fitting'), name: 'Renamed', industry: 'Retail', employeeCount: 99 }]);
    await program.settled();
    expect((await intentOf(id)).icpFit).toBe(0.25);
    await expectTruth(id);
    expect((await points(id)).at(-1)).toMatchObject({ cause: 'ACCOUNT', crossed: null });
    await publish();
    await rescoreAll();
  });
});

describe('the threshold', () => {
  test('crossed upward is recorded once', async () => {
    const id = await program.account('upward');
    for (const type of ['stage_change', 'demo_request', 'meeting', 'meeting']) await tell(id, type);
    const history = await points(id);
    expect(history.map(({ crossed }) => crossed).filter(Boolean)).toEqual(['UP']);
    const up = history.find(({ crossed }) => crossed === 'UP');
    expect([(up?.previous ?? 100) < 75, (up?.value ?? 0) >= 75]).toEqual([true, true]);
    expect(history.map(({ previous }) => previous)).toEqual([null, ...history.slice(0, -1).map(({ value }) => expect.closeTo(value, 9) as number)]);
    const intent = await intentOf(id);
    expect([intent.band, intent.nextThresholdCrossing?.direction]).toEqual(['HIGH', 'DOWN']);
    const facts = (await program.facts('context.updated')).filter(({ account_id }) => account_id === uuidOf(id));
    expect(facts.map(({ data }) => data['crossed'])).toEqual(history.map(({ crossed }) => crossed));
  });

  test('crossed downward by decay is told with the instant of the crossing, and the stored score stays half a point near', async () => {
    const id = await program.account('downward');
    for (const type of ['stage_change', 'demo_request']) await tell(id, type);
    const crossing = Date.parse((await intentOf(id)).nextThresholdCrossing?.at ?? '');
    const { state, icp_fit } = (await stored(id)) as Stored;
    expect(nextCrossing(state, await model(), icp_fit, now())).toEqual({ at: crossing, direction: 'DOWN' });
    for (const share of [0.2, 0.5, 0.9]) {
      program.clock.advance(Math.floor((crossing - now()) * share));
      await decayScores(program.database, caller());
      const off = ((await stored(id))?.intent_score ?? 0) - (await truth(id)).value;
      expect(off).toBeGreaterThanOrEqual(-1e-9);
      expect(off).toBeLessThanOrEqual(0.5 + 1e-9);
    }
    expect((await points(id)).filter(({ crossed }) => crossed === 'DOWN')).toEqual([]);
    program.clock.advance(crossing - now() - 1);
    // Accounts of other tests may cross by now; this one does not.
    await decayScores(program.database, caller());
    expect((await points(id)).filter(({ crossed }) => crossed === 'DOWN')).toEqual([]);
    program.clock.advance(1 + 40_000);
    await jobTasks({ ...program, bus: { prune: async () => 0, read: async function* () {} }, deadLetters: { prune: async () => undefined }, llm: undefined as never, log: { info: () => undefined } as never })['decay-scores']?.run({}, {} as never);
    const down = (await points(id)).filter(({ crossed }) => crossed === 'DOWN');
    expect(down).toMatchObject([{ cause: 'DECAY', occurred_at: new Date(crossing) }]);
    expect([(down[0]?.previous ?? 0) >= 75, (down[0]?.value ?? 100) < 75]).toEqual([true, true]);
    const fact = (await program.facts('context.updated')).findLast(({ account_id: of }) => of === uuidOf(id)) as unknown as { occurred_at: Date; recorded_at: Date };
    expect([fact.occurred_at.getTime(), fact.recorded_at.getTime()]).toEqual([crossing, crossing + 40_000]);
    await decayScores(program.database, caller());
    expect((await points(id)).filter(({ crossed }) => crossed === 'DOWN')).toHaveLength(1);
    expect((await intentOf(id)).band).toBe('MEDIUM');
  });

  test('crossed by decay before anybody looked is told before the signal that takes the score up again', async () => {
    const id = await program.account('down-then-up');
    for (const type of ['stage_change', 'demo_request']) await tell(id, type);
    const crossing = Date.parse((await intentOf(id)).nextThresholdCrossing?.at ?? '');
    program.clock.advance(crossing - now() + hour);
    for (const type of ['demo_request']) await tell(id, type);
    expect((await points(id)).slice(-2)).toMatchObject([
      { crossed: 'DOWN', cause: 'DECAY', occurred_at: new Date(crossing) },
      { crossed: 'UP', cause: 'SIGNAL', occurred_at: new Date(now()) },
    ]);
    expect((await intentOf(id, program.clock.now().toISOString())).value).toBeCloseTo((await truth(id)).value, 9);
    await expectTruth(id);
  });

  test('about to be crossed within two minutes wakes the job at that second', async () => {
    const id = await program.account('soon');
    for (const type of ['stage_change', 'demo_request']) await tell(id, type);
    const crossing = Date.parse((await intentOf(id)).nextThresholdCrossing?.at ?? '');
    program.clock.advance(crossing - now() - 90_000);
    await decayScores(program.database, caller());
    const key = `decay-scores:${Math.ceil(crossing / 1_000)}`;
    const [job] = (await program.rows(`select run_at from graphile_worker.jobs where key = $1`, [key])) as unknown as { run_at: Date }[];
    expect(job?.run_at.getTime()).toBe(Math.ceil(crossing / 1_000) * 1_000);
  });
});

describe('a new version of the model', () => {
  const doubled = (): Partial<GivenModel> => ({ signalTypes: defaultScoringModelParameters().signalTypes.map((each) => ({ ...each, weight: each.weight * 2 })) });

  test('scores every account anew, and says what the score was', async () => {
    const ids = await Promise.all(['model-1', 'model-2'].map((name) => program.account(name)));
    for (const id of ids) await tell(id, 'meeting');
    const before = await Promise.all(ids.map((id) => intentOf(id)));
    const version = await publish(doubled());
    await jobTasks({ ...program, bus: { prune: async () => 0, read: async function* () {} }, deadLetters: { prune: async () => undefined }, llm: undefined as never, log: { info: () => undefined } as never })['rescore-tenant']?.run({ tenantId: program.tenant, requestId: 'publish' }, {} as never);
    for (const [index, id] of ids.entries()) {
      await expectTruth(id);
      const last = (await points(id)).at(-1);
      expect(last).toMatchObject({ cause: 'MODEL', model_version: version });
      expect(last?.previous).toBeCloseTo(before[index]?.value ?? -1, 9);
      expect(last?.value).toBeGreaterThan(before[index]?.value ?? 100);
    }
    expect(await program.count('select from account_contexts where model_version <> $1', [version])).toBe(0);
    const told = await program.count('select from score_point');
    await rescoreAll();
    expect(await program.count('select from score_point')).toBe(told);
    await publish();
    await rescoreAll();
  });

  test('counts no signal twice whose fact is still on its way', async () => {
    const id = await program.account('in-flight');
    await tell(id, 'meeting');
    // The bus stands still: what is ingested now reaches the engine only after the rescoring.
    await program.admin.query('begin');
    await program.admin.query('lock table inbox_block in access exclusive mode');
    await program.ingest([{ account: { id }, type: 'meeting', source: 'test', sourceEventId: 'in-flight' }]);
    const version = await publish(doubled());
    await rescoreAll();
    await program.ingest([{ account: { id }, type: 'call', source: 'test', sourceEventId: 'after-the-rescoring' }]);
    await program.admin.query('commit');
    await program.settled();
    expect((await stored(id))?.model_version).toBe(version);
    await expectTruth(id);
  });

  test('counts the whole past of an account that an older one never scored', async () => {
    const id = await program.account('late-bloomer');
    await tell(id, 'webinar');
    expect(await intentOf(id)).toEqual({ __typename: 'NoScore' });
    const known = [...defaultScoringModelParameters().signalTypes, { type: 'webinar', weight: 10, halfLifeHours: 100 }];
    await publish({ signalTypes: known });
    // This signal comes before the job does.
    await tell(id, 'call');
    await expectTruth(id);
    await rescoreAll();
    await expectTruth(id);
    const other = await program.account('late-bloomer-too');
    await tell(other, 'seminar');
    await publish({ signalTypes: [...known, { type: 'seminar', weight: 10, halfLifeHours: 100 }] });
    await rescoreAll();
    await expectTruth(other);
    expect((await points(other)).map(({ cause, previous }) => [cause, previous])).toEqual([['MODEL', null]]);
  });

  test('leaves decay under the older one to be told until its turn has come', async () => {
    const id = await program.account('between-models');
    for (const type of ['stage_change', 'demo_request']) await tell(id, type);
    const crossing = Date.parse((await intentOf(id)).nextThresholdCrossing?.at ?? '');
    await publish(doubled());
    program.clock.advance(crossing - now() + minute);
    await decayScores(program.database, caller());
    expect((await points(id)).at(-1)).toMatchObject({ crossed: 'DOWN', cause: 'DECAY', occurred_at: new Date(crossing) });
    await rescoreAll();
    expect((await points(id)).at(-1)).toMatchObject({ crossed: 'UP', cause: 'MODEL' });
    await expectTruth(id);
    await publish();
    await rescoreAll();
  });
});

test('the history and the trend of a score, and the score as of instants', async () => {
  const id = await program.account('as-of');
  const born = program.clock.now().toISOString();
  program.clock.advance(hour);
  await tell(id, 'meeting');
  const first = { at: program.clock.now().toISOString(), ...(await intentOf(id)) };
  program.clock.advance(100 * hour);
  const decayed = { at: program.clock.now().toISOString(), ...(await intentOf(id)) };
  await tell(id, 'demo_request');
  const second = await intentOf(id);
  expect(decayed.value).toBeLessThan(first.value);
  expect(await intentOf(id, born)).toEqual({ __typename: 'NoScore' });
  const { at, ...thenFirst } = first;
  expect(await intentOf(id, at)).toEqual(thenFirst);
  expect((await intentOf(id, ago(50 * hour))).value).toBeLessThan(first.value);
  expect(second.history.totalCount).toBe(2);
  expect(second.history.edges.map(({ node }) => [node.cause, node.value, node.causedBy === null])).toEqual([['SIGNAL', second.value, false], ['SIGNAL', first.value, false]]);
  expect(second.history.edges[0]?.node.previous).toBeCloseTo(decayed.value, 9);
  expect([first.trend, second.trend]).toEqual(['RISING', 'RISING']);
  program.clock.advance(7 * 24 * hour);
  expect((await intentOf(id)).trend).toBe('FALLING');
  program.clock.advance(365 * 24 * hour);
  expect(await intentOf(id)).toMatchObject({ trend: 'STEADY', band: 'LOW' });
});
