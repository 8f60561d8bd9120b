import { statement, type Statement } from './statement.ts';

/**
 * Tables that no caller reads: what workers note for themselves. A table that is missing here only costs a count. Of
 * `change_stream`, `connection_state`, `source_fetch` and `webhook_last_event` callers see figures, in answers that depend on the clock and so hold for two seconds.
 */
export const unreadTables: ReadonlySet<string> = new Set(['change_follower', 'change_stream', 'connection_reader', 'connection_state', 'context_derivation', 'inbox', 'inbox_block', 'inbox_mark', 'log_cursor', 'log_group', 'match_key', 'outbox', 'snapshot_due', 'untimed_delivery', 'source_fetch', 'webhook_last_event', 'thread_event', 'lineage_guard']);

/** Counts a transaction that changed rows and recorded no fact, so that the tenant's version moves. */
export const countUnrecordedChange = statement('count_unrecorded_change', 'insert into unrecorded_change as u (tenant_id, changes) values ($1, 1) on conflict (tenant_id) do update set changes = u.changes + 1');

const writes = /\b(?:insert\s+into|delete\s+from|merge\s+into|(?<!\bfor\s+(?:no\s+key\s+)?|\bdo\s+)update)\s+(?:only\s+)?([a-z_]+)/gi;
const known = new WeakMap<Statement<unknown>, boolean>();

/** Whether a statement writes to a table that callers read. */
export function writesWhatIsRead(asked: Statement<unknown>): boolean {
  const answer = known.get(asked);
  if (answer !== undefined) return answer;
  const found = [...asked.text.matchAll(writes)].some(([, table = '']) => !unreadTables.has(table.toLowerCase()));
  known.set(asked, found);
  return found;
}
