import { Migration } from '@mikro-orm/migrations';

/** Webhooks that vendors sign by their own schemes, with secrets of their own making. */
export class VendorWebhooks extends Migration {
  override up(): void {
    this.addSql(secrets);
    this.addSql(fetches);
    this.addSql(replies);
    this.addSql(erasureRequests);
  }
}

const secrets = `
alter table webhook_secret add column encrypted_secret bytea, add column settings jsonb not null default '{}', add column secret_shown_at timestamptz;
comment on column webhook_secret.encrypted_secret is 'The secret as text, as its vendor makes it, under the key in wrapped_secret. Null: the key in wrapped_secret is the secret itself, or, of a vendor that sends its secret with its first request, none has arrived yet.';
comment on column webhook_secret.settings is 'How what the source delivers is read: which account a label, a project or a channel belongs to. Checked by the connector.';
comment on column webhook_secret.secret_shown_at is 'When a secret that arrived with a request was shown to an administrator: it is shown once.';
`;

const fetches = `
create table source_fetch (
  tenant_id uuid not null references tenant,
  source text not null,
  secret_id uuid not null,
  kind text not null,
  external_id text not null,
  wanted_at timestamptz not null,
  fetched_at timestamptz,
  asked_at timestamptz not null,
  primary key (tenant_id, source, secret_id, kind, external_id)
);
comment on table source_fetch is 'What a source said has changed without saying how: it is read again at its vendor. One row per object, kept after it was read, so that a repeated or late event asks for nothing.';
comment on column source_fetch.wanted_at is 'The time of the latest event about the object, by the vendor''s clock.';
comment on column source_fetch.fetched_at is 'The wanted_at up to which the object was read; null: never. It is due while this is null or before wanted_at.';
comment on column source_fetch.asked_at is 'When the latest event arrived.';
call make_tenant_table('source_fetch', 'select, insert, update');
create index source_fetch_due on source_fetch (tenant_id, source, secret_id, asked_at) where fetched_at is null or fetched_at < wanted_at;
create policy find_due on source_fetch for select to context_graph_system using (true);
grant select on source_fetch to context_graph_system;
`;

const replies = `
create table thread_event (
  tenant_id uuid not null references tenant,
  source text not null,
  thread_key text not null,
  event_key text not null,
  occurred_at timestamptz not null,
  primary key (tenant_id, source, thread_key, event_key)
);
comment on table thread_event is 'What is known of the replies of a thread of the chat: a source that announces replies one by one does not say how many there are. Without text.';
comment on column thread_event.event_key is 'root: the thread was seen. reply <time>: a reply. removed <time>: a reply was deleted. ended: the thread itself was.';
call make_tenant_table('thread_event', 'select, insert');
`;

const erasureRequests = `
create table erasure_request (
  tenant_id uuid not null references tenant,
  contact_id uuid not null,
  source text not null,
  requested_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, contact_id, source)
);
comment on table erasure_request is 'Requests of sources to erase a contact. It is open while something sealed for the contact''s person is held.';
comment on column erasure_request.requested_at is 'When the person was erased at the source.';
call make_tenant_table('erasure_request', 'select, insert');
`;
