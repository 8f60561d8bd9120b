import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decayScores } from '../../src/features/scoring/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { scoringTools } from './arrange.ts';

const hour = 3_600_000;
let program: Arranged;
beforeAll(async () => {
  // The scheduler stays out: each test runs the jobs it is about.
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
});
afterAll(() => program.close());

const { caller, uuidOf, now, stored, points, publish, tell, rescoreAll, truth, intentOf, expectTruth } = scoringTools(() => program);

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

describe('time alone', () => {
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
});
