import { Migration } from '@mikro-orm/migrations';

/** Signals, the scoring models, the intent score of each account and its past. */
export class SignalsAndScores extends Migration {
  override up(): void {
    this.addSql(signals);
    this.addSql(scores);
  }
}

const signals = `
create table signal (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  type text not null,
  source text not null,
  source_event_id text,
  dedupe_key text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  effective_at timestamptz not null generated always as (least(occurred_at, recorded_at)) stored,
  payload jsonb not null,
  request_id text not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references account
);
comment on table signal is 'One observation about an account, immutable. effective_at is where its decay starts.';
create unique index signal_once on signal (tenant_id, dedupe_key);
create index signal_by_time on signal (tenant_id, account_id, occurred_at desc, id desc);
create index signal_by_type on signal (tenant_id, account_id, type, effective_at desc, id desc);
-- For searches by content over a whole tenant, which run as the owner: under row-level security the planner may not use it.
create index signal_payload on signal using gin (payload jsonb_path_ops);
call make_tenant_table('signal', 'select, insert');
create function signal_as_of(at timestamptz) returns setof signal stable parallel safe language sql
  as $$ select * from signal where recorded_at <= at $$;
`;

const scores = `
create table scoring_model (
  tenant_id uuid not null references tenant,
  version int not null,
  parameters jsonb not null,
  published_at timestamptz not null,
  published_by text not null,
  primary key (tenant_id, version)
);
comment on table scoring_model is 'How scores are computed; a new version for every change. The highest version is in force.';
call make_tenant_table('scoring_model', 'select, insert');
create function scoring_model_as_of(at timestamptz) returns setof scoring_model stable parallel safe language sql
  as $$ select * from scoring_model where published_at <= at $$;

create table account_contexts (
  tenant_id uuid not null,
  account_id uuid not null,
  intent_score double precision not null check (intent_score between 0 and 100),
  model_version int not null,
  icp_fit double precision not null,
  state jsonb not null,
  scored_at timestamptz not null,
  replayed_through bigint not null default 0,
  above_threshold boolean not null,
  next_crossing_at timestamptz,
  refresh_at timestamptz,
  primary key (tenant_id, account_id),
  foreign key (tenant_id, account_id) references account
);
comment on table account_contexts is 'The present intent score. state holds each type''s raw sum and its instant; refresh_at is when decay will have moved the stored score by half a point or across the threshold; facts up to sequence replayed_through are in state already.';
create index account_contexts_by_score on account_contexts (tenant_id, intent_score, account_id);
create index account_contexts_due on account_contexts (refresh_at, account_id) where refresh_at is not null;
call make_tenant_table('account_contexts');
create policy find_due on account_contexts for select to context_graph_system using (true);
grant select (tenant_id, account_id, refresh_at, next_crossing_at) on account_contexts to context_graph_system;

create table score_point (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  value double precision not null,
  previous double precision,
  crossed text check (crossed in ('UP', 'DOWN')),
  cause text not null check (cause in ('SIGNAL', 'DECAY', 'MODEL', 'ACCOUNT')),
  signal_id uuid,
  model_version int not null,
  icp_fit double precision not null,
  state jsonb not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references account
);
comment on table score_point is 'Every change of an intent score, append-only; with its state, so that the score can be computed for any later instant.';
create index score_point_by_time on score_point (tenant_id, account_id, recorded_at desc, id desc);
call make_tenant_table('score_point', 'select, insert');
create function score_point_as_of(at timestamptz) returns setof score_point stable parallel safe language sql
  as $$ select * from score_point where recorded_at <= at $$;
`;
