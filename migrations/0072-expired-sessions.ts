import { Migration } from '@mikro-orm/migrations';

/** Sessions that retention emptied stay until their copies in Chatwoot are cleared. */
export class ExpiredSessions extends Migration {
  override up(): void {
    this.addSql(expired);
  }
}

const expired = `
alter table agent_session add column expired_at timestamptz;
comment on column agent_session.expired_at is 'When retention emptied the session; null: never. While it is later than changed_at the session counts as deleted, and the row stays until Chatwoot holds the empty context.';
`;
