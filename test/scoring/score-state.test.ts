import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addSignals, contribution, effectiveAt, emptyState, isExact, rawAt, replay, scoreAt, scorePartsAt, type ScoredSignal, type ScoreState, type StoredState,
} from '../../src/features/scoring/intent-score.ts';
import { nextCrossing } from '../../src/features/scoring/score-crossings.ts';
import { decayed, ratesOf } from '../../src/features/scoring/score-rates.ts';
import type { ScoringModel } from '../../src/features/scoring/scoring-model.ts';
import { readState, readStateBytes, readSums, writeStateBytes, writeStateJson } from '../../src/features/scoring/state-bytes.ts';
import { anyFit, anyLaterInstant, anyModel, anySignals, hour, modelWith, noon } from './arbitraries.ts';
import { expectClose, rawByDefinition, signal } from './definition.ts';

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
    state = readStateBytes(writeStateBytes(addSignals(state, order.slice(taken, taken + size), model)));
    taken += size;
  }
  return state;
}

describe('the state', () => {
  test('read for a formula, its bytes give bit for bit what the exact sums give', () => {
    fc.assert(
      fc.property(anySignals, anyModel, anyFit, anyLaterInstant, fc.integer({ min: 0, max: 40 }), (signals, model, fit, t, doublings) => {
        // Totals of more signals than a test can make, and of other lengths.
        const exact = Object.fromEntries(Object.entries(replay(signals, model)).map(([type, sum]) => [type, sum.map(([bucket, total]) => [bucket, (total << BigInt(doublings)) + BigInt(doublings)] as const)]));
        const read = readSums({ sums: writeStateBytes(exact), state: null }, model);
        expect(scoreAt(read, model, fit, t)).toBe(scoreAt(exact, model, fit, t));
        expect(scorePartsAt(read, model, fit, t)).toEqual(scorePartsAt(exact, model, fit, t));
        expect(scorePartsAt(exact, model, fit, t).raw).toBe(rawAt(exact, model, fit, t));
        expect(readStateBytes(writeStateBytes(exact))).toEqual(exact);
      }),
    );
  });

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
        expect(other).toEqual(one);
        expect(writeStateBytes(other)).toEqual(writeStateBytes(one));
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
          for (const [, total] of sum) expect(String(total).length).toBeLessThanOrEqual(26 + Math.log10(signals.length) + 1);
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

  test('is read from its bytes, and from the JSON of rows of before, as it was', () => {
    fc.assert(
      fc.property(anySignals, anyModel, (signals, model) => {
        const state = replay(signals, model);
        expect(readState({ sums: writeStateBytes(state), state: null })).toEqual(state);
        expect(readState({ sums: null, state: JSON.parse(writeStateJson(state)) })).toEqual(state);
      }),
    );
  });

  test('has bytes of one form, whatever the size of its numbers', () => {
    for (const bits of [0, 1, 8, 47, 48, 49, 84, 96, 97, 103, 144, 200]) {
      for (const total of [2n ** BigInt(bits), 2n ** BigInt(bits) - 1n, 2n ** BigInt(bits) + 1n]) {
        const bytes = writeStateBytes({ meeting: [[-3, total], [70_000, 1n]] });
        const hex = total.toString(16);
        const amount = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
        expect(bytes.toString('hex')).toBe(`${Buffer.from('\x07meeting\x02\x05').toString('hex')}${Buffer.from([amount.length, ...amount]).toString('hex')}e0c5080101`);
        expect(readStateBytes(bytes)).toEqual({ meeting: [[-3, total], [70_000, 1n]] });
      }
    }
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
