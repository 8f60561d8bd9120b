import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyState, nextCrossing, nextTimeBelow, replay, scoreAt } from '../../src/features/scoring/intent-score.ts';
import { anyFit, anyLaterInstant, anyModel, anySignals, day, hour, modelWith, noon } from './arbitraries.ts';

const meetings = (count: number) => Array.from({ length: count }, () => ({ type: 'meeting', occurredAt: noon, recordedAt: noon }));

describe('the instant of falling below', () => {
  test('is the first millisecond below the threshold', () => {
    fc.assert(
      fc.property(anySignals, anyModel, anyFit, anyLaterInstant, (signals, model, fit, now) => {
        const state = replay(signals, model);
        const at = (t: number) => scoreAt(state, model, fit, t);
        const crossing = nextCrossing(state, model, fit, now);
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
      fc.property(anySignals, anyModel, anyLaterInstant, fc.double({ min: 1e-9, max: 1, noNaN: true }), (signals, model, now, share) => {
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
    const crossing = nextCrossing(state, model, 1, noon);
    expect(crossing).not.toBeNull();
    for (const wait of [1, hour, day]) expect(nextCrossing(state, model, 1, noon + wait)).toBe(crossing);
  });

  test('by hand: twice the raw sum of the threshold takes one half-life', () => {
    const saturation = 60 / (2 * Math.LN2);
    const model = modelWith({
      signalTypes: [{ type: 'meeting', weight: 60, halfLifeHours: 24 }],
      saturation,
      highIntentThreshold: 50,
    });
    const crossing = nextCrossing(replay(meetings(1), model), model, 1, noon);
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
    expect(nextCrossing(state, model, 1, noon)).toBe(nextCrossing(rest, model, 1, noon));
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
    const crossing = nextCrossing(state, model, 1, noon);
    if (crossing === null) throw new Error('a full score is not full for ever');
    expect(scoreAt(state, model, 1, crossing - 1)).toBe(100);
    expect(scoreAt(state, model, 1, crossing)).toBeLessThan(100);
  });
});
