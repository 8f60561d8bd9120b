import { Migration } from '@mikro-orm/migrations';

/** Sessions that retention emptied stay until their copies in Chatwoot are cleared; fencing tokens rise beyond the sessions that bore them. */
export class ExpiredSessions extends Migration {
  override up(): void {
    this.addSql(expired);
    this.addSql(tokens);
  }
}

const expired = `
alter table agent_session add column expired_at timestamptz;
comment on column agent_session.expired_at is 'When retention emptied the session; null: never. While it is later than changed_at the session counts as deleted, and the row stays until Chatwoot holds the empty context.';
`;

const tokens = `
alter table session_setting add column deleted_fencing_token bigint not null default 0 check (deleted_fencing_token >= 0);
comment on column session_setting.deleted_fencing_token is 'The highest fencing token of the sessions that were deleted; tokens of new sessions are higher, so that a holder of a deleted session cannot write to the next one with the contact.';
`;
