/**
 * Intervals of ratios by the bootstrap: what would have come out if other accounts of the same kind had been there. Each
 * account is in a resample a number of times that has the Poisson distribution with mean 1, which is what drawing as many
 * accounts as there are, with replacement, comes to. So accounts are taken one after the other, and memory does not grow
 * with their number. Sums are whole numbers: no order of adding changes them.
 */
export class Bootstrap {
  readonly #sums: readonly Float64Array[];
  readonly #random: () => number;
  readonly #resamples: number;

  /** `width`: how many sums each account adds to. */
  constructor(width: number, seed: bigint, resamples = 1_000) {
    this.#resamples = resamples;
    this.#sums = Array.from({ length: width }, () => new Float64Array(resamples));
    this.#random = randomBits(seed);
  }

  /** The next account, with what it adds to each sum. */
  take(values: readonly number[]): void {
    const counted = values.flatMap((value, place) => (value === 0 ? [] : [place]));
    for (let resample = 0; resample < this.#resamples; resample += 1) {
      const times = timesDrawn(this.#random());
      if (times === 0) continue;
      for (const place of counted) {
        const sums = this.#sums[place];
        if (sums) sums[resample] = (sums[resample] ?? 0) + times * (values[place] ?? 0);
      }
    }
  }

  /** The middle 95 percent of a figure over all resamples; null where no resample has it. */
  interval(figure: (sum: (place: number) => number) => number | null): readonly [low: number, high: number] | null {
    const figures: number[] = [];
    for (let resample = 0; resample < this.#resamples; resample += 1) {
      const value = figure((place) => this.#sums[place]?.[resample] ?? 0);
      if (value !== null) figures.push(value);
    }
    const sorted = Float64Array.from(figures).sort();
    const [low, high] = [sorted[Math.floor(0.025 * sorted.length)], sorted[Math.ceil(0.975 * sorted.length) - 1]];
    return low === undefined || high === undefined ? null : [low, high];
  }
}

/** How often an account is in a resample, by 32 random bits: the inverse of the Poisson distribution with mean 1. */
function timesDrawn(bits: number): number {
  let times = 0;
  while (times < limits.length && bits >= (limits[times] ?? 0)) times += 1;
  return times;
}

/** 2^32 times the probability of being drawn at most 0, 1, 2, … times, as whole numbers. */
const limits = [1_580_030_169, 3_160_060_337, 3_950_075_422, 4_213_413_783, 4_279_248_374, 4_292_415_292, 4_294_609_778, 4_294_923_276, 4_294_962_463, 4_294_966_817];

/** 32 random bits at a time, by Vigna's splitmix64 and xorshift: the same of one seed on every machine. */
function randomBits(seed: bigint): () => number {
  const mask = 0xffff_ffff_ffff_ffffn;
  let state = BigInt.asUintN(64, seed);
  const word = (): bigint => {
    state = (state + 0x9e37_79b9_7f4a_7c15n) & mask;
    let mixed = ((state ^ (state >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & mask;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn) & mask;
    return mixed ^ (mixed >> 31n);
  };
  const [first, second] = [word(), word()];
  // xoshiro128**, on 32-bit words.
  let [a, b, c, d] = [Number(first >> 32n) | 0, Number(first & 0xffff_ffffn) | 0, Number(second >> 32n) | 0, Number(second & 0xffff_ffffn) | 1];
  const rotated = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
  return () => {
    const bits = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotated(d, 11);
    return bits;
  };
}
