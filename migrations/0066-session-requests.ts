import { Migration } from '@mikro-orm/migrations';

/** Idempotency keys of requests to agent sessions: a request that is repeated after a lost answer is done once. */
export class SessionRequests extends Migration {
  override up(): void {
    this.addSql(requests);
  }
}

const requests = `
create table session_request (
  tenant_id uuid not null,
  session_id uuid not null,
  key bytea not null check (octet_length(key) = 32),
  digest bytea not null check (octet_length(digest) = 32),
  fencing_token bigint not null,
  resumed boolean,
  step_id uuid,
  recorded_at timestamptz not null,
  primary key (tenant_id, session_id, key),
  foreign key (tenant_id, session_id) references agent_session on delete cascade,
  check ((resumed is null) <> (step_id is null))
);
comment on table session_request is 'A start or a step that bore an idempotency key. A request that repeats it gets what the first one made. Deleted with steps and messages, after the days of session_setting.';
comment on column session_request.key is 'Keyed digest of the idempotency key.';
comment on column session_request.digest is 'Digest of what was asked for, under the contact''s key: another request with the same key is refused.';
comment on column session_request.resumed is 'Of a start: whether it went on from the active context of an expired lock. Null for a step.';
comment on column session_request.step_id is 'Of a step: its row in session_step. Null for a start.';
create index session_request_by_time on session_request (recorded_at, session_id);
call make_tenant_table('session_request', 'select, insert, delete');
`;
