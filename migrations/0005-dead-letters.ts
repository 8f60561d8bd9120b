import { Migration } from '@mikro-orm/migrations';

/** A topic that is made anew begins at offset 0 again: its letters must not be taken for those of the old one. */
export class DeadLetters extends Migration {
  override up(): void {
    this.addSql(identity);
  }
}

const identity = `
alter table dead_letter add column digest text not null generated always as (md5(event::text)) stored;
alter table dead_letter add constraint dead_letter_once unique (consumer_group, topic, partition, "offset", digest);
alter table dead_letter drop constraint dead_letter_consumer_group_topic_partition_offset_key;
comment on column dead_letter.digest is 'Of the event: another event at the same place, of a topic that was made anew, is another letter.';
`;
