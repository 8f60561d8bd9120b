import type { ScoreState, StoredState } from './intent-score.ts';
import { ratesOf } from './score-rates.ts';
import { sumOfBuckets, type ExactSum, type StoredSum } from './score-sums.ts';
import type { ScoringModel } from './scoring-model.ts';

/*
 * A state as bytes: types in the order of their names, each as its name and its buckets, ascending; a bucket as its number
 * and its total. Numbers are unsigned LEB128, negative ones zigzag; names and totals have their length in bytes in front, and
 * totals are big-endian. The same sums give the same bytes, so states are compared as bytes.
 */

/** A state as a row holds it: `sums` since states are bytes, `state` in rows of before. */
export interface StateColumns {
  readonly sums: Buffer | null;
  readonly state: StoredState | null;
}

/** Reads the state of a row. */
export function readState({ sums, state }: StateColumns): StoredState {
  if (sums !== null) return readStateBytes(sums);
  if (state === null) throw new Error('a score has no state');
  return state;
}

/** The bytes of a state. */
export function writeStateBytes(state: ScoreState): Buffer {
  const bytes: number[] = [];
  for (const [type, sum] of Object.entries(state).toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const name = Buffer.from(type);
    writeNumber(bytes, name.length);
    bytes.push(...name);
    writeNumber(bytes, sum.length);
    for (const [bucket, total] of sum) {
      const digits = BigInt(total).toString(16);
      const amount = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
      writeNumber(bytes, bucket < 0 ? -2 * bucket - 1 : 2 * bucket);
      writeNumber(bytes, amount.length);
      bytes.push(...amount);
    }
  }
  return Buffer.from(bytes);
}

/** The state that bytes hold. */
export function readStateBytes(bytes: Buffer): ScoreState {
  const sums: [string, ExactSum][] = [];
  eachType(bytes, (type, buckets) => void sums.push([type, buckets.map(({ bucket, from, to }) => [bucket, exactTotal(bytes, from, to).toString()])]));
  return Object.fromEntries(sums);
}

/** The state of a row as a model's formula reads it: each type's sum as a double. For scores that are shown; what is added to needs the exact sums. */
export function readSums({ sums, state }: StateColumns, model: ScoringModel): StoredState {
  if (sums === null) return readState({ sums, state });
  const rates = ratesOf(model);
  const read: [string, StoredSum][] = [];
  eachType(sums, (type, buckets) => {
    const rate = rates.get(type);
    if (rate) read.push([type, sumOfBuckets(buckets.map(({ bucket, from, to }) => [bucket, roundedTotal(sums, from, to)]), rate)]);
  });
  return Object.fromEntries(read);
}

/** A bucket, and where the bytes of its total are. */
interface BucketPlace {
  readonly bucket: number;
  readonly from: number;
  readonly to: number;
}

function eachType(bytes: Buffer, visit: (type: string, buckets: readonly BucketPlace[]) => void): void {
  let place = 0;
  const number = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[place++];
      if (byte === undefined) throw new RangeError('the bytes of a score end too soon');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (place < bytes.length) {
    const length = number();
    const type = bytes.toString('utf8', place, (place += length));
    const buckets: BucketPlace[] = [];
    for (let rest = number(); rest > 0; rest -= 1) {
      const zigzag = number();
      const amount = number();
      buckets.push({ bucket: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2, from: place, to: (place += amount) });
    }
    visit(type, buckets);
  }
}

const exactTotal = (bytes: Buffer, from: number, to: number): bigint => BigInt(`0x${bytes.toString('hex', from, to) || '0'}`);

/** A total rounded once. Two halves of 48 bits are exact doubles, so their sum is rounded as the integer would be. */
function roundedTotal(bytes: Buffer, from: number, to: number): number {
  if (to - from > 12) return Number(exactTotal(bytes, from, to));
  const middle = Math.max(from, to - 6);
  return wholeNumber(bytes, from, middle) * 2 ** 48 + wholeNumber(bytes, middle, to);
}

function wholeNumber(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let place = from; place < to; place += 1) value = value * 256 + (bytes[place] ?? 0);
  return value;
}

function writeNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
