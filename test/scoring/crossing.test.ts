import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyState, replay, scoreAt } from '../../src/features/scoring/intent-score.ts';
import { nextCrossing, nextTimeOutside } from '../../src/features/scoring/score-crossings.ts';
import { anyFit, anyLaterInstant, anyModel, anyRaisingModel, anySignals, day, hour, modelWith, noon } from './arbitraries.ts';

const meetings = (count: number) => Array.from({ length: count }, () => ({ type: 'meeting', occurredAt: noon, recordedAt: noon }));

const crossingAt = (...given: Parameters<typeof nextCrossing>): number | null => nextCrossing(...given)?.at ?? null;
const nextTimeBelow = (state: Parameters<typeof nextCrossing>[0], model: Parameters<typeof nextCrossing>[1], fit: number, score: number, now: number): number | null => nextTimeOutside(state, model, fit, { low: score, high: Infinity }, now);

describe('the instant of falling below, without negative types', () => {
  test('is the first millisecond below the threshold', () => {
    fc.assert(
      fc.property(anySignals, anyRaisingModel, anyFit, anyLaterInstant, (signals, model, fit, now) => {
        const state = replay(signals, model);
        const at = (t: number) => scoreAt(state, model, fit, t);
        const crossing = crossingAt(state, model, fit, now);
        if (at(now) < model.highIntentThreshold) {
          expect(crossing).toBeNull();
          return;
        }
        if (crossing === null) throw new Error('a score above the threshold falls below it one day');
        expect(crossing).toBeGreaterThan(now);
        expect(at(crossing - 1)).toBeGreaterThanOrEqual(model.highIntentThreshold);
        expect(at(crossing)).toBeLessThan(model.highIntentThreshold);
      }),
      { numRuns: 500 },
    );
  });

  test('half a point lower, tiny and saturated scores alike', () => {
    fc.assert(
      fc.property(anySignals, anyRaisingModel, anyLaterInstant, fc.double({ min: 1e-9, max: 1, noNaN: true }), (signals, model, now, share) => {
        const state = replay(signals, model);
        const target = scoreAt(state, model, 1, now) * share;
        const then = nextTimeBelow(state, model, 1, target, now);
        if (target === 0) {
          expect(then).toBeNull();
          return;
        }
        if (then === null) throw new Error('a score above zero falls below any share of itself one day');
        expect(scoreAt(state, model, 1, then - 1)).toBeGreaterThanOrEqual(target);
        expect(scoreAt(state, model, 1, then)).toBeLessThan(target);
      }),
      { numRuns: 500 },
    );
  });

  test('asked later, before the crossing, it is the same instant', () => {
    const model = modelWith();
    const state = replay([...meetings(4), { type: 'pricing_page_visit', occurredAt: noon, recordedAt: noon }], model);
    const crossing = crossingAt(state, model, 1, noon);
    expect(crossing).not.toBeNull();
    for (const wait of [1, hour, day]) expect(crossingAt(state, model, 1, noon + wait)).toBe(crossing);
  });

  test('by hand: twice the raw sum of the threshold takes one half-life', () => {
    const saturation = 60 / (2 * Math.LN2);
    const model = modelWith({
      signalTypes: [{ type: 'meeting', weight: 60, halfLifeHours: 24 }],
      saturation,
      highIntentThreshold: 50,
    });
    const crossing = crossingAt(replay(meetings(1), model), model, 1, noon);
    expect(Math.abs((crossing ?? 0) - (noon + day))).toBeLessThanOrEqual(1);
  });

  test('a fast burst over a slow rest: the rest alone decides', () => {
    const model = modelWith({
      signalTypes: [
        { type: 'meeting', weight: 1e6, halfLifeHours: 0.01 },
        { type: 'note', weight: 100, halfLifeHours: 87_600 },
      ],
    });
    const state = replay([...meetings(1), { type: 'note', occurredAt: noon, recordedAt: noon }], model);
    const rest = replay([{ type: 'note', occurredAt: noon, recordedAt: noon }], model);
    expect(crossingAt(state, model, 1, noon)).toBe(crossingAt(rest, model, 1, noon));
  });

  test('there is none without signals, at a threshold of 0, or for an empty target', () => {
    const state = replay(meetings(9), modelWith());
    expect(nextCrossing(emptyState, modelWith(), 1, noon)).toBeNull();
    expect(nextCrossing(state, modelWith({ highIntentThreshold: 0 }), 1, noon)).toBeNull();
    expect(nextTimeBelow(state, modelWith(), 1, -0.2, noon)).toBeNull();
    expect(nextTimeBelow(state, modelWith(), 1, Number.NaN, noon)).toBeNull();
  });

  test('a threshold of 100 is crossed when the score is no longer full to the last bit', () => {
    const model = modelWith({ highIntentThreshold: 100 });
    const state = replay(meetings(1_000), model);
    const crossing = crossingAt(state, model, 1, noon);
    if (crossing === null) throw new Error('a full score is not full for ever');
    expect(scoreAt(state, model, 1, crossing - 1)).toBe(100);
    expect(scoreAt(state, model, 1, crossing)).toBeLessThan(100);
  });
});

describe('a crossing with negative types and caps', () => {
  const lost = (at: number) => ({ type: 'note', occurredAt: at, recordedAt: at });
  const model = modelWith({
    signalTypes: [{ type: 'meeting', weight: 100, halfLifeHours: 240 }, { type: 'note', weight: -80, halfLifeHours: 24 }],
    highIntentThreshold: 60,
  });

  test('leads up when what was negative decays faster, and down again when the rest does', () => {
    const state = replay([...meetings(1), lost(noon)], model);
    const up = nextCrossing(state, model, 1, noon);
    expect(up?.direction).toBe('UP');
    const at = up?.at ?? 0;
    expect([scoreAt(state, model, 1, at - 1) < 60, scoreAt(state, model, 1, at) >= 60]).toEqual([true, true]);
    const down = nextCrossing(state, model, 1, at);
    expect(down?.direction).toBe('DOWN');
    expect([scoreAt(state, model, 1, (down?.at ?? 0) - 1) >= 60, scoreAt(state, model, 1, down?.at ?? 0) < 60]).toEqual([true, true]);
    expect(nextCrossing(state, model, 1, down?.at ?? 0)).toBeNull();
  });

  test('by hand: a capped burst stays at its cap until it decayed to it', () => {
    const capped = modelWith({ signalTypes: [{ type: 'meeting', weight: 40, halfLifeHours: 24, cap: 60 }], saturation: 50, highIntentThreshold: 59.9 });
    const state = replay(meetings(10), capped);
    expect(scoreAt(state, capped, 1, noon)).toBeCloseTo(60, 9);
    const cap = -50 * Math.log(0.4);
    const uncapped = noon + day * Math.log2(400 / cap);
    expect(scoreAt(state, capped, 1, Math.floor(uncapped))).toBeCloseTo(60, 9);
    const crossing = nextCrossing(state, capped, 1, noon);
    const target = -50 * Math.log(1 - 0.599);
    expect(Math.abs((crossing?.at ?? 0) - (noon + day * Math.log2(400 / target)))).toBeLessThanOrEqual(1);
  });

  test('is what a fine sampling finds, and the first millisecond on the other side', () => {
    fc.assert(
      fc.property(anySignals, anyModel, anyFit, anyLaterInstant, (signals, some, fit, now) => {
        const state = replay(signals, some);
        const isHigh = (t: number): boolean => scoreAt(state, some, fit, t) >= some.highIntentThreshold;
        const isNear = (t: number): boolean => Math.abs(scoreAt(state, some, fit, t) - some.highIntentThreshold) < 1e-8;
        const found = nextCrossing(state, some, fit, now);
        if (found) {
          expect(found.at).toBeGreaterThan(now);
          expect([isHigh(found.at - 1), isHigh(found.at), found.direction]).toEqual([isHigh(now), !isHigh(now), isHigh(now) ? 'DOWN' : 'UP']);
        }
        // Steps that grow: seconds at first, months at the end.
        for (let [step, t] = [1_000, now]; t < now + 10 * 365 * day && t < (found?.at ?? Infinity); t += Math.round(step), step *= 1.05) {
          if (isHigh(t) !== isHigh(now)) expect(isNear(t), `${new Date(t).toISOString()} lies before the crossing that was found`).toBe(true);
        }
        if (!found) expect(isHigh(now) && some.highIntentThreshold > 0).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('a band around the score is left where a fine sampling says so', () => {
    fc.assert(
      fc.property(anySignals, anyModel, anyLaterInstant, (signals, some, now) => {
        const state = replay(signals, some);
        const value = scoreAt(state, some, 1, now);
        const isOutside = (t: number): boolean => Math.abs(scoreAt(state, some, 1, t) - value) > 0.5 + 1e-8;
        const found = nextTimeOutside(state, some, 1, { low: value - 0.5, high: value + 0.5 }, now);
        for (let [step, t] = [1_000, now]; t < now + 365 * day && t < (found ?? Infinity); t += Math.round(step), step *= 1.05) expect(isOutside(t)).toBe(false);
        if (found !== null) expect(Math.abs(scoreAt(state, some, 1, found) - value)).toBeGreaterThanOrEqual(0.5 - 1e-8);
      }),
      { numRuns: 300 },
    );
  });
});
