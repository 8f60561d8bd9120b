import { icpFit, scoreWhile, type FirmographicTraits, type Movement, type MovingPart } from './intent-score.ts';
import { crossingBetween, type DecayCrossing } from './score-crossings.ts';
import { ratesOf, type Rate } from './score-rates.ts';
import { addTerm, decayingSum, removeTerm, writeTerms, type Terms } from './score-sums.ts';
import type { ScoringModel } from './scoring-model.ts';

/**
 * A score that is followed through time, from all signals of an account. Sums are exact integers, so a signal that stops
 * counting is subtracted and leaves nothing behind: the score is the one of the stored state, bit for bit. Memory is
 * bounded by the types of the model and the buckets of their signals, however many signals there are.
 */
export class RunningScore {
  readonly model: ScoringModel;
  readonly #rates: ReadonlyMap<string, Rate>;
  readonly #terms = new Map<string, Terms>();
  readonly #parts = new Map<string, MovingPart>();
  #fit: number | null = 1;
  #prepared: Movement | null = null;

  /** Begins with no signal, and an account that fits. */
  constructor(model: ScoringModel) {
    this.model = model;
    this.#rates = ratesOf(model);
  }

  /** A signal counts from now on. A type that the model does not know changes nothing. */
  add(type: string, effectiveAt: number): void {
    const rate = this.#rates.get(type);
    if (!rate) return;
    const own = this.#terms.get(type) ?? new Map<number, bigint>();
    addTerm(own, effectiveAt, rate);
    this.#keep(rate, own);
  }

  /** A signal that counted no longer counts. */
  remove(type: string, effectiveAt: number): void {
    const [rate, own] = [this.#rates.get(type), this.#terms.get(type)];
    if (!rate || !own) return;
    removeTerm(own, effectiveAt, rate);
    this.#keep(rate, own);
  }

  /** What the ICP is held against from now on; null: there is no such account, and so no score. */
  fitTo(traits: FirmographicTraits | null): void {
    this.#fit = traits && icpFit(traits, this.model);
    this.#prepared = null;
  }

  /** The score at an instant; null where no signal counts. */
  at(instant: number): number | null {
    const movement = this.#movement();
    return movement && scoreWhile(movement, instant);
  }

  /** The same with a fit that is given. */
  withFit(fit: number, instant: number): number | null {
    return this.#parts.size === 0 ? null : scoreWhile(this.#moving(fit), instant);
  }

  /** The next crossing of the threshold by time alone that comes after one instant and not after another. */
  crossingBetween(after: number, until: number): DecayCrossing | null {
    const movement = this.#movement();
    return movement && after < until ? crossingBetween(movement, after, until) : null;
  }

  /** Counts the signals that another score of the same model counts. */
  copy(other: RunningScore): void {
    this.clear();
    for (const [type, own] of other.#terms) {
      const rate = this.#rates.get(type);
      if (rate) this.#keep(rate, new Map(own));
    }
  }

  /** Counts nothing. */
  clear(): void {
    this.#terms.clear();
    this.#parts.clear();
    this.#prepared = null;
  }

  #keep(rate: Rate, own: Terms): void {
    this.#prepared = null;
    if (own.size === 0) {
      this.#terms.delete(rate.type);
      this.#parts.delete(rate.type);
      return;
    }
    this.#terms.set(rate.type, own);
    this.#parts.set(rate.type, { ...decayingSum(writeTerms(own), rate), rate });
  }

  #movement(): Movement | null {
    if (this.#fit === null || this.#parts.size === 0) return null;
    return (this.#prepared ??= this.#moving(this.#fit));
  }

  /** In the model's order, in which the formula adds types up. */
  #moving(fit: number): Movement {
    return { model: this.model, fit, parts: [...this.#rates.keys()].flatMap((type) => this.#parts.get(type) ?? []) };
  }
}
