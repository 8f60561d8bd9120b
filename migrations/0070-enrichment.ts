import { Migration } from '@mikro-orm/migrations';

/** Enrichment of accounts by third parties: policy, provider, calls, and the monthly budget that they are paid from. */
export class Enrichment extends Migration {
  override up(): void {
    this.addSql(policies);
    this.addSql(providers);
    this.addSql(calls);
    this.addSql(budgets);
    this.addSql(accounting);
  }
}

const policies = `
create table enrichment_policy (
  tenant_id uuid not null references tenant,
  id uuid not null,
  version int not null check (version > 0),
  provider text not null check (provider in ('NONE', 'MOCK_CLEARBIT', 'HTTP')),
  quality_below int not null check (quality_below between 0 and 100),
  cool_down_hours int not null check (cool_down_hours between 0 and 8760),
  monthly_limit_minor int not null check (monthly_limit_minor between 0 and 50),
  asks_about_people boolean not null,
  published_at timestamptz not null,
  published_by text not null,
  primary key (tenant_id, version),
  unique (tenant_id, id)
);
comment on table enrichment_policy is 'When accounts are enriched, by whom, and what it may cost; a new version for every change, the highest is in force. Without a row nothing is enriched: version 0.';
comment on column enrichment_policy.quality_below is 'An account with high intent is enriched if its context quality is below.';
comment on column enrichment_policy.monthly_limit_minor is 'US cents for one account and calendar month (UTC).';
call make_tenant_table('enrichment_policy', 'select, insert');
`;

const providers = `
create table enrichment_provider (
  tenant_id uuid not null references tenant,
  id uuid not null,
  url text not null check (url ~ '^https?://' and length(url) <= 2000),
  key_header text not null check (key_header ~ '^[A-Za-z0-9-]{1,64}$'),
  wrapped_key bytea,
  encrypted_api_key bytea,
  mapping jsonb not null,
  price_minor int not null check (price_minor between 0 and 50),
  charges_no_match boolean not null,
  version int not null check (version > 0),
  saved_at timestamptz not null,
  saved_by text not null,
  primary key (tenant_id, id),
  unique (tenant_id)
);
comment on table enrichment_provider is 'The HTTP provider of a tenant. mapping: the fields of accounts and contacts, each with the JSON pointer at which the answer has it. encrypted_api_key is sealed under a key of its own.';
call make_tenant_table('enrichment_provider', 'select, insert, update');
`;

const calls = `
create table enrichment (
  tenant_id uuid not null references tenant,
  id uuid not null,
  account_id uuid not null,
  provider text not null check (provider in ('MOCK_CLEARBIT', 'HTTP')),
  trigger text not null check (trigger in ('MANUAL', 'HIGH_INTENT')),
  status text not null check (status in ('REQUESTED', 'CALLING', 'COMPLETED', 'NO_MATCH', 'FAILED', 'UNKNOWN')),
  failure_code text check (failure_code ~ '^[A-Z_]{1,64}$'),
  requested_at timestamptz not null,
  requested_by_kind text not null,
  requested_by_id text not null,
  policy_version int not null,
  context_quality int check (context_quality between 0 and 100),
  month date not null check (extract(day from month) = 1),
  limit_minor int not null check (limit_minor between 0 and 50),
  price_minor int not null check (price_minor between 0 and 50),
  cost_minor int check (cost_minor between 0 and price_minor),
  call_id uuid,
  called_at timestamptz,
  settle_at timestamptz,
  asked_contacts uuid[] not null default '{}',
  statement_ids uuid[] not null default '{}',
  refused jsonb not null default '[]',
  completed_at timestamptz,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references node_identity,
  check ((status in ('REQUESTED', 'CALLING')) = (completed_at is null)),
  check ((completed_at is null) = (cost_minor is null) and (completed_at is null) = (settle_at is not null)),
  check ((call_id is null) = (called_at is null)),
  check (status not in ('CALLING', 'COMPLETED', 'NO_MATCH', 'UNKNOWN') or call_id is not null),
  check ((status in ('FAILED', 'UNKNOWN')) = (failure_code is not null))
) with (fillfactor = 70);
comment on table enrichment is 'A question about an account to a provider, and what became of it. An account has one at a time. What the provider said is in source_statement: statement_ids.';
comment on column enrichment.month is 'The calendar month (UTC) whose budget pays for it: that of the request.';
comment on column enrichment.price_minor is 'US cents that are reserved for the call.';
comment on column enrichment.cost_minor is 'US cents that it cost; null until it ended.';
comment on column enrichment.settle_at is 'When it is settled if its process ended: one that was not called costs nothing; of one that was called nobody knows whether the provider charges, so it costs its price.';
comment on column enrichment.refused is 'What of the answer was not taken: [field, code].';
comment on column enrichment.asked_contacts is 'The contacts that the provider was asked about; each had consented to ENRICHMENT.';
create index enrichment_of_account on enrichment (tenant_id, account_id, requested_at, id);
create unique index enrichment_open on enrichment (tenant_id, account_id) where status in ('REQUESTED', 'CALLING');
create index enrichment_to_settle on enrichment (settle_at, id) where settle_at is not null;
create index enrichment_of_statement on enrichment using gin (statement_ids);
call make_versioned('enrichment');
revoke delete on enrichment from context_graph_app;
create policy find_due on enrichment for select to context_graph_system using (true);
grant select (tenant_id, id, settle_at) on enrichment to context_graph_system;
`;

const budgets = `
create table enrichment_budget (
  tenant_id uuid not null references tenant,
  id uuid not null default uuidv7(),
  account_id uuid not null,
  month date not null check (extract(day from month) = 1),
  reserved_minor int not null check (reserved_minor >= 0),
  spent_minor int not null check (spent_minor >= 0),
  version bigint not null default 1,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, account_id, month),
  foreign key (tenant_id, account_id) references node_identity,
  constraint enrichment_budget_kept check (reserved_minor + spent_minor <= 50)
) with (fillfactor = 70);
comment on table enrichment_budget is 'US cents that enrichments of an account reserve and have spent in a calendar month (UTC). Only the trigger on enrichment writes it, so that it is their sum; 50 is the limit of the product.';
comment on column enrichment_budget.version is 'Rises with every change; a copy in Redis bears it.';
call make_versioned('enrichment_budget');
revoke insert, update, delete on enrichment_budget from context_graph_app;
`;

const accounting = `
create function account_for_enrichment() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  used int;
begin
  if tg_op = 'INSERT' then
    if new.status <> 'REQUESTED' then
      raise exception 'an enrichment begins as REQUESTED' using errcode = '23514', constraint = 'enrichment_life_cycle';
    end if;
    insert into enrichment_budget as b (tenant_id, account_id, month, reserved_minor, spent_minor) values (new.tenant_id, new.account_id, new.month, new.price_minor, 0)
      on conflict (tenant_id, account_id, month) do update set reserved_minor = b.reserved_minor + excluded.reserved_minor, version = b.version + 1
      returning reserved_minor + spent_minor into used;
    if used > new.limit_minor then
      raise exception 'the budget of the month does not allow this' using errcode = '23514', constraint = 'enrichment_budget_kept';
    end if;
    return new;
  end if;
  if (new.tenant_id, new.id, new.account_id, new.provider, new.trigger, new.requested_at, new.requested_by_kind, new.requested_by_id, new.month, new.limit_minor, new.price_minor)
     is distinct from (old.tenant_id, old.id, old.account_id, old.provider, old.trigger, old.requested_at, old.requested_by_kind, old.requested_by_id, old.month, old.limit_minor, old.price_minor) then
    raise exception 'identity columns are immutable' using errcode = '23514', constraint = 'enrichment_life_cycle';
  end if;
  if (old.status, new.status) not in (('REQUESTED', 'CALLING'), ('REQUESTED', 'FAILED'), ('CALLING', 'COMPLETED'), ('CALLING', 'NO_MATCH'), ('CALLING', 'FAILED'), ('CALLING', 'UNKNOWN')) then
    raise exception 'an enrichment does not go from % to %', old.status, new.status using errcode = '23514', constraint = 'enrichment_life_cycle';
  end if;
  if new.completed_at is not null then
    update enrichment_budget b set reserved_minor = b.reserved_minor - old.price_minor, spent_minor = b.spent_minor + new.cost_minor, version = b.version + 1
      where b.tenant_id = new.tenant_id and b.account_id = new.account_id and b.month = new.month;
  end if;
  return new;
end $$;
create trigger enrichment_accounted after insert or update on enrichment for each row execute function account_for_enrichment();
`;
