import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { connectionRemoved } from './connection.events.ts';
import { lockConnection, resetState } from './connection-state.ts';
import { endBackfillsOfRemoved } from './fetching/cancel-backfill.ts';

const remove = statement('remove_connection', 'update connection set wrapped_key = null, encrypted_credentials = null, vendor_account = null, checked_at = null, credentials_changed_at = greatest($3, credentials_changed_at + interval \'1 millisecond\'), paused_at = null, removed_at = $3 where tenant_id = $1 and id = $2');

/** Erases the credentials of a connection at once; its webhook secrets stay valid. One that was removed already stays so, and nothing is recorded. */
export async function removeConnection(work: Work, source: string): Promise<void> {
  const { id, removedAt } = await lockConnection(work, source);
  if (removedAt !== null) return;
  await work.rows(remove, [work.tenantId, id, work.now]);
  await resetState(work, id);
  await endBackfillsOfRemoved(work, id);
  work.record(connectionRemoved.fact({ accountId: null, data: { connectionId: id, source } }));
}
