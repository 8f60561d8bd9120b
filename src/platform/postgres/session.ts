import { Client, type Pool } from 'pg';
import { translateDatabaseError } from './database-errors.ts';
import { systemRole } from './login.ts';
import type { Sql, Statement } from './statement.ts';

/**
 * A connection of its own, beside the pool, under the system role: for locks that live exactly as long as it does. Each
 * statement is a transaction. When one fails, or the server goes, the session is lost with all its locks, and whoever
 * held it opens another; so what is written through it is written by the lock's holder or not at all.
 */
export interface Session extends Sql {
  /** Aborted once the session is lost or ended; its reason is the error that says why. */
  readonly lost: AbortSignal;
  end(): Promise<void>;
}

/**
 * A lock must not outlive its holder by more than half a minute, even when the holder's machine loses its power: the
 * server asks a silent client after 10 s and gives it up after 3 more questions. A holder that stands still keeps its
 * connection; so a session that asks nothing for 20 s is ended, and whoever holds one asks something every few seconds. Commits do not wait for the disk: what
 * sessions write (cursors, deletions of what was published) may be repeated after a crash, at least once as everything.
 *
 * Sessions find rows by key: each statement is planned once and its plan kept. A plan is often made while tables are still
 * empty, where a sequential scan looks cheapest, and stays in use while they grow: so sequential scans are not planned where
 * an index can serve.
 */
const settings = [
  `role=${systemRole}`,
  'TimeZone=UTC',
  'synchronous_commit=off',
  'enable_seqscan=off',
  'plan_cache_mode=force_generic_plan',
  'statement_timeout=30000',
  'idle_session_timeout=20000',
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
];
/** A server that fell silent is given up after this; longer than a statement may take. Milliseconds. */
const silence = 35_000;

/** Opens a session with the pool's credentials. `name` is shown in pg_stat_activity. */
export async function openSession(pool: Pool, name: string): Promise<Session> {
  const client = new Client({ ...pool.options, application_name: name, query_timeout: silence, options: settings.map((setting) => `-c ${setting}`).join(' ') });
  const gone = new AbortController();
  // Losing the session does not wait for its end.
  const end = (): Promise<void> => client.end().catch(() => undefined);
  const lose = (error: unknown = new Error('Connection terminated')): void => {
    if (gone.signal.aborted) return;
    gone.abort(error);
    void end();
  };
  client.on('error', lose);
  client.on('end', lose);
  await client.connect().catch((error: unknown) => {
    throw translateDatabaseError(error);
  });
  return {
    lost: gone.signal,
    async rows<Row>(asked: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
      try {
        return (await client.query<Row & object>({ name: asked.name, text: asked.text, values: [...values] })).rows;
      } catch (error) {
        lose(error);
        throw translateDatabaseError(error);
      }
    },
    async end() {
      gone.abort();
      await client.end();
    },
  };
}
