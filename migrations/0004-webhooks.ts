import { Migration } from '@mikro-orm/migrations';

/** The secrets with which sources sign their webhooks. */
export class Webhooks extends Migration {
  override up(): void {
    this.addSql(secrets);
  }
}

const secrets = `
create table webhook_secret (
  tenant_id uuid not null references tenant,
  id uuid not null unique,
  source text not null,
  wrapped_secret bytea not null,
  created_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, id)
);
comment on table webhook_secret is 'Which secret a source signs its webhooks with, under the master key. The id goes with each webhook and tells whose it is.';
call make_tenant_table('webhook_secret', 'select, insert, update');
create policy find_sender on webhook_secret for select to context_graph_system using (true);
grant select on webhook_secret to context_graph_system;
`;
