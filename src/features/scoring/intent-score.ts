/**
 * The intent score of an account. This is the one place where its formula is written.
 *
 * Instants are epoch milliseconds UTC, half-lives h are hours in the model and milliseconds here, weights w and raw sums
 * are raw units (of meaning only against the model's saturation, in the same unit), scores and points are 0..100.
 *
 *   effective instant   e_i = min(occurredAt_i, recordedAt_i)
 *                       A signal that claims to come from the near future starts to decay when it was received.
 *   raw sum             raw(t) = fit · Σ_types Σ_i w · 2^(−(t − e_i) / h)
 *   score               score(t) = 100 · (1 − exp(−raw(t) / saturation))
 *   fit                 mismatchFactor ^ (number of the ICP's stated criteria that the account is known to fail)
 *                       An attribute that nobody knows is no mismatch.
 *   contribution        points_i = score(t) · raw_i(t) / raw(t), so that Σ points_i = score(t)
 *
 * All signals of one type fall at one rate, so their sum falls at that rate too. Per type it is enough to keep the sum
 * `raw` (without fit) at the newest effective instant `at`. A signal with e ≥ at: let the sum fall to e, then add w. A
 * late one, e < at: add what is left of it at `at`, w · 2^(−(at − e) / h). Either way history is not read, and the order
 * and the batches in which signals come make no difference beyond rounding.
 *
 * Weights are never negative, so time alone never raises a score and a signal never lowers one. A state belongs to the
 * version of the model it was made with: another version needs a replay. The sum over types is taken in the model's
 * order, so that a state gives the same score bit for bit after the database has reordered its keys.
 */
import type { ScoringModel } from './scoring-model.ts';

/** What the score needs to know of a signal; instants in epoch milliseconds. */
export interface ScoredSignal {
  readonly type: string;
  readonly occurredAt: number;
  readonly recordedAt: number;
}

/** The sum of one type's signals, in raw units without fit, as it was at the instant `at` (epoch milliseconds). */
export interface DecayingSum {
  readonly raw: number;
  readonly at: number;
}

/** All that is kept of an account's signals, by signal type. Plain JSON. Empty: no signal that the model knows. */
export type ScoreState = Readonly<Record<string, DecayingSum>>;

/** The state of an account without signals. */
export const emptyState: ScoreState = Object.freeze({});

/** What one signal has to do with a score: its weight, what decay left of it (1 when new), its share of the score in points. */
export interface Contribution {
  readonly weight: number;
  readonly decayFactor: number;
  readonly points: number;
}

/** What the ICP is held against; null or blank: not known. */
export interface FirmographicTraits {
  readonly industry: string | null;
  readonly employeeCount: number | null;
  readonly region: string | null;
}

export type IntentBand = 'HIGH' | 'MEDIUM' | 'LOW';
export type IntentTrend = 'RISING' | 'FALLING' | 'STEADY';

/** The instant from which a signal decays: when it happened, but not later than it was received. */
export function effectiveAt(signal: ScoredSignal): number {
  const instant = Math.min(signal.occurredAt, signal.recordedAt);
  // One such instant would turn the account's sum into NaN for good.
  if (!Number.isFinite(instant)) throw new RangeError(`A signal of type "${signal.type}" has no valid instant`);
  return instant;
}

/**
 * The state after some more signals, in any order. The given state is left as it is; it is also the answer when no
 * signal is of a type the model knows, so that `===` tells that nothing changed. Costs O(signals + types).
 */
export function addSignals(state: ScoreState, signals: Iterable<ScoredSignal>, model: ScoringModel): ScoreState {
  const rates = ratesOf(model);
  let sums: Map<string, DecayingSum> | null = null;
  for (const signal of signals) {
    const rate = rates.get(signal.type);
    if (!rate) continue;
    sums ??= new Map(Object.entries(state));
    sums.set(signal.type, addToSum(sums.get(signal.type), effectiveAt(signal), rate));
  }
  return sums ? Object.fromEntries(sums) : state;
}

/**
 * The state computed from nothing but signals. In the order in which they were recorded it is the stored state bit for
 * bit; in any other order it is equal to rounding.
 */
export function replay(signals: Iterable<ScoredSignal>, model: ScoringModel): ScoreState {
  return addSignals(emptyState, signals, model);
}

/** The raw sum at the instant t, fit included. Costs O(types of the model). */
export function rawAt(state: ScoreState, model: ScoringModel, fit: number, t: number): number {
  let sum = 0;
  for (const rate of ratesOf(model).values()) {
    const part = partOf(state, rate);
    if (part) sum += decayed(part.raw, t - part.at, rate.halfLife);
  }
  return fit * sum;
}

/** The score at the instant t: 0..100, not rounded. */
export function scoreAt(state: ScoreState, model: ScoringModel, fit: number, t: number): number {
  return scoreOfRaw(rawAt(state, model, fit, t), model);
}

/** The saturating curve: raw units to 0..100. */
export function scoreOfRaw(raw: number, model: ScoringModel): number {
  return -100 * Math.expm1(-raw / model.saturation);
}

/**
 * What one signal contributes at the instant t, where `scoreTotal` and `rawTotal` are the account's `scoreAt` and
 * `rawAt` for the same t. A type that the model does not know has weight, factor and points 0.
 */
export function contribution(
  signal: ScoredSignal,
  model: ScoringModel,
  fit: number,
  t: number,
  scoreTotal: number,
  rawTotal: number,
): Contribution {
  const rate = ratesOf(model).get(signal.type);
  if (!rate) return { weight: 0, decayFactor: 0, points: 0 };
  const decayFactor = decayed(1, t - effectiveAt(signal), rate.halfLife);
  const points = rawTotal > 0 ? scoreTotal * ((fit * rate.weight * decayFactor) / rawTotal) : 0;
  return { weight: rate.weight, decayFactor, points };
}

/** How well an account fits the model's ICP, as the factor of the formula: 1 when no stated criterion is known to fail. */
export function icpFit(account: FirmographicTraits, model: ScoringModel): number {
  const { industries, minEmployees, regions, mismatchFactor } = model.icp;
  let mismatches = 0;
  if (isKnownOutside(account.industry, industries)) mismatches += 1;
  if (minEmployees !== null && account.employeeCount !== null && account.employeeCount < minEmployees) mismatches += 1;
  if (isKnownOutside(account.region, regions)) mismatches += 1;
  return mismatchFactor ** mismatches;
}

/** Whether a model asks anything of an account's traits; where it does not, the fit is 1 whatever they are. */
export function statesIcp({ icp: { industries, minEmployees, regions } }: ScoringModel): boolean {
  return industries.length > 0 || minEmployees !== null || regions.length > 0;
}

/** HIGH from the model's threshold, MEDIUM from its stated share of the threshold, LOW below. */
export function bandOf(score: number, model: ScoringModel): IntentBand {
  if (score >= model.highIntentThreshold) return 'HIGH';
  return score >= model.highIntentThreshold * model.mediumShare ? 'MEDIUM' : 'LOW';
}

/** How the score `now` compares with the score `before`, one trend window earlier; STEADY within the model's tolerance. */
export function trendOf(now: number, before: number, model: ScoringModel): IntentTrend {
  const change = now - before;
  if (change > model.trend.tolerancePoints) return 'RISING';
  return change < -model.trend.tolerancePoints ? 'FALLING' : 'STEADY';
}

/**
 * The first millisecond at which decay alone has taken the score below the high-intent threshold; null when it is below
 * already, or never gets there (a threshold of 0).
 */
export function nextCrossing(state: ScoreState, model: ScoringModel, fit: number, now: number): number | null {
  return nextTimeBelow(state, model, fit, model.highIntentThreshold, now);
}

/**
 * The first millisecond after `now` at which decay alone has taken the score below `score`: `scoreAt` is at or above it
 * one millisecond earlier. Null when it is below already, or not before the end of the calendar (never, for 0 and less).
 */
export function nextTimeBelow(
  state: ScoreState,
  model: ScoringModel,
  fit: number,
  score: number,
  now: number,
): number | null {
  const isBelow = (t: number) => scoreAt(state, model, fit, t) < score;
  if (!(score > 0) || isBelow(now) || !isBelow(endOfCalendar)) return null;
  let above = Math.floor(now);
  let below = endOfCalendar;
  // The estimate is for speed; the answer rests on the score itself. From the estimate outward in doubling strides
  // until the crossing is enclosed, then by halves.
  let probe = Math.ceil(estimateTimeBelow(state, model, fit, score, now));
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

/** The last instant a Date can hold (ECMA-262, 21.4.1.1). */
const endOfCalendar = 8.64e15;
const hour = 3_600_000;
/** Less than this is nothing: beneath it doubles lose their precision and calculate slowly. */
const negligible = 1e-300;
/** No sum grows more than 2^512-fold when looked at before its newest signal, so that nothing overflows. */
const mostDoublings = 512;

interface Rate {
  readonly type: string;
  readonly weight: number;
  /** In milliseconds. */
  readonly halfLife: number;
}

const ratesByModel = new WeakMap<ScoringModel, ReadonlyMap<string, Rate>>();

/** The model's types by name, in the model's order. */
function ratesOf(model: ScoringModel): ReadonlyMap<string, Rate> {
  const known = ratesByModel.get(model);
  if (known) return known;
  const rates = new Map<string, Rate>();
  for (const { type, weight, halfLifeHours } of model.signalTypes) {
    rates.set(type, { type, weight, halfLife: halfLifeHours * hour });
  }
  ratesByModel.set(model, rates);
  return rates;
}

/** A type may be called `constructor`: only what the state itself holds counts. */
function partOf(state: ScoreState, rate: Rate): DecayingSum | undefined {
  return Object.hasOwn(state, rate.type) ? state[rate.type] : undefined;
}

function decayed(amount: number, elapsed: number, halfLife: number): number {
  const rest = amount * 2 ** Math.min(-elapsed / halfLife, mostDoublings);
  return rest < negligible ? 0 : rest;
}

function addToSum(sum: DecayingSum | undefined, instant: number, rate: Rate): DecayingSum {
  if (!sum) return { raw: rate.weight, at: instant };
  const elapsed = instant - sum.at;
  return elapsed >= 0
    ? { raw: decayed(sum.raw, elapsed, rate.halfLife) + rate.weight, at: instant }
    : { raw: sum.raw + decayed(rate.weight, -elapsed, rate.halfLife), at: sum.at };
}

/**
 * About when the score falls below `score`, by Newton's method on ln raw(t). The logarithm of a sum of falling
 * exponentials is convex and falling, so that each tangent meets the target before the curve does: from `now` the steps
 * go forward only, never past the answer, and squarely towards it. May answer anything where numbers run out of range.
 */
function estimateTimeBelow(state: ScoreState, model: ScoringModel, fit: number, score: number, now: number): number {
  const target = -model.saturation * Math.log1p(-score / 100);
  let t = now;
  for (let round = 0; round < 50; round += 1) {
    const raw = rawAt(state, model, fit, t);
    const step = (Math.log(raw / target) * raw) / fallAt(state, model, fit, t);
    if (!(step > 0.01)) break;
    t += step;
  }
  return t;
}

/** How fast the raw sum falls at the instant t, in raw units a millisecond. */
function fallAt(state: ScoreState, model: ScoringModel, fit: number, t: number): number {
  let fall = 0;
  for (const rate of ratesOf(model).values()) {
    const part = partOf(state, rate);
    if (part) fall += (decayed(part.raw, t - part.at, rate.halfLife) * Math.LN2) / rate.halfLife;
  }
  return fit * fall;
}

function isKnownOutside(value: string | null, sought: readonly string[]): boolean {
  const known = value?.trim().toLowerCase();
  return Boolean(known) && sought.length > 0 && !sought.some((name) => name.trim().toLowerCase() === known);
}
