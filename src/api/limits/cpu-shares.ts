import { performance } from 'node:perf_hooks';

/** An operation's part in the CPU of the process. */
export interface CpuShare {
  /** What it spent, as far as known. Milliseconds. */
  spent: number;
  weight: number;
  mark: number;
}

/**
 * Attributes the event loop's busy time to the operations under way. What was measured directly is its operation's; the
 * rest is divided by estimated cost, so that a small read is not charged for a large one that runs beside it.
 */
export class CpuShares {
  #busy = performance.eventLoopUtilization().active;
  #measured = 0;
  #weights = 0;
  /** Milliseconds per unit of weight since the start. */
  #perWeight = 0;

  /** Notes an operation's start. */
  open(weight: number): CpuShare {
    this.#settle();
    this.#weights += weight;
    return { spent: 0, weight, mark: this.#perWeight };
  }

  /** Attributes time that was measured around an operation's own work. */
  measured(share: CpuShare, milliseconds: number): void {
    share.spent += milliseconds;
    this.#measured += milliseconds;
  }

  /** Corrects the estimate once more is known. */
  weigh(share: CpuShare, weight: number): void {
    this.#collect(share);
    this.#weights += weight - share.weight;
    share.weight = weight;
  }

  /** Notes an operation's end; returns what it spent. */
  close(share: CpuShare): number {
    this.#collect(share);
    this.#weights -= share.weight;
    return share.spent;
  }

  #collect(share: CpuShare): void {
    this.#settle();
    share.spent += (this.#perWeight - share.mark) * share.weight;
    share.mark = this.#perWeight;
  }

  #settle(): void {
    const { active } = performance.eventLoopUtilization();
    const shared = Math.max(0, active - this.#busy - this.#measured);
    this.#busy = active;
    this.#measured = 0;
    if (this.#weights > 0) this.#perWeight += shared / this.#weights;
  }
}
