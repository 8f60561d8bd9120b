import { Migration } from '@mikro-orm/migrations';

/** Where the account is in the issue tracker, the chat and the documents; fetches of context sections, and the jobs that refresh them. */
export class ContextDocument extends Migration {
  override up(): void {
    this.addSql(places);
    this.addSql(fetches);
    this.addSql(refreshes);
    this.addSql(arrivals);
  }
}

const places = `
alter table account add column jira_project_key text, add column slack_channel_id text, add column notion_page_id text;
call make_versioned('account');
call make_erasable('account', '{jira_project_key,slack_channel_id,notion_page_id}', false);
comment on column account.jira_project_key is 'Key of the Jira project whose issues concern the account.';
comment on column account.slack_channel_id is 'Id of the Slack channel about the account.';
comment on column account.notion_page_id is 'Id of the Notion page of the account.';
`;

const refreshes = `
create table context_refresh (
  tenant_id uuid not null references tenant,
  id uuid not null,
  account_id uuid not null,
  status text not null check (status in ('RUNNING', 'DONE')),
  requested_by_kind text not null,
  requested_by_id text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references node_identity,
  check ((status = 'RUNNING') = (ended_at is null))
) with (fillfactor = 70);
comment on table context_refresh is 'A job that fetches the sections of an account''s context from their sources; one at a time for an account. What it fetched is in context_fetch.';
create unique index context_refresh_running on context_refresh (tenant_id, account_id) where status = 'RUNNING';
call make_tenant_table('context_refresh', 'select, insert, update');
`;

const fetches = `
create table context_fetch (
  tenant_id uuid not null references tenant,
  id uuid not null,
  account_id uuid not null,
  refresh_id uuid not null,
  section text not null check (section in ('SALESFORCE', 'JIRA', 'SLACK', 'NOTION')),
  outcome text not null check (outcome in ('FETCHED', 'FAILED', 'NOT_CONFIGURED')),
  error_code text check (error_code ~ '^[A-Z_]{1,64}$'),
  fetched_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, refresh_id, section),
  foreign key (tenant_id, account_id) references node_identity,
  check ((outcome = 'FAILED') = (error_code is not null))
);
comment on table context_fetch is 'What became of each fetch of a context section, append-only. fetched_at: when the source answered or failed. Sections without a fetcher are NOT_CONFIGURED.';
create index context_fetch_of_account on context_fetch (tenant_id, account_id, section, outcome, recorded_at desc);
call make_tenant_table('context_fetch', 'select, insert');
create function context_fetch_as_of(at timestamptz) returns setof context_fetch stable parallel safe language sql
  as $$ select * from context_fetch where recorded_at <= at $$;
`;

/** The last statement of a source about the records of an account, and about the account itself, is one entry of an index each. */
const arrivals = `
create index source_statement_arrived on source_statement (tenant_id, account_id, source, recorded_at desc) where account_id is not null;
create index source_statement_arrived_of_account on source_statement (tenant_id, node_id, source, recorded_at desc) where account_id is null;
`;
