import type { Id } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { Read } from '../../../platform/postgres/read.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { VendorSessions } from './open-session.ts';
import type { OpenWriter } from './vendor-writer.ts';

const ofSource = statement<{ id: Id<'Connection'> }>('connection_that_writes', 'select id from connection where tenant_id = $1 and source = $2 and removed_at is null');

/** Opens writers through the tenants' connections. */
export function createWriterOpener(database: Pick<Database, 'read'>, sessions: Pick<VendorSessions, 'open'>): OpenWriter {
  return async (tenantId, source) => {
    const read = database.read(tenantId);
    const connection = await first(read, tenantId, source);
    return connection ? ((await sessions.open(tenantId, connection)).writer ?? null) : null;
  };
}

async function first(read: Read, tenantId: Id<'Tenant'>, source: string): Promise<Id<'Connection'> | null> {
  try {
    const [row] = await read.rows(ofSource, [tenantId, source]);
    return row?.id ?? null;
  } finally {
    await read.close();
  }
}
