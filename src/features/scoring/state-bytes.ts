import type { ScoreState, StoredState } from './intent-score.ts';
import { ratesOf } from './score-rates.ts';
import { sumOfBuckets, type DecayingSum, type ExactSum, type StoredSum } from './score-sums.ts';
import type { ScoringModel } from './scoring-model.ts';

/*
 * A state as bytes: types in the order of their names, each as its name and its buckets, ascending; a bucket as its number
 * and its total. Numbers are unsigned LEB128, negative ones zigzag; names and totals have their length in bytes in front, and
 * totals are big-endian. The same sums give the same bytes, so states are compared as bytes.
 */

/** A state as JSON holds it: integers as decimal text. */
type StateJson = Readonly<Record<string, DecayingSum | readonly (readonly [bucket: number, total: string])[]>>;

/** A state as a row holds it: `sums` since states are bytes, `state` in rows of before. */
export interface StateColumns {
  readonly sums: Buffer | null;
  readonly state: StateJson | null;
}

/** Reads the state of a row. */
export function readState({ sums, state }: StateColumns): StoredState {
  if (sums !== null) return readStateBytes(sums);
  if (state === null) throw new Error('a score has no state');
  return Object.fromEntries(Object.entries(state).map(([type, sum]) => [type, 'raw' in sum ? sum : sum.map(([bucket, total]) => [bucket, BigInt(total)] as const)]));
}

/** A state as JSON: for states from before sums were exact, which have no bytes. */
export function writeStateJson(state: StoredState): string {
  return JSON.stringify(state, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** The bytes of a state. */
export function writeStateBytes(state: ScoreState): Buffer {
  const writer = new StateWriter();
  for (const [type, sum] of Object.entries(state).toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    writer.text(type);
    writer.number(sum.length);
    for (const [bucket, total] of sum) {
      writer.number(bucket < 0 ? -2 * bucket - 1 : 2 * bucket);
      writer.amount(total);
    }
  }
  return writer.take();
}

/** The state that bytes hold. */
export function readStateBytes(bytes: Buffer): ScoreState {
  const sums: [string, ExactSum][] = [];
  eachType(bytes, readAmount, (type, buckets) => void sums.push([type, buckets]));
  return Object.fromEntries(sums);
}

/** The state of a row as a model's formula reads it: each type's sum as a double. For scores that are shown; signals are added to exact sums only. */
export function readSums({ sums, state }: StateColumns, model: ScoringModel): StoredState {
  if (sums === null) return readState({ sums, state });
  const rates = ratesOf(model);
  const read: [string, StoredSum][] = [];
  eachType(sums, roundedAmount, (type, buckets) => {
    const rate = rates.get(type);
    if (rate) read.push([type, sumOfBuckets(buckets, rate)]);
  });
  return Object.fromEntries(read);
}

/** Visits the types of a state with their buckets, whose totals `amount` reads. */
function eachType<Total>(bytes: Buffer, amount: (bytes: Buffer, from: number, size: number) => Total, visit: (type: string, buckets: [bucket: number, total: Total][]) => void): void {
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
    const buckets: [number, Total][] = [];
    for (let left = number(); left > 0; left -= 1) {
      const zigzag = number();
      const size = number();
      if (size > bytes.length - place) throw new RangeError('the bytes of a score end too soon');
      buckets.push([zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2, amount(bytes, place, size)]);
      place += size;
    }
    visit(type, buckets);
  }
}

/** A total rounded once. Two halves of 48 bits are exact doubles, so their sum is rounded as the integer would be. */
function roundedAmount(bytes: Buffer, from: number, size: number): number {
  if (size === 0) return 0;
  if (size <= limb) return bytes.readUIntBE(from, size);
  if (size > 2 * limb) return Number(readAmount(bytes, from, size));
  return bytes.readUIntBE(from, size - limb) * 2 ** (8 * limb) + bytes.readUIntBE(from + size - limb, limb);
}

/** Bytes that a number read at once has: all of them fit into a double. */
const limb = 6;
const limbBits = BigInt(8 * limb);
const limbMask = (1n << limbBits) - 1n;

function readAmount(bytes: Buffer, from: number, size: number): bigint {
  if (size === 0) return 0n;
  const first = size % limb || limb;
  let amount = BigInt(bytes.readUIntBE(from, first));
  for (let read = first; read < size; read += limb) amount = (amount << limbBits) | BigInt(bytes.readUIntBE(from + read, limb));
  return amount;
}

let scratch = Buffer.allocUnsafe(4_096);

/** Writes the parts of states one behind the other. */
class StateWriter {
  #place = 0;

  text(name: string): void {
    const length = Buffer.byteLength(name);
    this.number(length);
    this.#room(length);
    this.#place += scratch.write(name, this.#place);
  }

  number(value: number): void {
    this.#room(10);
    let rest = value;
    while (rest >= 128) {
      scratch[this.#place++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    scratch[this.#place++] = rest;
  }

  amount(total: bigint): void {
    const limbs: number[] = [];
    let rest = total;
    do {
      limbs.push(Number(rest & limbMask));
      rest >>= limbBits;
    } while (rest > 0n);
    const highest = limbs.at(-1) ?? 0;
    let first = 1;
    while (highest >= 256 ** first) first += 1;
    this.number(first + (limbs.length - 1) * limb);
    this.#room(limbs.length * limb);
    this.#place = scratch.writeUIntBE(highest, this.#place, first);
    for (let index = limbs.length - 2; index >= 0; index -= 1) this.#place = scratch.writeUIntBE(limbs[index] ?? 0, this.#place, limb);
  }

  /** Everything that was written, in a piece of its own. */
  take(): Buffer {
    return Buffer.from(scratch.subarray(0, this.#place));
  }

  #room(bytes: number): void {
    if (this.#place + bytes <= scratch.length) return;
    const wider = Buffer.allocUnsafe(Math.max(scratch.length * 2, this.#place + bytes));
    scratch.copy(wider, 0, 0, this.#place);
    scratch = wider;
  }
}
