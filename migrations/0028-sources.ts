import { Migration } from '@mikro-orm/migrations';

/**
 * What each source said, which source wins, and which account a node counts for. Rows of accounts and records become a
 * projection of statements: a merged or retired account has no row, so everything that belongs to an account refers to
 * its identity instead.
 */
export class Sources extends Migration {
  override up(): void {
    this.addSql(identities);
    this.addSql(statements);
    this.addSql(policies);
    for (const [table, { type, fields }] of Object.entries(known)) this.addSql(`${firstStatements(table, type, fields)}\n${formerStatements(table, type, fields)}`);
    this.addSql(onePerMonth);
  }
}

const identities = `
create table node_identity (
  tenant_id uuid not null references tenant,
  id uuid not null,
  node_type text not null check (node_type in ('Account', 'Contact')),
  survivor_id uuid not null,
  retired_at timestamptz,
  recorded_at timestamptz not null,
  sys_from timestamptz not null,
  primary key (tenant_id, id)
);
comment on table node_identity is 'Which node a node counts for: survivor_id is its own id until it is merged into another. One row per account, whose lock orders everything about the account; one per contact that was ever merged. retired_at: since when the account is retired; null while it is current. Rows are never deleted.';
call make_versioned('node_identity');
create index node_identity_of_survivor on node_identity (tenant_id, survivor_id) where survivor_id <> id;
insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at, sys_from) select tenant_id, id, 'Account', id, recorded_at, sys_from from account;
do $$
begin
  -- Its trigger dated them now; they are as old as their accounts.
  alter table node_identity disable trigger keep_version;
  update node_identity i set sys_from = least(a.sys_from, coalesce((select min(h.sys_from) from account_history h where h.tenant_id = a.tenant_id and h.id = a.id), a.sys_from))
  from account a where a.tenant_id = i.tenant_id and a.id = i.id;
  alter table node_identity enable trigger keep_version;
end $$;

do $$
declare
  held record;
begin
  for held in
    select conrelid::regclass as owner, conname from pg_constraint where contype = 'f' and confrelid = 'account'::regclass and conparentid = 0
  loop
    execute format('alter table %s drop constraint %I', held.owner, held.conname);
    execute format('alter table %s add constraint %I foreign key (tenant_id, account_id) references node_identity', held.owner, held.conname);
  end loop;
end $$;
`;

const statements = `
create table source_statement (
  tenant_id uuid not null,
  id uuid not null,
  node_type text not null,
  node_id uuid not null,
  account_id uuid,
  account_order int,
  source text not null check (source ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
  mode text not null check (mode in ('PATCH', 'REPLACE', 'RETIRE')),
  occurred_at timestamptz not null,
  modified_at timestamptz,
  timed boolean not null,
  recorded_at timestamptz not null,
  fields jsonb not null,
  subject_id uuid,
  stated_by text not null,
  is_current boolean not null,
  primary key (tenant_id, id)
);
comment on table source_statement is 'What a source said about a node, append-only. fields: by GraphQL field, what its columns hold; a field that is absent was not spoken of, except with mode REPLACE, which says that it has no value. occurred_at: when it was true, as the source says if timed, else when it arrived. modified_at: when the source changed what it says, where it tells; orders statements before occurred_at. account_id: the account that a record was said to belong to, before merges. account_order: 16 bits of the hash of the reference by which the statement named it, which decide between accounts of one instant; null where it was named by id. subject_id: whose key seals the personal data in fields. is_current: something in it is the latest that its source said.';
create index source_statement_of_node on source_statement (tenant_id, node_id, is_current);
create index source_statement_of_account on source_statement (tenant_id, account_id) where is_current and account_id is not null;
create index source_statement_of_subject on source_statement (tenant_id, subject_id) where subject_id is not null;
call make_tenant_table('source_statement', 'select, insert, delete');
grant update (is_current) on source_statement to context_graph_app;
`;

const policies = `
create table precedence_policy (
  tenant_id uuid not null references tenant,
  version int not null,
  rules jsonb not null,
  published_at timestamptz not null,
  published_by text not null,
  primary key (tenant_id, version)
);
comment on table precedence_policy is 'Which source wins where several state a field; a new version for every change. The highest version is in force; without one the defaults are.';
call make_tenant_table('precedence_policy', 'select, insert');
create function precedence_policy_as_of(at timestamptz) returns setof precedence_policy stable parallel safe language sql
  as $$ select * from precedence_policy where published_at <= at $$;
`;

/** Two sources may each state a month; readers take the one that the precedence policy prefers. */
const onePerMonth = `alter table health_trend drop constraint health_trend_tenant_id_account_id_year_month_key`;

/** GraphQL field: SQL columns. A field of several columns is an object of them. */
const known: Readonly<Record<string, { readonly type: string; readonly fields: string }>> = {
  account: {
    type: 'Account',
    fields: `name industry region website employeeCount:employee_count status tier revenue:revenue_minor+revenue_currency owner:owner_name+owner_email csm:csm_name+csm_email
      csmManager:csm_manager_name+csm_manager_email lifecycleStage:lifecycle_stage onboardingStatus:onboarding_status lastQbrOn:last_qbr_on nextQbrOn:next_qbr_on renewalOn:renewal_on
      engagementScore:engagement_score primaryChampionId:primary_champion_id championStatus:champion_status stakeholderCount:stakeholder_count`,
  },
  opportunity: { type: 'Opportunity', fields: 'name stage amount:amount_minor+amount_currency closeDate:close_date probability nextStep:next_step stageSince:@stage_since' },
  contact: { type: 'Contact', fields: 'name:name_sealed email:email_sealed title role' },
  activity: { type: 'Activity', fields: 'type subject' },
  ticket: { type: 'Ticket', fields: 'key summary status statusCategory:status_category assignee priority labels url createdOn:created_on resolvedOn:resolved_on' },
  thread: { type: 'Thread', fields: 'author preview replyCount:reply_count url' },
  se_mention: { type: 'SeMention', fields: 'name lastActiveAt:@last_active_at status' },
  manager_flag: { type: 'ManagerFlag', fields: 'flag setBy:set_by note' },
  weekly_summary: { type: 'WeeklySummary', fields: 'weekOf:week_of status highlights risks' },
  product: { type: 'Product', fields: 'name' },
  kpi: { type: 'Kpi', fields: 'productId:product_id category parameter value' },
  health_trend: {
    type: 'HealthTrend',
    fields: `year month overallScore:overall_score productUsageScore:product_usage_score supportScore:support_score customerSentimentScore:customer_sentiment_score
      businessOutcomesScore:business_outcomes_score relationshipStrengthScore:relationship_strength_score`,
  },
  playbook_trigger: { type: 'PlaybookTrigger', fields: 'playbookType:playbook_type autoTriggerEnabled:auto_trigger_enabled' },
  playbook_execution: { type: 'PlaybookExecution', fields: 'playbookId:playbook_id playbookName:playbook_name status startedAt:@started_at completedAt:@completed_at' },
  playbook_report: { type: 'PlaybookReport', fields: 'playbookName:playbook_name executionId:execution_id generatedAt:@generated_at content' },
  note: { type: 'Note', fields: 'noteType:note_type content author' },
};

function fieldJson(field: string): string {
  const [name = '', columns = name] = field.split(':');
  if (columns.startsWith('@')) return `'${name}', to_char(t.${columns.slice(1)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const parts = columns.split('+');
  if (parts.length === 1) return `'${name}', t.${columns}`;
  return `'${name}', case when t.${parts[0]} is not null then jsonb_build_object(${parts.map((part) => `'${part}', t.${part}`).join(', ')}) end`;
}

/** What is known of a node becomes the one statement of the system that first named it. A stub was stated by nobody. */
function firstStatements(table: string, type: string, fields: string): string {
  return `${insertOf(table, type, fields)}, null, true
from ${table} t${table === 'account' ? ' where not t.is_stub' : ''};`;
}

/**
 * What was known before is what the same system said then, so that reads at two times find it. What lost to an older
 * occurredAt, because it was delivered first, never held by the rules of statements and is left out. Of one instant the
 * later delivery held.
 */
function formerStatements(table: string, type: string, fields: string): string {
  return `${insertOf(table, type, fields)},
  case when t.occurred_at = present.occurred_at then t.occurred_at - interval '1 millisecond' * row_number() over (partition by t.tenant_id, t.id order by t.recorded_at desc) end, false
from (select distinct on (tenant_id, id, recorded_at) * from ${table}_history order by tenant_id, id, recorded_at, sys_from desc) t
join ${table} present on present.tenant_id = t.tenant_id and present.id = t.id
where t.recorded_at < present.recorded_at and t.occurred_at <= present.occurred_at${table === 'account' ? ' and not t.is_stub' : ''};`;
}

/** What a row says, up to the columns that tell whether it still holds. */
function insertOf(table: string, type: string, fields: string): string {
  return `
insert into source_statement (tenant_id, id, node_type, node_id, account_id, source, mode, occurred_at, timed, recorded_at, fields, subject_id, stated_by, modified_at, is_current)
select t.tenant_id, gen_random_uuid(), '${type}', t.id, ${table === 'account' ? 'null' : 't.account_id'},
  coalesce((select r.system from external_ref r where r.tenant_id = t.tenant_id and r.node_id = t.id order by r.recorded_at, r.system limit 1), 'import'),
  'REPLACE', t.occurred_at, true, t.recorded_at,
  (select jsonb_object_agg(key, value) from jsonb_each(jsonb_build_object(${fields.trim().split(/\s+/).map(fieldJson).join(', ')})) where jsonb_typeof(value) <> 'null'),
  ${table === 'contact' ? 't.subject_id' : 'null'}, 'upgrade'`;
}
