import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { icpFit, replay, scoreAt, type ScoreState } from '../../src/features/scoring/intent-score.ts';
import { nextCrossing } from '../../src/features/scoring/score-crossings.ts';
import { modelInForce } from '../../src/features/scoring/scoring-model.queries.ts';
import { applySignals, decayScores, publishScoringModel, rescoreNext, type CountedSignal } from '../../src/features/scoring/index.ts';
import type { z } from 'zod';
import type { ScoringModel, scoringModelParameters } from '../../src/features/scoring/scoring-model.ts';
import { defaultScoringModelParameters } from '../../src/features/scoring/scoring-model.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { jobTasks } from '../../src/workers/jobs.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

type ScoringModelParameters = z.input<typeof scoringModelParameters>;
const minute = 60_000;
const hour = 60 * minute;
let program: Arranged;
beforeAll(async () => {
  // The scheduler stays out: each test runs the jobs it is about.
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
});
afterAll(() => program.close());

interface Stored {
  readonly intent_score: number;
  readonly model_version: number;
  readonly icp_fit: number;
  readonly state: ScoreState;
  readonly above_threshold: boolean;
  readonly next_crossing_at: Date | null;
}
interface PointRow {
  readonly id: string;
  readonly value: number;
  readonly previous: number | null;
  readonly crossed: string | null;
  readonly cause: string;
  readonly occurred_at: Date;
  readonly model_version: number;
}
interface Intent {
  readonly __typename: string;
  readonly value: number;
  readonly band: string;
  readonly trend: string;
  readonly modelVersion: number;
  readonly icpFit: number;
  readonly fitCoverage: number | null;
  readonly computedAt: string;
  readonly nextThresholdCrossing: { at: string; direction: string } | null;
  readonly contributions: readonly { points: number; weight: number; decayFactor: number; signal: { id: string } }[];
  readonly history: { readonly totalCount: number; readonly edges: readonly { readonly node: { value: number; previous: number | null; cause: string; crossed: string | null; occurredAt: string; causedBy: { id: string } | null } }[] };
}

const caller = () => ({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' } as const, requestId: 'test' });
const uuidOf = (globalId: string): string => parseGlobalId(globalId)?.id ?? '';
const now = (): number => program.clock.now().getTime();
const ago = (milliseconds: number): string => new Date(now() - milliseconds).toISOString();
const stored = async (id: string): Promise<Stored | undefined> => (await program.rows('select * from account_contexts where account_id = $1', [uuidOf(id)]))[0] as unknown as Stored | undefined;
const points = async (id: string): Promise<PointRow[]> => (await program.rows('select * from score_point where account_id = $1 order by recorded_at, id', [uuidOf(id)])) as unknown as PointRow[];
const model = (): Promise<ScoringModel> => program.database.transact(caller(), (work) => modelInForce(work, work.tenantId));
const publish = (change: Partial<ScoringModelParameters> = {}): Promise<number> => program.database.transact(caller(), (work) => publishScoringModel(work, { ...defaultScoringModelParameters(75), ...change }));
let events = 0;
const tell = async (id: string, type: string, more: Record<string, unknown> = {}): Promise<void> => {
  events += 1;
  await program.ingest([{ account: { id }, type, source: 'test', sourceEventId: `event-${events}`, ...more }]);
  await program.settled();
};
async function rescoreAll(): Promise<void> {
  for (let after: Id<'Account'> | null = null; ; ) {
    const from: Id<'Account'> | null = after;
    after = await program.database.transact(caller(), (work) => rescoreNext(work, from));
    if (after === null) return;
  }
}
/** The score computed from nothing but the stored signals. */
async function truth(id: string): Promise<{ state: ScoreState; value: number }> {
  const inForce = await model();
  const [account] = await program.rows('select industry, region, employee_count as "employeeCount" from account where id = $1', [uuidOf(id)]);
  const rows = (await program.rows('select type, occurred_at, recorded_at from signal where account_id = $1 order by recorded_at, id', [uuidOf(id)])) as unknown as { type: string; occurred_at: Date; recorded_at: Date }[];
  const state = replay(rows.map((row) => ({ type: row.type, occurredAt: row.occurred_at.getTime(), recordedAt: row.recorded_at.getTime() })), inForce);
  return { state, value: scoreAt(state, inForce, icpFit(account as never, inForce), now()) };
}
async function intentOf(id: string, asOf: string | null = null): Promise<Intent> {
  const { account } = await program.see<{ account: { intent: Intent } }>(
    `query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { intent { __typename ... on IntentScore { value band trend modelVersion icpFit fitCoverage computedAt nextThresholdCrossing { at direction }
       contributions(first: 100) { points weight decayFactor signal { id } } history(first: 100) { totalCount edges { node { value previous cause crossed occurredAt causedBy { id } } } } } } } }`,
    { id, asOf },
  );
  return account.intent;
}
async function expectTruth(id: string): Promise<void> {
  const [row, { state, value }] = [await stored(id), await truth(id)];
  const intent = await intentOf(id);
  for (const [type, sum] of Object.entries(state)) expect(row?.state[type]?.raw).toBeCloseTo(sum.raw, 9);
  expect(Object.keys(row?.state ?? {}).sort()).toEqual(Object.keys(state).sort());
  expect(intent.value).toBeCloseTo(value, 9);
  expect(intent.contributions.reduce((sum, { points: each }) => sum + each, 0)).toBeCloseTo(intent.value, 9);
}

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

describe('what lowers a score', () => {
  test('a lost opportunity takes an account down, never up, whichever way it is told', async () => {
    const id = await program.account('lost-deal');
    for (const type of ['stage_change', 'demo_request', 'meeting']) await tell(id, type, { payload: { StageName: 'Negotiation' } });
    const before = await intentOf(id);
    expect(before.band).toBe('HIGH');
    await tell(id, 'stage_change', { payload: { StageName: 'Closed Lost' } });
    const after = await intentOf(id);
    expect(after.value).toBeLessThan(75);
    expect((await points(id)).at(-1)).toMatchObject({ cause: 'SIGNAL', crossed: 'DOWN' });
    expect(after.contributions.find(({ weight }) => weight === -60)?.points).toBeLessThan(0);
    await expectTruth(id);
    const alone = await program.account('only-lost');
    await tell(alone, 'stage_change', { payload: { StageName: 'Verloren', IsClosed: true, IsWon: false } });
    expect(await intentOf(alone)).toMatchObject({ value: 0, band: 'LOW', contributions: [{ weight: -60, points: 0 }], nextThresholdCrossing: null });
    const won = await program.account('only-won');
    await tell(won, 'stage_change', { payload: { StageName: 'Closed Won' } });
    expect(await intentOf(won)).toEqual({ __typename: 'NoScore' });
  });

  test('24 page visits or 18 support tickets alone are not high intent; capped contributions say so and add up', async () => {
    const [visits, tickets] = await Promise.all(['visits', 'tickets'].map((name) => program.account(name)));
    await program.ingest(Array.from({ length: 24 }, (_, at) => ({ account: { id: visits }, type: 'pricing_page_visit', source: 'web', sourceEventId: `visit-${at}` })));
    await program.ingest(Array.from({ length: 18 }, (_, at) => ({ account: { id: tickets }, type: 'support_ticket', source: 'jira', sourceEventId: `ticket-${at}` })));
    await program.settled();
    const capped = await program.see<{ account: { intent: { contributions: { points: number; capped: boolean }[] } } }>('query($id: ID!) { account(id: $id) { intent { ... on IntentScore { value band contributions(first: 100) { points capped } } } } }', { id: visits });
    expect(capped.account.intent).toMatchObject({ band: 'MEDIUM', value: expect.closeTo(50, 6) as number });
    expect(capped.account.intent.contributions.every((each) => each.capped)).toBe(true);
    expect(capped.account.intent.contributions.reduce((sum, { points: each }) => sum + each, 0)).toBeCloseTo(50, 6);
    expect(await intentOf(tickets as string)).toEqual({ __typename: 'NoScore' });
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

  test('crossed upward by decay of what was negative is published when it happens, and each crossing that nobody looked at, in order', async () => {
    await publish({ signalTypes: [{ type: 'meeting', weight: 100, halfLifeHours: 240 }, { type: 'complaint', weight: -80, halfLifeHours: 24 }] });
    await rescoreAll();
    const [watched, missed] = await Promise.all(['watched', 'missed'].map((name) => program.account(name)));
    for (const id of [watched, missed] as string[]) for (const type of ['meeting', 'complaint']) await tell(id, type);
    const low = await intentOf(watched as string);
    expect(low).toMatchObject({ band: 'LOW', nextThresholdCrossing: { direction: 'UP' } });
    const up = Date.parse(low.nextThresholdCrossing?.at ?? '');
    program.clock.advance(up - now() - 1);
    await decayScores(program.database, caller());
    expect((await points(watched as string)).filter(({ cause }) => cause === 'DECAY')).toEqual([]);
    program.clock.advance(1);
    await program.rows('update account_contexts set refresh_at = null where account_id = $1', [uuidOf(missed as string)]);
    expect(await decayScores(program.database, caller())).toBeGreaterThanOrEqual(1);
    expect((await points(watched as string)).at(-1)).toMatchObject({ cause: 'DECAY', crossed: 'UP', occurred_at: new Date(up) });
    expect((await program.facts('context.updated')).findLast(({ account_id: of }) => of === uuidOf(watched as string))?.data).toMatchObject({ crossed: 'UP', cause: 'DECAY' });
    const high = await intentOf(watched as string);
    expect(high).toMatchObject({ band: 'HIGH', nextThresholdCrossing: { direction: 'DOWN' } });
    expect(high.contributions.map(({ weight }) => weight).toSorted((a, b) => a - b)).toEqual([-80, 100]);
    const down = Date.parse(high.nextThresholdCrossing?.at ?? '');
    program.clock.advance(down - now() + hour);
    await tell(missed as string, 'meeting');
    expect((await points(missed as string)).slice(-3)).toMatchObject([
      { cause: 'DECAY', crossed: 'UP', occurred_at: new Date(up) }, { cause: 'DECAY', crossed: 'DOWN', occurred_at: new Date(down) }, { cause: 'SIGNAL', crossed: 'UP' },
    ]);
    await expectTruth(missed as string);
    await decayScores(program.database, caller());
    for (const id of [watched, missed] as string[]) await expectTruth(id);
    await publish();
    await rescoreAll();
  });

  test('a stored score that rises by time alone stays half a point near', async () => {
    const id = await program.account('rising');
    for (const type of ['meeting', 'demo_request', 'complaint', 'complaint']) await tell(id, type);
    for (let day = 0; day < 12; day += 1) {
      program.clock.advance(12 * hour);
      await decayScores(program.database, caller());
      expect(Math.abs(((await stored(id))?.intent_score ?? 0) - (await truth(id)).value)).toBeLessThanOrEqual(0.5 + 1e-9);
    }
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
  const doubled = (): Partial<ScoringModelParameters> => ({ signalTypes: defaultScoringModelParameters().signalTypes.map((each) => ({ ...each, weight: each.weight * 2 })) });

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
    await program.admin.query('lock table inbox in access exclusive mode');
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
