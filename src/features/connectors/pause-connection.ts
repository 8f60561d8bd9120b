import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { connectionPaused, connectionResumed } from './connection.events.ts';
import { lockPresentConnection } from './connection-state.ts';
import { wakeReader } from './fetching/wake-reader.ts';

const setPaused = statement('set_connection_paused', 'update connection set paused_at = $3 where tenant_id = $1 and id = $2');

/** Stops calls to a vendor until the connection is resumed. One that is paused already stays so, and nothing is recorded. */
export async function pauseConnection(work: Work, source: string): Promise<void> {
  const { id, pausedAt } = await lockPresentConnection(work, source);
  if (pausedAt !== null) return;
  await work.rows(setPaused, [work.tenantId, id, work.now]);
  work.record(connectionPaused.fact({ accountId: null, data: { connectionId: id, source } }));
}

/** Allows calls to a vendor again. For a connection that is not paused nothing changes. */
export async function resumeConnection(work: Work, source: string): Promise<void> {
  const { id, pausedAt } = await lockPresentConnection(work, source);
  if (pausedAt === null) return;
  await work.rows(setPaused, [work.tenantId, id, null]);
  wakeReader(work, source);
  work.record(connectionResumed.fact({ accountId: null, data: { connectionId: id, source } }));
}
