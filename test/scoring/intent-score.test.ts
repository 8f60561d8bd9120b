import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addSignals,
  bandOf,
  contribution,
  effectiveAt,
  emptyState,
  icpFit,
  fitCoverage,
  rawAt,
  replay,
  scoreAt,
  scorePartsAt,
  trendOf,
  type ScoredSignal,
} from '../../src/features/scoring/intent-score.ts';
import { scoreOfRaw } from '../../src/features/scoring/score-rates.ts';
import { anyFit, anyLaterInstant, anyModel, anyRaisingModel, anySignal, anySignals, day, hour, modelWith, noon } from './arbitraries.ts';
import { expectClose, rawByDefinition, signal } from './definition.ts';

describe('known values', () => {
  const model = modelWith({ signalTypes: [{ type: 'meeting', weight: 30, halfLifeHours: 24 }], saturation: 50 });

  test('one signal weighs its weight at once, half after a half-life, a quarter after two', () => {
    const state = replay([signal('meeting', noon)], model);
    for (const [hours, left] of [[0, 30], [24, 15], [48, 7.5]] as const) expectClose(rawAt(state, model, 1, noon + hours * hour), left, 1e-14);
    expectClose(rawAt(state, model, 0.5, noon), 15, 1e-14);
  });

  test('the curve: nothing is 0, the saturation is 63.2, three times the saturation is 95', () => {
    expect([0, 50, 150, 1e12].map((raw) => Number(scoreOfRaw(raw, model).toFixed(3)))).toEqual([0, 63.212, 95.021, 100]);
    expect(scoreAt(emptyState, model, 1, noon)).toBe(0);
  });

  test('a late signal adds what decay would have left of it', () => {
    const inTime = replay([signal('meeting', noon)], model);
    expectClose(rawAt(addSignals(inTime, [signal('meeting', noon - day, noon + hour)], model), model, 1, noon), 45, 1e-14);
  });

  test('a signal that claims to come from the future decays from when it was received', () => {
    const early = signal('meeting', noon + 5 * 60_000, noon);
    expect(effectiveAt(early)).toBe(noon);
    expect(replay([early], model)).toEqual(replay([signal('meeting', noon)], model));
  });

  test('two signals share the score as they share the raw sum', () => {
    const fresh = signal('meeting', noon);
    const old = signal('meeting', noon - day);
    const state = replay([fresh, old], model);
    const parts = scorePartsAt(state, model, 1, noon);
    expect([parts.raw, parts.score]).toEqual([expect.closeTo(45, 12), scoreAt(state, model, 1, noon)]);
    expect(contribution(fresh, model, noon, parts)).toEqual({ weight: 30, decayFactor: 1, points: expect.closeTo(parts.score * (30 / 45), 9), capped: false });
    expect(contribution(old, model, noon, parts)).toEqual({ weight: 30, decayFactor: 0.5, points: expect.closeTo(parts.score * (15 / 45), 9), capped: false });
  });

  test('the default model: a demo, a meeting and a pricing visit within days are high intent, each alone is not', () => {
    const standard = modelWith();
    const signals = [
      signal('stage_change', noon - 3 * day),
      signal('meeting', noon - day),
      signal('pricing_page_visit', noon),
    ];
    expect(scoreAt(replay(signals, standard), standard, 1, noon)).toBeCloseTo(80.5, 1);
    expect(standard.signalTypes.some(({ type }) => type === 'support_ticket')).toBe(false);
    for (const { type } of standard.signalTypes) {
      expect(scoreAt(replay([signal(type, noon)], standard), standard, 1, noon)).toBeLessThan(60);
    }
  });
});

describe('the score', () => {
  test('lies in 0..100', () => {
    fc.assert(
      fc.property(anySignals, anyModel, anyFit, fc.integer({ min: -8.64e15, max: 8.64e15 }), (signals, model, fit, t) => {
        const score = scoreAt(replay(signals, model), model, fit, t);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
      }),
    );
  });

  test('without negative types never rises by time alone', () => {
    fc.assert(
      fc.property(anySignals, anyRaisingModel, anyFit, anyLaterInstant, fc.nat(365 * day), (signals, model, fit, t, wait) => {
        const state = replay(signals, model);
        expect(scoreAt(state, model, fit, t + wait)).toBeLessThanOrEqual(scoreAt(state, model, fit, t) + 1e-12);
      }),
    );
  });

  test('never falls by a signal of a positive type, and never rises by one of a negative type', () => {
    fc.assert(
      fc.property(anySignals, anySignal, anyModel, anyFit, anyLaterInstant, (signals, one, model, fit, t) => {
        const state = replay(signals, model);
        const weight = model.signalTypes.find(({ type }) => type === one.type)?.weight ?? 0;
        const change = scoreAt(addSignals(state, [one], model), model, fit, t) - scoreAt(state, model, fit, t);
        expect(Math.sign(weight) * change).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });

  test('is the sum of the contributions, negative and capped ones included; no type contributes more points than its cap', () => {
    fc.assert(
      fc.property(anySignals, anyModel, anyFit, anyLaterInstant, (signals, model, fit, t) => {
        const parts = scorePartsAt(replay(signals, model), model, fit, t);
        const contributions = signals.map((one) => ({ type: one.type, ...contribution(one, model, t, parts) }));
        const total = (some: readonly { points: number }[]): number => some.reduce((sum, { points }) => sum + points, 0);
        expect(Math.abs(total(contributions) - parts.score)).toBeLessThanOrEqual(1e-6);
        for (const { weight, points } of contributions) expect(Math.sign(points) * Math.sign(weight)).toBeGreaterThanOrEqual(0);
        for (const { type, cap } of model.signalTypes) expect(Math.abs(total(contributions.filter((each) => each.type === type)))).toBeLessThanOrEqual((cap ?? 100) + 1e-9);
      }),
      { numRuns: 500 },
    );
  });

  test('under the default model, 24 page visits are not a demo request, and support tickets are nothing', () => {
    const standard = modelWith();
    const many = (type: string, count: number) => Array.from({ length: count }, () => signal(type, noon));
    const of = (signals: ScoredSignal[]): number => scoreAt(replay(signals, standard), standard, 1, noon);
    expect(of(many('website_visit', 24))).toBeCloseTo(20, 9);
    expect(of(many('pricing_page_visit', 24))).toBeCloseTo(50, 9);
    expect(of(many('pricing_page_visit', 24))).toBeLessThan(of(many('demo_request', 1)));
    expect(replay(many('support_ticket', 18), standard)).toEqual({});
  });

  test('by hand: what is lost lowers, together at most to 0', () => {
    const model = modelWith({ signalTypes: [{ type: 'meeting', weight: 50, halfLifeHours: 24 }, { type: 'note', weight: -20, halfLifeHours: 24 }], saturation: 50 });
    const [meeting, lost] = [signal('meeting', noon), signal('note', noon)];
    const shares = (signals: ScoredSignal[]): number[] => {
      const parts = scorePartsAt(replay(signals, model), model, 1, noon);
      return [parts.score, ...signals.map((one) => contribution(one, model, noon, parts).points)].map((value) => Number(value.toFixed(3)));
    };
    // 100·(1 − e^−1) = 63.212 and 100·(1 − e^−0.6) = 45.119.
    expect(shares([meeting, lost])).toEqual([45.119, 63.212, -18.093]);
    expect(shares([meeting, lost, lost, lost])).toEqual([0, 63.212, -21.071, -21.071, -21.071]);
    expect(shares([lost])).toEqual([0, 0]);
  });

  test('signals of a capped type share the cap as they share the sum', () => {
    const model = modelWith({ signalTypes: [{ type: 'meeting', weight: 30, halfLifeHours: 24, cap: 20 }] });
    const [fresh, old] = [signal('meeting', noon), signal('meeting', noon - day)];
    const parts = scorePartsAt(replay([fresh, old], model), model, 1, noon);
    expect(parts.score).toBeCloseTo(20, 9);
    expect([fresh, old].map((one) => contribution(one, model, noon, parts))).toEqual([
      { weight: 30, decayFactor: 1, points: expect.closeTo(40 / 3, 9), capped: true },
      { weight: 30, decayFactor: 0.5, points: expect.closeTo(20 / 3, 9), capped: true },
    ]);
  });
});

describe('extremes', () => {
  const model = modelWith({ signalTypes: [{ type: 'meeting', weight: 30, halfLifeHours: 1 }] });

  test('signals decades apart neither overflow nor become NaN, in either order', () => {
    const old = signal('meeting', Date.parse('1970-01-01T00:00:00Z'), noon);
    const fresh = signal('meeting', noon);
    for (const order of [[old, fresh], [fresh, old]]) {
      expect(replay(order, model)).toEqual(replay([fresh], model));
    }
    expect(rawAt(replay([old], model), model, 1, noon)).toBe(0);
    expect(contribution(old, model, noon, scorePartsAt(replay([old], model), model, 1, noon))).toEqual({ weight: 30, decayFactor: 0, points: 0, capped: false });
    expect(scoreAt(replay([fresh], model), model, 1, effectiveAt(old))).toBe(100);
  });

  test('what is left falls to zero instead of lingering among denormal numbers', () => {
    const state = replay([signal('meeting', noon)], model);
    expect(rawAt(state, model, 1, noon + 990 * hour)).toBeGreaterThan(0);
    expect(rawAt(state, model, 1, noon + 1_050 * hour)).toBe(0);
  });

  test('a million signals, out of order, stay true to the formula', () => {
    const standard = modelWith({ signalTypes: [{ type: 'note', weight: 3, halfLifeHours: 168 }] });
    const signals = Array.from({ length: 1_000_000 }, (_, index) => signal('note', noon - ((index * 7_919) % 1_000_000) * 1_000));
    const state = replay(signals, standard);
    expectClose(rawAt(state, standard, 1, noon), rawByDefinition(signals, standard, { fit: 1, t: noon }), 1e-9);
    expect(scoreAt(state, standard, 1, noon)).toBe(100);
  });
});

describe('fit, band, trend', () => {
  const model = modelWith({
    icp: { industries: ['Software', 'Finance'], minEmployees: 200, regions: ['EMEA'], mismatchFactor: 0.5, unknownMismatchShare: 0.5 },
    highIntentThreshold: 80,
    mediumShare: 0.5,
    trend: { windowHours: 24, tolerancePoints: 5 },
  });

  test.each([
    [{ industry: ' software ', employeeCount: 200, region: 'emea' }, 1, 1],
    [{ industry: null, employeeCount: null, region: null }, 0.5 ** 1.5, 0],
    [{ industry: ' ', employeeCount: null, region: '' }, 0.5 ** 1.5, 0],
    [{ industry: 'Software', employeeCount: null, region: 'EMEA' }, 0.5 ** 0.5, 2 / 3],
    [{ industry: 'Retail', employeeCount: 500, region: 'EMEA' }, 0.5, 1],
    [{ industry: 'Retail', employeeCount: 199, region: null }, 0.5 ** 2.5, 2 / 3],
    [{ industry: 'Retail', employeeCount: 0, region: 'APAC' }, 0.125, 1],
  ])('%j fits with factor %d, of which %d is known', (account, fit, coverage) => {
    expect(icpFit(account, model)).toBeCloseTo(fit, 12);
    expect(fitCoverage(account, model)).toBe(coverage);
  });

  test('what is not known is neither a fit nor a mismatch; in versions of before it was no mismatch', () => {
    const [fits, unknown, fails] = ['Software', null, 'Retail'].map((industry) => icpFit({ industry, employeeCount: 300, region: 'EMEA' }, model));
    expect([fits ?? 0, unknown ?? 0].map((fit, place) => fit > ([unknown, fails][place] ?? 1))).toEqual([true, true]);
    const before = { ...model, icp: { ...model.icp, unknownMismatchShare: 0 } };
    expect(icpFit({ industry: null, employeeCount: null, region: null }, before)).toBe(1);
  });

  test('an ICP that states nothing is failed by nobody', () => {
    expect(icpFit({ industry: 'Retail', employeeCount: 1, region: 'APAC' }, modelWith())).toBe(1);
    expect(fitCoverage({ industry: null, employeeCount: 1, region: null }, modelWith())).toBeNull();
  });

  test('the bands begin at their limits', () => {
    expect([100, 80, 79.999, 40, 39.999, 0].map((score) => bandOf(score, model))).toEqual([
      'HIGH',
      'HIGH',
      'MEDIUM',
      'MEDIUM',
      'LOW',
      'LOW',
    ]);
  });

  test('within the tolerance the trend is steady', () => {
    expect([56, 55, 45, 44].map((now) => trendOf(now, 50, model))).toEqual(['RISING', 'STEADY', 'STEADY', 'FALLING']);
  });
});
