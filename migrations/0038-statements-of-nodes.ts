import { Migration } from '@mikro-orm/migrations';

/** Statements can be listed by the node that they count for, and read as they were known at an instant. */
export class StatementsOfNodes extends Migration {
  override up(): void {
    this.addSql(asOf);
    this.addSql(ofNodes);
  }
}

const asOf = `
create function source_statement_as_of(at timestamptz) returns setof source_statement stable parallel safe language sql
  as $$ select * from source_statement where recorded_at <= at $$;
comment on function source_statement_as_of(timestamptz) is 'Statements known at an instant. is_current is that of the present.';
`;

/* Two parts instead of a join: a condition on root_id is pushed into both, each of which has an index for it. */
const ofNodes = `
create view statement_of_node with (security_invoker = true) as
  select s.*, s.node_id as root_id from source_statement s
  union all
  select s.*, i.survivor_id from node_identity i join source_statement s on s.tenant_id = i.tenant_id and s.node_id = i.id where i.survivor_id <> i.id;
comment on view statement_of_node is 'Statements by the node that they count for: root_id is the node itself, and for merged nodes also the survivor.';
grant select on statement_of_node to context_graph_app;

create function statement_of_node_as_of(at timestamptz) returns setof statement_of_node stable parallel safe language sql as $$
  select s.*, s.node_id from source_statement s where s.recorded_at <= at
  union all
  select s.*, i.survivor_id from node_identity_as_of(at) i join source_statement s on s.tenant_id = i.tenant_id and s.node_id = i.id where i.survivor_id <> i.id and s.recorded_at <= at $$;
`;
