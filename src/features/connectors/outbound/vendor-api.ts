import type { z } from 'zod';
import type { ContextSectionName } from '../../context/index.ts';
import type { Id } from '../../../platform/ids.ts';
import type { Reading } from '../reading.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ContextCopies } from './context-copies.ts';
import type { VendorFault } from './vendor-fault.ts';
import type { VendorWriter } from './vendor-writer.ts';

/** How a call to a vendor is treated. */
export interface VendorCall {
  /** What is asked, for metrics and rate limits: `read_account`, `conversations.history`. Few values. */
  readonly operation: string;
  /** Whether asking twice does no harm, so that it is tried again after a fault. */
  readonly isIdempotent: boolean;
  /** Ends the call, while it waits and while it is under way. */
  readonly signal?: AbortSignal | undefined;
}

/** What a vendor's client is opened with. */
export interface VendorAccess<Credentials, Settings> {
  readonly tenantId: Id<'Tenant'>;
  readonly connectionId: Id<'Connection'>;
  readonly credentials: Credentials;
  readonly settings: Settings;
  /** Where the vendor is reached: its public address, or what VENDOR_URLS says of it. Null: the credentials name the address. */
  readonly baseUrl: string | null;
  /** Where the vendor's streams are reached, if VENDOR_URLS says so under `<source>-pubsub`. */
  readonly streamUrl: string | null;
  /**
   * Makes a call under the connection's time-out, retries, circuit breaker and rate limits. The body throws whatever its
   * client throws; `classify` of the vendor makes a `VendorFault` of it, which this throws, without its cause. With OAuth
   * there is a valid token before the body runs; after UNAUTHORIZED it is refreshed and the body runs once more, so the
   * body asks `accessToken()` each time it runs.
   */
  call<Answer>(options: VendorCall, body: (signal: AbortSignal) => Promise<Answer>): Promise<Answer>;
  /**
   * A valid access token: of OAuth, obtained where needed and another than `refused`, which the vendor no longer accepts;
   * else the one in the credentials (`accessToken`, `botToken` or `token`).
   */
  accessToken(refused?: string): Promise<string>;
}

/** An object of a vendor. */
export interface VendorObject {
  /** As the vendor names it: `page`, `contact`, `Opportunity`. */
  readonly kind: string;
  readonly externalId: string;
  /**
   * When it last changed by what its events said (`source_fetch.wanted_at`); null or absent where no event asks. What is read is at
   * least as new, so it is stated as of this time where the vendor's own time of modification is earlier: some vendors round
   * that down to the minute, or do not move it for every change.
   */
  readonly changedAt?: string | null;
}

/** An account, as a vendor may know it. */
export interface AccountPlaces {
  /** How statements name it: by its id here. */
  readonly account: { readonly id: string };
  /** Every name of it, and of accounts merged into it. */
  readonly externalRefs: readonly { readonly system: string; readonly id: string }[];
  readonly jiraProjectKey: string | null;
  readonly slackChannelId: string | null;
  readonly notionPageId: string | null;
}

/** A part of a vendor's history. */
export interface HistoryPage {
  readonly reading: Reading;
  /** Where the next part begins, a text that is stored; null: this was the last. */
  readonly next: string | null;
  /** How many objects there are in all, where the vendor says. */
  readonly total: number | null;
}

/** An open connection to a vendor. Every method throws `VendorFault`. Reading is pure but for the calls: nothing is stored. */
export interface VendorSession {
  /** Whether the credentials work, and as what: the name of the organisation, site or workspace. */
  check(): Promise<{ readonly account: string }>;
  /** Reads objects as they are now, with as few calls as the vendor allows. Returns one reading for each object, in their order; that of one that is gone is a deletion. */
  readObjects(objects: readonly VendorObject[]): Promise<readonly Reading[]>;
  /** Reads what the vendor has of an account; null where it has no place there. */
  readAccount(places: AccountPlaces): Promise<Reading | null>;
  /** Reads a part of the history, from the beginning or from where the part before ended. */
  readHistory(cursor: string | null): Promise<HistoryPage>;
  /** Writes approved changes, where the vendor is written to. */
  readonly writer?: VendorWriter;
  /** The changes that the vendor streams, where the settings ask for them. */
  readonly changes?: ChangeFeed;
  /** The copies of session contexts, where the vendor keeps some. */
  readonly contextCopies?: ContextCopies;
  close?(): Promise<void>;
}

/** The outbound half of a vendor. */
export interface VendorApi<Credentials = unknown, Settings = unknown> {
  /** The source, as in webhooks. */
  readonly source: string;
  /** The section of an account's context that it fills; null: none. */
  readonly section: ContextSectionName | null;
  /** What an administrator gives. Strict; each member says in its error where to find it at the vendor. */
  readonly credentials: z.ZodType<Credentials>;
  /** The settings of a connection; absent ones have defaults. */
  readonly settings: z.ZodType<Settings>;
  /** How many calls may be under way at once, and how many more wait. */
  readonly concurrency: { readonly most: number; readonly waiting: number };
  /** Makes a fault of what the vendor's client threw. */
  classify(error: unknown, now: Date): VendorFault;
  /** Opens a connection. The client is loaded with the first one. */
  open(access: VendorAccess<Credentials, Settings>): Promise<VendorSession>;
}
