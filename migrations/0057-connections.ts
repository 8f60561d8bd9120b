import { Migration } from '@mikro-orm/migrations';

/** Connections to vendors: credentials, and how calls and events fare. */
export class Connections extends Migration {
  override up(): void {
    this.addSql(connections);
    this.addSql(state);
    this.addSql(events);
  }
}

const connections = `
create table connection (
  tenant_id uuid not null references tenant,
  id uuid not null,
  source text not null,
  settings jsonb not null default '{}',
  wrapped_key bytea,
  encrypted_credentials bytea,
  vendor_account text,
  checked_at timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  credentials_changed_at timestamptz not null,
  paused_at timestamptz,
  removed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, source),
  check ((wrapped_key is null) = (encrypted_credentials is null)),
  check (removed_at is null or encrypted_credentials is null)
);
comment on table connection is 'A connection to a vendor, one of each source. The id follows from tenant and source. A removed one stays, without its credentials, and is the same row when the vendor is connected again.';
comment on column connection.encrypted_credentials is 'The credentials as JSON, under the key in wrapped_key. Both are null once the connection is removed.';
comment on column connection.vendor_account is 'The organization, site or workspace, as the vendor named it when the connection was last tested successfully; null: not since the credentials changed.';
comment on column connection.checked_at is 'When the connection was last tested successfully; null: not since the credentials changed.';
comment on column connection.credentials_changed_at is 'When credentials or settings last changed: a session that was opened before is closed.';
call make_tenant_table('connection', 'select, insert, update');
`;

const state = `
create table connection_state (
  tenant_id uuid not null,
  connection_id uuid not null,
  called_at timestamptz,
  failing_since timestamptz,
  failed_at timestamptz,
  failure_code text,
  failure_message text,
  limited_until timestamptz,
  limit_reason text,
  token_leased_until timestamptz,
  primary key (tenant_id, connection_id),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id)
);
comment on table connection_state is 'How calls to a vendor fare. Written when it changes, not by every call.';
comment on column connection_state.called_at is 'When a call last succeeded; at most a minute late.';
comment on column connection_state.failing_since is 'Since when calls fail; null: the last one succeeded.';
comment on column connection_state.limited_until is 'Until when the vendor wants no calls.';
comment on column connection_state.token_leased_until is 'Until when one process alone refreshes the access token.';
call make_tenant_table('connection_state', 'select, insert, update');
create policy find_states on connection_state for select to context_graph_system using (true);
grant select on connection_state to context_graph_system;
`;

const events = `
create table webhook_last_event (
  tenant_id uuid not null references tenant,
  secret_id uuid not null,
  occurred_at timestamptz,
  received_at timestamptz not null,
  primary key (tenant_id, secret_id)
);
comment on table webhook_last_event is 'The last delivery of each webhook secret. Written every few seconds for all secrets together, not by every delivery.';
comment on column webhook_last_event.occurred_at is 'The latest change that the delivery reports, by the vendor''s clock; null: it names no time.';
comment on column webhook_last_event.received_at is 'When the delivery arrived.';
call make_tenant_table('webhook_last_event', 'select');
create policy note_events on webhook_last_event to context_graph_system using (true) with check (true);
grant select, insert, update on webhook_last_event to context_graph_system;
`;
