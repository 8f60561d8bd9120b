import type { ScoringModel } from './scoring-model.ts';

/** How one signal type counts, in the units of the formula. */
export interface Rate {
  readonly type: string;
  /** Raw units; negative: lowers the score. */
  readonly weight: number;
  /** In milliseconds. */
  readonly halfLife: number;
  /** The most that the type's raw sum counts for, either way, in raw units; Infinity without a cap. */
  readonly cap: number;
}

const hour = 3_600_000;
/** Less than this is nothing: beneath it doubles lose their precision and calculate slowly. */
const negligible = 1e-300;
/** No sum grows more than 2^512-fold when read before its newest signal, so that nothing overflows. */
const mostDoublings = 512;

const ratesByModel = new WeakMap<ScoringModel, ReadonlyMap<string, Rate>>();

/** The model's types by name, in the model's order. */
export function ratesOf(model: ScoringModel): ReadonlyMap<string, Rate> {
  const known = ratesByModel.get(model);
  if (known) return known;
  const rates = new Map<string, Rate>();
  for (const { type, weight, halfLifeHours, cap } of model.signalTypes) {
    rates.set(type, { type, weight, halfLife: halfLifeHours * hour, cap: cap === null ? Infinity : rawOfScore(cap, model) });
  }
  ratesByModel.set(model, rates);
  return rates;
}

/** The saturating curve: raw units to 0..100. */
export function scoreOfRaw(raw: number, model: Pick<ScoringModel, 'saturation'>): number {
  return -100 * Math.expm1(-raw / model.saturation);
}

/** The curve read backwards: the raw sum that makes a score; Infinity for 100. */
export function rawOfScore(score: number, model: Pick<ScoringModel, 'saturation'>): number {
  return -model.saturation * Math.log1p(-score / 100);
}

/** What decay leaves of an amount, which may be negative, after some milliseconds. */
export function decayed(amount: number, elapsed: number, halfLife: number): number {
  const rest = amount * 2 ** Math.min(-elapsed / halfLife, mostDoublings);
  return Math.abs(rest) < negligible ? 0 : rest;
}

/** A raw sum held within its type's cap. */
export function withinCap(raw: number, cap: number): number {
  return raw > cap ? cap : raw < -cap ? -cap : raw;
}
