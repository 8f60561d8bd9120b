import type { Sql } from '../postgres/statement.ts';
import { statement } from '../postgres/statement.ts';
import type { Envelope } from './event.ts';
import { envelopeOf, factColumns, type LogFact } from './log-fact.ts';

/** An event on its way to the bus. */
export interface OutboxEvent {
  /** The row of the outbox that it belongs to. */
  readonly id: number;
  readonly event: Envelope;
}

/** The front of the outbox. */
export interface OutboxBatch {
  readonly events: readonly OutboxEvent[];
  /** Facts and messages that the batch stands for, those included that the bus does not want. */
  readonly count: number;
  /** Whether there may be more. */
  readonly more: boolean;
  /** Takes the batch out of the outbox. */
  remove(sql: Sql): Promise<void>;
}

type Row = Omit<LogFact, 'sequence'> & { readonly rowId: number; readonly event: Envelope | null; readonly first: number | null; readonly last: number | null; readonly sequence: number | null };

// All facts of a range were recorded at one instant: one month of the chain is read.
const oldest = statement<Row>(
  'outbox_oldest',
  `with front as materialized (select * from outbox order by id limit $1)
   select o.id as "rowId", o.event, o.first_sequence as first, o.last_sequence as last, f.*
   from front o left join lateral (
     select ${factColumns} from audit_logs l
     where l.tenant_id = o.tenant_id and l.sequence between o.first_sequence and o.last_sequence and l.recorded_at = o.recorded_at
       and ($2::text[] is null or l.kind = any($2))
     order by l.sequence limit $1
   ) f on true
   order by o.id, f.sequence limit $1`,
);
const remove = statement('outbox_remove', 'delete from outbox where id = any($1::bigint[])');
// Should the installation leave its broker, groups begin to read the log behind what the broker has.
const removePublished = statement(
  'outbox_remove_published',
  `with gone as (delete from outbox where id = any($1::bigint[]) returning tenant_id, last_sequence, recorded_at)
   insert into log_start (tenant_id, next_sequence, not_before)
   select tenant_id, max(last_sequence) + 1, max(recorded_at) from gone where last_sequence is not null group by 1 order by 1
   on conflict (tenant_id) do update set next_sequence = greatest(log_start.next_sequence, excluded.next_sequence), not_before = greatest(log_start.not_before, excluded.not_before)`,
);
const shorten = statement('outbox_shorten', 'update outbox set first_sequence = $2 where id = $1');

/** Reads at most so many rows and events from the front of the outbox; of the facts, those of the kinds that the bus wants, all when null. */
export async function readOutbox(sql: Sql, limit: number, kinds: readonly string[] | null): Promise<OutboxBatch> {
  const rows = await sql.rows(oldest, [limit, kinds]);
  const events = rows.flatMap((row) => toEvent(row));
  const more = rows.length === limit;
  const end = rows.at(-1);
  // The last row's range may go on behind the limit.
  const partial = more && end && end.sequence !== null && end.last !== null && end.sequence < end.last ? { id: end.rowId, next: end.sequence + 1 } : null;
  const whole = [...new Set(rows.map(({ rowId }) => rowId))].filter((id) => id !== partial?.id);
  return {
    events,
    count: countOf(rows, partial?.next ?? null),
    more,
    async remove(session) {
      if (whole.length > 0) await session.rows(kinds === null ? removePublished : remove, [whole]);
      if (partial) await session.rows(shorten, [partial.id, partial.next]);
    },
  };
}

function toEvent(row: Row): OutboxEvent[] {
  const { rowId: id, event, sequence } = row;
  if (event) return [{ id, event }];
  return sequence === null ? [] : [{ id, event: envelopeOf({ ...row, sequence }) }];
}

function countOf(rows: readonly Row[], next: number | null): number {
  const last = rows.at(-1);
  const byId = new Map(rows.map((row) => [row.rowId, row]));
  return [...byId.values()].reduce((sum, row) => {
    if (row.first === null || row.last === null) return sum + 1;
    return sum + (row.rowId === last?.rowId && next !== null ? next : row.last + 1) - row.first;
  }, 0);
}
