import type { Id } from '../../../platform/ids.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { backfillEnded } from './backfill.events.ts';

interface Cancelled {
  readonly id: Id<'ConnectionBackfill'>;
  readonly connectionId: Id<'Connection'>;
  readonly source: string;
  readonly pages: number;
  readonly items: number;
}

const columns = 'b.id, b.connection_id as "connectionId", b.source, b.pages, b.items';
const cancel = statement<Cancelled>('cancel_backfill', `update connection_backfill b set status = 'CANCELLED', ended_at = $3, next_attempt_at = null where b.tenant_id = $1 and b.id = $2 and b.status = 'RUNNING' returning ${columns}`);
const cancelRemoved = statement<Cancelled>(
  'cancel_backfills_of_removed_connection',
  `update connection_backfill b set status = 'CANCELLED', ended_at = $3, next_attempt_at = null from connection c
   where b.tenant_id = $1 and b.connection_id = $2 and b.status = 'RUNNING' and c.tenant_id = $1 and c.id = $2 and c.removed_at is not null returning ${columns}`,
);

/** Cancels a back-fill that runs; what it stored stays. Returns whether it ran. */
export async function cancelBackfill(work: Work, id: Id<'ConnectionBackfill'>): Promise<boolean> {
  const cancelled = await work.rows(cancel, [work.tenantId, id, work.now]);
  state(work, cancelled);
  return cancelled.length > 0;
}

/** Cancels the back-fill of a connection that was removed. */
export async function endBackfillsOfRemoved(work: Work, connectionId: Id<'Connection'>): Promise<void> {
  state(work, await work.rows(cancelRemoved, [work.tenantId, connectionId, work.now]));
}

function state(work: Work, cancelled: readonly Cancelled[]): void {
  for (const { id, ...row } of cancelled) work.record(backfillEnded.fact({ accountId: null, data: { backfillId: id, ...row, status: 'CANCELLED', failureCode: null } }));
}
