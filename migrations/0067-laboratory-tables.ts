/** Experiments and their runs. A run is a job: who holds it, until when, and how far it has come. */
export const experiments = `
create table lab.experiment (
  tenant_id uuid not null,
  id uuid not null,
  name text not null check (name <> '' and length(name) <= 200),
  description text check (length(description) <= 2000),
  parameters jsonb not null,
  base_version int not null,
  window_from timestamptz not null,
  window_to timestamptz not null,
  clock text not null check (clock in ('RECORDED', 'OCCURRED')),
  horizon_days int not null default 90 check (horizon_days between 1 and 730),
  created_at timestamptz not null,
  created_by text not null,
  archived_at timestamptz,
  primary key (tenant_id, id),
  check (window_from < window_to)
);
comment on table lab.experiment is 'A candidate scoring model and the window over which it is replayed. Its status follows from its runs.';
comment on column lab.experiment.base_version is 'The version of the scoring model in force when the experiment was created.';
comment on column lab.experiment.clock is 'RECORDED: signals count from when production recorded them. OCCURRED: from when they occurred, imported history included.';
comment on column lab.experiment.horizon_days is 'How many days after a crossing a win still counts for it.';
create index experiment_by_time on lab.experiment (tenant_id, created_at desc, id desc);
call lab.make_laboratory_table('lab.experiment');

create table lab.experiment_run (
  tenant_id uuid not null,
  id uuid not null,
  experiment_id uuid not null,
  kind text not null default 'CANDIDATE' check (kind = 'CANDIDATE'),
  window_from timestamptz not null,
  window_to timestamptz not null,
  clock text not null check (clock in ('RECORDED', 'OCCURRED')),
  frozen_at timestamptz not null,
  horizon_days int not null check (horizon_days between 1 and 730),
  parameters jsonb not null,
  base_version int not null,
  seed bigint not null,
  status text not null check (status in ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  requested_at timestamptz not null,
  requested_by text not null,
  started_at timestamptz,
  finished_at timestamptz,
  holder uuid,
  leased_until timestamptz,
  attempts int not null default 0,
  checkpoint jsonb,
  accounts_done int not null default 0,
  accounts_total int,
  signals_done bigint not null default 0,
  signals_total bigint,
  failure text check (length(failure) <= 200),
  digest text check (digest ~ '^[0-9a-f]{64}$'),
  metrics jsonb,
  pinned_at timestamptz,
  pinned_by text,
  primary key (tenant_id, id),
  foreign key (tenant_id, experiment_id) references lab.experiment on delete cascade,
  check (window_from < window_to and window_to <= frozen_at),
  check ((holder is null) = (leased_until is null)),
  check ((status = 'RUNNING') = (holder is not null)),
  check ((status in ('COMPLETED', 'FAILED', 'CANCELLED')) = (finished_at is not null)),
  check ((status = 'COMPLETED') = (digest is not null and metrics is not null)),
  check ((status = 'FAILED') = (failure is not null)),
  check ((pinned_at is null) = (pinned_by is null)),
  check (pinned_at is null or status = 'COMPLETED')
);
comment on table lab.experiment_run is 'One replay of an experiment, with its own copy of what it replays.';
comment on column lab.experiment_run.frozen_at is 'The present of the whole run: rows of production that were recorded later are not seen.';
comment on column lab.experiment_run.seed is 'The seed of the bootstrap. The same inputs and the same seed give the same digest on every machine.';
comment on column lab.experiment_run.checkpoint is 'Where a worker goes on: the last account that is done.';
comment on column lab.experiment_run.failure is 'Code of the reason why the run failed.';
comment on column lab.experiment_run.digest is 'SHA-256 over the rows of the run, in the order of the accounts.';
create index experiment_run_of on lab.experiment_run (tenant_id, experiment_id, requested_at desc, id desc);
create index experiment_run_due on lab.experiment_run (requested_at, id) where status in ('QUEUED', 'RUNNING');
call lab.make_laboratory_table('lab.experiment_run');
`;

/** What a run found for each account. */
export const results = `
create table lab.run_account (
  tenant_id uuid not null,
  run_id uuid not null,
  account_id uuid not null,
  production_score double precision check (production_score between 0 and 100),
  candidate_score double precision check (candidate_score between 0 and 100),
  signals int not null check (signals >= 0),
  production_crossings int not null default 0,
  candidate_crossings int not null default 0,
  first_up_at timestamptz,
  outcome text check (outcome in ('WON', 'LOST', 'OPEN')),
  lead_time_hours double precision,
  digest bytea not null check (octet_length(digest) = 32),
  primary key (tenant_id, run_id, account_id),
  foreign key (tenant_id, run_id) references lab.experiment_run on delete cascade
);
comment on table lab.run_account is 'What a run found for an account. Scores are those at the end of the window; null: no score.';
comment on column lab.run_account.first_up_at is 'The first instant in the window at which the candidate''s score reached its threshold; null: never.';
comment on column lab.run_account.lead_time_hours is 'Hours from the first crossing within the horizon to the win; null: no win was flagged.';
call lab.make_laboratory_table('lab.run_account');

create table lab.run_crossing (
  tenant_id uuid not null,
  run_id uuid not null,
  account_id uuid not null,
  model text not null check (model in ('CANDIDATE', 'PRODUCTION', 'RECENCY')),
  at timestamptz not null,
  direction text not null check (direction in ('UP', 'DOWN')),
  score double precision not null check (score between 0 and 100),
  would_propose boolean not null default false,
  why_not text check (length(why_not) <= 100),
  primary key (tenant_id, run_id, account_id, model, at, direction),
  foreign key (tenant_id, run_id) references lab.experiment_run on delete cascade,
  check (not would_propose or why_not is null)
);
comment on table lab.run_crossing is 'A crossing of the threshold that a run found, and whether an action would have been proposed for it.';
call lab.make_laboratory_table('lab.run_crossing');
`;

/** A customer's own history: deals that were closed, and signals of before. */
export const importedHistory = `
create table lab.import (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('OUTCOMES', 'SIGNALS')),
  imported_at timestamptz not null,
  imported_by text not null,
  rows int not null check (rows >= 0),
  taken int not null check (taken >= 0),
  refused int not null check (refused >= 0),
  errors jsonb not null default '[]',
  primary key (tenant_id, id)
);
comment on table lab.import is 'An import of outcomes or signals. errors: the first 1,000 refused rows, each with line, code and message.';
call lab.make_laboratory_table('lab.import');

create table lab.outcome (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  external_id text not null check (external_id <> '' and length(external_id) <= 200),
  result text not null check (result in ('WON', 'LOST')),
  closed_at timestamptz not null,
  amount_minor bigint check (amount_minor >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  imported_at timestamptz not null,
  import_id uuid not null,
  primary key (tenant_id, id),
  unique (tenant_id, external_id),
  foreign key (tenant_id, import_id) references lab.import,
  check ((amount_minor is null) = (currency is null))
);
comment on table lab.outcome is 'A closed deal that was imported. An import of the same external_id replaces it.';
create index outcome_of_account on lab.outcome (tenant_id, account_id, closed_at, id);
call lab.make_laboratory_table('lab.outcome');

create table lab.history_signal (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  type text not null check (type ~ '^[a-z][a-z0-9_]{0,63}$'),
  occurred_at timestamptz not null,
  event_id text check (event_id <> '' and length(event_id) <= 200),
  import_id uuid not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, import_id) references lab.import
);
comment on table lab.history_signal is 'A signal of before the program was there, imported for experiments alone: production never reads it.';
create unique index history_signal_by_event on lab.history_signal (tenant_id, event_id) where event_id is not null;
create unique index history_signal_by_content on lab.history_signal (tenant_id, account_id, type, occurred_at) where event_id is null;
create index history_signal_of_account on lab.history_signal (tenant_id, account_id, occurred_at, id);
call lab.make_laboratory_table('lab.history_signal');
`;
