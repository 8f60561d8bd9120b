import { Migration } from '@mikro-orm/migrations';

/** What each tenant's calls of language models used and cost. */
export class LlmUsage extends Migration {
  override up(): void {
    this.addSql(usage);
  }
}

const usage = `
create table llm_usage (
  tenant_id uuid not null references tenant,
  id uuid not null,
  purpose text not null,
  model text not null,
  prompt_name text not null,
  prompt_version int not null,
  input_tokens int check (input_tokens >= 0),
  cached_input_tokens int check (cached_input_tokens between 0 and input_tokens),
  output_tokens int check (output_tokens >= 0),
  cost_microdollars bigint check (cost_microdollars >= 0),
  outcome text not null check (outcome in ('DONE', 'INVALID', 'FAILED', 'TIMED_OUT', 'CANCELLED')),
  attempts int not null,
  latency_ms int not null,
  actor_kind text not null,
  actor_id text not null,
  request_id text not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, id)
);
comment on table llm_usage is 'Every call of a language model, append-only, also of those that failed. Tokens of all attempts together; null when nobody knows them, as when an answer came too late: it is billed all the same. cost_microdollars is null when the tokens or the model''s price are not known.';
create index llm_usage_by_time on llm_usage (tenant_id, recorded_at);
call make_tenant_table('llm_usage', 'select, insert');

create table llm_spending (
  tenant_id uuid not null references tenant,
  day date not null,
  microdollars bigint not null check (microdollars >= 0),
  primary key (tenant_id, day)
);
comment on table llm_spending is 'What language models cost a tenant in a day (UTC): what calls did cost, and what is set aside for those under way.';
call make_tenant_table('llm_spending', 'select, insert, update');
`;
