import type { Rate } from './score-rates.ts';

/** The sum of one type's signals, in raw units without fit, as it was at the instant `at` (epoch milliseconds). */
export interface DecayingSum {
  readonly raw: number;
  readonly at: number;
}

/** The signals of one type as the formula keeps them: by bucket, ascending, an exact integer. `intent-score.ts` says what they mean. */
export type ExactSum = readonly (readonly [bucket: number, total: bigint])[];

/** A type's sum as it is stored. Changes recorded before sums were exact keep the form that they have. */
export type StoredSum = ExactSum | DecayingSum;

/** Half-lives that a bucket covers. */
const bucketHalfLives = 32;
/** Binary places of a term: the least, 2^-32, still has all 53 bits of a double. */
const places = 84;
/** Buckets that are kept, the newest included. */
const keptBuckets = 3;

const one = 2 ** places;

/** Terms by bucket, while signals are being added. */
export type Terms = Map<number, bigint>;

/** What is stored of a type, to be added to. Empty where nothing is. */
export function readTerms(sum: ExactSum | undefined): Terms {
  return new Map(sum);
}

/** Adds one signal by its effective instant. */
export function addTerm(terms: Terms, effective: number, rate: Rate): void {
  const [bucket, term] = termOf(effective, rate);
  terms.set(bucket, (terms.get(bucket) ?? 0n) + term);
}

/** Takes one signal off again that was added: the sums are those of the other signals. */
export function removeTerm(terms: Terms, effective: number, rate: Rate): void {
  const [bucket, term] = termOf(effective, rate);
  const rest = (terms.get(bucket) ?? 0n) - term;
  if (rest > 0n) terms.set(bucket, rest);
  else terms.delete(bucket);
}

function termOf(effective: number, { halfLife }: Rate): readonly [bucket: number, term: bigint] {
  const bucket = Math.floor(effective / (bucketHalfLives * halfLife));
  const term = 2 ** ((effective - endOf(bucket, halfLife)) / halfLife);
  return [bucket, BigInt(Math.round(term * one))];
}

/** The terms as they are stored, without the buckets that are too old to matter. */
export function writeTerms(terms: Terms): ExactSum {
  if (terms.size === 1) return [...terms];
  const newest = Math.max(...terms.keys());
  return [...terms].filter(([bucket]) => bucket > newest - keptBuckets).toSorted(([one], [other]) => one - other);
}

/** Whether a sum is in the form that is kept now. */
export function isExactSum(sum: StoredSum): sum is ExactSum {
  return Array.isArray(sum);
}

/** Whether two sums are one, in form and value. */
export function isSameSum(one: StoredSum | undefined, other: StoredSum | undefined): boolean {
  if (!one || !other) return one === other;
  if (!isExactSum(one) || !isExactSum(other)) return !isExactSum(one) && !isExactSum(other) && one.raw === other.raw && one.at === other.at;
  return one.length === other.length && one.every(([bucket, total], place) => bucket === other[place]?.[0] && total === other[place]?.[1]);
}

/** What the formula needs of a stored sum: its value at the end of the newest bucket, added up from the oldest on. */
export function decayingSum(stored: StoredSum, rate: Rate): DecayingSum {
  if (!isExactSum(stored)) return stored;
  // An integer read as a double is rounded once, to the nearest.
  return sumOfBuckets(stored.map(([bucket, total]) => [bucket, Number(total)]), rate);
}

/** The sum of buckets, ascending, whose totals are rounded to doubles. */
export function sumOfBuckets(buckets: readonly (readonly [bucket: number, total: number])[], { weight, halfLife }: Rate): DecayingSum {
  const at = endOf(buckets.at(-1)?.[0] ?? 0, halfLife);
  let units = 0;
  for (const [bucket, total] of buckets) units += (total / one) * 2 ** ((endOf(bucket, halfLife) - at) / halfLife);
  return { raw: weight * units, at };
}

function endOf(bucket: number, halfLife: number): number {
  return (bucket + 1) * bucketHalfLives * halfLife;
}
