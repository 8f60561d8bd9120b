import { statement, type Sql } from '../postgres/statement.ts';
import { replayTopic } from './dead-letters.ts';

// A range of the outbox was recorded at one instant. What writers commit meanwhile has its own rows.
const handOver = statement(
  'log_hand_over',
  `with reader as (
     delete from log_group returning consumer_group
   ), unread as (
     select h.tenant_id, min(greatest(c.next_sequence, s.next_sequence, 1)) as first, h.sequence as last
     from reader r cross join audit_head h
     left join log_cursor c on c.consumer_group = r.consumer_group and c.tenant_id = h.tenant_id
     left join log_start s on s.tenant_id = h.tenant_id
     group by h.tenant_id, h.sequence having min(greatest(c.next_sequence, s.next_sequence, 1)) <= h.sequence
   ), replaced as (
     delete from outbox where first_sequence is not null and exists (select from reader)
   )
   insert into outbox (tenant_id, first_sequence, last_sequence, recorded_at)
   select u.tenant_id, min(l.sequence), max(l.sequence), l.recorded_at
   from unread u join audit_logs l on l.tenant_id = u.tenant_id and l.sequence between u.first and u.last
   group by u.tenant_id, l.recorded_at order by u.tenant_id, min(l.sequence)`,
);

// Messages of topics that a group has not read (replays, and events from before facts were read from the log), before those
// that are in the outbox already. A topic that nobody has read since its first message has no cursor yet.
const handOverMessages = statement(
  'log_hand_over_messages',
  `with place as (
     select g.consumer_group, p.topic, p.partition, p.next_offset, coalesce(c.next_offset, 0) as first
     from log_group g join bus_partition p on p.topic = any(g.kinds) or p.topic = $1 || g.consumer_group
     left join bus_cursor c on c.consumer_group = g.consumer_group and c.topic = p.topic and c.partition = p.partition
   ), moved as (
     insert into bus_cursor (consumer_group, topic, partition, next_offset) select consumer_group, topic, partition, next_offset from place where first < next_offset
     on conflict (consumer_group, topic, partition) do update set next_offset = excluded.next_offset
   ), unread as (
     select topic, partition, min(first) as first from place group by 1, 2
   ), sent_before as (
     delete from outbox where event is not null and exists (select from place where first < next_offset) returning id, tenant_id, event
   )
   insert into outbox (tenant_id, event) select tenant_id, event from (
     select null::uuid as tenant_id, e.event, 1 as turn, e.topic, e.partition, e."offset" as place from unread join bus_event e using (topic, partition) where e."offset" >= unread.first
     union all select tenant_id, event, 2, null, null, id from sent_before) message order by turn, topic, partition, place`,
);

/**
 * For an installation that goes over to a bus to which every fact is published: messages and facts that groups have not read
 * are put into the outbox, and the groups' cursors end. A group that has read some of them gets these again.
 */
export async function leaveLog(sql: Sql): Promise<void> {
  await sql.rows(handOverMessages, [replayTopic('')]);
  await sql.rows(handOver);
}
