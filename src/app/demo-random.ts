/** Chance that is the same at every start. */
export interface DemoRandom {
  /** From low up to high. */
  between(low: number, high: number): number;
  whole(low: number, high: number): number;
  /** One of several. */
  pick<Value>(values: readonly [Value, ...Value[]] | readonly Value[]): Value;
  chance(probability: number): boolean;
}

/** Chance of a seed: the generator mulberry32. */
export function demoRandom(seed: number): DemoRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number): number => low + next() * (high - low);
  return {
    between,
    whole: (low, high) => Math.floor(between(low, high + 1)),
    pick: <Value>(values: readonly Value[]): Value => values[Math.floor(next() * values.length)] as Value,
    chance: (probability) => next() < probability,
  };
}
