import { Migration } from '@mikro-orm/migrations';

/** Reading at vendors: attempts and dead letters of single objects, who reads for a connection, back-fills of history. */
export class SourceFetching extends Migration {
  override up(): void {
    this.addSql(attempts);
    this.addSql(readers);
    this.addSql(backfills);
    this.addSql(search);
  }
}

const attempts = `
alter table source_fetch add column attempts smallint not null default 0, add column next_attempt_at timestamptz, add column failed_at timestamptz,
  add column failure_code text, add column failure_message text, add column dead_at timestamptz;
comment on column source_fetch.secret_id is 'Who asked for it: the webhook secret whose event did, or the connection whose reading did.';
comment on column source_fetch.attempts is 'Failed attempts to read the object since it was last read, or since an event or an administrator asked again. Faults of the whole connection are not counted.';
comment on column source_fetch.next_attempt_at is 'Not read before this instant; null: at once.';
comment on column source_fetch.failed_at is 'When the last attempt failed; null: it was read since. Such an object is read by itself.';
comment on column source_fetch.failure_message is 'What is wrong and what to do, as this program puts it.';
comment on column source_fetch.dead_at is 'Since when it is no longer tried: a dead letter. A later event or retryFetches asks again; null: not dead.';
drop index source_fetch_due;
create index source_fetch_due on source_fetch (tenant_id, source, (coalesce(next_attempt_at, asked_at))) where (fetched_at is null or fetched_at < wanted_at) and dead_at is null;
create index source_fetch_dead on source_fetch (tenant_id, source, dead_at) where dead_at is not null;
`;

const readers = `
create table connection_reader (
  tenant_id uuid not null,
  connection_id uuid not null,
  holder uuid,
  leased_until timestamptz,
  failures smallint not null default 0,
  failed_at timestamptz,
  not_before timestamptz,
  primary key (tenant_id, connection_id),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id)
);
comment on table connection_reader is 'Who reads for a connection: one process at a time.';
comment on column connection_reader.holder is 'The run that reads; null: none.';
comment on column connection_reader.leased_until is 'Until when the holder alone reads. It renews this with each part that it stores.';
comment on column connection_reader.failures is 'Faults of the whole connection in a row.';
comment on column connection_reader.not_before is 'Nothing is read before this instant, since the vendor or the way to it does not work; null: at once. New credentials end the pause.';
call make_tenant_table('connection_reader', 'select, insert, update');
`;

const backfills = `
create table connection_backfill (
  tenant_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  source text not null,
  status text not null check (status in ('RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
  cursor text,
  pages integer not null default 0,
  items bigint not null default 0,
  new_items bigint not null default 0,
  refused_items bigint not null default 0,
  total bigint,
  attempts smallint not null default 0,
  next_attempt_at timestamptz,
  failure_code text,
  failure_message text,
  started_at timestamptz not null,
  started_by_kind text not null,
  started_by_id text not null,
  moved_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id)
);
comment on table connection_backfill is 'A job that reads the history of a vendor, page by page; a connection has one at a time.';
comment on column connection_backfill.cursor is 'Where the next page begins, as the vendor''s reader puts it; null: at the beginning. It moves in the transaction that stores the page.';
comment on column connection_backfill.items is 'Items of the pages that are stored, deletions included.';
comment on column connection_backfill.new_items is 'Items that said something new.';
comment on column connection_backfill.refused_items is 'Items that could not be stored or read.';
comment on column connection_backfill.total is 'Objects in all, where the vendor says.';
comment on column connection_backfill.attempts is 'Failed attempts to read the next page in a row. Faults of the whole connection are not counted.';
comment on column connection_backfill.moved_at is 'When a page was last stored.';
create unique index connection_backfill_running on connection_backfill (tenant_id, connection_id) where status = 'RUNNING';
create index connection_backfill_latest on connection_backfill (tenant_id, connection_id, started_at desc);
call make_tenant_table('connection_backfill', 'select, insert, update');
`;

/** The scheduler finds the connections of all tenants that have something to read. It sees neither settings nor credentials. */
const search = `
create policy find_work on connection for select to context_graph_system using (true);
grant select (tenant_id, id, source, credentials_changed_at, paused_at, removed_at) on connection to context_graph_system;
create policy find_work on connection_reader for select to context_graph_system using (true);
grant select on connection_reader to context_graph_system;
create policy find_work on connection_backfill for select to context_graph_system using (true);
grant select (tenant_id, id, connection_id, status, next_attempt_at) on connection_backfill to context_graph_system;
`;
