/**
 * The instant that a read is about, on two axes: what was true at `at`, according to what was known at `knownAt`. Without
 * `validAt` both are one: everything that was known, as it was known. Equal moments have equal keys.
 */
export class Moment {
  readonly knownAt: string;
  /** Null: what was true at `knownAt`. Never later than that. */
  readonly validAt: string | null;
  /** The instant of what one time suffices for: what the system made itself, and what decays. RFC 3339. */
  readonly at: string;
  readonly key: string;

  constructor(knownAt: string, validAt: string | null = null) {
    this.knownAt = knownAt;
    this.validAt = validAt;
    this.at = validAt ?? knownAt;
    this.key = validAt === null ? knownAt : `${knownAt}|${validAt}`;
  }

  /** As GraphQL shows it in `asOf`. */
  toString(): string {
    return this.knownAt;
  }

  /** A statement takes one of the two instants; which one has to be said. */
  toPostgres(): never {
    throw new TypeError('a statement was given a moment: it takes knownAt, validAt or at');
  }
}

/** Of a moment the one time that suffices for what the system made itself. */
export function oneTime(moment: Moment | null): Moment | null {
  return moment === null || moment.validAt === null ? moment : new Moment(moment.at);
}

/** The moment of an instant; null, the present, stays null. */
export function momentOf(instant: string | null): Moment | null {
  return instant === null ? null : new Moment(instant);
}
