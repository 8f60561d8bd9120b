import { Migration } from '@mikro-orm/migrations';

/** Connections to vendors: credentials, and how calls and events fare. */
export class Connections extends Migration {
  override up(): void {
    this.addSql(connections);
    this.addSql(state);
    this.addSql(secrets);
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
  created_at timestamptz not null,
  created_by text not null,
  credentials_changed_at timestamptz not null,
  paused_at timestamptz,
  removed_at timestamptz,
  primary key (tenant_id, id)
);
comment on table connection is 'A connection to a vendor, at most one of each source at a time. A removed one stays, without its credentials.';
comment on column connection.encrypted_credentials is 'The credentials as JSON, under the key in wrapped_key. Both are null once the connection is removed.';
call make_tenant_table('connection', 'select, insert, update');
create unique index connection_of_source on connection (tenant_id, source) where removed_at is null;
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
`;

const secrets = `
alter table webhook_secret add column last_event_at timestamptz, add column last_event_lag_ms bigint;
comment on column webhook_secret.last_event_at is 'When a delivery with this secret was last taken in; a few seconds late.';
comment on column webhook_secret.last_event_lag_ms is 'How long after the change at the vendor that delivery arrived.';
`;
