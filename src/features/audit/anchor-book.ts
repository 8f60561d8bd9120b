import type { Anchor, ChainPlace } from './anchor.ts';

/** Where an anchor was met: beside the chain, told by a fact of the chain, or kept elsewhere; a later one was made after what is walked was written down. */
export type AnchorSource = 'stored' | 'told' | 'kept' | 'later';

/**
 * A fact tells of a place a little before it: so many hashes are remembered to hold it against. Further back it is still
 * held against the anchor beside the chain, which was compared where it belongs.
 */
const remembered = 20_000;

/** Keeps, during a walk, what is known of the chain's signed places, and which source still owes one that another has. */
export class AnchorBook {
  readonly #start: number;
  readonly #hashes = new Map<number, Buffer>();
  /** Beside the chain, and not told of by a fact yet. */
  readonly #awaited = new Map<number, Buffer>();
  #stored = 0;
  #missing: number | null = null;
  #held = 0;
  /** When places that agreed were signed. */
  readonly #signed = new Map<number, number>();
  #last: Anchor | null = null;

  constructor(start: ChainPlace) {
    this.#start = start.sequence;
    this.pass(start);
  }

  /** Signed places that agreed with the chain; each counted once, wherever it was met. */
  get held(): number {
    return this.#held;
  }

  get last(): Anchor | null {
    return this.#last;
  }

  /** The first place that was signed, and is not beside the chain. */
  get missing(): number | null {
    return this.#missing;
  }

  /** The first place beside the chain that no fact tells of. */
  get untold(): number | null {
    return this.#awaited.size === 0 ? null : Math.min(...this.#awaited.keys());
  }

  /** The walk passes a row. */
  pass({ sequence, hash }: ChainPlace): void {
    this.#hashes.set(sequence, hash);
    if (this.#hashes.size > remembered) this.#hashes.delete(sequence - remembered);
  }

  hashAt(sequence: number): Buffer | undefined {
    return this.#hashes.get(sequence);
  }

  /** An anchor agreed with the chain. */
  hold(anchor: Anchor): void {
    if (this.#last && this.#last.sequence >= anchor.sequence) return;
    this.#held += 1;
    this.#last = anchor;
    this.#signed.set(anchor.sequence, Date.parse(anchor.anchoredAt));
    const [first] = this.#signed.keys();
    if (this.#signed.size > remembered && first !== undefined) this.#signed.delete(first);
  }

  /** The last place before another that agreed, and was signed before an instant; null where none is remembered. */
  agreedBefore(sequence: number, instant: number): number | null {
    return [...this.#signed].findLast(([place, signedAt]) => place < sequence && signedAt < instant)?.[0] ?? null;
  }

  /** Whether a place that agreed was signed after an instant. */
  signedAfter(instant: number): boolean {
    return this.#last !== null && Date.parse(this.#last.anchoredAt) > instant;
  }

  /** An anchor was met; those of one place come stored first, then kept, and told behind it. */
  note({ sequence, hash }: Anchor, source: AnchorSource): void {
    // Of places before the walk it is not known what lies beside the chain.
    if (sequence < this.#start || source === 'later') return;
    if (source === 'stored') {
      this.#stored = sequence;
      this.#awaited.set(sequence, hash);
    } else if (source === 'kept') {
      if (this.#stored !== sequence) this.#lacks(sequence);
    } else if (this.#awaited.get(sequence)?.equals(hash)) this.#awaited.delete(sequence);
    else this.#lacks(sequence);
  }

  #lacks(sequence: number): void {
    this.#missing = Math.min(this.#missing ?? sequence, sequence);
  }
}
