import { Migration } from '@mikro-orm/migrations';

/** How KPIs are judged, and the health of each account as it was last computed. */
export class Health extends Migration {
  override up(): void {
    this.addSql(models);
    this.addSql(health);
  }
}

const models = `
create table health_model (
  tenant_id uuid not null references tenant,
  version int not null check (version > 0),
  parameters jsonb not null,
  digest text not null,
  published_at timestamptz not null,
  published_by text not null,
  primary key (tenant_id, version)
);
comment on table health_model is 'How health is judged; a new version for every change, the highest is in force. Without a row the program''s own is: version 0.';
call make_tenant_table('health_model', 'select, insert');
create function health_model_as_of(at timestamptz) returns setof health_model stable parallel safe language sql
  as $$ select * from health_model where published_at <= at $$;
`;

const health = `
create table account_health (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  source text not null check (source in ('TREND', 'PROXY', 'NONE')),
  overall double precision check (overall between 0 and 100),
  model_version int not null,
  digest text not null,
  assessed_at timestamptz not null,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, account_id),
  foreign key (tenant_id, account_id) references account
);
comment on table account_health is 'The node of an account''s health in the lineage graph, with what was last told of it. Readers compute health from its inputs, of which digest is a hash; it may be behind them for as long as their events travel.';
call make_versioned('account_health');
`;
