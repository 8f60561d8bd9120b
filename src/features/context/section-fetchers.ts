import type { Actor } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ContextSectionName } from './sections.ts';

/** What is to be fetched. */
export interface FetchOrder {
  readonly tenantId: Id<'Tenant'>;
  readonly accountId: Id<'Account'>;
  /** Aborted when the fetch takes too long, or the process stops. */
  readonly signal: AbortSignal;
}

/** What a source's answer is stored with. */
export interface SectionStore {
  /** Opens a transaction, on behalf of whoever states the answer; of the job itself when left out. */
  transact<Result>(body: (work: Work) => Promise<Result>, actor?: Actor): Promise<Result>;
  readonly seal: Seal;
}

/** Stores a source's answer, in as many transactions as it takes. Throws `FetchFailed` where a part of it is missing. Doing it again changes nothing. */
export type StoreSection = (store: SectionStore) => Promise<void>;

/** Fetches one section of an account from its source. */
export interface SectionFetcher {
  readonly section: ContextSectionName;
  /** Asks the source; no transaction is open meanwhile. Returns null if the tenant has no source for the section, or the account has no place there. Throws `FetchFailed` if the source does not answer. */
  fetch(order: FetchOrder): Promise<StoreSection | null>;
}

/** A source did not answer. The section keeps its last good values. */
export class FetchFailed extends Error {
  /** Why, in capitals: `TIMEOUT`, `RATE_LIMITED`, `UNAUTHORIZED`. Shown to readers, so it holds no personal data. */
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(`the source did not answer: ${code}`, options);
    if (!/^[A-Z_]{1,64}$/.test(code)) throw new TypeError('code must be 1 to 64 capital letters and underscores');
    this.code = code;
  }
}
