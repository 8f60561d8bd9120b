import { Migration } from '@mikro-orm/migrations';

/** The customer vault: what may be known of a customer, what is needed when, documents, and every value with its past. */
export class Profiles extends Migration {
  override up(): void {
    this.addSql(definitions);
    this.addSql(scenarios);
    this.addSql(assets);
    this.addSql(fields);
  }
}

const definitions = `
create table profile_setting (
  tenant_id uuid primary key references tenant,
  validation_mode text not null check (validation_mode in ('STRICT', 'WARN', 'DISABLED')),
  recorded_at timestamptz not null
);
comment on table profile_setting is 'What a tenant decided for all its profiles; a tenant without a row has validation mode WARN.';
call make_tenant_table('profile_setting', 'select, insert, update');

create table field_definition (
  tenant_id uuid not null references tenant,
  id uuid not null,
  agent text not null default '',
  name text not null check (name ~ '^[a-z][a-z0-9_]{0,63}$'),
  display_name text not null check (display_name <> ''),
  value_type text not null check (value_type in ('STRING', 'TEXT', 'EMAIL', 'PHONE', 'URL', 'NUMBER', 'INTEGER', 'BOOLEAN', 'DATE', 'DATETIME', 'ENUM', 'JSON')),
  enum_values text[] not null default '{}',
  validation_regex text,
  is_pii boolean not null,
  collection_prompt text,
  required_verification boolean not null default false,
  retention_days int check (retention_days > 0),
  freshness_days int check (freshness_days > 0),
  validation_mode text check (validation_mode in ('STRICT', 'WARN', 'DISABLED')),
  recorded_at timestamptz not null,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, name, agent)
);
comment on table field_definition is 'What may be known of a customer, per agent; agent '''' is for all. is_pii: who may read the values. validation_mode null: as the tenant decided.';
call make_versioned('field_definition');
`;

const scenarios = `
create table scenario (
  tenant_id uuid not null references tenant,
  id uuid not null,
  name text not null check (name <> ''),
  name_key text generated always as (lower(name)) stored,
  conditions text not null default '',
  recorded_at timestamptz not null,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, name_key)
);
comment on table scenario is 'A situation for which something must be known; conditions say in words when it applies and what it takes.';
call make_versioned('scenario');

create table scenario_requirement (
  tenant_id uuid not null,
  id uuid not null,
  scenario_id uuid not null,
  field_name text not null check (field_name ~ '^[a-z][a-z0-9_]{0,63}$'),
  required_level text not null check (required_level in ('HARD', 'SOFT')),
  fallback_action text not null check (fallback_action in ('ASK', 'SKIP', 'BLOCK', 'EXTRACT')),
  origin text not null check (origin in ('PERSON', 'EXTRACTION')),
  confidence double precision not null check (confidence between 0 and 1),
  needs_review boolean not null,
  extractor text check (extractor in ('MODEL', 'TEMPLATE')),
  model text,
  prompt_name text,
  prompt_version int,
  recorded_at timestamptz not null,
  sys_from timestamptz not null,
  check ((origin = 'EXTRACTION') = (extractor is not null and model is not null and prompt_name is not null and prompt_version is not null)),
  primary key (tenant_id, id),
  foreign key (tenant_id, scenario_id) references scenario,
  unique (tenant_id, scenario_id, field_name)
);
comment on table scenario_requirement is 'A field that a scenario needs. What a person stated, extraction does not touch; what was extracted says by what: model is template where plain rules did.';
call make_versioned('scenario_requirement');
create index on scenario_requirement_history (tenant_id, scenario_id);
`;

const assets = `
create table profile_asset (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name_sealed bytea,
  kind text not null check (kind ~ '^[a-z][a-z0-9_]{0,63}$'),
  subject_id uuid not null,
  text_sealed bytea,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references account,
  foreign key (tenant_id, subject_id) references subject_key
);
comment on table profile_asset is 'A document in a profile; its name and its text are sealed, its kind is for everybody. An account is its profile: they share the id.';
call make_versioned('profile_asset');
create index profile_asset_by_time on profile_asset (tenant_id, account_id, recorded_at desc, id desc);
create index profile_asset_of_subject on profile_asset (tenant_id, subject_id);
create policy find_orphans on profile_asset for select to context_graph_system using (true);
grant select (tenant_id, id) on profile_asset to context_graph_system;
`;

const fields = `
create table profile_field (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name text not null check (name ~ '^[a-z][a-z0-9_]{0,63}$'),
  series_id uuid not null,
  version int not null check (version > 0),
  is_current boolean not null,
  status text not null check (status in ('ACTIVE', 'SUPERSEDED', 'EXPIRED', 'ORPHANED')),
  supersedes_id uuid,
  value_type text not null,
  subject_id uuid not null,
  value_sealed bytea,
  source text not null check (source in ('USER', 'TOOL', 'LLM', 'SESSION', 'CRM', 'IMPORT', 'SYSTEM')),
  source_item_type text,
  source_item_id uuid,
  source_metadata_sealed bytea,
  confidence double precision not null check (confidence between 0 and 1),
  validation_state text not null check (validation_state in ('VALID', 'INVALID', 'UNCHECKED')),
  validation_errors text[] not null default '{}',
  verified_at timestamptz,
  stale_at timestamptz,
  expires_at timestamptz,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references account,
  foreign key (tenant_id, subject_id) references subject_key,
  check ((source_item_type is null) = (source_item_id is null)),
  constraint profile_field_active_is_current check (is_current or status <> 'ACTIVE'),
  constraint profile_field_no_self check (supersedes_id <> id)
);
comment on table profile_field is 'Every value a profile ever had, one row a version; a value is never overwritten. Every value is sealed, whether its definition calls it personal or not. series_id: the versions of one field of one profile.';
call make_versioned('profile_field');
create unique index profile_field_one_current on profile_field (tenant_id, account_id, name) where is_current;
create unique index profile_field_one_active on profile_field (tenant_id, account_id, name) where status = 'ACTIVE';
create unique index profile_field_versions on profile_field (tenant_id, account_id, name, version);
create index profile_field_series on profile_field (tenant_id, series_id, version desc, id desc);
create index on profile_field_history (tenant_id, series_id);
create index profile_field_by_time on profile_field (tenant_id, account_id, recorded_at desc, id desc);
create index profile_field_of_subject on profile_field (tenant_id, subject_id);
create index profile_field_from on profile_field (tenant_id, source_item_id) where source_item_id is not null;
create index profile_field_due on profile_field (expires_at, id) where status = 'ACTIVE' and expires_at is not null;
create index profile_field_derived on profile_field (tenant_id, id) where status = 'ACTIVE' and source_item_type in ('ProfileAsset', 'ProfileField');
create policy find_due on profile_field for select to context_graph_system using (true);
grant select (tenant_id, id, account_id, status, expires_at, source_item_type, source_item_id) on profile_field to context_graph_system;

/* A version is what it was: only whether it is the current one, and its status, may change. */
create function keep_profile_field() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - array['is_current', 'status', 'sys_from'] <> to_jsonb(old) - array['is_current', 'status', 'sys_from'] then
    raise exception 'a version of a profile field is never overwritten';
  end if;
  if old.status <> 'ACTIVE' and new.status <> old.status then
    raise exception 'a profile field that is no longer active stays what it is';
  end if;
  return new;
end $$;
create trigger a_version_is_kept before update on profile_field for each row execute function keep_profile_field();
`;
