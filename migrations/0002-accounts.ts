import { Migration } from '@mikro-orm/migrations';

/** Accounts and everything the tenant's systems know about them. Every table keeps its past. */
export class Accounts extends Migration {
  override up(): void {
    this.addSql(accounts);
    for (const [table, columns] of Object.entries(records)) this.addSql(recordTable(table, columns));
    this.addSql(orderings);
  }
}

const accounts = `
create table account (
  tenant_id uuid not null references tenant,
  id uuid not null,
  name text not null check (name <> ''),
  name_key text generated always as (lower(name)) stored,
  is_stub boolean not null default false,
  industry text,
  region text,
  website text,
  employee_count int check (employee_count >= 0),
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'INACTIVE', 'AT_RISK', 'CHURN')),
  tier text,
  revenue_minor bigint,
  revenue_currency text,
  owner_name text,
  owner_email text,
  csm_name text,
  csm_email text,
  csm_manager_name text,
  csm_manager_email text,
  lifecycle_stage text check (lifecycle_stage in ('ONBOARDING', 'GROWTH', 'MATURE', 'RENEWAL')),
  onboarding_status text,
  last_qbr_on date,
  next_qbr_on date,
  engagement_score double precision check (engagement_score between 0 and 100),
  primary_champion_id uuid,
  champion_status text,
  stakeholder_count int check (stakeholder_count >= 0),
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  check ((revenue_minor is null) = (revenue_currency is null))
);
comment on table account is 'A customer of the tenant. A stub was first heard of through a signal and awaits its CRM record.';
call make_versioned('account');
comment on column account.name_key is 'What lists by name are ordered by. A column: row-level security keeps lower(name) out of index conditions.';
create index account_by_name on account (tenant_id, name_key, id);
create index account_by_revenue on account (tenant_id, coalesce(revenue_minor, -999999999999999999), id);
create index account_by_recorded on account (tenant_id, recorded_at, id);
create index account_by_status on account (tenant_id, status, id);
create index account_by_industry on account (tenant_id, industry, id);
`;

/** One table per noun that hangs on an account; only its own columns are named here. */
const records: Record<string, string> = {
  opportunity: `
    name text not null, stage text not null, amount_minor bigint, amount_currency text, close_date date,
    probability double precision check (probability between 0 and 1), next_step text, stage_since timestamptz`,
  contact: `
    subject_id uuid not null, digest bytea not null, name_sealed bytea, email_sealed bytea, title text, role text,
    foreign key (tenant_id, subject_id) references subject_key`,
  activity: `type text not null, subject text not null`,
  ticket: `
    key text not null, summary text not null, status text not null,
    status_category text not null check (status_category in ('TO_DO', 'IN_PROGRESS', 'DONE')),
    assignee text, priority text check (priority in ('HIGHEST', 'HIGH', 'MEDIUM', 'LOW', 'LOWEST')),
    labels text[] not null default '{}', url text, created_on date, resolved_on date`,
  thread: `author text not null, preview text not null, reply_count int not null default 0 check (reply_count >= 0), url text`,
  se_mention: `name text not null, last_active_at timestamptz, status text not null`,
  manager_flag: `flag text not null, set_by text not null, note text`,
  weekly_summary: `week_of date not null, status text not null, highlights text[] not null default '{}', risks text[] not null default '{}'`,
  product: `name text not null`,
  kpi: `product_id uuid, category text not null, parameter text not null, value text not null`,
  health_trend: `
    year int not null check (year between 1970 and 9999), month int not null check (month between 1 and 12),
    overall_score double precision not null check (overall_score between 0 and 100),
    product_usage_score double precision check (product_usage_score between 0 and 100),
    support_score double precision check (support_score between 0 and 100),
    customer_sentiment_score double precision check (customer_sentiment_score between 0 and 100),
    business_outcomes_score double precision check (business_outcomes_score between 0 and 100),
    relationship_strength_score double precision check (relationship_strength_score between 0 and 100),
    unique (tenant_id, account_id, year, month)`,
  playbook_trigger: `playbook_type text not null, auto_trigger_enabled boolean not null default false`,
  playbook_execution: `
    playbook_id text not null, playbook_name text not null,
    status text not null check (status in ('RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
    started_at timestamptz not null, completed_at timestamptz`,
  playbook_report: `playbook_name text not null, execution_id uuid, generated_at timestamptz not null, content text`,
  note: `
    note_type text not null check (note_type in ('MEETING', 'QBR', 'CALL', 'EMAIL', 'GENERAL', 'INTERACTION')),
    content text not null, author text`,
};

function recordTable(table: string, columns: string): string {
  return `
create table ${table} (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  ${columns.trim()},
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references account
);
call make_versioned('${table}');
create index ${table}_by_time on ${table} (tenant_id, account_id, occurred_at desc, id desc);
`;
}

/** Orders that lists offer beside time. An absent value is one value that the index knows: for money one below any amount. */
const orderings = `
create index opportunity_by_close on opportunity (tenant_id, account_id, coalesce(close_date, 'infinity'), id);
create index opportunity_by_amount on opportunity (tenant_id, account_id, coalesce(amount_minor, -999999999999999999), id);
create index ticket_open on ticket (tenant_id, account_id, occurred_at desc, id desc) where status_category <> 'DONE';
create index contact_of_subject on contact (tenant_id, subject_id);
create index weekly_summary_by_week on weekly_summary (tenant_id, account_id, week_of desc, id desc);
create index kpi_by_parameter on kpi (tenant_id, account_id, category, parameter, id);
`;
