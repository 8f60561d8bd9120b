import { statement, type Sql } from '../postgres/statement.ts';

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

/**
 * For an installation that goes over to a bus to which every fact is published: facts that groups have not read from the log
 * are put into the outbox, and the groups' cursors end. A group that has read some of them gets these again.
 */
export async function leaveLog(sql: Sql): Promise<void> {
  await sql.rows(handOver);
}
