import { Migration } from '@mikro-orm/migrations';

/** The installation's keys, sealed: what tells whether a master key fits, and what lets it be replaced. */
export class Keys extends Migration {
  override up(): void {
    this.addSql(keys);
  }
}

const keys = `
create table key_ring (
  only_row boolean primary key default true check (only_row),
  version int not null check (version > 0),
  sealed bytea not null,
  changed_at timestamptz not null
);
comment on table key_ring is 'The installation''s keys, sealed under the ring key. version: rises with each change; processes that run load the new state.';
create table master_key (
  ordinal int generated always as identity unique,
  key_id text primary key check (key_id ~ '^[0-9a-f]{16}$'),
  wrapped_ring_key bytea,
  added_at timestamptz not null,
  retired_at timestamptz,
  check ((wrapped_ring_key is null) = (retired_at is not null))
);
comment on table master_key is 'The master keys of this installation, by the id that follows from each; ordinal: the order in which they came. wrapped_ring_key: the ring key under that master key; null once retired.';
create table known_signing_key (
  key_id text primary key check (key_id ~ '^[0-9a-f]{16}$'),
  public_key text not null,
  proof bytea not null,
  first_used_at timestamptz not null
);
comment on table known_signing_key is 'The public keys this installation has signed with. proof: HMAC under a key of the installation, so that a row added by hand is not trusted.';
alter table key_ring enable row level security;
alter table master_key enable row level security;
alter table known_signing_key enable row level security;
create policy installation on key_ring to context_graph_system using (true) with check (true);
create policy installation on master_key to context_graph_system using (true) with check (true);
create policy installation on known_signing_key to context_graph_system using (true) with check (true);
grant select, insert, update on key_ring, master_key to context_graph_system;
grant select, insert on known_signing_key to context_graph_system;
`;
