import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { effectiveAt, replay, scoreAt } from '../../src/features/scoring/intent-score.ts';
import { RunningScore } from '../../src/features/scoring/running-score.ts';
import { nextCrossing } from '../../src/features/scoring/score-crossings.ts';
import { anyLaterInstant, anyModel, anySignals, noon } from './arbitraries.ts';

test('a running score is the score of the signals that are left, bit for bit, whatever was added and taken off in between', () => {
  fc.assert(fc.property(anyModel, anySignals, anySignals, fc.infiniteStream(fc.boolean()), anyLaterInstant, (model, kept, gone, coins, instant) => {
    const score = new RunningScore(model);
    const [left, leaving] = [[...kept], [...gone]];
    const standing: typeof gone = [];
    while (left.length + leaving.length + standing.length > 0) {
      const [one, two] = [coins.next().value, coins.next().value];
      const next = one ? left.pop() : two ? leaving.pop() : undefined;
      if (next) score.add(next.type, effectiveAt(next));
      if (next && !one) standing.push(next);
      const removed = next ? undefined : standing.shift();
      if (removed) score.remove(removed.type, effectiveAt(removed));
    }
    const state = replay(kept, model);
    expect(score.at(instant)).toBe(Object.keys(state).length === 0 ? null : scoreAt(state, model, 1, instant));
    const copy = new RunningScore(model);
    copy.add('meeting', noon);
    copy.copy(score);
    score.clear();
    expect([copy.at(instant), score.at(instant)]).toEqual([Object.keys(state).length === 0 ? null : scoreAt(state, model, 1, instant), null]);
  }));
});

test('a running score crosses the threshold when the stored state does', () => {
  fc.assert(fc.property(anyModel, anySignals, anyLaterInstant, (model, signals, until) => {
    const score = new RunningScore(model);
    for (const signal of signals) score.add(signal.type, effectiveAt(signal));
    const state = replay(signals, model);
    const next = Object.keys(state).length === 0 ? null : nextCrossing(state, model, 1, noon);
    expect(score.crossingBetween(noon, until)).toEqual(next !== null && next.at <= until ? next : null);
  }));
});
