import type { Id } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { Read } from '../../../platform/postgres/read.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { VendorSessions } from './open-session.ts';
import type { VendorSession } from './vendor-api.ts';
import type { OpenWriter } from './vendor-writer.ts';

const ofSource = statement<{ id: Id<'Connection'> }>('connection_that_writes', 'select id from connection where tenant_id = $1 and source = $2 and removed_at is null');

/** Opens writers through the tenants' connections. */
export function createWriterOpener(database: Pick<Database, 'read'>, sessions: Pick<VendorSessions, 'open'>): OpenWriter {
  return async (tenantId, source) => (await openConnectionOf(database, sessions, { tenantId, source }))?.writer ?? null;
}

/** Opens the connection of a tenant to a vendor; null where there is none. Throws `VendorFault`. */
export async function openConnectionOf(database: Pick<Database, 'read'>, sessions: Pick<VendorSessions, 'open'>, { tenantId, source }: { readonly tenantId: Id<'Tenant'>; readonly source: string }): Promise<VendorSession | null> {
  const connection = await first(database.read(tenantId), tenantId, source);
  return connection ? sessions.open(tenantId, connection) : null;
}

async function first(read: Read, tenantId: Id<'Tenant'>, source: string): Promise<Id<'Connection'> | null> {
  try {
    const [row] = await read.rows(ofSource, [tenantId, source]);
    return row?.id ?? null;
  } finally {
    await read.close();
  }
}
