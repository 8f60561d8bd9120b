import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bootstrap } from '../../src/features/laboratory/bootstrap.ts';
import { minorUnits } from '../../src/features/laboratory/check-history.ts';
import { followModel, followRecency, type Crossing } from '../../src/features/laboratory/follow-model.ts';
import { measureAccount, type AccountOutcome, type Judgement } from '../../src/features/laboratory/measure-account.ts';
import { AccountReplay } from '../../src/features/laboratory/replay-account.ts';
import { RunFigures } from '../../src/features/laboratory/run-metrics.ts';
import { wouldPropose } from '../../src/features/laboratory/would-propose.ts';
import { effectiveAt, icpFit, replay, scoreAt } from '../../src/features/scoring/intent-score.ts';
import { RunningScore } from '../../src/features/scoring/index.ts';
import { anyModel, anySignals, noon } from '../scoring/arbitraries.ts';

const day = 86_400_000;
const account = { industry: null, region: null, employeeCount: null };
const known = [{ accountId: 'a' as never, at: 0, traits: account }];
const window = { from: noon - 30 * day, to: noon };

describe('a replay in memory', () => {
  test('crosses exactly where the score does, wherever it is looked at', () => {
    fc.assert(fc.property(anyModel, anySignals, fc.array(fc.integer({ min: window.from, max: window.to }), { maxLength: 8 }), (model, signals, looks) => {
      const follower = followModel(new RunningScore(model));
      const ordered = signals.map((signal) => ({ signal, at: effectiveAt(signal) })).filter(({ at }) => at <= window.to).toSorted((one, other) => one.at - other.at);
      const going = new AccountReplay(window, [follower], known, true);
      for (const { signal, at } of ordered) going.take({ accountId: 'a' as never, type: signal.type, effectiveAt: at, at, counts: true, isNew: true, pointId: null });
      going.end();
      const truth = (t: number): number | null => {
        const state = replay(ordered.filter(({ at }) => at <= t).map(({ signal }) => signal), model);
        return Object.keys(state).length === 0 ? null : scoreAt(state, model, icpFit(account, model), t);
      };
      expect(follower.scoreAt(window.to)).toBe(truth(window.to));
      // Directions take turns, and between two crossings the score stays on one side.
      const { crossings } = follower;
      expect(crossings.every(({ direction }, place) => direction === (place % 2 === 0 ? 'UP' : 'DOWN'))).toBe(true);
      for (const look of looks) {
        const last = crossings.findLast(({ at }) => at <= look);
        const score = truth(look);
        // Within a hair of the threshold rounding decides.
        if (score !== null && Math.abs(score - model.highIntentThreshold) < 1e-6) continue;
        expect(score !== null && score >= model.highIntentThreshold).toBe(last?.direction === 'UP');
      }
    }));
  });

  test('samples every week while the account is there', () => {
    const follower = followRecency();
    const going = new AccountReplay(window, [follower], [{ accountId: 'a' as never, at: window.from + 8 * day, traits: account }, { accountId: 'a' as never, at: window.from + 20 * day, traits: null }], false);
    going.end();
    expect(going.samples.map(({ at }) => (at - window.from) / day)).toEqual([14]);
    expect(going.exists).toBe(false);
  });

  test('by recency flags a signal after a quiet time', () => {
    const follower = followRecency();
    const going = new AccountReplay({ from: noon - 100 * day, to: noon }, [follower], known, true);
    for (const age of [120, 60, 50, 10]) going.take({ accountId: 'a' as never, type: 'any', effectiveAt: noon - age * day, at: noon - age * day, counts: true, isNew: true, pointId: null });
    going.end();
    expect(follower.crossings.map(({ at }) => (noon - at) / day)).toEqual([60, 10]);
    expect(follower.scoreAt(noon + 4 * day)).toBe(50);
  });
});

const up = (at: number): Crossing => ({ at, direction: 'UP', score: 80 });
const judged = (outcome: AccountOutcome | null, more: Partial<Judgement> = {}): Judgement => ({ from: 0, to: 100 * day, frozenAt: 200 * day, horizon: 30 * day, outcome, ...more });

describe('an account', () => {
  test.each([
    ['won within the horizon', [up(10 * day)], { result: 'WON', closedAt: 20 * day }, { judged: true, hit: true, lead: 10 * day }],
    ['won too late', [up(10 * day)], { result: 'WON', closedAt: 50 * day }, { judged: true, hit: false, lead: null }],
    ['won after a later flag', [up(10 * day), up(45 * day)], { result: 'WON', closedAt: 50 * day }, { judged: true, hit: true, lead: 5 * day }],
    ['lost', [up(10 * day)], { result: 'LOST', closedAt: 20 * day }, { judged: true, hit: false }],
    ['flagged only after it was won', [up(30 * day)], { result: 'WON', closedAt: 20 * day }, { flagged: true, judged: false, hit: false }],
    ['whose horizon has passed', [up(10 * day)], null, { judged: true, hit: false }],
    ['that is not known yet', [up(190 * day)], null, { flagged: true, judged: false }],
    ['never flagged', [], null, { flagged: false, judged: false }],
  ] as const)('%s', (_name, crossings, outcome, expected) => {
    expect(measureAccount(judged(outcome), [crossings], []).models[0]).toMatchObject(expected);
  });

  test('is sampled until its outcome, and only where it is known whether a win followed', () => {
    const samples = [0, 7, 14, 21].map((days) => ({ at: days * day, scores: [35] }));
    const { models } = measureAccount(judged({ result: 'WON', closedAt: 15 * day }, { horizon: 10 * day }), [[]], samples);
    expect(models[0]?.bins).toEqual([{ tenth: 3, samples: 3, predicted: 1_050_000, wins: 2, squaredError: Math.round(0.35 ** 2 * 1e6) + 2 * Math.round(0.65 ** 2 * 1e6) }]);
    expect(measureAccount(judged(null, { frozenAt: 12 * day, horizon: 10 * day }), [[]], samples).models[0]?.bins[0]?.samples).toBe(1);
  });

  test('is proposed for once, then waits for the decision and the cool-down', () => {
    const facts = { coolDown: 72 * 3_600_000, isBlocked: false, consents: [{ from: 0, until: 20 * day }] };
    expect(wouldPropose([up(day), up(2 * day), up(5 * day), up(8 * day), up(21 * day)], facts)).toEqual([null, 'STANDING_PROPOSAL', 'COOL_DOWN', null, 'NO_CONSENT']);
    expect(wouldPropose([up(day)], { ...facts, isBlocked: true })).toEqual(['ACCOUNT_STATUS']);
  });
});

const anyAccount = fc.record({ score: fc.integer({ min: 0, max: 100 }), flag: fc.boolean(), won: fc.boolean(), days: fc.integer({ min: 1, max: 60 }) }).map(({ score, flag, won, days }) =>
  measureAccount(judged(won ? { result: 'WON', closedAt: days * day } : null), [flag ? [up(0)] : [], [], []], [{ at: 0, scores: [score, 0, 0] }]));

describe('figures', () => {
  test('are those of the definition, lie in their range, and depend on the seed only in their intervals', () => {
    fc.assert(fc.property(fc.array(anyAccount, { maxLength: 30 }), fc.bigInt({ min: 0n, max: 10n ** 17n }), (accounts, seed) => {
      const [one, again, other] = [seed, seed, seed + 1n].map((own) => {
        const figures = new RunFigures(own);
        for (const each of accounts) figures.take(each);
        return figures.figures();
      });
      expect(again).toEqual(one);
      const candidate = one?.models.CANDIDATE;
      expect(other?.models.CANDIDATE.precision.value).toBe(candidate?.precision.value);
      const [flagged, hits, won] = [accounts.filter(({ models }) => models[0]?.judged), accounts.filter(({ models }) => models[0]?.hit), accounts.filter((each) => each.won)];
      expect(candidate?.precision.value ?? null).toBe(flagged.length === 0 ? null : hits.length / flagged.length);
      expect(candidate?.recall.value ?? null).toBe(won.length === 0 ? null : hits.length / won.length);
      for (const figure of [candidate?.precision, candidate?.recall, candidate?.brier, one?.baseRate]) {
        if (!figure || figure.value === null) continue;
        expect(figure.low).toBeLessThanOrEqual(figure.high ?? NaN);
        expect(figure.low).toBeGreaterThanOrEqual(0);
        expect(figure.high).toBeLessThanOrEqual(1);
      }
      expect(candidate?.calibration.reduce((sum, { samples }) => sum + samples, 0)).toBe(accounts.reduce((sum, { models }) => sum + (models[0]?.bins[0]?.samples ?? 0), 0));
    }), { numRuns: 25 });
  });

  test('have intervals that hold the truth about as often as they say', () => {
    // Hits of 60 accounts with probability 0.3: of 200 samples of accounts, about 190 intervals hold it.
    let [held, state] = [0, 12_345];
    const random = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
    for (let sample = 0; sample < 200; sample += 1) {
      const bootstrap = new Bootstrap(2, BigInt(sample), 400);
      for (let each = 0; each < 60; each += 1) bootstrap.take([1, random() < 0.3 ? 1 : 0]);
      const [low, high] = bootstrap.interval((sum) => (sum(0) === 0 ? null : sum(1) / sum(0))) ?? [1, 0];
      if (low <= 0.3 && 0.3 <= high) held += 1;
    }
    expect(held).toBeGreaterThan(178);
    expect(held).toBeLessThan(200);
  });
});

test('an amount in major units has the minor units of its currency', () => {
  expect([minorUnits('12.5', 'USD'), minorUnits('12', 'JPY'), minorUnits('1.2345', 'KWD'), minorUnits('1.200', 'USD'), minorUnits('-1', 'USD'), minorUnits('1,5', 'EUR'), minorUnits('12.5', 'JPY')]).toEqual([1_250, 12, NaN, 120, NaN, NaN, NaN]);
});
