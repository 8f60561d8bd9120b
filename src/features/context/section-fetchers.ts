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

/** Fetches one section of an account from its source. */
export interface SectionFetcher {
  readonly section: ContextSectionName;
  /**
   * Asks the source; no transaction is open meanwhile. What it returns states the answer as the source's, in a transaction
   * of its own. Throws `FetchFailed` if the source does not answer.
   */
  fetch(order: FetchOrder): Promise<(work: Work, seal: Seal) => Promise<void>>;
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

/** The one place where fetchers are registered, at most one for each section. None is configured in this version. */
export const sectionFetchers: readonly SectionFetcher[] = [];
