import { Migration } from '@mikro-orm/migrations';

/** Changes that a vendor streams: which process follows them, and up to where each stream was taken in. */
export class ReplayIds extends Migration {
  override up(): void {
    this.addSql(followed);
    this.addSql(followers);
    this.addSql(streams);
  }
}

const followed = `
alter table connection add column follows_changes boolean not null generated always as (coalesce(settings -> 'changeDataCapture', 'false'::jsonb) <> 'false'::jsonb) stored;
comment on column connection.follows_changes is 'Whether the settings ask for the changes that the vendor streams.';
grant select (follows_changes) on connection to context_graph_system;
`;

const followers = `
create table change_follower (
  tenant_id uuid not null,
  connection_id uuid not null,
  holder uuid,
  leased_until timestamptz,
  version timestamptz not null,
  failures smallint not null default 0,
  failed_at timestamptz,
  not_before timestamptz,
  reread_since timestamptz,
  primary key (tenant_id, connection_id),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id)
);
comment on table change_follower is 'Who follows the changes that the vendor of a connection streams: one process at a time.';
comment on column change_follower.holder is 'The run that follows; null: none.';
comment on column change_follower.version is 'connection.credentials_changed_at as it was when the run began. The run ends when it differs.';
comment on column change_follower.failures is 'Faults in a row.';
comment on column change_follower.not_before is 'Nothing is followed before this instant, since the vendor or the way to it does not work; null: at once. New credentials end the pause.';
comment on column change_follower.reread_since is 'Changes since then were not all streamed, so a back-fill from there has to begin; null: none is missing.';
call make_tenant_table('change_follower', 'select, insert, update');
create policy find_work on change_follower for select to context_graph_system using (true);
grant select on change_follower to context_graph_system;
`;

const streams = `
create table change_stream (
  tenant_id uuid not null,
  connection_id uuid not null,
  stream text not null,
  replay_id bytea,
  heard_at timestamptz not null,
  occurred_at timestamptz,
  received_at timestamptz,
  primary key (tenant_id, connection_id, stream),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id)
);
comment on table change_stream is 'Up to where a stream of changes was taken in.';
comment on column change_stream.stream is 'The organization at the vendor and the topic: a place of one organization means nothing in another.';
comment on column change_stream.replay_id is 'The place behind the last event that was stored, as the vendor writes it. It moves in the transaction that stores what the events say. Null: none is known.';
comment on column change_stream.heard_at is 'When the vendor last sent something on the stream, events or that there are none.';
comment on column change_stream.occurred_at is 'When the last change was committed at the vendor, by its clock.';
comment on column change_stream.received_at is 'When the last change was received.';
call make_tenant_table('change_stream', 'select, insert, update');
`;
