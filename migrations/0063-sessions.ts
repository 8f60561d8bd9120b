import { Migration } from '@mikro-orm/migrations';

/** Agent sessions: one per Chatwoot inbox and contact, with their contexts, lock, steps and message queue. */
export class Sessions extends Migration {
  override up(): void {
    this.addSql(sessions);
    this.addSql(steps);
    this.addSql(messages);
    this.addSql(settings);
  }
}

const sessions = `
create table agent_session (
  tenant_id uuid not null references tenant,
  id uuid not null,
  inbox_id int not null check (inbox_id > 0),
  contact_id text not null check (contact_id ~ '^[A-Za-z0-9._-]{1,64}$'),
  subject_id uuid not null,
  account_id uuid,
  contact_node_id uuid,
  persistent_sealed bytea,
  persistent_version bigint not null default 0 check (persistent_version >= 0),
  active_sealed bytea,
  active_version bigint not null default 0 check (active_version >= 0),
  active_expires_at timestamptz,
  lock_holder text check (lock_holder <> '' and length(lock_holder) <= 200),
  lock_id uuid,
  locked_at timestamptz,
  lock_expires_at timestamptz,
  fencing_token bigint not null default 0 check (fencing_token >= 0),
  last_step bigint not null default 0,
  last_message bigint not null default 0,
  chatwoot_version bigint,
  chatwoot_synced_at timestamptz,
  erased_at timestamptz,
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  changed_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, inbox_id, contact_id),
  foreign key (tenant_id, subject_id) references subject_key,
  check ((lock_holder is null) = (lock_id is null) and (lock_id is null) = (locked_at is null) and (lock_id is null) = (lock_expires_at is null)),
  check ((active_sealed is null) = (active_expires_at is null)),
  check (erased_at is null or persistent_sealed is null and active_sealed is null and lock_id is null)
);
comment on table agent_session is 'A conversation of agents with a contact of a Chatwoot inbox. The id follows from tenant, inbox and contact by a keyed digest. PostgreSQL is the truth; Redis holds copies.';
comment on column agent_session.subject_id is 'Under whose key contexts, steps and messages are sealed: the contact.';
comment on column agent_session.account_id is 'The account of the contact in the graph; null while the contact is not known there.';
comment on column agent_session.contact_node_id is 'The contact in the graph; null while it is not known there.';
comment on column agent_session.persistent_sealed is 'JSON with values, and cleared: keys that were cleared, which a copy elsewhere cannot bring back.';
comment on column agent_session.persistent_version is 'Rises with every change of the persistent context; a copy in Redis or Chatwoot is true if it bears this number. 0: never stated.';
comment on column agent_session.active_expires_at is 'When the active context expires: an hour after it was last written.';
comment on column agent_session.fencing_token is 'Rises with every start. A write that names another token is refused.';
comment on column agent_session.chatwoot_version is 'The persistent_version that Chatwoot holds; null: none.';
comment on column agent_session.erased_at is 'When the contact was erased. The row stays until the copies in Redis and Chatwoot are cleared, and is then deleted.';
create index agent_session_of_subject on agent_session (tenant_id, subject_id);
create index agent_session_of_contact on agent_session (tenant_id, contact_node_id) where contact_node_id is not null;
create index agent_session_of_account on agent_session (tenant_id, account_id) where account_id is not null;
create index agent_session_erased on agent_session (erased_at, id) where erased_at is not null;
create index agent_session_idle on agent_session (changed_at, id);
call make_tenant_table('agent_session');
create policy find_due on agent_session for select to context_graph_system using (true);
grant select (tenant_id, id, erased_at, changed_at, active_expires_at, persistent_version, chatwoot_version) on agent_session to context_graph_system;

create function keep_agent_session() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if (new.tenant_id, new.id, new.inbox_id, new.contact_id, new.created_at) is distinct from (old.tenant_id, old.id, old.inbox_id, old.contact_id, old.created_at) then
    raise exception 'identity columns are immutable' using errcode = '23514', constraint = 'agent_session_kept';
  end if;
  if new.fencing_token < old.fencing_token or new.persistent_version < old.persistent_version or new.active_version < old.active_version or new.last_step < old.last_step or new.last_message < old.last_message then
    raise exception 'counters only rise' using errcode = '23514', constraint = 'agent_session_kept';
  end if;
  -- Another lock is another start.
  if new.lock_id is not null and new.lock_id is distinct from old.lock_id and new.fencing_token <= old.fencing_token then
    raise exception 'a lock needs a new fencing token' using errcode = '23514', constraint = 'agent_session_kept';
  end if;
  return new;
end $$;
create trigger agent_session_kept before update on agent_session for each row execute function keep_agent_session();
`;

const steps = `
create table session_step (
  tenant_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  sequence bigint not null check (sequence > 0),
  fencing_token bigint not null,
  content_sealed bytea,
  recorded_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, session_id) references agent_session on delete cascade,
  unique (tenant_id, session_id, sequence)
);
comment on table session_step is 'A reasoning step of an agent. Content is sealed under the contact''s key.';
create index session_step_by_time on session_step (recorded_at, id);
call make_tenant_table('session_step', 'select, insert, update, delete');

create function fence_session_step() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from agent_session s where s.tenant_id = new.tenant_id and s.id = new.session_id and s.fencing_token = new.fencing_token and s.lock_id is not null) then
    raise exception 'a step needs the fencing token of the lock that is held' using errcode = '23514', constraint = 'session_step_fenced';
  end if;
  return new;
end $$;
create trigger session_step_fenced before insert on session_step for each row execute function fence_session_step();
`;

const messages = `
create table session_message (
  tenant_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  sequence bigint not null check (sequence > 0),
  delivery_key text not null check (delivery_key ~ '^[!-~]{1,200}$'),
  body_sealed bytea,
  sent_at timestamptz not null,
  recorded_at timestamptz not null,
  handed_out_with bigint,
  handed_out_at timestamptz,
  acknowledged_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, session_id) references agent_session on delete cascade,
  unique (tenant_id, session_id, sequence),
  unique (tenant_id, session_id, delivery_key),
  check ((handed_out_with is null) = (handed_out_at is null)),
  check (acknowledged_at is null or handed_out_with is not null)
);
comment on table session_message is 'The queue of messages of the contact. A message is handed out to the holder of a fencing token and acknowledged by the next drain or the end of the session; one that is not acknowledged is handed out again to the next holder.';
comment on column session_message.delivery_key is 'The id of the message at its source. One that arrives again is not queued again.';
comment on column session_message.handed_out_with is 'The fencing token that it was last handed out with; null: not yet.';
create index session_message_waiting on session_message (tenant_id, session_id, sequence) where acknowledged_at is null;
create index session_message_by_time on session_message (recorded_at, id);
call make_tenant_table('session_message', 'select, insert, update, delete');
`;

const settings = `
create table session_setting (
  tenant_id uuid primary key references tenant,
  transcript_days int not null check (transcript_days between 1 and 3650),
  context_days int not null check (context_days between 1 and 3650),
  recorded_at timestamptz not null
);
comment on table session_setting is 'How long a tenant keeps sessions: steps and acknowledged messages for transcript_days, a session without a change for context_days. A tenant without a row: 30 and 365.';
call make_tenant_table('session_setting', 'select, insert, update');
create policy find_settings on session_setting for select to context_graph_system using (true);
grant select on session_setting to context_graph_system;
`;
