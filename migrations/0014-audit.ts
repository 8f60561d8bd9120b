import { Migration } from '@mikro-orm/migrations';

/** What makes the audit chain searchable, and what its signed ends are kept in. */
export class Audit extends Migration {
  override up(): void {
    this.addSql(search);
    this.addSql(anchors);
  }
}

/**
 * The two kinds that signals make are nine rows of ten. They are left out of the index by kind: a search for them finds
 * enough along the chain itself, and taking signals in does not pay for it.
 */
const search = `
create index audit_logs_of_actor on audit_logs (tenant_id, actor_id, sequence);
create index audit_logs_of_kind on audit_logs (tenant_id, kind, sequence) where kind not in ('signal.ingested', 'context.updated');

create function audit_logs_as_of(at timestamptz) returns setof audit_logs stable parallel safe language sql
  as $$ select * from audit_logs where recorded_at <= at $$;
`;

const anchors = `
create table audit_anchor (
  tenant_id uuid not null references tenant,
  sequence bigint not null check (sequence > 0),
  hash bytea not null,
  anchored_at timestamptz not null,
  key_id text not null,
  signature bytea not null,
  primary key (tenant_id, sequence)
);
comment on table audit_anchor is 'Signed places of audit chains: up to sequence, the chain had this hash. Made again by nobody without the key; also on the bus, as audit.anchored.';
call make_tenant_table('audit_anchor', 'select, insert');
create policy find_due on audit_anchor for select to context_graph_system using (true);
create policy find_due on audit_head for select to context_graph_system using (true);
grant select on audit_anchor, audit_head to context_graph_system;
`;
