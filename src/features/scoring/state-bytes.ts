import type { ScoreState, StoredState } from './intent-score.ts';
import type { ExactSum } from './score-sums.ts';

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
  const slice = (): Buffer => {
    const length = number();
    place += length;
    return bytes.subarray(place - length, place);
  };
  const sums: [string, ExactSum][] = [];
  while (place < bytes.length) {
    const type = slice().toString();
    const buckets = Array.from({ length: number() }, (): [number, string] => {
      const zigzag = number();
      return [zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2, BigInt(`0x${slice().toString('hex') || '0'}`).toString()];
    });
    sums.push([type, buckets]);
  }
  return Object.fromEntries(sums);
}

function writeNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
