import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../platform/clock.ts';
import type { Id } from '../../../platform/ids.ts';
import type { Log } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { Seal } from '../../../platform/postgres/seal.ts';
import { usualPace, type CallPace } from './call-pace.ts';
import { createVendorCaller } from './call-vendor.ts';
import { readConnection, reasonNotToCall, type ConnectionRow } from './connection-row.ts';
import { createOutcomeNotes } from './note-outcome.ts';
import { createVendorAccess, type OpenAccess } from './vendor-access.ts';
import type { VendorApi, VendorSession } from './vendor-api.ts';
import { vendorApis } from './vendor-apis.ts';
import { VendorFault } from './vendor-fault.ts';
import { openStoredCredentials } from './stored-credentials.ts';

/** How a session is opened. */
export interface OpenOptions {
  /** Also while the credentials are refused, the vendor wants no calls, or the connection is paused: for a test that an administrator asks for. */
  readonly anyway?: boolean;
}

/** The open connections of a process. */
export interface VendorSessions {
  /**
   * Opens a connection, or takes the one that is open. Ask for each batch of work: it sees what was changed, paused or
   * removed, and limits that other processes met. Not to be kept or closed by who asks. Throws `VendorFault`.
   */
  open(tenantId: Id<'Tenant'>, connectionId: Id<'Connection'>, options?: OpenOptions): Promise<VendorSession>;
  /** Closes every connection; calls under way end with DISCONNECTED. */
  close(): Promise<void>;
}

/** What sessions are opened with. */
export interface SessionsOptions {
  readonly database: Pick<Database, 'read' | 'transact'>;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly log: Log;
  /** Where vendors are reached, by source, if not at their public address. Origins without a slash at the end. */
  readonly urls?: ReadonlyMap<string, string> | undefined;
  /** All that are registered when left out. */
  readonly apis?: readonly VendorApi[] | undefined;
  readonly pace?: Partial<CallPace> | undefined;
}

/** Connections that stay open. */
const mostOpen = 200;

interface Entry {
  /** What it was opened with; another is opened when it changes. */
  readonly version: string;
  readonly access: OpenAccess;
  readonly session: Promise<VendorSession>;
}

/** Makes the sessions of a process. */
export function createVendorSessions({ database, seal, clock, log, urls = new Map(), apis = vendorApis, pace = {} }: SessionsOptions): VendorSessions {
  const caller = createVendorCaller({ clock, log, pace });
  const notes = createOutcomeNotes({ database, clock, log, longestWait: pace.longestWait ?? usualPace.longestWait });
  const closing = new Set<Promise<void>>();
  const close = ({ access, session }: Entry, isEvicted: boolean): void => {
    const closed = (isEvicted ? access.whenIdle() : Promise.resolve(access.end())).then(async () => (await session).close?.()).catch((error: unknown) => log.debug({ reason: error instanceof Error ? error.name : '' }, 'vendor session not closed'));
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  };
  const entries = new LRUCache<string, Entry>({ max: mostOpen, dispose: (entry, _key, reason) => close(entry, reason === 'evict') });
  const readRow = async (tenantId: Id<'Tenant'>, connectionId: Id<'Connection'>): Promise<ConnectionRow | null> => {
    const read = database.read(tenantId);
    try {
      return await readConnection(read, tenantId, connectionId);
    } finally {
      await read.close();
    }
  };

  const openEntry = (tenantId: Id<'Tenant'>, connectionId: Id<'Connection'>, row: ConnectionRow): Entry => {
    const api = apis.find(({ source }) => source === row.source);
    const credentials = openStoredCredentials(seal, row.wrappedKey, row.sealed)?.credentials;
    const read = { credentials: api?.credentials.safeParse(credentials), settings: api?.settings.safeParse(row.settings) };
    // Another version of this program may have wanted less.
    if (!api || !read.credentials?.success || !read.settings?.success) throw new VendorFault('UNAUTHORIZED', `The stored credentials or settings of ${row.source} cannot be used by this version. Give them again with changeConnection.`);
    const access = createVendorAccess({
      api, tenantId, connectionId, credentials: read.credentials.data, settings: read.settings.data, stored: credentials, baseUrl: urls.get(api.source) ?? null, streamUrl: urls.get(`${api.source}-pubsub`) ?? null, database, seal, clock, caller, notes,
      check: async (isForced) => {
        const now = await readRow(tenantId, connectionId);
        if (now !== null && versionOf(now) !== versionOf(row)) throw new VendorFault('DISCONNECTED', 'The connection was changed during the call.');
        const reason = reasonNotToCall(now, clock.now());
        if (reason && !(isForced && isWaivable(now))) throw reason;
      },
    });
    return { version: versionOf(row), access, session: Promise.resolve(api.open(access)) };
  };

  return {
    async open(tenantId, connectionId, { anyway = false } = {}) {
      const row = await readRow(tenantId, connectionId);
      const reason = reasonNotToCall(row, clock.now());
      const key = `${tenantId}\n${connectionId}`;
      if (row === null || (reason !== null && !(anyway && isWaivable(row)))) {
        if (reason?.code === 'DISCONNECTED') entries.delete(key);
        throw reason ?? new VendorFault('DISCONNECTED', 'There is no such connection.');
      }
      let entry = entries.get(key);
      if (entry?.version !== versionOf(row)) {
        if (entry) caller.forget(connectionId);
        entry = openEntry(tenantId, connectionId, row);
        entries.set(key, entry);
      }
      entry.access.force(anyway);
      try {
        return await entry.session;
      } catch (error) {
        if (entries.peek(key) === entry) entries.delete(key);
        throw error instanceof VendorFault ? error : new VendorFault('UNAVAILABLE', `The client of ${row.source} could not be opened.`);
      }
    },
    async close() {
      entries.clear();
      await Promise.all(closing);
    },
  };
}

const versionOf = ({ credentialsChangedAt, settings }: ConnectionRow): string => `${credentialsChangedAt}\n${JSON.stringify(settings)}`;

/** Whether there are credentials to call with. */
const isWaivable = (row: ConnectionRow | null): boolean => row !== null && row.removedAt === null && row.sealed !== null;
