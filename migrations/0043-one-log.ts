import { Migration } from '@mikro-orm/migrations';

/** The audit chain is the event log: an outbox row names a range of it, and consumers on PostgreSQL read it by position. */
export class OneLog extends Migration {
  override up(): void {
    this.addSql(facts);
    this.addSql(ranges);
    this.addSql(positions);
    this.addSql(inbox);
  }
}

const facts = `
alter table audit_logs add column version smallint not null default 1;
comment on column audit_logs.version is 'The version of the kind''s data, as consumers get it. The hash does not cover it.';
grant select on audit_logs to context_graph_system;
create policy read_log on audit_logs for select to context_graph_system using (true);
`;

const ranges = `
alter table outbox alter column event drop not null;
alter table outbox add column first_sequence bigint, add column last_sequence bigint, add column recorded_at timestamptz;
alter table outbox add constraint outbox_range_or_event check (
  case when event is null then tenant_id is not null and first_sequence <= last_sequence and recorded_at is not null else num_nonnulls(first_sequence, last_sequence, recorded_at) = 0 end
);
comment on table outbox is 'What is on its way to the bus: the range of facts that a transaction recorded, or a message of no tenant (dead letters, replays). The relay deletes a row once the bus has it.';
comment on column outbox.event is 'A message that is no fact of a chain; null where the row names a range.';
grant update (first_sequence) on outbox to context_graph_system;
`;

// Events of before are on the bus already, or in the outbox: the log begins behind them.
const positions = `
create table log_group (
  consumer_group text primary key,
  kinds text[] not null
);
comment on table log_group is 'The consumer groups that read the log on PostgreSQL, and the kinds of facts that each takes in.';
create table log_cursor (
  consumer_group text not null references log_group on delete cascade,
  tenant_id uuid not null references tenant,
  next_sequence bigint not null,
  not_before timestamptz not null default '-infinity',
  primary key (consumer_group, tenant_id)
) with (fillfactor = 50);
comment on table log_cursor is 'The next fact of a tenant that a consumer group reads; moved after the effect.';
comment on column log_cursor.not_before is 'No fact from next_sequence on was recorded earlier, so earlier months are not read.';
create table log_start (
  tenant_id uuid primary key references tenant,
  next_sequence bigint not null,
  not_before timestamptz not null default '-infinity'
) with (fillfactor = 50);
comment on table log_start is 'Where a consumer group without a cursor begins to read a tenant''s facts; at the first fact where a tenant has no row.';
insert into log_start (tenant_id, next_sequence, not_before) select tenant_id, sequence + 1, coalesce(recorded_at, '-infinity') from audit_head;
alter table log_cursor enable row level security;
create policy move on log_cursor for all to context_graph_system using (true);
alter table log_start enable row level security;
create policy move on log_start for all to context_graph_system using (true);
grant select, insert, update, delete on log_group, log_cursor, log_start to context_graph_system;
`;

const inbox = `
create table inbox_block (
  tenant_id uuid not null references tenant,
  consumer text not null,
  block bigint not null,
  seen bit(1024) not null,
  marked_at timestamptz not null,
  primary key (tenant_id, consumer, block)
) with (fillfactor = 50);
comment on table inbox_block is 'The facts that a consumer has taken in: a bit for each of 1,024 consecutive sequences of a tenant''s chain.';
comment on column inbox_block.block is 'Sequence divided by 1,024.';
alter table inbox_block enable row level security;
create policy own_tenant on inbox_block for all to context_graph_app using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()));
create policy prune on inbox_block for all to context_graph_system using (true);
grant select, insert, update on inbox_block to context_graph_app;
grant select, delete on inbox_block to context_graph_system;
revoke insert on inbox from context_graph_app;
comment on table inbox is 'The events that consumers took in before facts were marked in inbox_block; rows are only read and pruned.';
`;
