/**
 * The intent score of an account. This is the one place where its formula is written.
 *
 * Instants are epoch milliseconds UTC. Half-lives h are hours in the model and milliseconds here. Weights w, caps c and
 * raw sums are raw units, which mean something only against the model's saturation. Scores and points are 0..100; the
 * points of a negative signal are negative. The model states caps in points: c = −saturation · ln(1 − cap / 100).
 *
 *   effective instant   e_i = min(occurredAt_i, recordedAt_i)
 *                       A signal that claims to come from the near future starts to decay when it was received.
 *   raw sum of a type   sum_k(t) = Σ_i w · 2^(−(t − e_i) / h); negative if the type's weight is negative
 *   capped              capped_k(t) = sum_k(t) held within −c..c
 *   fit                 mismatchFactor ^ (number of ICP criteria the account is known to fail
 *                                         + unknownMismatchShare · number of ICP criteria it is not known for)
 *   raw sum             raw(t) = max(0, fit · Σ_k capped_k(t))
 *   score               score(t) = 100 · (1 − exp(−raw(t) / saturation))
 *
 * Contributions add up to the score. Let up(t) be the score of the positive types alone and down(t) = up(t) − score(t).
 *
 *   positive signal     points_i = up(t) · raw_i(t) / Σ raw of the positive types
 *   negative signal     points_i = −down(t) · raw_i(t) / Σ raw of the negative types
 *   raw_i               w · 2^(−(t − e_i) / h) · capped_k / sum_k: signals of a capped type share its cap in proportion
 *                       to what decay left of each
 *
 * The floor needs no entry of its own: where the negative types outweigh the positive ones, down(t) = up(t), so the
 * negative signals together take off exactly what the positive ones gave, and without positive signals they take off
 * nothing. The curve is concave and goes through 0, therefore a type never contributes more points than its cap, nor
 * takes off more.
 *
 * All signals of one type fall at one rate, so history is not read to add to their sum. The stored state must not depend
 * on the order, the batches or the repetition by which signals reach it, bit for bit, so nothing that is stored was ever
 * rounded together with anything else. Per type it holds exact sums, as integers:
 *
 *   bucket of a signal  b_i = floor(e_i / (32 · h)), counted since the epoch
 *   end of a bucket     end(b) = (b + 1) · 32 · h
 *   term of a signal    n_i = 2^84 · 2^(−(end(b_i) − e_i) / h), rounded once to an integer, from this signal and h alone
 *   stored              N(b) = Σ n_i over the signals of the bucket, an integer of 52 to 84 bits and log2 of their number
 *   kept                the newest bucket that has a signal and the two before it; older ones are dropped
 *   read                sum_k(t) = w · Σ_b N(b) / 2^84 · 2^(−(end(newest) − end(b)) / h), the oldest bucket first,
 *                       then what decay leaves of that from end(newest) to t; before it, t − end(newest) is negative
 *
 * A bucket is dropped by a rule that knows only the newest one, so the state after any signals is a function of their set.
 * What is dropped is at most 2^−64 of one signal of the newest bucket, for each signal dropped; the whole differs from the
 * formula over all signals by less than 1e-9 of itself. A type has three buckets of some 30 digits at most, whatever its
 * history. A signal is added in O(1), also a late one.
 *
 * e_i depends on recordedAt only for signals that claim to come from the near future: those, and only those, count by when
 * they were recorded. A state of before sums were exact holds per type the sum `raw` at its newest instant `at`, which
 * depends on the order of arrival by rounding. It is read by the same formula, but nothing is added to it: its account is
 * replayed at its next change.
 *
 * Without negative types time alone never raises a score. With them it may: a negative contribution decays, too.
 * `score-crossings.ts` finds the instants. A state belongs to the version of the model it was made with: another version
 * needs a replay. The sum over types is taken in the model's order, so that a state gives the same score bit for bit
 * after the database has reordered its keys.
 */
import { decayed, ratesOf, scoreOfRaw, withinCap, type Rate } from './score-rates.ts';
import { addTerm, decayingSum, isExactSum, isSameSum, readTerms, writeTerms, type DecayingSum, type ExactSum, type StoredSum, type Terms } from './score-sums.ts';
import type { ScoringModel } from './scoring-model.ts';

/** What the score needs to know of a signal; instants in epoch milliseconds. */
export interface ScoredSignal {
  readonly type: string;
  readonly occurredAt: number;
  readonly recordedAt: number;
}

/** All that is kept of an account's signals, by signal type. Empty: no signal that the model knows. */
export type ScoreState = Readonly<Record<string, ExactSum>>;

/** A state as it is read, which may be of before sums were exact. */
export type StoredState = Readonly<Record<string, StoredSum>>;

/** The state of an account without signals. */
export const emptyState: ScoreState = Object.freeze({});

/** What one signal has to do with a score. */
export interface Contribution {
  /** Of its type, in raw units. */
  readonly weight: number;
  /** What decay left of it: 1 when new. */
  readonly decayFactor: number;
  /** What it adds to the score, or takes off. */
  readonly points: number;
  /** Whether its type's sum exceeds the type's cap, which its signals therefore share. */
  readonly capped: boolean;
}

/** A score with what its contributions are computed from. */
export interface ScoreParts {
  readonly score: number;
  /** The raw sum, fit and floor included. */
  readonly raw: number;
  /** Points per raw unit of a signal, before decay, by type: fit, cap and curve included. Only types with signals. */
  readonly types: ReadonlyMap<string, { readonly pointsPerUnit: number; readonly capped: boolean }>;
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

/** Whether signals may be added to a state; one of before sums were exact needs a replay. */
export function isExact(state: StoredState): state is ScoreState {
  return Object.values(state).every(isExactSum);
}

/** Whether two states hold the same sums. */
export function isSameState(one: StoredState, other: StoredState): boolean {
  const types = Object.keys(one);
  return types.length === Object.keys(other).length && types.every((type) => Object.hasOwn(other, type) && isSameSum(one[type], other[type]));
}

/** Adds signals to a state one after the other, in any order. */
export interface Tally {
  /** Adds a signal by its effective instant. A type that the model does not know changes nothing. */
  add(type: string, effective: number): void;
  /** The state after all of them; the state that it began with where nothing was added. */
  state(): ScoreState;
}

/** Begins with a state, which is left as it is. Holds O(types), however many signals are added; adding one costs O(1). */
export function createTally(model: ScoringModel, begun: ScoreState = emptyState): Tally {
  const rates = ratesOf(model);
  const added = new Map<string, Terms>();
  return {
    add(type, effective) {
      const rate = rates.get(type);
      if (!rate) return;
      const terms = added.get(type) ?? readTerms(Object.hasOwn(begun, type) ? begun[type] : undefined);
      added.set(type, terms);
      addTerm(terms, effective, rate);
    },
    state() {
      if (added.size === 0) return begun;
      const sums = Object.fromEntries([...added].map(([type, terms]) => [type, writeTerms(terms)]));
      // The order of names is kept where there is no new one.
      if (Object.keys(sums).every((type) => Object.hasOwn(begun, type))) return { ...begun, ...sums };
      return Object.fromEntries(Object.entries({ ...begun, ...sums }).toSorted(([one], [other]) => (one < other ? -1 : 1)));
    },
  };
}

/**
 * The state after some more signals, in any order. The given state is left as it is; it is also the answer when no
 * signal is of a type the model knows, so that `===` tells that nothing changed. Costs O(signals + types).
 */
export function addSignals(state: ScoreState, signals: Iterable<ScoredSignal>, model: ScoringModel): ScoreState {
  const rates = ratesOf(model);
  const tally = createTally(model, state);
  for (const signal of signals) if (rates.has(signal.type)) tally.add(signal.type, effectiveAt(signal));
  return tally.state();
}

/** The state computed from nothing but signals: the stored state bit for bit, in whatever order they are given. */
export function replay(signals: Iterable<ScoredSignal>, model: ScoringModel): ScoreState {
  return addSignals(emptyState, signals, model);
}

/** A state prepared for reading a score at many instants: the sums of the types that have signals, in the model's order. */
export interface Movement {
  readonly parts: readonly MovingPart[];
  readonly model: ScoringModel;
  readonly fit: number;
}

/** The sum of one type, and how it decays. */
export interface MovingPart extends DecayingSum {
  readonly rate: Rate;
}

/** Prepares a state. Costs O(types of the model); a score is then read in O(types that have signals). */
export function movementOf(state: StoredState, model: ScoringModel, fit: number): Movement {
  const parts: MovingPart[] = [];
  for (const rate of ratesOf(model).values()) {
    const sum = partOf(state, rate);
    if (sum) parts.push({ raw: sum.raw, at: sum.at, rate });
  }
  return { parts, model, fit };
}

/** The raw sum at the instant t, caps, fit and floor included. */
export function rawAt(state: StoredState, model: ScoringModel, fit: number, t: number): number {
  return rawWhile(movementOf(state, model, fit), t);
}

/** The score at the instant t: 0..100, not rounded. */
export function scoreAt(state: StoredState, model: ScoringModel, fit: number, t: number): number {
  return scoreWhile(movementOf(state, model, fit), t);
}

/** The same of a prepared state. */
export function scoreWhile(movement: Movement, t: number): number {
  return scoreOfRaw(rawWhile(movement, t), movement.model);
}

function rawWhile({ parts, fit }: Movement, t: number): number {
  let sum = 0;
  for (const { raw, at, rate } of parts) sum += withinCap(decayed(raw, t - at, rate.halfLife), rate.cap);
  return Math.max(0, fit * sum);
}

/** The score at the instant t with what contributions to it are computed from. */
export function scorePartsAt(state: StoredState, model: ScoringModel, fit: number, t: number): ScoreParts {
  const { parts } = movementOf(state, model, fit);
  let [all, positive, negative] = [0, 0, 0];
  const sums = parts.map(({ raw, at, rate }) => {
    const sum = decayed(raw, t - at, rate.halfLife);
    const held = withinCap(sum, rate.cap);
    all += held;
    if (held > 0) positive += held;
    else negative -= held;
    return { rate, sum, held };
  });
  const [gained, lost] = [fit * positive, fit * negative];
  // As `rawWhile` computes it.
  const raw = Math.max(0, fit * all);
  const score = scoreOfRaw(raw, model);
  // Without negative types up is the score itself, bit for bit.
  const up = lost > 0 ? scoreOfRaw(gained, model) : score;
  const types = new Map<string, { readonly pointsPerUnit: number; readonly capped: boolean }>();
  for (const { rate, sum, held } of sums) {
    const perUnit = held > 0 ? up / gained : held < 0 ? (up - score) / lost : 0;
    types.set(rate.type, { pointsPerUnit: held === 0 ? 0 : fit * perUnit * (held / sum), capped: held !== sum });
  }
  return { score, raw, types };
}

/** What one signal contributes to a score at the instant t that the parts are of. A type that the model does not know has weight, factor and points 0. */
export function contribution(signal: ScoredSignal, model: ScoringModel, t: number, parts: ScoreParts): Contribution {
  const rate = ratesOf(model).get(signal.type);
  if (!rate) return { weight: 0, decayFactor: 0, points: 0, capped: false };
  const decayFactor = decayed(1, t - effectiveAt(signal), rate.halfLife);
  const { pointsPerUnit, capped } = parts.types.get(signal.type) ?? { pointsPerUnit: 0, capped: false };
  return { weight: rate.weight, decayFactor, points: rate.weight * decayFactor * pointsPerUnit, capped };
}

/** How well an account fits the model's ICP, as the factor of the formula: 1 when it is known to meet every stated criterion. */
export function icpFit(account: FirmographicTraits, model: ScoringModel): number {
  const { mismatchFactor, unknownMismatchShare } = model.icp;
  const criteria = criteriaOf(account, model);
  const count = (outcome: Criterion): number => criteria.filter((each) => each === outcome).length;
  return mismatchFactor ** (count('FAILED') + unknownMismatchShare * count('UNKNOWN'));
}

/** The share of the ICP's stated criteria that the account is known for, 0..1; null where the model states none. */
export function fitCoverage(account: FirmographicTraits, model: ScoringModel): number | null {
  const criteria = criteriaOf(account, model);
  return criteria.length === 0 ? null : criteria.filter((each) => each !== 'UNKNOWN').length / criteria.length;
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

/** The sum of a type. It may be called `constructor`: only what the state itself holds counts. */
function partOf(state: StoredState, rate: Rate): DecayingSum | undefined {
  const stored = Object.hasOwn(state, rate.type) ? state[rate.type] : undefined;
  return stored && decayingSum(stored, rate);
}

type Criterion = 'MET' | 'FAILED' | 'UNKNOWN';

/** How an account stands against each criterion that the ICP states. */
function criteriaOf({ industry, employeeCount, region }: FirmographicTraits, { icp: { industries, minEmployees, regions } }: ScoringModel): Criterion[] {
  return [
    ...(industries.length > 0 ? [oneOf(industry, industries)] : []),
    ...(minEmployees !== null ? [atLeast(employeeCount, minEmployees)] : []),
    ...(regions.length > 0 ? [oneOf(region, regions)] : []),
  ];
}

function atLeast(count: number | null, least: number): Criterion {
  return count === null ? 'UNKNOWN' : count < least ? 'FAILED' : 'MET';
}

function oneOf(value: string | null, sought: readonly string[]): Criterion {
  const known = value?.trim().toLowerCase();
  if (!known) return 'UNKNOWN';
  return sought.some((name) => name.trim().toLowerCase() === known) ? 'MET' : 'FAILED';
}
