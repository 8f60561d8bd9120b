import { Conflict } from '../../../platform/errors.ts';
import type { Id } from '../../../platform/ids.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { backfillStarted } from './backfill.events.ts';
import { lockActiveConnection } from './active-connection.ts';
import { wakeReader } from './wake-reader.ts';

interface Latest {
  readonly id: Id<'ConnectionBackfill'>;
  readonly status: 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';
  /** Whether it began before the vendor was connected as it is now. */
  readonly isOfRemoved: boolean;
}

// Of a connection that was removed and made anew, the place may be one in the history of another account at the vendor.
const latest = statement<Latest>(
  'latest_backfill_of_connection',
  `select b.id, b.status, b.started_at < c.created_at as "isOfRemoved" from connection_backfill b join connection c on c.tenant_id = $1 and c.id = b.connection_id
   where b.tenant_id = $1 and b.connection_id = $2 order by b.started_at desc, b.id desc limit 1`,
);
const insert = statement<{ id: Id<'ConnectionBackfill'> }>(
  'start_backfill',
  `insert into connection_backfill (tenant_id, id, connection_id, source, status, started_at, moved_at, started_by_kind, started_by_id) values ($1, $2, $3, $4, 'RUNNING', $5, $5, $6, $7)
   on conflict (tenant_id, connection_id) where status = 'RUNNING' do nothing returning id`,
);
const resume = statement<{ id: Id<'ConnectionBackfill'> }>(
  'resume_backfill',
  `update connection_backfill set status = 'RUNNING', attempts = 0, next_attempt_at = null, ended_at = null where tenant_id = $1 and id = $2 and status in ('FAILED', 'CANCELLED') returning id`,
);

/** Which history is read. */
export interface BackfillOrder {
  /** The vendor. */
  readonly source: string;
  /** Whether a back-fill that failed or was cancelled is left as it is, and a new one begins. */
  readonly fromStart: boolean;
}

/**
 * Has the history of a vendor read. While a back-fill runs, that one is returned; the last one goes on where
 * it ended if it failed or was cancelled, unless the connection was removed since. Throws as `lockActiveConnection` does.
 */
export async function startBackfill(work: Work, { source, fromStart }: BackfillOrder): Promise<Id<'ConnectionBackfill'>> {
  const { id: connectionId } = await lockActiveConnection(work, source);
  const [last] = await work.rows(latest, [work.tenantId, connectionId]);
  if (last?.status === 'RUNNING') return last.id;
  const resumes = !fromStart && last !== undefined && last.status !== 'DONE' && !last.isOfRemoved;
  const [started] = resumes
    ? await work.rows(resume, [work.tenantId, last.id])
    : await work.rows(insert, [work.tenantId, work.newId<'ConnectionBackfill'>(), connectionId, source, work.now, work.actor.kind, work.actor.id]);
  if (!started) throw new Conflict('Another back-fill of this connection was started at the same moment. Try again.', ['id']);
  work.record(backfillStarted.fact({ accountId: null, data: { backfillId: started.id, connectionId, source, resumed: resumes } }));
  wakeReader(work, source);
  return started.id;
}
