import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addSignals,
  bandOf,
  contribution,
  effectiveAt,
  emptyState,
  icpFit,
  isExact,
  fitCoverage,
  rawAt,
  replay,
  scoreAt,
  scorePartsAt,
  trendOf,
  type ScoredSignal,
  type ScoreState,
  type StoredState,
} from '../../src/features/scoring/intent-score.ts';
import { nextCrossing } from '../../src/features/scoring/score-crossings.ts';
import { decayed, ratesOf, scoreOfRaw } from '../../src/features/scoring/score-rates.ts';
import type { ScoringModel } from '../../src/features/scoring/scoring-model.ts';
import { anyFit, anyLaterInstant, anyModel, anyRaisingModel, anySignal, anySignals, day, hour, modelWith, noon } from './arbitraries.ts';

const signal = (type: string, occurredAt: number, recordedAt = occurredAt): ScoredSignal => ({ type, occurredAt, recordedAt });

/** The formula as it is written, over all signals: what the analytic state is compared with. */
function rawByDefinition(signals: readonly ScoredSignal[], model: ScoringModel, at: { fit: number; t: number }): number {
  let raw = 0;
  for (const { type, weight, halfLifeHours, cap } of model.signalTypes) {
    let sum = 0;
    for (const one of signals.filter((candidate) => candidate.type === type)) {
      const age = at.t - Math.min(one.occurredAt, one.recordedAt);
      sum += weight * 2 ** (-age / (halfLifeHours * hour));
    }
    const most = cap === null ? Infinity : -model.saturation * Math.log(1 - cap / 100);
    raw += Math.sign(sum) * Math.min(Math.abs(sum), most);
  }
  return Math.max(0, at.fit * raw);
}

/** The state as it was kept before sums were exact: doubles, added up in the order of arrival. */
function inOldForm(signals: readonly ScoredSignal[], model: ScoringModel): StoredState {
  const sums = new Map<string, { raw: number; at: number }>();
  for (const one of signals) {
    const rate = ratesOf(model).get(one.type);
    if (!rate) continue;
    const [e, sum] = [effectiveAt(one), sums.get(one.type)];
    if (!sum) sums.set(one.type, { raw: rate.weight, at: e });
    else if (e >= sum.at) sums.set(one.type, { raw: decayed(sum.raw, e - sum.at, rate.halfLife) + rate.weight, at: e });
    else sums.set(one.type, { raw: sum.raw + decayed(rate.weight, sum.at - e, rate.halfLife), at: sum.at });
  }
  return Object.fromEntries(sums);
}

/** Signals with an order and batches to deliver them in. */
interface Delivery {
  readonly signals: readonly ScoredSignal[];
  readonly order: readonly ScoredSignal[];
  readonly sizes: readonly number[];
}
const anyDelivery: fc.Arbitrary<Delivery> = anySignals.chain((signals) =>
  fc.record({
    signals: fc.constant(signals),
    order: fc.shuffledSubarray(signals, { minLength: signals.length }),
    sizes: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 40, maxLength: 40 }),
  }),
);

/** The state after each batch has been stored and read again. */
function deliver({ order, sizes }: Delivery, model: ScoringModel): ScoreState {
  let state: ScoreState = emptyState;
  let taken = 0;
  for (const size of sizes) {
    state = JSON.parse(JSON.stringify(addSignals(state, order.slice(taken, taken + size), model))) as ScoreState;
    taken += size;
  }
  return state;
}

function expectClose(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.max(Math.abs(actual), Math.abs(expected)) + 1e-200);
}

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

describe('the state', () => {
  test('in any order and any batches it gives what the formula gives over all signals', () => {
    fc.assert(
      fc.property(anyDelivery, anyModel, anyFit, anyLaterInstant, (delivery, model, fit, t) => {
        const state = deliver(delivery, model);
        expectClose(rawAt(state, model, fit, t), rawByDefinition(delivery.signals, model, { fit, t }), 1e-9);
      }),
    );
  });

  test('in any order and any batches it is the same, bit for bit, and so are the score, its parts and its next crossing', () => {
    fc.assert(
      fc.property(anyDelivery, anyModel, anyFit, anyLaterInstant, (delivery, model, fit, t) => {
        const [one, other] = [replay(delivery.signals, model), deliver(delivery, model)];
        expect(JSON.stringify(other)).toBe(JSON.stringify(one));
        expect(scoreAt(other, model, fit, t)).toBe(scoreAt(one, model, fit, t));
        expect(scorePartsAt(other, model, fit, t)).toEqual(scorePartsAt(one, model, fit, t));
        expect(nextCrossing(other, model, fit, t)).toEqual(nextCrossing(one, model, fit, t));
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps three buckets of a type at most, in a size that grows with the logarithm of the number of signals', () => {
    fc.assert(
      fc.property(anyDelivery, anyModel, fc.nat(10), (delivery, model, doublings) => {
        let signals = delivery.signals;
        for (let round = 0; round < doublings; round += 1) signals = [...signals, ...delivery.signals];
        for (const sum of Object.values(replay(signals, model))) {
          expect(sum.length).toBeLessThanOrEqual(3);
          for (const [, total] of sum) expect(total.length).toBeLessThanOrEqual(26 + Math.log10(signals.length) + 1);
        }
      }),
    );
  });

  test('of before sums were exact is read by the same formula, and is replaced by a replay', () => {
    fc.assert(
      fc.property(anySignals, anyModel, anyFit, anyLaterInstant, (signals, model, fit, t) => {
        const [old, exact] = [inOldForm(signals, model), replay(signals, model)];
        expectClose(rawAt(old, model, fit, t), rawByDefinition(signals, model, { fit, t }), 1e-9);
        expect([isExact(exact), isExact(old)]).toEqual([true, Object.keys(old).length === 0]);
        const [before, after] = [nextCrossing(old, model, fit, t)?.at ?? 0, nextCrossing(exact, model, fit, t)?.at ?? 0];
        if (before !== after) expectClose(scoreAt(old, model, fit, before || after), model.highIntentThreshold, 1e-6);
      }),
    );
  });

  test('it survives JSON', () => {
    fc.assert(
      fc.property(anySignals, anyModel, (signals, model) => {
        const state = replay(signals, model);
        const stored: ScoreState = JSON.parse(JSON.stringify(state));
        expect(stored).toEqual(state);
      }),
    );
  });

  test('in whatever order the database keeps its keys, it gives the same score bit for bit', () => {
    const model = modelWith();
    const state = replay(model.signalTypes.map(({ type }, index) => signal(type, noon - index * 5 * hour)), model);
    const reordered = Object.fromEntries(Object.entries(state).toReversed());
    for (let wait = 0; wait < 50; wait += 1) {
      const t = noon + wait * 7 * hour;
      expect(rawAt(reordered, model, 1, t)).toBe(rawAt(state, model, 1, t));
    }
  });

  test('adding signals leaves the given state as it was', () => {
    fc.assert(
      fc.property(anySignals, anySignals, anyModel, (before, after, model) => {
        const state = replay(before, model);
        const copy = structuredClone(state);
        addSignals(state, after, model);
        expect(state).toEqual(copy);
      }),
    );
  });

  test('types unknown to the model weigh nothing, leave no state, and change nothing', () => {
    const model = modelWith();
    const unheard = signal('unheard_of', noon);
    const state = replay([signal('meeting', noon)], model);
    expect(addSignals(state, [unheard, signal('toString', noon)], model)).toBe(state);
    expect(replay([unheard], model)).toEqual({});
    expect(contribution(unheard, model, noon, scorePartsAt(state, model, 1, noon))).toEqual({ weight: 0, decayFactor: 0, points: 0, capped: false });
    expectClose(rawAt({ ...state, retired_type: { raw: 99, at: noon } }, model, 1, noon), 30, 1e-14);
  });

  test('a signal without a valid instant is refused', () => {
    expect(() => replay([signal('meeting', Number.NaN)], modelWith())).toThrow('A signal of type "meeting" has no valid instant');
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
