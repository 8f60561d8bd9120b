import { chainHash } from '../../platform/postgres/audit-chain.ts';
import type { ChainPlace } from './anchor.ts';
import type { ChainRow } from './chain-walk.ts';
import type { Fault, Tampering } from './tampering.ts';

/** The first row that does not join the ones before. */
export interface Break {
  /** The last row that joined. */
  readonly place: ChainPlace;
  /** The same with its content; null at the beginning of the walk. */
  readonly last: ChainRow | null;
  readonly row: ChainRow;
  /** The first sequence of the month of `last`. */
  readonly monthStart: number;
  /** The last place with an anchor that agreed. */
  readonly signedUpTo: number;
  /** Whether what joined is another chain than was signed. */
  readonly disowned: boolean;
  /** When the chain was begun, where that is known. */
  readonly begunAt: string | null;
}

/** Whether the row is whole when it is read as the row of another place. */
const wholeAs = (row: ChainRow, sequence: number): boolean => row.exact && row.hash.equals(chainHash(row.previousHash, { ...row, sequence }));
const month = (row: ChainRow): string => row.recordedAt.slice(0, 7);
const fault = (tampering: Tampering, sequence: number, detail: string): Fault => ({ tampering, sequence, detail });

/**
 * What became of the chain at its first break, as far as this row can tell. A row names the hash of the one before and
 * carries a hash over itself and its place: so it tells whether it is whole, whether it stood elsewhere, and whether the
 * one before it is still the one it was chained to.
 */
export function judgeBreak({ place, last, row, monthStart, signedUpTo, disowned, begunAt }: Break): Fault {
  const due = place.sequence + 1;
  const months = last !== null && month(last) !== month(row);
  if (row.sequence < 1) return fault('INSERTED', row.sequence, `Fact ${row.sequence} stands before the chain's first, which is 1.`);
  if (row.sequence < due) return fault('INSERTED', row.sequence, `There are two facts ${row.sequence}.`);
  if (row.sequence > due) {
    const gone = row.sequence === due + 1 ? `Fact ${due} is gone.` : `Facts ${due} to ${row.sequence - 1} are gone.`;
    // The months before and after are there, whole up to their ends; what lay between is not. So it is with the first month, when the chain is older than what is left of it.
    const wholeMonths = last === null ? place.sequence === 0 && begunAt !== null && begunAt.slice(0, 7) < month(row) : monthsApart(last, row) > 1;
    if (wholeMonths) return fault('PARTITION_SWAPPED', due, `${gone} They are all of whole months.`);
    if (months && disowned) return fault('PARTITION_SWAPPED', Math.max(monthStart, signedUpTo + 1), `The facts of ${month(last)} are others than were signed, and fewer than were recorded.`);
    return fault('DELETED', due, gone);
  }
  const whole = wholeAs(row, row.sequence);
  const linked = row.previousHash.equals(place.hash);
  if (whole && !linked) {
    if (months && signedUpTo === place.sequence) return fault('PARTITION_SWAPPED', due, `The facts of ${month(row)} do not join those before, which were signed.`);
    if (months) return fault('PARTITION_SWAPPED', Math.max(monthStart, signedUpTo + 1), `The facts of ${month(row)} were chained to others than those of ${month(last)} that are there now.`);
    if (last) return fault('EDITED', place.sequence, `Fact ${place.sequence} was changed and its own hash computed anew; the next one was chained to another.`);
  }
  if (!whole && !linked && last !== null && row.previousHash.equals(last.previousHash) && wholeAs(row, due - 1)) {
    return fault('INSERTED', place.sequence, `Fact ${place.sequence} was put in; the one behind it stood in its place.`);
  }
  if (!whole && !linked && wholeAs(row, due + 1)) return fault('DELETED', due, `Fact ${due} is gone, and the ones behind it were moved up.`);
  return fault('EDITED', due, `Fact ${due} is not as it was recorded.`);
}

function monthsApart(one: ChainRow, other: ChainRow): number {
  const count = (row: ChainRow): number => Number(row.recordedAt.slice(0, 4)) * 12 + Number(row.recordedAt.slice(5, 7));
  return count(other) - count(one);
}

/** Looks among later rows for the true one of the place where the chain broke; keeps one row. */
export class LookAhead {
  readonly #broken: Break;
  readonly #due: number;
  done: boolean;

  constructor({ tampering, sequence }: Fault, broken: Break) {
    this.#broken = broken;
    this.#due = broken.place.sequence + 1;
    this.done = sequence !== this.#due || tampering === 'INSERTED';
  }

  /** The sharper name, once the row is found that belongs where the chain broke. */
  row(row: ChainRow): Fault | null {
    if (this.done) return null;
    const { place, row: bad } = this.#broken;
    const hash = chainHash(place.hash, { ...row, sequence: this.#due });
    const moved = row.previousHash.equals(place.hash) && row.hash.equals(hash);
    // Its content lies here, and its hash still where it belongs: contents were exchanged, hashes left.
    if (!moved && !(bad.sequence === this.#due && bad.hash.equals(hash))) return null;
    this.done = true;
    if (row.sequence === this.#due && bad.sequence !== this.#due) return fault('REORDERED', this.#due, `Fact ${this.#due} stands behind fact ${bad.sequence}.`);
    if (row.sequence === this.#due) return fault('INSERTED', this.#due, `There are two facts ${this.#due}; one was put in.`);
    if (moved && row.sequence === this.#due + 1 && !wholeAs(bad, row.sequence)) return fault('INSERTED', this.#due, `Fact ${this.#due} was put in; the true one stands behind it.`);
    return fault('REORDERED', this.#due, `Fact ${this.#due} stands at ${row.sequence}.`);
  }
}
