import { Unavailable } from '../../../platform/errors.ts';
import type { Id } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { ContextCopies } from './context-copies.ts';
import type { VendorSessions } from './open-session.ts';
import { openConnectionOf } from './open-writer.ts';
import { VendorFault } from './vendor-fault.ts';

/** The vendor that keeps copies of session contexts. */
export const copyingVendor = 'chatwoot';

/** Opens the copies of a tenant; null where nothing connects to the vendor. Throws `VendorFault`. */
export type OpenCopies = (tenantId: Id<'Tenant'>) => Promise<ContextCopies | null>;

/** Opens copies through the tenants' connections. */
export function createCopiesOpener(database: Pick<Database, 'read'>, sessions: Pick<VendorSessions, 'open'>): OpenCopies {
  return async (tenantId) => (await openConnectionOf(database, sessions, { tenantId, source: copyingVendor }))?.contextCopies ?? null;
}

/** Reads copies of contexts. */
export interface ConnectionContexts {
  /** The copy of a contact's persistent context; null if there is none, or nothing connects to the vendor. Throws `Unavailable` where it does not answer. */
  read(tenantId: Id<'Tenant'>, contact: { readonly contactId: string }): Promise<Readonly<Record<string, unknown>> | null>;
}

/** Reads the copies of contexts at the vendor, for sessions that start. */
export function createConnectionContexts(openCopies: OpenCopies): ConnectionContexts {
  return {
    async read(tenantId, { contactId }) {
      try {
        return (await (await openCopies(tenantId))?.read(contactId)) ?? null;
      } catch (error) {
        if (!(error instanceof VendorFault)) throw error;
        // A paused connection is as none.
        if (error.code === 'DISCONNECTED') return null;
        throw new Unavailable(`Chatwoot does not answer at the moment: ${error.message}`);
      }
    },
  };
}
