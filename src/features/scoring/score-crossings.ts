/**
 * When a score moves by time alone. Without negative types it only falls, and the instant is found by Newton's method and
 * halving. With them it may fall and rise several times (a negative contribution decays, or a capped type comes down to
 * its cap), so the first instant is found by excluding intervals:
 *
 * - Each type's amount only falls. Over an interval the raw sum therefore lies between Σ positive at its end − Σ negative
 *   at its beginning, and the opposite. If both bounds lie between the lines, nothing is crossed inside.
 * - The speed at which an uncapped amount falls only falls, too, and a capped amount has speed 0. If one sign's least speed
 *   exceeds the other's greatest, the score is monotone there and halving finds the crossing.
 * - Otherwise the interval is split, the earlier half first, down to single milliseconds.
 */
import { movementOf, scoreWhile, type Movement, type MovingPart, type StoredState } from './intent-score.ts';
import { decayed, rawOfScore, scoreOfRaw } from './score-rates.ts';
import type { ScoringModel } from './scoring-model.ts';

/** A crossing of the high-intent threshold by time alone. */
export interface DecayCrossing {
  /** The first millisecond on the other side. */
  readonly at: number;
  readonly direction: 'UP' | 'DOWN';
}

/** Scores between which nothing happens: from `low` on, and under `high`. */
interface Lines {
  readonly low: number;
  readonly high: number;
}

/** The next crossing of the high-intent threshold after `now` if nothing but time happens; null when there is none before the end of the calendar. */
export function nextCrossing(state: StoredState, model: ScoringModel, fit: number, now: number): DecayCrossing | null {
  return crossingOf(movementOf(state, model, fit), now);
}

/** The same of a prepared state. */
export function crossingOf(movement: Movement, now: number): DecayCrossing | null {
  const { highIntentThreshold } = movement.model;
  const isHigh = scoreWhile(movement, now) >= highIntentThreshold;
  const lines = isHigh ? { low: highIntentThreshold, high: Infinity } : { low: -Infinity, high: highIntentThreshold };
  const at = timeOutside(movement, lines, now);
  return at === null ? null : { at, direction: isHigh ? 'DOWN' : 'UP' };
}

/** The next crossing that comes after one instant and not after another. Most stretches of time have none, which is seen from their ends. */
export function crossingBetween(movement: Movement, after: number, until: number): DecayCrossing | null {
  const { highIntentThreshold: threshold } = movement.model;
  const isHigh = scoreWhile(movement, after) >= threshold;
  if (movement.parts.every(({ raw }) => raw >= 0)) {
    if (!isHigh || scoreWhile(movement, until) >= threshold) return null;
  } else {
    const lines = isHigh ? { low: threshold, high: Infinity } : { low: -Infinity, high: threshold };
    if (staysInside(movement, lines, { from: after, to: until, first: leftOf(movement, after), last: leftOf(movement, until) })) return null;
  }
  const next = crossingOf(movement, after);
  return next !== null && next.at <= until ? next : null;
}

/** The first millisecond after `now` at which the score is below `low`, or at `high` or above. Null when it is already, or not before the end of the calendar. */
export function nextTimeOutside(state: StoredState, model: ScoringModel, fit: number, lines: Lines, now: number): number | null {
  return timeOutside(movementOf(state, model, fit), lines, now);
}

/** The same of a prepared state. */
export function timeOutside(movement: Movement, lines: Lines, now: number): number | null {
  const isOutside = (t: number): boolean => {
    const score = scoreWhile(movement, t);
    return score < lines.low || score >= lines.high;
  };
  if (Number.isNaN(lines.low) || Number.isNaN(lines.high) || isOutside(now)) return null;
  if (movement.parts.every(({ raw }) => raw >= 0)) return lines.low > 0 ? firstBelow(movement, lines.low, now, isOutside) : null;
  return firstOutside(movement, lines, now, isOutside);
}

/** The last instant a Date can hold (ECMA-262, 21.4.1.1). */
const endOfCalendar = 8.64e15;
/** Points under which an excursion across a line is not looked for: it would be one of rounding. */
const hair = 1e-9;
/** So many intervals are examined before the rest are judged by their ends. Ordinary states take some hundred. */
const mostIntervals = 20_000;

/** Of a score that only falls. */
function firstBelow(falling: Movement, score: number, now: number, isBelow: (t: number) => boolean): number | null {
  if (!isBelow(endOfCalendar)) return null;
  let above = Math.floor(now);
  let below = endOfCalendar;
  // The estimate is for speed; the answer rests on the score itself. From the estimate outward in doubling strides
  // until the crossing is enclosed, then by halves.
  let probe = Math.ceil(estimateTimeBelow(falling, score, now));
  let stride = 1;
  while (below - above > 1) {
    const t = probe > above && probe < below ? probe : above + Math.floor((below - above) / 2);
    if (isBelow(t)) below = t;
    else above = t;
    probe = below === t ? t - stride : t + stride;
    stride *= 2;
  }
  return below;
}

/**
 * About when a falling score is below `score`, by Newton's method on ln raw(t). Without caps the logarithm of a sum of
 * falling exponentials is convex and falling, so that each tangent meets the target before the curve does: from `now` the
 * steps go forward only, never past the answer, and squarely towards it. May answer anything where a cap holds, or where
 * numbers run out of range.
 */
function estimateTimeBelow({ parts, model, fit }: Movement, score: number, now: number): number {
  const target = rawOfScore(score, model);
  let t = now;
  for (let round = 0; round < 50; round += 1) {
    let [raw, fall] = [0, 0];
    for (const part of parts) {
      const left = leftAt(part, t);
      raw += Math.min(left, part.rate.cap);
      fall += speedOf(part, left);
    }
    const step = (Math.log((fit * raw) / target) * raw) / fall;
    if (!(step > 0.01)) break;
    t += step;
  }
  return t;
}

/** An interval with what decay leaves of each part at its ends, so that a split computes only the middle. */
interface Interval {
  readonly from: number;
  readonly to: number;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** The first stretch that is looked through, in milliseconds; each further one is twice as long. */
const firstStretch = 3_600_000;

/** Of a score that may rise and fall: stretch by stretch, since most scores leave their lines within hours or days. */
function firstOutside(movement: Movement, lines: Lines, now: number, isOutside: (t: number) => boolean): number | null {
  const begin = Math.floor(now);
  const last = leftOf(movement, endOfCalendar);
  const left = { intervals: mostIntervals };
  let rest: Interval = { from: begin, to: endOfCalendar, first: leftOf(movement, begin), last };
  for (let length = firstStretch; rest.from < endOfCalendar && !staysInside(movement, lines, rest); length *= 2) {
    const to = Math.min(rest.from + length, endOfCalendar);
    const between = leftOf(movement, to);
    const found = firstWithin({ movement, lines, isOutside, left }, { ...rest, to, last: between });
    if (found !== null) return found;
    rest = { ...rest, from: to, first: between };
  }
  return null;
}

interface Search {
  readonly movement: Movement;
  readonly lines: Lines;
  readonly isOutside: (t: number) => boolean;
  /** How many intervals may still be examined. */
  readonly left: { intervals: number };
}

function firstWithin({ movement, lines, isOutside, left }: Search, stretch: Interval): number | null {
  const open = [stretch];
  for (;;) {
    const interval = open.pop();
    if (!interval) return null;
    left.intervals -= 1;
    const { from, to, first, last } = interval;
    const { least, most } = scoresWithin(movement, interval);
    if (least >= lines.low && most < lines.high) continue;
    if (to - from <= 1 || most - least < hair || left.intervals < 0 || isMonotone(movement, interval)) {
      if (isOutside(to)) return halve(from, to, isOutside);
      continue;
    }
    const middle = from + Math.floor((to - from) / 2);
    const between = leftOf(movement, middle);
    open.push({ from: middle, to, first: between, last }, { from, to: middle, first, last: between });
  }
}

function staysInside(movement: Movement, { low, high }: Lines, interval: Interval): boolean {
  const { least, most } = scoresWithin(movement, interval);
  return least >= low && most < high;
}

/** What decay leaves of each part at an instant. */
function leftOf({ parts }: Movement, t: number): number[] {
  return parts.map((part) => leftAt(part, t));
}

function halve(from: number, to: number, isOutside: (t: number) => boolean): number {
  let [inside, outside] = [from, to];
  while (outside - inside > 1) {
    const t = inside + Math.floor((outside - inside) / 2);
    if (isOutside(t)) outside = t;
    else inside = t;
  }
  return outside;
}

/** Bounds of the score over an interval. */
function scoresWithin({ parts, model, fit }: Movement, { first, last }: Interval): { readonly least: number; readonly most: number } {
  let least = 0;
  let most = 0;
  for (let place = 0; place < parts.length; place += 1) {
    const part = parts[place];
    if (!part) continue;
    const { raw, rate: { cap } } = part;
    const begin = Math.min(first[place] ?? 0, cap);
    const end = Math.min(last[place] ?? 0, cap);
    least += raw > 0 ? end : -begin;
    most += raw > 0 ? begin : -end;
  }
  return { least: scoreOfRaw(Math.max(0, fit * least), model), most: scoreOfRaw(Math.max(0, fit * most), model) };
}

/** Whether one sign falls faster than the other over the whole interval. */
function isMonotone({ parts }: Movement, { first, last }: Interval): boolean {
  let [leastUp, leastDown, mostUp, mostDown] = [0, 0, 0, 0];
  for (let place = 0; place < parts.length; place += 1) {
    const part = parts[place];
    if (!part) continue;
    const begin = first[place] ?? 0;
    const end = last[place] ?? 0;
    const { cap } = part.rate;
    const least = begin <= cap ? speedOf(part, end) : 0;
    const most = end <= cap ? speedOf(part, Math.min(begin, cap)) : 0;
    if (part.raw > 0) [leastUp, mostUp] = [leastUp + least, mostUp + most];
    else [leastDown, mostDown] = [leastDown + least, mostDown + most];
  }
  return leastUp >= mostDown || leastDown >= mostUp;
}

/** What decay leaves of a part's sum, without its sign and its cap. */
function leftAt({ raw, at, rate }: MovingPart, t: number): number {
  return Math.abs(decayed(raw, t - at, rate.halfLife));
}

/** How fast what a part counts for falls, in raw units a millisecond, where so much is left of it. */
function speedOf({ rate: { cap, halfLife } }: MovingPart, left: number): number {
  return left > cap ? 0 : (left * Math.LN2) / halfLife;
}
