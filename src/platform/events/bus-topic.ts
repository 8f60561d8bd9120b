import { statement } from '../postgres/statement.ts';
import type { Delivery } from './consume.ts';
import { slotCount } from './group-share.ts';

/** Messages of one partition of a topic, as a group reads them. */
export type GroupDelivery = Delivery & { readonly group: string };

/** A partition of a topic, as a group reads it. */
export interface TopicPlace {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

// One statement for all groups; partitions with nothing new cost two look-ups by key each. Parameters: groups and their
// topics, groups and their slots, groups and their batch sizes, and the places on which a batch is in hand.
export const fetchMessages = statement<GroupDelivery>(
  'bus_fetch',
  `with news as materialized (
     select c.consumer_group, c.topic, c.partition, c.next_offset
     from unnest($1::text[], $2::text[]) as wanted(name, topic)
     join bus_cursor c on c.consumer_group = wanted.name and c.topic = wanted.topic
     join unnest($3::text[], $4::int[]) as held(name, slot) on held.name = wanted.name and held.slot = c.partition % ${slotCount}
     join bus_partition p on p.topic = c.topic and p.partition = c.partition
     where p.next_offset > c.next_offset
       and not exists (select from unnest($7::text[], $8::text[], $9::int[]) as busy(name, topic, partition) where busy.name = c.consumer_group and busy.topic = c.topic and busy.partition = c.partition)
   )
   select consumer_group as "group", topic, partition, e."offset", e.event as value
   from news join unnest($5::text[], $6::int[]) as batch(name, size) on batch.name = news.consumer_group
   cross join lateral (
     select "offset", event from bus_event b
     where b.topic = news.topic and b.partition = news.partition and b."offset" >= news.next_offset
     order by "offset" limit batch.size
   ) e order by 1, topic, partition, e."offset"`,
);

/** Moves a group behind what it has done with. */
export const moveOffset = statement('bus_move_cursor', 'update bus_cursor set next_offset = $4 where consumer_group = $1 and topic = $2 and partition = $3');

/** Makes cursors for partitions that are new to groups: these begin with the oldest message that is kept. */
export const makeCursors = statement(
  'bus_make_cursors',
  `insert into bus_cursor (consumer_group, topic, partition, next_offset)
   select wanted.name, p.topic, p.partition, coalesce(
     (select min("offset") from bus_event e where e.topic = p.topic and e.partition = p.partition), p.next_offset)
   from unnest($1::text[], $2::text[]) as wanted(name, topic) join bus_partition p on p.topic = wanted.topic
   where not exists (select from bus_cursor c where c.consumer_group = wanted.name and c.topic = p.topic and c.partition = p.partition)
   order by 1, 2, 3
   on conflict do nothing`,
);
