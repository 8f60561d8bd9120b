import type { Id } from './ids.ts';

/** A record of another system. */
export interface OutsideRef {
  /** The system: `salesforce`. */
  readonly system: string;
  /** What the record is, in this program's words: `Opportunity`. */
  readonly recordKind: string;
  /** Its id there. */
  readonly externalId: string;
}

/** A record of another system, as it is there now. */
export interface OutsideRecord {
  /** Changes whenever the record changes. */
  readonly version: string;
  readonly fields: Readonly<Record<string, string | null>>;
}

/** Records of other systems; asked outside of transactions. */
export interface OutsideRecords {
  /** Reads a record; null if it is not there. Throws `Conflict` where nothing connects to the system, `Unavailable` where it does not answer. */
  read(tenantId: Id<'Tenant'>, ref: OutsideRef): Promise<OutsideRecord | null>;
}

/** Where nothing is connected. */
export const noOutsideRecords: OutsideRecords = {
  read: () => Promise.resolve(null),
};
