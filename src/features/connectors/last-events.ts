import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';

/** A delivery that arrived. */
export interface ArrivedEvent {
  readonly tenantId: Id<'Tenant'>;
  readonly secretId: string;
  /** The latest change that it reports, by the vendor's clock; null: it names no time. */
  readonly occurredAt: string | null;
  readonly receivedAt: Date;
}

/** Notes when each webhook secret was last used. */
export interface LastEvents {
  /** Notes a delivery in memory. */
  note(event: ArrivedEvent): void;
  /** Writes what was noted, in one statement for all secrets. Never throws: a failure is reported and the notes stay for the next time. */
  flush(): Promise<void>;
  /** Ends the timer and writes what is left. */
  stop(): Promise<void>;
}

// Several processes note events of one secret: the latest stays. In one order, so that two of them do not wait for each other.
const write = statement(
  'write_last_events',
  `insert into webhook_last_event as held (tenant_id, secret_id, occurred_at, received_at)
   select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) as e(tenant_id, secret_id, occurred_at, received_at) order by tenant_id, secret_id
   on conflict (tenant_id, secret_id) do update set occurred_at = excluded.occurred_at, received_at = excluded.received_at where held.received_at <= excluded.received_at`,
);

/** Writes are this far apart, in milliseconds. */
const pace = 5_000;

/** Notes deliveries in memory and writes them every few seconds, so that none of them costs a write. `onError`: told of failed writes. */
export function createLastEvents({ database, onError, every = pace }: { readonly database: Pick<Database, 'system'>; onError(error: unknown): void; readonly every?: number }): LastEvents {
  const noted = new Map<string, ArrivedEvent>();
  let writing: Promise<void> = Promise.resolve();
  const keepLatest = (event: ArrivedEvent): void => {
    const known = noted.get(event.secretId);
    if (!known || known.receivedAt <= event.receivedAt) noted.set(event.secretId, event);
  };
  const writeNoted = async (): Promise<void> => {
    if (noted.size === 0) return;
    const events = [...noted.values()];
    noted.clear();
    try {
      await database.system((sql) => sql.rows(write, [events.map(({ tenantId }) => tenantId), events.map(({ secretId }) => secretId), events.map(({ occurredAt }) => occurredAt), events.map(({ receivedAt }) => receivedAt.toISOString())]));
    } catch (error) {
      onError(error);
      events.forEach(keepLatest);
    }
  };
  const flush = (): Promise<void> => (writing = writing.then(writeNoted));
  const timer = setInterval(() => void flush(), every);
  timer.unref();
  return {
    note: keepLatest,
    flush,
    stop() {
      clearInterval(timer);
      return flush();
    },
  };
}
