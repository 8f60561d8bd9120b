import { Migration } from '@mikro-orm/migrations';

/**
 * Lets a process ask in one small statement whether anything of a tenant has changed. Most changes record a fact, so the chain's
 * sequence tells of them. The few transactions that change rows and record nothing are counted.
 */
export class TenantVersion extends Migration {
  override up(): void {
    this.addSql(changes);
    this.addSql(version);
  }
}

const changes = `
create table unrecorded_change (
  tenant_id uuid primary key references tenant (id),
  changes bigint not null check (changes > 0)
);
comment on table unrecorded_change is 'How many transactions of a tenant changed rows that callers read and recorded no fact: a source repeats what is known, a health score is assessed to the same result.';
alter table unrecorded_change enable row level security;
create policy own_tenant on unrecorded_change for all to context_graph_app using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()));
grant select, insert, update on unrecorded_change to context_graph_app;
`;

const version = `
create function tenant_version(tenant uuid) returns bigint volatile language plpgsql as $$ begin
  perform set_config('app.tenant', tenant::text, true);
  return coalesce((select sequence from audit_head where tenant_id = tenant), 0) + coalesce((select changes from unrecorded_change where tenant_id = tenant), 0);
end $$;
comment on function tenant_version(uuid) is 'A number that grows with every committed change of a tenant. Binds the tenant until the end of the transaction, so that row-level security holds.';
`;
