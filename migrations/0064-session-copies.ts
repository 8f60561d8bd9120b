import { Migration } from '@mikro-orm/migrations';

/** Copies of session contexts at Chatwoot: one writer for each session at a time. */
export class SessionCopies extends Migration {
  override up(): void {
    this.addSql(claims);
  }
}

const claims = `
alter table agent_session add column copy_claim uuid;
alter table agent_session add column copy_claimed_until timestamptz;
alter table agent_session add constraint agent_session_copy_claim check ((copy_claim is null) = (copy_claimed_until is null));
comment on column agent_session.copy_claim is 'Which run writes the copy at Chatwoot now; null: none.';
comment on column agent_session.copy_claimed_until is 'Until when that run alone may write it.';
create index agent_session_copy_due on agent_session (tenant_id, id) where persistent_version > coalesce(chatwoot_version, 0) or erased_at is not null;
`;
