import { statement } from '../postgres/statement.ts';
import { slotCount } from './group-share.ts';
import { factColumns, type LogFact } from './log-fact.ts';

/** Where a group goes on reading a tenant's facts. */
export interface LogPosition {
  readonly tenantId: string;
  readonly next: number;
  /** No fact from `next` on was recorded earlier. */
  readonly notBefore: string;
}

/** A tenant that has facts which a group has not read. */
export interface News extends LogPosition {
  readonly group: string;
  /** The end of the tenant's chain, … */
  readonly head: number;
  /** … and when it was recorded. */
  readonly headAt: string;
}

/** A group without a cursor begins at the start; a cursor from before events went over another bus goes on there, too. */
const positionOf = `
  greatest(c.next_sequence, s.next_sequence, 1) as next,
  case when c.next_sequence >= coalesce(s.next_sequence, 1) then c.not_before else coalesce(s.not_before, '-infinity') end as "notBefore"`;

/** Of some tenants, all when null, those with facts that groups have not read, in the slots that are held. */
export const logNews = statement<News>(
  'log_news',
  `select g.name as "group", h.tenant_id as "tenantId", h.sequence as head, h.recorded_at as "headAt", ${positionOf}
   from audit_head h
   join unnest($1::text[], $2::int[]) as g(name, slot) on g.slot = get_byte(uuid_send(h.tenant_id), 15) % ${slotCount}
   left join log_cursor c on c.consumer_group = g.name and c.tenant_id = h.tenant_id
   left join log_start s on s.tenant_id = h.tenant_id
   where ($3::uuid[] is null or h.tenant_id = any($3)) and h.sequence >= greatest(c.next_sequence, s.next_sequence, 1)`,
);

/** The facts of some kinds in ranges of tenants' chains, in order; `turn` counts the ranges from 1. */
export const logFacts = statement<LogFact & { readonly turn: number }>(
  'log_facts',
  `select part.turn::int as turn, f.* from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[]) with ordinality as part(tenant_id, first, last, not_before, turn)
   cross join lateral (
     select ${factColumns} from audit_logs l
     where l.tenant_id = part.tenant_id and l.sequence between part.first and part.last and l.recorded_at >= part.not_before and l.kind = any($5::text[])
     order by l.sequence
   ) f order by part.turn, f.sequence`,
);

/** Moves cursors: group, tenant, next sequence, not before. */
export const moveCursors = statement(
  'log_move_cursors',
  `insert into log_cursor (consumer_group, tenant_id, next_sequence, not_before)
   select * from unnest($1::text[], $2::uuid[], $3::bigint[], $4::timestamptz[]) order by 1, 2
   on conflict (consumer_group, tenant_id) do update set next_sequence = excluded.next_sequence, not_before = excluded.not_before`,
);

/** Makes a group known, with the kinds that it takes in. */
export const registerGroup = statement(
  'log_register_group',
  `insert into log_group (consumer_group, kinds) values ($1, $2)
   on conflict (consumer_group) do update set kinds = excluded.kinds where log_group.kinds <> excluded.kinds`,
);

/**
 * The groups that have not read what was published before facts were read from the log. Until then they do not read the log,
 * so that each account's events keep their order.
 */
export const unreadBefore = statement<{ group: string }>(
  'log_unread_before',
  `select g.consumer_group as "group" from log_group g
   where g.consumer_group = any($1::text[]) and (exists (
     select from bus_cursor c join bus_partition p using (topic, partition)
     where c.consumer_group = g.consumer_group and c.topic = any(g.kinds) and p.next_offset > c.next_offset
   ) or exists (select from outbox o where o.tenant_id is not null and o.event is not null))`,
);

/** How many facts a group has not read, by kind. */
export const logLag = statement<{ topic: string; events: number }>(
  'log_lag',
  `with unread as (
     select f.kind, count(*) as events
     from log_group g cross join audit_head h
     left join log_cursor c on c.consumer_group = g.consumer_group and c.tenant_id = h.tenant_id
     left join log_start s on s.tenant_id = h.tenant_id
     cross join lateral (
       select l.kind from audit_logs l where l.tenant_id = h.tenant_id and l.kind = any(g.kinds) and l.sequence >= greatest(c.next_sequence, s.next_sequence, 1)
         and l.recorded_at >= coalesce(case when c.next_sequence >= coalesce(s.next_sequence, 1) then c.not_before else s.not_before end, '-infinity')
     ) f
     where g.consumer_group = $1 and h.sequence >= greatest(c.next_sequence, s.next_sequence, 1) group by 1
   )
   select g.kind as topic, coalesce(events, 0)::bigint as events
   from (select unnest(kinds) as kind from log_group where consumer_group = $1) g left join unread using (kind) order by 1`,
);

/**
 * Moves the start of each tenant's log to the first fact recorded from an instant on, but not behind what a group has not
 * read: a group that comes later begins there.
 */
export const moveStarts = statement(
  'log_move_starts',
  `insert into log_start (tenant_id, next_sequence, not_before)
   select h.tenant_id, least(f.first, r.read), case when f.first <= r.read then $1::timestamptz else coalesce(s.not_before, '-infinity') end
   from audit_head h left join log_start s on s.tenant_id = h.tenant_id
   cross join lateral (
     select coalesce(min(l.sequence), h.sequence + 1) as first from audit_logs l
     where l.tenant_id = h.tenant_id and l.sequence >= coalesce(s.next_sequence, 1) and l.recorded_at >= $1
   ) f
   cross join lateral (
     select coalesce(min(greatest(c.next_sequence, s.next_sequence, 1)), h.sequence + 1) as read
     from log_group g left join log_cursor c on c.consumer_group = g.consumer_group and c.tenant_id = h.tenant_id
   ) r
   where least(f.first, r.read) > coalesce(s.next_sequence, 1)
   on conflict (tenant_id) do update set next_sequence = excluded.next_sequence, not_before = excluded.not_before`,
);
