import { Conflict, NotFound } from '../../../platform/errors.ts';
import type { Id } from '../../../platform/ids.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';

const lock = statement<{ source: string; pausedAt: string | null; removedAt: string | null }>('lock_connection_to_read', 'select source, paused_at as "pausedAt", removed_at as "removedAt" from connection where tenant_id = $1 and id = $2 for update');

/** A connection that may be read with, locked. Throws `NotFound`, or `Conflict` if it is paused or removed. */
export async function activeConnection(work: Work, id: Id<'Connection'>): Promise<{ readonly source: string }> {
  const [found] = await work.rows(lock, [work.tenantId, id]);
  if (!found) throw new NotFound('There is no such connection.', ['connectionId']);
  if (found.removedAt !== null) throw new Conflict('The connection was removed. Add one with addConnection.', ['connectionId']);
  if (found.pausedAt !== null) throw new Conflict('The connection is paused. Resume it with resumeConnection first.', ['connectionId']);
  return { source: found.source };
}
