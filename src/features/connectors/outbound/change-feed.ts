import type { Reading } from '../reading.ts';

/** Changes that a vendor sent together, and are stored together. */
export interface ChangePortion {
  readonly reading: Reading;
  /** The place behind them in the stream; null: the vendor named none. */
  readonly place: Buffer | null;
  /** How many changes there are; 0: the vendor says that there are none up to `place`. */
  readonly changes: number;
  /** When the latest of them was committed. RFC 3339. */
  readonly occurredAt: string | null;
  /** Whether something changed that the stream does not tell, so that what changed since the time before must be read. */
  readonly isGap: boolean;
}

/** How a stream is followed. */
export interface FollowOptions {
  /** Behind which place; null: changes from now on. */
  readonly place: Buffer | null;
  readonly signal: AbortSignal;
  /** Stores a portion. The vendor is asked for more once it has. */
  take(portion: ChangePortion): Promise<void>;
}

/** The changes that a vendor streams. */
export interface ChangeFeed {
  /** Names of the streams. A place in a stream of one name means nothing in one of another name. Throws `VendorFault`. */
  streams(): Promise<readonly string[]>;
  /** Follows a stream until the signal ends it. Throws `VendorFault`, `PlaceLost`, and what `take` throws. */
  follow(stream: string, options: FollowOptions): Promise<void>;
  /** The cursor of `readHistory` from which everything is read that changed since an instant. */
  historySince(instant: string): string;
}

/** The vendor no longer keeps the place, so changes behind it were missed. */
export class PlaceLost extends Error {
  constructor() {
    super('the vendor no longer keeps this place of the stream');
    this.name = 'PlaceLost';
  }
}
