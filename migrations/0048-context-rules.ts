import { Migration } from '@mikro-orm/migrations';

/** The rules by which the context of an account is derived, and what was last derived. */
export class ContextRules extends Migration {
  override up(): void {
    this.addSql(rules);
    this.addSql(blocking);
    this.addSql(derivations);
    this.addSql(existing);
  }
}

const rules = `
create table context_rules (
  tenant_id uuid not null references tenant,
  kind text not null check (kind in ('DEAL_HEALTH', 'BLOCKER', 'COMPETITOR', 'CALL_VALIDATION', 'FRESHNESS')),
  version int not null check (version > 0),
  parameters jsonb not null,
  digest text not null,
  published_at timestamptz not null,
  published_by text not null,
  primary key (tenant_id, kind, version)
);
comment on table context_rules is 'The rules by which derived values of accounts are computed, by kind; a new version for every change, the highest is in force. Without a row the defaults are: version 0.';
call make_tenant_table('context_rules', 'select, insert');
create function context_rules_as_of(at timestamptz) returns setof context_rules stable parallel safe language sql
  as $$ select * from context_rules where published_at <= at $$;
`;

const blocking = `
create function default_blocker_rules() returns jsonb immutable parallel safe language sql as $$ select '{"labels": ["blocker"], "priorities": []}'::jsonb $$;
comment on function default_blocker_rules is 'The blocker rules of tenants that have published none, as default-context-rules.ts has them.';
create function ticket_blocks(status_category text, labels text[], priority text, rules jsonb) returns boolean immutable parallel safe language sql as $$
  select status_category <> 'DONE' and (
    exists (select from unnest(labels) own join jsonb_array_elements_text(rules -> 'labels') rule on lower(own collate "C") = lower(rule collate "C"))
    or coalesce(jsonb_exists(rules -> 'priorities', priority), false)) $$;
comment on function ticket_blocks is 'Whether a ticket blocks a deal by a version of the blocker rules, as blocking.ts has it.';
`;

const derivations = `
create table context_derivation (
  tenant_id uuid not null references tenant,
  account_id uuid not null,
  said jsonb not null,
  moves_at timestamptz,
  derived_at timestamptz not null,
  primary key (tenant_id, account_id),
  foreign key (tenant_id, account_id) references node_identity
);
comment on table context_derivation is 'What was last derived of an account: digests by kind of derived value. Readers compute the values themselves; this tells when to record lineage and to publish a change. moves_at: when a value next changes by time alone; null: never.';
create index context_derivation_moving on context_derivation (tenant_id, moves_at) where moves_at is not null;
call make_tenant_table('context_derivation', 'select, insert, update, delete');
`;

/** Derived values of existing accounts: a job of each tenant computes them. */
const existing = `
do $step$
declare
  own record;
begin
  for own in select id from tenant loop
    if to_regprocedure('schedule_job(text, json, timestamptz, text)') is not null then
      perform schedule_job('derive-contexts', json_build_object('tenantId', own.id, 'requestId', 'migration-0048'), null, 'derive-contexts:' || own.id);
    end if;
  end loop;
end $step$;
`;
