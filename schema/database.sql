-- The database after all migrations. Generated; do not edit.

set check_function_bodies = false;

-- Extensions

create extension if not exists btree_gin;
create extension if not exists pg_trgm;
-- Schemas

create schema lab;
-- Tables

create table account (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  name_key text generated always as (lower(name)) stored,
  is_stub boolean not null default false,
  industry text,
  region text,
  website text,
  employee_count integer,
  status text not null default 'ACTIVE'::text,
  tier text,
  revenue_minor bigint,
  revenue_currency text,
  owner_name text,
  owner_email text,
  csm_name text,
  csm_email text,
  csm_manager_name text,
  csm_manager_email text,
  lifecycle_stage text,
  onboarding_status text,
  last_qbr_on date,
  next_qbr_on date,
  engagement_score double precision,
  primary_champion_id uuid,
  champion_status text,
  stakeholder_count integer,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  renewal_on date,
  jira_project_key text,
  slack_channel_id text,
  notion_page_id text,
  constraint account_pkey PRIMARY KEY (tenant_id, id),
  constraint account_check CHECK ((revenue_minor IS NULL) = (revenue_currency IS NULL)),
  constraint account_employee_count_check CHECK (employee_count >= 0),
  constraint account_engagement_score_check CHECK (engagement_score >= 0::double precision AND engagement_score <= 100::double precision),
  constraint account_lifecycle_stage_check CHECK (lifecycle_stage = ANY (ARRAY['ONBOARDING'::text, 'GROWTH'::text, 'MATURE'::text, 'RENEWAL'::text])),
  constraint account_name_check CHECK (name <> ''::text),
  constraint account_stakeholder_count_check CHECK (stakeholder_count >= 0),
  constraint account_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'INACTIVE'::text, 'AT_RISK'::text, 'CHURN'::text]))
);
CREATE INDEX account_by_industry ON public.account USING btree (tenant_id, industry, id);
CREATE INDEX account_by_name ON public.account USING btree (tenant_id, name_key, id);
CREATE INDEX account_by_recorded ON public.account USING btree (tenant_id, recorded_at, id);
CREATE INDEX account_by_renewal ON public.account USING btree (tenant_id, COALESCE(renewal_on, 'infinity'::date), id);
CREATE INDEX account_by_revenue ON public.account USING btree (tenant_id, COALESCE(revenue_minor, '-999999999999999999'::bigint), id);
CREATE INDEX account_by_status ON public.account USING btree (tenant_id, status, id);

create table account_contexts (
  tenant_id uuid not null,
  account_id uuid not null,
  intent_score double precision not null,
  model_version integer not null,
  icp_fit double precision not null,
  scored_at timestamp with time zone not null,
  replayed_through bigint not null default 0,
  above_threshold boolean not null,
  next_crossing_at timestamp with time zone,
  refresh_at timestamp with time zone,
  point_id uuid not null,
  traits_id uuid,
  fit_coverage double precision,
  lowest_origin smallint,
  constraint account_contexts_pkey PRIMARY KEY (tenant_id, account_id),
  constraint account_contexts_fit_coverage_check CHECK (fit_coverage >= 0::double precision AND fit_coverage <= 1::double precision),
  constraint account_contexts_intent_score_check CHECK (intent_score >= 0::double precision AND intent_score <= 100::double precision),
  constraint account_contexts_lowest_origin_check CHECK (lowest_origin >= 0 AND lowest_origin <= 6)
);
CREATE INDEX account_contexts_by_score ON public.account_contexts USING btree (tenant_id, intent_score, account_id);
CREATE INDEX account_contexts_due ON public.account_contexts USING btree (refresh_at, account_id) WHERE (refresh_at IS NOT NULL);

create table account_health (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  source text not null,
  overall double precision,
  model_version integer not null,
  digest text not null,
  assessed_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  trend_stale_at timestamp with time zone,
  constraint account_health_pkey PRIMARY KEY (tenant_id, id),
  constraint account_health_overall_check CHECK (overall >= 0::double precision AND overall <= 100::double precision),
  constraint account_health_source_check CHECK (source = ANY (ARRAY['TREND'::text, 'PROXY'::text, 'NONE'::text])),
  constraint account_health_tenant_id_account_id_key UNIQUE (tenant_id, account_id)
);
CREATE INDEX account_health_by_overall ON public.account_health USING btree (tenant_id, overall, account_id) WHERE (overall IS NOT NULL);

create table account_health_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  source text not null,
  overall double precision,
  model_version integer not null,
  digest text not null,
  assessed_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  trend_stale_at timestamp with time zone,
  constraint account_health_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX account_health_history_tenant_id_account_id_idx ON public.account_health_history USING btree (tenant_id, account_id);

create table account_history (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  name_key text,
  is_stub boolean not null,
  industry text,
  region text,
  website text,
  employee_count integer,
  status text not null,
  tier text,
  revenue_minor bigint,
  revenue_currency text,
  owner_name text,
  owner_email text,
  csm_name text,
  csm_email text,
  csm_manager_name text,
  csm_manager_email text,
  lifecycle_stage text,
  onboarding_status text,
  last_qbr_on date,
  next_qbr_on date,
  engagement_score double precision,
  primary_champion_id uuid,
  champion_status text,
  stakeholder_count integer,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  renewal_on date,
  jira_project_key text,
  slack_channel_id text,
  notion_page_id text,
  constraint account_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);

create table account_inputs (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  digest bytea not null,
  recorded_at timestamp with time zone not null,
  constraint account_inputs_pkey PRIMARY KEY (tenant_id, id),
  constraint account_inputs_tenant_id_account_id_digest_key UNIQUE (tenant_id, account_id, digest)
);

create table account_snapshot (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  sequence_number integer not null,
  run_id uuid,
  type text not null,
  reason text,
  trigger_events text[] not null default '{}'::text[],
  taken_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  account_version timestamp with time zone not null,
  account_version_id uuid not null,
  revenue_minor bigint,
  revenue_currency text,
  revenue_change_minor bigint,
  revenue_change_percent double precision,
  revenue_change_absent text,
  overall_health_score double precision,
  health_source text not null,
  health_as_of timestamp with time zone,
  health_model_version integer not null,
  health_trend text,
  health_score_change double precision,
  product_usage_score double precision,
  support_score double precision,
  customer_sentiment_score double precision,
  business_outcomes_score double precision,
  relationship_strength_score double precision,
  account_status text not null,
  industry text,
  region text,
  account_tier text,
  external_account_id text,
  lifecycle_stage text,
  onboarding_status text,
  last_qbr_date date,
  next_qbr_date date,
  engagement_score double precision,
  products_used text[] not null,
  product_count integer not null,
  primary_product text,
  playbooks_running integer not null,
  playbooks_completed integer not null,
  playbooks_completed_last_30_days integer not null,
  last_playbook_executed text,
  last_playbook_executed_at timestamp with time zone,
  playbook_recommendations text[] not null,
  kpi_total integer not null,
  kpi_account_level integer not null,
  kpi_product_level integer not null,
  kpi_critical integer not null,
  kpi_at_risk integer not null,
  kpi_healthy integer not null,
  kpi_unknown integer not null,
  top_critical_kpis jsonb not null,
  champion jsonb,
  champion_status text,
  stakeholder_count integer,
  recent_notes jsonb not null,
  recent_playbook_reports jsonb not null,
  previous_id uuid,
  days_since_last_snapshot integer,
  is_significant_change boolean not null,
  significant_because text[] not null,
  policy_version integer not null,
  health_partial_score double precision,
  health_coverage double precision,
  health_source_reason text,
  health_trend_absent text,
  health_change_since_baseline double precision,
  baseline_id uuid,
  constraint account_snapshot_pkey PRIMARY KEY (tenant_id, id, taken_at),
  constraint account_snapshot_business_outcomes_score_check CHECK (business_outcomes_score >= 0::double precision AND business_outcomes_score <= 100::double precision),
  constraint account_snapshot_check CHECK ((revenue_minor IS NULL) = (revenue_currency IS NULL)),
  constraint account_snapshot_check1 CHECK (is_significant_change = (cardinality(significant_because) > 0)),
  constraint account_snapshot_customer_sentiment_score_check CHECK (customer_sentiment_score >= 0::double precision AND customer_sentiment_score <= 100::double precision),
  constraint account_snapshot_health_coverage_check CHECK (health_coverage >= 0::double precision AND health_coverage <= 1::double precision),
  constraint account_snapshot_health_partial_score_check CHECK (health_partial_score >= 0::double precision AND health_partial_score <= 100::double precision),
  constraint account_snapshot_health_source_check CHECK (health_source = ANY (ARRAY['TREND'::text, 'PROXY'::text, 'NONE'::text])),
  constraint account_snapshot_health_source_reason_check CHECK (health_source_reason = ANY (ARRAY['CURRENT_TREND'::text, 'ONLY_OLD_TREND'::text, 'TREND_TOO_OLD'::text, 'NO_TREND'::text, 'NO_DATA'::text])),
  constraint account_snapshot_health_trend_absent_check CHECK (health_trend_absent = ANY (ARRAY['TOO_FEW'::text, 'TOO_CLOSE'::text, 'UNKNOWN_HEALTH'::text])),
  constraint account_snapshot_health_trend_check CHECK (health_trend = ANY (ARRAY['IMPROVING'::text, 'STABLE'::text, 'DECLINING'::text])),
  constraint account_snapshot_overall_health_score_check CHECK (overall_health_score >= 0::double precision AND overall_health_score <= 100::double precision),
  constraint account_snapshot_product_usage_score_check CHECK (product_usage_score >= 0::double precision AND product_usage_score <= 100::double precision),
  constraint account_snapshot_relationship_strength_score_check CHECK (relationship_strength_score >= 0::double precision AND relationship_strength_score <= 100::double precision),
  constraint account_snapshot_revenue_change_absent_check CHECK (revenue_change_absent = ANY (ARRAY['FIRST_SNAPSHOT'::text, 'UNKNOWN_NOW'::text, 'UNKNOWN_BEFORE'::text, 'CURRENCY_CHANGED'::text, 'NOTHING_BEFORE'::text])),
  constraint account_snapshot_support_score_check CHECK (support_score >= 0::double precision AND support_score <= 100::double precision),
  constraint account_snapshot_trigger_events_check CHECK (trigger_events <@ '{KPI_DATA_UPLOADED,HEALTH_SCORES_UPDATED,ACCOUNT_DATA_CHANGED,PLAYBOOK_EXECUTION_COMPLETED,DAILY_SNAPSHOT_JOB,MANUAL_REQUEST}'::text[]),
  constraint account_snapshot_type_check CHECK (type = ANY (ARRAY['MANUAL'::text, 'SCHEDULED'::text, 'EVENT_DRIVEN'::text, 'POST_HEALTH_CALC'::text]))
) partition by RANGE (taken_at);
CREATE INDEX account_snapshot_by_sequence ON public.account_snapshot USING btree (tenant_id, account_id, sequence_number DESC, id DESC);
CREATE INDEX account_snapshot_by_time ON public.account_snapshot USING btree (tenant_id, account_id, taken_at DESC, id DESC);

create table account_snapshot_default partition of account_snapshot DEFAULT;

create table account_version (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  version timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  constraint account_version_pkey PRIMARY KEY (tenant_id, id),
  constraint account_version_tenant_id_account_id_version_key UNIQUE (tenant_id, account_id, version)
);

create table action (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid,
  type text not null,
  status text not null,
  risk_level text not null,
  confidence double precision,
  contact_id uuid,
  subject_id uuid not null,
  score_point_id uuid,
  evidence_version integer not null,
  evidence_digest text not null,
  proposed_by_kind text not null,
  proposed_by_id text not null,
  proposed_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  claimed_by_kind text,
  claimed_by_id text,
  claim_expires_at timestamp with time zone,
  approval_id uuid,
  decided_by_kind text,
  decided_by_id text,
  decided_at timestamp with time zone,
  end_reason text,
  executed_at timestamp with time zone,
  is_open boolean generated always as ((status = ANY (ARRAY['PENDING'::text, 'CLAIMED'::text]))) stored,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  home_account_id uuid,
  constraint action_pkey PRIMARY KEY (tenant_id, id),
  constraint action_addressee CHECK ((type = 'EMAIL'::text) = (contact_id IS NOT NULL)),
  constraint action_approved CHECK (
CASE
    WHEN status = ANY (ARRAY['APPROVED'::text, 'EXECUTED'::text, 'FAILED'::text]) THEN approval_id IS NOT NULL
    ELSE approval_id IS NULL OR status = 'CANCELLED'::text
END),
  constraint action_check CHECK (home_account_id <> account_id),
  constraint action_claim CHECK ((status = 'CLAIMED'::text) = (claimed_by_id IS NOT NULL) AND (claimed_by_id IS NULL) = (claim_expires_at IS NULL) AND (claimed_by_id IS NULL) = (claimed_by_kind IS NULL)),
  constraint action_confidence_check CHECK (confidence >= 0::double precision AND confidence <= 1::double precision),
  constraint action_decided CHECK ((decided_by_id IS NOT NULL) = (status = 'REJECTED'::text OR approval_id IS NOT NULL) AND (decided_by_id IS NULL) = (decided_at IS NULL) AND (decided_by_id IS NULL) = (decided_by_kind IS NULL) AND COALESCE(decided_by_kind, 'user'::text) = 'user'::text),
  constraint action_ended CHECK ((end_reason IS NOT NULL) = (status = ANY (ARRAY['REJECTED'::text, 'EXPIRED'::text, 'CANCELLED'::text, 'STALE'::text, 'FAILED'::text]))),
  constraint action_evidence_version_check CHECK (evidence_version > 0),
  constraint action_executed CHECK ((status = 'EXECUTED'::text) = (executed_at IS NOT NULL)),
  constraint action_of_tenant CHECK ((type = 'PROMOTE_MODEL'::text) = (account_id IS NULL) AND (account_id IS NOT NULL OR home_account_id IS NULL)),
  constraint action_risk_level_check CHECK (risk_level = ANY (ARRAY['MEDIUM'::text, 'HIGH'::text])),
  constraint action_status_check CHECK (status = ANY (ARRAY['PENDING'::text, 'CLAIMED'::text, 'APPROVED'::text, 'REJECTED'::text, 'EXPIRED'::text, 'CANCELLED'::text, 'STALE'::text, 'EXECUTED'::text, 'FAILED'::text])),
  constraint action_type_check CHECK (type = ANY (ARRAY['EMAIL'::text, 'CRM_CHANGE'::text, 'PROMOTE_MODEL'::text]))
);
CREATE INDEX action_by_time ON public.action USING btree (tenant_id, proposed_at, id);
CREATE INDEX action_claimed ON public.action USING btree (tenant_id, claimed_by_id, proposed_at, id) WHERE (claimed_by_id IS NOT NULL);
CREATE INDEX action_due ON public.action USING btree (LEAST(expires_at, claim_expires_at), id) WHERE is_open;
CREATE INDEX action_of_account ON public.action USING btree (tenant_id, account_id, proposed_at DESC, id DESC);
CREATE INDEX action_of_contact ON public.action USING btree (tenant_id, contact_id);
CREATE INDEX action_of_home ON public.action USING btree (tenant_id, home_account_id) WHERE (home_account_id IS NOT NULL);
CREATE INDEX action_of_subject ON public.action USING btree (tenant_id, subject_id) WHERE (status = ANY (ARRAY['PENDING'::text, 'CLAIMED'::text, 'APPROVED'::text]));
CREATE INDEX action_open ON public.action USING btree (tenant_id, proposed_at, id) INCLUDE (status, risk_level) WHERE is_open;
CREATE INDEX action_open_by_expiry ON public.action USING btree (tenant_id, expires_at, id) INCLUDE (status, risk_level) WHERE is_open;
CREATE INDEX action_promotions ON public.action USING btree (tenant_id, proposed_at, id) WHERE (type = 'PROMOTE_MODEL'::text);
CREATE INDEX action_sent_to_subject ON public.action USING btree (tenant_id, subject_id, executed_at) WHERE (executed_at IS NOT NULL);

create table action_decision (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid,
  action_id uuid,
  score_point_id uuid,
  outcome text not null,
  reason text not null,
  remark_sealed bytea,
  subject_id uuid,
  policy_version integer not null,
  inputs jsonb not null,
  actor_kind text not null,
  actor_id text not null,
  request_id text not null,
  decided_at timestamp with time zone not null,
  home_account_id uuid,
  constraint action_decision_pkey PRIMARY KEY (tenant_id, id),
  constraint action_decision_check CHECK (remark_sealed IS NULL OR subject_id IS NOT NULL),
  constraint action_decision_check1 CHECK (home_account_id <> account_id),
  constraint action_decision_of_tenant CHECK (account_id IS NOT NULL OR action_id IS NOT NULL AND home_account_id IS NULL),
  constraint action_decision_tenant_id_action_id_id_key UNIQUE (tenant_id, action_id, id)
);
CREATE INDEX action_decision_of_account ON public.action_decision USING btree (tenant_id, account_id, decided_at DESC, id DESC);
CREATE INDEX action_decision_of_action ON public.action_decision USING btree (tenant_id, action_id, decided_at DESC, id DESC) WHERE (action_id IS NOT NULL);
CREATE INDEX action_decision_of_home ON public.action_decision USING btree (tenant_id, home_account_id) WHERE (home_account_id IS NOT NULL);
CREATE INDEX action_decision_of_point ON public.action_decision USING btree (tenant_id, score_point_id) WHERE (score_point_id IS NOT NULL);

create table action_evidence (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid,
  action_id uuid not null,
  version integer not null,
  cause text not null,
  digest text not null,
  evidence jsonb not null,
  draft_sealed bytea not null,
  reasoning_sealed bytea not null,
  generated_by text not null,
  model text,
  prompt text,
  author_kind text not null,
  author_id text not null,
  is_edited boolean not null,
  frozen_at timestamp with time zone not null,
  drafted_at timestamp with time zone,
  constraint action_evidence_pkey PRIMARY KEY (tenant_id, action_id, version),
  constraint action_evidence_cause_check CHECK (cause = ANY (ARRAY['PROPOSED'::text, 'EDITED'::text, 'CHANGED'::text])),
  constraint action_evidence_generated_by_check CHECK (generated_by = ANY (ARRAY['MODEL'::text, 'TEMPLATE'::text, 'PERSON'::text, 'MACHINE'::text])),
  constraint action_evidence_tenant_id_action_id_version_digest_key UNIQUE (tenant_id, action_id, version, digest),
  constraint action_evidence_tenant_id_id_key UNIQUE (tenant_id, id),
  constraint action_evidence_version_check1 CHECK (version > 0)
);
CREATE INDEX action_evidence_by_digest ON public.action_evidence USING btree (tenant_id, action_id, digest);

create table action_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid,
  type text not null,
  status text not null,
  risk_level text not null,
  confidence double precision,
  contact_id uuid,
  subject_id uuid not null,
  score_point_id uuid,
  evidence_version integer not null,
  evidence_digest text not null,
  proposed_by_kind text not null,
  proposed_by_id text not null,
  proposed_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  claimed_by_kind text,
  claimed_by_id text,
  claim_expires_at timestamp with time zone,
  approval_id uuid,
  decided_by_kind text,
  decided_by_id text,
  decided_at timestamp with time zone,
  end_reason text,
  executed_at timestamp with time zone,
  is_open boolean,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  home_account_id uuid,
  constraint action_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX action_history_tenant_id_account_id_idx ON public.action_history USING btree (tenant_id, account_id);

create table activity (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  type text not null,
  subject text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint activity_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX activity_by_time ON public.activity USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table activity_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  type text not null,
  subject text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint activity_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX activity_history_tenant_id_account_id_idx ON public.activity_history USING btree (tenant_id, account_id);

create table agent_session (
  tenant_id uuid not null,
  id uuid not null,
  inbox_id integer not null,
  contact_id text not null,
  subject_id uuid not null,
  account_id uuid,
  contact_node_id uuid,
  persistent_sealed bytea,
  persistent_version bigint not null default 0,
  active_sealed bytea,
  active_version bigint not null default 0,
  active_expires_at timestamp with time zone,
  lock_holder text,
  lock_id uuid,
  locked_at timestamp with time zone,
  lock_expires_at timestamp with time zone,
  fencing_token bigint not null default 0,
  last_step bigint not null default 0,
  last_message bigint not null default 0,
  chatwoot_version bigint,
  chatwoot_synced_at timestamp with time zone,
  erased_at timestamp with time zone,
  created_at timestamp with time zone not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  changed_at timestamp with time zone not null,
  copy_claim uuid,
  copy_claimed_until timestamp with time zone,
  child_data_since timestamp with time zone,
  expired_at timestamp with time zone,
  constraint agent_session_pkey PRIMARY KEY (tenant_id, id),
  constraint agent_session_active_version_check CHECK (active_version >= 0),
  constraint agent_session_check CHECK ((lock_holder IS NULL) = (lock_id IS NULL) AND (lock_id IS NULL) = (locked_at IS NULL) AND (lock_id IS NULL) = (lock_expires_at IS NULL)),
  constraint agent_session_check1 CHECK ((active_sealed IS NULL) = (active_expires_at IS NULL)),
  constraint agent_session_check2 CHECK (erased_at IS NULL OR persistent_sealed IS NULL AND active_sealed IS NULL AND lock_id IS NULL),
  constraint agent_session_contact_id_check CHECK (contact_id ~ '^[A-Za-z0-9._-]{1,64}$'::text),
  constraint agent_session_copy_claim CHECK ((copy_claim IS NULL) = (copy_claimed_until IS NULL)),
  constraint agent_session_fencing_token_check CHECK (fencing_token >= 0),
  constraint agent_session_inbox_id_check CHECK (inbox_id > 0),
  constraint agent_session_lock_holder_check CHECK (lock_holder <> ''::text AND length(lock_holder) <= 200),
  constraint agent_session_persistent_version_check CHECK (persistent_version >= 0),
  constraint agent_session_tenant_id_inbox_id_contact_id_key UNIQUE (tenant_id, inbox_id, contact_id)
);
CREATE INDEX agent_session_child_data ON public.agent_session USING btree (tenant_id, child_data_since) WHERE (child_data_since IS NOT NULL);
CREATE INDEX agent_session_copy_due ON public.agent_session USING btree (tenant_id, id) WHERE ((persistent_version > COALESCE(chatwoot_version, (0)::bigint)) OR (erased_at IS NOT NULL));
CREATE INDEX agent_session_erased ON public.agent_session USING btree (erased_at, id) WHERE (erased_at IS NOT NULL);
CREATE INDEX agent_session_idle ON public.agent_session USING btree (changed_at, id);
CREATE INDEX agent_session_of_account ON public.agent_session USING btree (tenant_id, account_id) WHERE (account_id IS NOT NULL);
CREATE INDEX agent_session_of_contact ON public.agent_session USING btree (tenant_id, contact_node_id) WHERE (contact_node_id IS NOT NULL);
CREATE INDEX agent_session_of_subject ON public.agent_session USING btree (tenant_id, subject_id);

create table api_key (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  secret_hash bytea not null,
  roles text[] not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  created_by text,
  constraint api_key_pkey PRIMARY KEY (tenant_id, id),
  constraint api_key_secret_hash_key UNIQUE (secret_hash)
);

create table audit_anchor (
  tenant_id uuid not null,
  sequence bigint not null,
  hash bytea not null,
  anchored_at timestamp with time zone not null,
  key_id text not null,
  signature bytea not null,
  constraint audit_anchor_pkey PRIMARY KEY (tenant_id, sequence),
  constraint audit_anchor_sequence_check CHECK (sequence > 0)
);

create table audit_head (
  tenant_id uuid not null,
  sequence bigint not null,
  hash bytea not null,
  recorded_at timestamp with time zone,
  constraint audit_head_pkey PRIMARY KEY (tenant_id)
);

create table audit_logs (
  tenant_id uuid not null,
  sequence bigint not null,
  id uuid not null,
  kind text not null,
  account_id uuid,
  actor_kind text not null,
  actor_id text not null,
  request_id text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  data jsonb not null,
  previous_hash bytea not null,
  hash bytea not null,
  version smallint not null default 1,
  constraint audit_logs_pkey PRIMARY KEY (tenant_id, sequence, recorded_at)
) partition by RANGE (recorded_at);
CREATE INDEX audit_logs_of_account ON public.audit_logs USING btree (tenant_id, account_id, sequence);
CREATE INDEX audit_logs_of_actor ON public.audit_logs USING btree (tenant_id, actor_id, sequence);
CREATE INDEX audit_logs_of_kind ON public.audit_logs USING btree (tenant_id, kind, sequence) WHERE (kind <> ALL (ARRAY['signal.ingested'::text, 'context.updated'::text]));

create table audit_logs_default partition of audit_logs DEFAULT;

create table bus_cursor (
  consumer_group text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  constraint bus_cursor_pkey PRIMARY KEY (consumer_group, topic, partition)
) with (fillfactor=50);

create table bus_event (
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  event json not null,
  appended_at timestamp with time zone not null,
  constraint bus_event_pkey PRIMARY KEY (topic, partition, "offset")
);

create table bus_partition (
  topic text not null,
  partition integer not null,
  next_offset bigint not null default 0,
  constraint bus_partition_pkey PRIMARY KEY (topic, partition)
) with (fillfactor=50);

create table change_follower (
  tenant_id uuid not null,
  connection_id uuid not null,
  holder uuid,
  leased_until timestamp with time zone,
  version timestamp with time zone not null,
  failures smallint not null default 0,
  failed_at timestamp with time zone,
  not_before timestamp with time zone,
  reread_since timestamp with time zone,
  constraint change_follower_pkey PRIMARY KEY (tenant_id, connection_id)
);

create table change_stream (
  tenant_id uuid not null,
  connection_id uuid not null,
  stream text not null,
  replay_id bytea,
  heard_at timestamp with time zone not null,
  occurred_at timestamp with time zone,
  received_at timestamp with time zone,
  constraint change_stream_pkey PRIMARY KEY (tenant_id, connection_id, stream)
);

create table connection (
  tenant_id uuid not null,
  id uuid not null,
  source text not null,
  settings jsonb not null default '{}'::jsonb,
  wrapped_key bytea,
  encrypted_credentials bytea,
  vendor_account text,
  checked_at timestamp with time zone,
  created_at timestamp with time zone not null,
  created_by text not null,
  credentials_changed_at timestamp with time zone not null,
  paused_at timestamp with time zone,
  removed_at timestamp with time zone,
  follows_changes boolean not null generated always as ((COALESCE((settings -> 'changeDataCapture'::text), 'false'::jsonb) <> 'false'::jsonb)) stored,
  constraint connection_pkey PRIMARY KEY (tenant_id, id),
  constraint connection_check CHECK ((wrapped_key IS NULL) = (encrypted_credentials IS NULL)),
  constraint connection_check1 CHECK (removed_at IS NULL OR encrypted_credentials IS NULL),
  constraint connection_tenant_id_source_key UNIQUE (tenant_id, source)
);

create table connection_backfill (
  tenant_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  source text not null,
  status text not null,
  cursor text,
  pages integer not null default 0,
  items bigint not null default 0,
  new_items bigint not null default 0,
  refused_items bigint not null default 0,
  total bigint,
  attempts smallint not null default 0,
  next_attempt_at timestamp with time zone,
  failure_code text,
  failure_message text,
  started_at timestamp with time zone not null,
  started_by_kind text not null,
  started_by_id text not null,
  moved_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint connection_backfill_pkey PRIMARY KEY (tenant_id, id),
  constraint connection_backfill_status_check CHECK (status = ANY (ARRAY['RUNNING'::text, 'DONE'::text, 'FAILED'::text, 'CANCELLED'::text]))
);
CREATE INDEX connection_backfill_latest ON public.connection_backfill USING btree (tenant_id, connection_id, started_at DESC);
CREATE UNIQUE INDEX connection_backfill_running ON public.connection_backfill USING btree (tenant_id, connection_id) WHERE (status = 'RUNNING'::text);

create table connection_reader (
  tenant_id uuid not null,
  connection_id uuid not null,
  holder uuid,
  leased_until timestamp with time zone,
  failures smallint not null default 0,
  failed_at timestamp with time zone,
  not_before timestamp with time zone,
  constraint connection_reader_pkey PRIMARY KEY (tenant_id, connection_id)
);

create table connection_state (
  tenant_id uuid not null,
  connection_id uuid not null,
  called_at timestamp with time zone,
  failing_since timestamp with time zone,
  failed_at timestamp with time zone,
  failure_code text,
  failure_message text,
  limited_until timestamp with time zone,
  limit_reason text,
  token_leased_until timestamp with time zone,
  constraint connection_state_pkey PRIMARY KEY (tenant_id, connection_id)
);

create table consent (
  tenant_id uuid not null,
  id uuid not null,
  subject_id uuid not null,
  email_sealed bytea,
  purpose text not null,
  channel text not null,
  version integer not null,
  granted boolean not null,
  basis text,
  source_sealed bytea,
  granted_at timestamp with time zone,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  recorded_at timestamp with time zone not null,
  proof_sealed bytea,
  constraint consent_pkey PRIMARY KEY (tenant_id, id),
  constraint consent_check CHECK (expires_at > granted_at),
  constraint consent_check1 CHECK (
CASE
    WHEN granted THEN basis IS NOT NULL AND granted_at IS NOT NULL AND revoked_at IS NULL
    ELSE revoked_at IS NOT NULL AND expires_at IS NULL
END),
  constraint consent_tenant_id_subject_id_purpose_channel_key UNIQUE (tenant_id, subject_id, purpose, channel),
  constraint consent_version_check CHECK (version > 0)
);
CREATE INDEX consent_by_time ON public.consent USING btree (tenant_id, recorded_at, id);
CREATE INDEX consent_expiring ON public.consent USING btree (expires_at) WHERE (granted AND (expires_at IS NOT NULL));
CREATE INDEX consent_objection ON public.consent USING btree (tenant_id, purpose) WHERE (NOT granted);

create table consent_decision (
  tenant_id uuid not null,
  id uuid not null,
  consent_id uuid not null,
  version integer not null,
  granted boolean not null,
  cause text not null,
  basis text,
  source_sealed bytea,
  expires_at timestamp with time zone,
  decided_at timestamp with time zone not null,
  actor_kind text not null,
  actor_id text not null,
  proof_sealed bytea,
  constraint consent_decision_pkey PRIMARY KEY (tenant_id, id),
  constraint consent_decision_cause_check CHECK (cause = ANY (ARRAY['STATEMENT'::text, 'ERASURE'::text])),
  constraint consent_decision_tenant_id_consent_id_version_key UNIQUE (tenant_id, consent_id, version)
);

create table consideration (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  reason text not null,
  details jsonb not null,
  action_id uuid,
  score_point_id uuid not null,
  policy_version integer not null,
  since timestamp with time zone not null,
  considered_at timestamp with time zone not null,
  retry_at timestamp with time zone,
  woken_at timestamp with time zone,
  sys_from timestamp with time zone not null,
  constraint consideration_pkey PRIMARY KEY (tenant_id, id),
  constraint consideration_reason_check CHECK (reason = ANY (ARRAY['ACCOUNT_STATUS'::text, 'LIFECYCLE'::text, 'DO_NOT_CONTACT'::text, 'CRITICAL_TICKET'::text, 'NO_RECIPIENT'::text, 'NO_CONSENT'::text, 'DAILY_LIMIT'::text, 'OPEN_ACTION'::text, 'COOL_DOWN'::text, 'NO_NEW_SIGNAL'::text, 'RECENT_EMAIL'::text, 'UNTRUSTED_ORIGIN'::text, 'DRAFT_FAILED'::text, 'RECIPIENT_CHANGED'::text])),
  constraint consideration_tenant_id_account_id_key UNIQUE (tenant_id, account_id)
);
CREATE INDEX consideration_by_since ON public.consideration USING btree (tenant_id, since, id);
CREATE INDEX consideration_due ON public.consideration USING btree (retry_at, tenant_id, account_id) WHERE ((retry_at IS NOT NULL) AND (woken_at IS NULL));
CREATE INDEX consideration_of_action ON public.consideration USING btree (tenant_id, action_id) WHERE (action_id IS NOT NULL);

create table consideration_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  reason text not null,
  details jsonb not null,
  action_id uuid,
  score_point_id uuid not null,
  policy_version integer not null,
  since timestamp with time zone not null,
  considered_at timestamp with time zone not null,
  retry_at timestamp with time zone,
  woken_at timestamp with time zone,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint consideration_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX consideration_history_tenant_id_account_id_idx ON public.consideration_history USING btree (tenant_id, account_id);

create table contact (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  subject_id uuid not null,
  digest bytea not null,
  name_sealed bytea,
  email_sealed bytea,
  title text,
  role text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint contact_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX contact_by_time ON public.contact USING btree (tenant_id, account_id, occurred_at DESC, id DESC);
CREATE INDEX contact_of_subject ON public.contact USING btree (tenant_id, subject_id);
CREATE INDEX contact_of_tenant_by_time ON public.contact USING btree (tenant_id, occurred_at, id);

create table contact_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  subject_id uuid not null,
  digest bytea not null,
  name_sealed bytea,
  email_sealed bytea,
  title text,
  role text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint contact_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX contact_history_of_subject ON public.contact_history USING btree (tenant_id, subject_id);
CREATE INDEX contact_history_tenant_id_account_id_idx ON public.contact_history USING btree (tenant_id, account_id);

create table contact_words (
  tenant_id uuid not null,
  contact_id uuid not null,
  words bigint[] not null,
  constraint contact_words_pkey PRIMARY KEY (tenant_id, contact_id)
);
CREATE INDEX contact_words_search ON public.contact_words USING gin (tenant_id, words);

create table context_derivation (
  tenant_id uuid not null,
  account_id uuid not null,
  said jsonb not null,
  moves_at timestamp with time zone,
  derived_at timestamp with time zone not null,
  constraint context_derivation_pkey PRIMARY KEY (tenant_id, account_id)
);
CREATE INDEX context_derivation_moving ON public.context_derivation USING btree (tenant_id, moves_at) WHERE (moves_at IS NOT NULL);

create table context_fetch (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  refresh_id uuid not null,
  section text not null,
  outcome text not null,
  error_code text,
  fetched_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  constraint context_fetch_pkey PRIMARY KEY (tenant_id, id),
  constraint context_fetch_check CHECK ((outcome = 'FAILED'::text) = (error_code IS NOT NULL)),
  constraint context_fetch_error_code_check CHECK (error_code ~ '^[A-Z_]{1,64}$'::text),
  constraint context_fetch_outcome_check CHECK (outcome = ANY (ARRAY['FETCHED'::text, 'FAILED'::text, 'NOT_CONFIGURED'::text])),
  constraint context_fetch_section_check CHECK (section = ANY (ARRAY['SALESFORCE'::text, 'JIRA'::text, 'SLACK'::text, 'NOTION'::text])),
  constraint context_fetch_tenant_id_refresh_id_section_key UNIQUE (tenant_id, refresh_id, section)
);
CREATE INDEX context_fetch_of_account ON public.context_fetch USING btree (tenant_id, account_id, section, outcome, recorded_at DESC);

create table context_refresh (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  status text not null,
  requested_by_kind text not null,
  requested_by_id text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint context_refresh_pkey PRIMARY KEY (tenant_id, id),
  constraint context_refresh_check CHECK ((status = 'RUNNING'::text) = (ended_at IS NULL)),
  constraint context_refresh_status_check CHECK (status = ANY (ARRAY['RUNNING'::text, 'DONE'::text]))
) with (fillfactor=70);
CREATE UNIQUE INDEX context_refresh_running ON public.context_refresh USING btree (tenant_id, account_id) WHERE (status = 'RUNNING'::text);

create table context_rules (
  tenant_id uuid not null,
  kind text not null,
  version integer not null,
  parameters jsonb not null,
  digest text not null,
  published_at timestamp with time zone not null,
  published_by text not null,
  constraint context_rules_pkey PRIMARY KEY (tenant_id, kind, version),
  constraint context_rules_kind_check CHECK (kind = ANY (ARRAY['DEAL_HEALTH'::text, 'BLOCKER'::text, 'COMPETITOR'::text, 'CALL_VALIDATION'::text, 'FRESHNESS'::text])),
  constraint context_rules_version_check CHECK (version > 0)
);

create table crm_write (
  tenant_id uuid not null,
  approval_id uuid not null,
  action_id uuid not null,
  system text not null,
  written_kind text not null,
  written_id text not null,
  written_at timestamp with time zone not null,
  undo_state text,
  undo_by_kind text,
  undo_by_id text,
  undo_requested_at timestamp with time zone,
  undo_due_at timestamp with time zone,
  undo_attempts integer not null default 0,
  undo_reason text,
  undone_at timestamp with time zone,
  constraint crm_write_pkey PRIMARY KEY (tenant_id, approval_id),
  constraint crm_write_check CHECK ((undo_state IS NULL) = (undo_by_id IS NULL) AND (undo_state IS NULL) = (undo_requested_at IS NULL) AND (undo_state IS NULL) = (undo_due_at IS NULL)),
  constraint crm_write_check1 CHECK (COALESCE(undo_by_kind, 'user'::text) = 'user'::text AND (undo_by_kind IS NULL) = (undo_by_id IS NULL)),
  constraint crm_write_check2 CHECK (((undo_state = 'UNDONE'::text) IS TRUE) = (undone_at IS NOT NULL)),
  constraint crm_write_check3 CHECK (((undo_state = 'FAILED'::text) IS TRUE) = (undo_reason IS NOT NULL)),
  constraint crm_write_system_check CHECK (system = ANY (ARRAY['salesforce'::text, 'hubspot'::text])),
  constraint crm_write_tenant_id_action_id_key UNIQUE (tenant_id, action_id),
  constraint crm_write_undo_state_check CHECK (undo_state = ANY (ARRAY['DUE'::text, 'UNDONE'::text, 'FAILED'::text]))
);
CREATE INDEX crm_write_undo_due ON public.crm_write USING btree (undo_due_at, approval_id) WHERE (undo_state = 'DUE'::text);

create table dead_letter (
  id uuid not null,
  consumer_group text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  event json not null,
  error_name text not null,
  error_message text not null,
  attempts integer not null,
  failed_at timestamp with time zone not null,
  replayed_at timestamp with time zone,
  digest text not null generated always as (md5((event)::text)) stored,
  constraint dead_letter_pkey PRIMARY KEY (id),
  constraint dead_letter_once UNIQUE (consumer_group, topic, partition, "offset", digest)
);

create table enrichment (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  provider text not null,
  trigger text not null,
  status text not null,
  failure_code text,
  requested_at timestamp with time zone not null,
  requested_by_kind text not null,
  requested_by_id text not null,
  policy_version integer not null,
  context_quality integer,
  month date not null,
  limit_minor integer not null,
  price_minor integer not null,
  cost_minor integer,
  call_id uuid,
  called_at timestamp with time zone,
  settle_at timestamp with time zone,
  asked_contacts uuid[] not null default '{}'::uuid[],
  statement_ids uuid[] not null default '{}'::uuid[],
  refused jsonb not null default '[]'::jsonb,
  completed_at timestamp with time zone,
  sys_from timestamp with time zone not null,
  constraint enrichment_pkey PRIMARY KEY (tenant_id, id),
  constraint enrichment_check CHECK (cost_minor >= 0 AND cost_minor <= price_minor),
  constraint enrichment_check1 CHECK ((status = ANY (ARRAY['REQUESTED'::text, 'CALLING'::text])) = (completed_at IS NULL)),
  constraint enrichment_check2 CHECK ((completed_at IS NULL) = (cost_minor IS NULL) AND (completed_at IS NULL) = (settle_at IS NOT NULL)),
  constraint enrichment_check3 CHECK ((call_id IS NULL) = (called_at IS NULL)),
  constraint enrichment_check4 CHECK ((status <> ALL (ARRAY['CALLING'::text, 'COMPLETED'::text, 'NO_MATCH'::text, 'UNKNOWN'::text])) OR call_id IS NOT NULL),
  constraint enrichment_check5 CHECK ((status = ANY (ARRAY['FAILED'::text, 'UNKNOWN'::text])) = (failure_code IS NOT NULL)),
  constraint enrichment_context_quality_check CHECK (context_quality >= 0 AND context_quality <= 100),
  constraint enrichment_failure_code_check CHECK (failure_code ~ '^[A-Z_]{1,64}$'::text),
  constraint enrichment_limit_minor_check CHECK (limit_minor >= 0 AND limit_minor <= 50),
  constraint enrichment_month_check CHECK (EXTRACT(day FROM month) = 1::numeric),
  constraint enrichment_price_minor_check CHECK (price_minor >= 0 AND price_minor <= 50),
  constraint enrichment_provider_check CHECK (provider = ANY (ARRAY['MOCK_CLEARBIT'::text, 'HTTP'::text])),
  constraint enrichment_status_check CHECK (status = ANY (ARRAY['REQUESTED'::text, 'CALLING'::text, 'COMPLETED'::text, 'NO_MATCH'::text, 'FAILED'::text, 'UNKNOWN'::text])),
  constraint enrichment_trigger_check CHECK (trigger = ANY (ARRAY['MANUAL'::text, 'HIGH_INTENT'::text]))
) with (fillfactor=70);
CREATE INDEX enrichment_of_account ON public.enrichment USING btree (tenant_id, account_id, requested_at, id);
CREATE INDEX enrichment_of_statement ON public.enrichment USING gin (statement_ids);
CREATE UNIQUE INDEX enrichment_open ON public.enrichment USING btree (tenant_id, account_id) WHERE (status = ANY (ARRAY['REQUESTED'::text, 'CALLING'::text]));
CREATE INDEX enrichment_to_settle ON public.enrichment USING btree (settle_at, id) WHERE (settle_at IS NOT NULL);

create table enrichment_budget (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  account_id uuid not null,
  month date not null,
  reserved_minor integer not null,
  spent_minor integer not null,
  version bigint not null default 1,
  sys_from timestamp with time zone not null,
  constraint enrichment_budget_pkey PRIMARY KEY (tenant_id, id),
  constraint enrichment_budget_kept CHECK ((reserved_minor + spent_minor) <= 50),
  constraint enrichment_budget_month_check CHECK (EXTRACT(day FROM month) = 1::numeric),
  constraint enrichment_budget_reserved_minor_check CHECK (reserved_minor >= 0),
  constraint enrichment_budget_spent_minor_check CHECK (spent_minor >= 0),
  constraint enrichment_budget_tenant_id_account_id_month_key UNIQUE (tenant_id, account_id, month)
) with (fillfactor=70);

create table enrichment_budget_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  month date not null,
  reserved_minor integer not null,
  spent_minor integer not null,
  version bigint not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint enrichment_budget_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX enrichment_budget_history_tenant_id_account_id_idx ON public.enrichment_budget_history USING btree (tenant_id, account_id);

create table enrichment_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  provider text not null,
  trigger text not null,
  status text not null,
  failure_code text,
  requested_at timestamp with time zone not null,
  requested_by_kind text not null,
  requested_by_id text not null,
  policy_version integer not null,
  context_quality integer,
  month date not null,
  limit_minor integer not null,
  price_minor integer not null,
  cost_minor integer,
  call_id uuid,
  called_at timestamp with time zone,
  settle_at timestamp with time zone,
  asked_contacts uuid[] not null,
  statement_ids uuid[] not null,
  refused jsonb not null,
  completed_at timestamp with time zone,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint enrichment_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX enrichment_history_tenant_id_account_id_idx ON public.enrichment_history USING btree (tenant_id, account_id);

create table enrichment_policy (
  tenant_id uuid not null,
  id uuid not null,
  version integer not null,
  provider text not null,
  quality_below integer not null,
  cool_down_hours integer not null,
  monthly_limit_minor integer not null,
  asks_about_people boolean not null,
  published_at timestamp with time zone not null,
  published_by text not null,
  constraint enrichment_policy_pkey PRIMARY KEY (tenant_id, version),
  constraint enrichment_policy_cool_down_hours_check CHECK (cool_down_hours >= 0 AND cool_down_hours <= 8760),
  constraint enrichment_policy_monthly_limit_minor_check CHECK (monthly_limit_minor >= 0 AND monthly_limit_minor <= 50),
  constraint enrichment_policy_provider_check CHECK (provider = ANY (ARRAY['NONE'::text, 'MOCK_CLEARBIT'::text, 'HTTP'::text])),
  constraint enrichment_policy_quality_below_check CHECK (quality_below >= 0 AND quality_below <= 100),
  constraint enrichment_policy_tenant_id_id_key UNIQUE (tenant_id, id),
  constraint enrichment_policy_version_check CHECK (version > 0)
);

create table enrichment_provider (
  tenant_id uuid not null,
  id uuid not null,
  url text not null,
  key_header text not null,
  wrapped_key bytea,
  encrypted_api_key bytea,
  mapping jsonb not null,
  price_minor integer not null,
  charges_no_match boolean not null,
  version integer not null,
  saved_at timestamp with time zone not null,
  saved_by text not null,
  constraint enrichment_provider_pkey PRIMARY KEY (tenant_id, id),
  constraint enrichment_provider_key_header_check CHECK (key_header ~ '^[A-Za-z0-9-]{1,64}$'::text),
  constraint enrichment_provider_price_minor_check CHECK (price_minor >= 0 AND price_minor <= 50),
  constraint enrichment_provider_tenant_id_key UNIQUE (tenant_id),
  constraint enrichment_provider_url_check CHECK (url ~ '^https?://'::text AND length(url) <= 2000),
  constraint enrichment_provider_version_check CHECK (version > 0)
);

create table erasure_receipt (
  tenant_id uuid not null,
  id uuid not null,
  statement text not null,
  signature bytea not null,
  public_key text not null,
  key_id text not null,
  completed_at timestamp with time zone not null,
  actor_kind text not null,
  actor_id text not null,
  constraint erasure_receipt_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX erasure_receipt_by_time ON public.erasure_receipt USING btree (tenant_id, completed_at, id);

create table erasure_request (
  tenant_id uuid not null,
  contact_id uuid not null,
  source text not null,
  requested_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  constraint erasure_request_pkey PRIMARY KEY (tenant_id, contact_id, source)
);

create table external_ref (
  tenant_id uuid not null,
  node_type text not null,
  system text not null,
  external_id text not null,
  node_id uuid not null,
  recorded_at timestamp with time zone not null,
  constraint external_ref_pkey PRIMARY KEY (tenant_id, node_type, system, external_id)
);
CREATE INDEX external_ref_of_node ON public.external_ref USING btree (tenant_id, node_id);

create table external_ref_history (
  tenant_id uuid not null,
  node_type text not null,
  system text not null,
  external_id text not null,
  node_id uuid not null,
  recorded_at timestamp with time zone not null,
  unlinked_at timestamp with time zone not null,
  constraint external_ref_history_pkey PRIMARY KEY (tenant_id, node_type, system, external_id, recorded_at),
  constraint external_ref_history_check CHECK (unlinked_at > recorded_at)
);
CREATE INDEX external_ref_history_of_node ON public.external_ref_history USING btree (tenant_id, node_id);

create table field_definition (
  tenant_id uuid not null,
  id uuid not null,
  agent text not null default ''::text,
  name text not null,
  display_name text not null,
  value_type text not null,
  enum_values text[] not null default '{}'::text[],
  validation_regex text,
  is_pii boolean not null,
  collection_prompt text,
  required_verification boolean not null default false,
  retention_days integer,
  freshness_days integer,
  validation_mode text,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  holds_child_data boolean not null default false,
  from_sessions boolean not null default false,
  constraint field_definition_pkey PRIMARY KEY (tenant_id, id),
  constraint field_definition_child_data CHECK (is_pii OR NOT holds_child_data),
  constraint field_definition_display_name_check CHECK (display_name <> ''::text),
  constraint field_definition_freshness_days_check CHECK (freshness_days > 0),
  constraint field_definition_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,63}$'::text),
  constraint field_definition_retention_days_check CHECK (retention_days > 0),
  constraint field_definition_tenant_id_name_agent_key UNIQUE (tenant_id, name, agent),
  constraint field_definition_validation_mode_check CHECK (validation_mode = ANY (ARRAY['STRICT'::text, 'WARN'::text, 'DISABLED'::text])),
  constraint field_definition_value_type_check CHECK (value_type = ANY (ARRAY['STRING'::text, 'TEXT'::text, 'EMAIL'::text, 'PHONE'::text, 'URL'::text, 'NUMBER'::text, 'INTEGER'::text, 'BOOLEAN'::text, 'DATE'::text, 'DATETIME'::text, 'ENUM'::text, 'JSON'::text]))
);

create table field_definition_history (
  tenant_id uuid not null,
  id uuid not null,
  agent text not null,
  name text not null,
  display_name text not null,
  value_type text not null,
  enum_values text[] not null,
  validation_regex text,
  is_pii boolean not null,
  collection_prompt text,
  required_verification boolean not null,
  retention_days integer,
  freshness_days integer,
  validation_mode text,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  holds_child_data boolean,
  from_sessions boolean,
  constraint field_definition_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);

create table health_model (
  tenant_id uuid not null,
  version integer not null,
  parameters jsonb not null,
  digest text not null,
  published_at timestamp with time zone not null,
  published_by text not null,
  constraint health_model_pkey PRIMARY KEY (tenant_id, version),
  constraint health_model_version_check CHECK (version >= 0)
);

create table health_trend (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  year integer not null,
  month integer not null,
  overall_score double precision not null,
  product_usage_score double precision,
  support_score double precision,
  customer_sentiment_score double precision,
  business_outcomes_score double precision,
  relationship_strength_score double precision,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint health_trend_pkey PRIMARY KEY (tenant_id, id),
  constraint health_trend_business_outcomes_score_check CHECK (business_outcomes_score >= 0::double precision AND business_outcomes_score <= 100::double precision),
  constraint health_trend_customer_sentiment_score_check CHECK (customer_sentiment_score >= 0::double precision AND customer_sentiment_score <= 100::double precision),
  constraint health_trend_month_check CHECK (month >= 1 AND month <= 12),
  constraint health_trend_overall_score_check CHECK (overall_score >= 0::double precision AND overall_score <= 100::double precision),
  constraint health_trend_product_usage_score_check CHECK (product_usage_score >= 0::double precision AND product_usage_score <= 100::double precision),
  constraint health_trend_relationship_strength_score_check CHECK (relationship_strength_score >= 0::double precision AND relationship_strength_score <= 100::double precision),
  constraint health_trend_support_score_check CHECK (support_score >= 0::double precision AND support_score <= 100::double precision),
  constraint health_trend_year_check CHECK (year >= 1970 AND year <= 9999)
);
CREATE INDEX health_trend_by_time ON public.health_trend USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table health_trend_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  year integer not null,
  month integer not null,
  overall_score double precision not null,
  product_usage_score double precision,
  support_score double precision,
  customer_sentiment_score double precision,
  business_outcomes_score double precision,
  relationship_strength_score double precision,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint health_trend_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX health_trend_history_tenant_id_account_id_idx ON public.health_trend_history USING btree (tenant_id, account_id);

create table inbox (
  tenant_id uuid not null,
  consumer text not null,
  event_id uuid not null,
  received_at timestamp with time zone not null,
  constraint inbox_pkey PRIMARY KEY (tenant_id, consumer, event_id)
);
CREATE INDEX inbox_by_age ON public.inbox USING btree (received_at);

create table inbox_block (
  tenant_id uuid not null,
  consumer text not null,
  block bigint not null,
  seen bit(1024) not null,
  marked_at timestamp with time zone not null,
  constraint inbox_block_pkey PRIMARY KEY (tenant_id, consumer, block)
) with (fillfactor=50);

create table job_run (
  task text not null,
  last_finished_at timestamp with time zone not null,
  last_outcome text not null,
  last_milliseconds integer not null,
  last_error text,
  done bigint not null default 0,
  failed bigint not null default 0,
  constraint job_run_pkey PRIMARY KEY (task),
  constraint job_run_last_outcome_check CHECK (last_outcome = ANY (ARRAY['DONE'::text, 'FAILED'::text, 'GIVEN_UP'::text]))
) with (fillfactor=50);

create table key_ring (
  only_row boolean not null default true,
  version integer not null,
  sealed bytea not null,
  changed_at timestamp with time zone not null,
  constraint key_ring_pkey PRIMARY KEY (only_row),
  constraint key_ring_only_row_check CHECK (only_row),
  constraint key_ring_version_check CHECK (version > 0)
);

create table known_signing_key (
  key_id text not null,
  public_key text not null,
  proof bytea not null,
  first_used_at timestamp with time zone not null,
  constraint known_signing_key_pkey PRIMARY KEY (key_id),
  constraint known_signing_key_key_id_check CHECK (key_id ~ '^[0-9a-f]{16}$'::text)
);

create table kpi (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  product_id uuid,
  category text not null,
  parameter text not null,
  value text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint kpi_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX kpi_by_parameter ON public.kpi USING btree (tenant_id, account_id, category, parameter, id);
CREATE INDEX kpi_by_time ON public.kpi USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table kpi_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  product_id uuid,
  category text not null,
  parameter text not null,
  value text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint kpi_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX kpi_history_tenant_id_account_id_idx ON public.kpi_history USING btree (tenant_id, account_id);

create table lineage_edge (
  tenant_id uuid not null,
  to_type text not null,
  to_id uuid not null,
  from_type text not null,
  from_id uuid not null,
  relation text not null,
  rule_name text not null,
  rule_version text not null,
  recorded_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  constraint lineage_edge_check CHECK (removed_at > recorded_at),
  constraint lineage_not_of_itself CHECK (to_id <> from_id),
  constraint lineage_once UNIQUE NULLS NOT DISTINCT (to_id, removed_at, from_id, relation, tenant_id)
);
CREATE INDEX lineage_downstream ON public.lineage_edge USING btree (from_id, to_id, tenant_id);

create table lineage_guard (
  tenant_id uuid not null,
  turns bigint not null default 1,
  constraint lineage_guard_pkey PRIMARY KEY (tenant_id)
);

create table llm_spending (
  tenant_id uuid not null,
  day date not null,
  microdollars bigint not null,
  constraint llm_spending_pkey PRIMARY KEY (tenant_id, day),
  constraint llm_spending_microdollars_check CHECK (microdollars >= 0)
);

create table llm_usage (
  tenant_id uuid not null,
  id uuid not null,
  purpose text not null,
  model text not null,
  prompt_name text not null,
  prompt_version integer not null,
  input_tokens integer,
  cached_input_tokens integer,
  output_tokens integer,
  cost_microdollars bigint,
  outcome text not null,
  attempts integer not null,
  latency_ms integer not null,
  actor_kind text not null,
  actor_id text not null,
  request_id text not null,
  recorded_at timestamp with time zone not null,
  constraint llm_usage_pkey PRIMARY KEY (tenant_id, id),
  constraint llm_usage_check CHECK (cached_input_tokens >= 0 AND cached_input_tokens <= input_tokens),
  constraint llm_usage_cost_microdollars_check CHECK (cost_microdollars >= 0),
  constraint llm_usage_input_tokens_check CHECK (input_tokens >= 0),
  constraint llm_usage_outcome_check CHECK (outcome = ANY (ARRAY['DONE'::text, 'INVALID'::text, 'FAILED'::text, 'TIMED_OUT'::text, 'CANCELLED'::text])),
  constraint llm_usage_output_tokens_check CHECK (output_tokens >= 0)
);
CREATE INDEX llm_usage_by_time ON public.llm_usage USING btree (tenant_id, recorded_at);

create table log_cursor (
  consumer_group text not null,
  tenant_id uuid not null,
  next_sequence bigint not null,
  not_before timestamp with time zone not null default '-infinity'::timestamp with time zone,
  constraint log_cursor_pkey PRIMARY KEY (consumer_group, tenant_id)
) with (fillfactor=50);

create table log_group (
  consumer_group text not null,
  kinds text[] not null,
  constraint log_group_pkey PRIMARY KEY (consumer_group)
);

create table log_start (
  tenant_id uuid not null,
  next_sequence bigint not null,
  not_before timestamp with time zone not null default '-infinity'::timestamp with time zone,
  constraint log_start_pkey PRIMARY KEY (tenant_id)
) with (fillfactor=50);

create table manager_flag (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  flag text not null,
  set_by text not null,
  note text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint manager_flag_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX manager_flag_by_time ON public.manager_flag USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table manager_flag_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  flag text not null,
  set_by text not null,
  note text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint manager_flag_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX manager_flag_history_tenant_id_account_id_idx ON public.manager_flag_history USING btree (tenant_id, account_id);

create table master_key (
  ordinal integer not null generated always as identity,
  key_id text not null,
  wrapped_ring_key bytea,
  added_at timestamp with time zone not null,
  retired_at timestamp with time zone,
  constraint master_key_pkey PRIMARY KEY (key_id),
  constraint master_key_check CHECK ((wrapped_ring_key IS NULL) = (retired_at IS NOT NULL)),
  constraint master_key_key_id_check CHECK (key_id ~ '^[0-9a-f]{16}$'::text),
  constraint master_key_ordinal_key UNIQUE (ordinal)
);

create table match_candidate (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  left_id uuid not null,
  right_id uuid not null,
  status text not null,
  confidence double precision not null,
  rules text[] not null,
  proposed_at timestamp with time zone,
  decided_at timestamp with time zone,
  decided_by_kind text,
  decided_by_id text,
  policy_version integer,
  merged_at timestamp with time zone,
  constraint match_candidate_pkey PRIMARY KEY (tenant_id, id),
  constraint match_candidate_check CHECK (left_id < right_id),
  constraint match_candidate_confidence_check CHECK (confidence >= 0::double precision AND confidence <= 1::double precision),
  constraint match_candidate_kind_check CHECK (kind = ANY (ARRAY['ACCOUNT'::text, 'CONTACT'::text])),
  constraint match_candidate_status_check CHECK (status = ANY (ARRAY['OPEN'::text, 'CONFIRMED'::text, 'REJECTED'::text, 'MERGED'::text, 'WITHDRAWN'::text])),
  constraint match_candidate_tenant_id_left_id_right_id_key UNIQUE (tenant_id, left_id, right_id)
);
CREATE INDEX match_candidate_by_confidence ON public.match_candidate USING btree (tenant_id, confidence, id) WHERE (proposed_at IS NOT NULL);
CREATE INDEX match_candidate_by_time ON public.match_candidate USING btree (tenant_id, proposed_at, id) WHERE (proposed_at IS NOT NULL);
CREATE INDEX match_candidate_of_left ON public.match_candidate USING btree (tenant_id, left_id);
CREATE INDEX match_candidate_of_right ON public.match_candidate USING btree (tenant_id, right_id);
CREATE INDEX match_candidate_open ON public.match_candidate USING btree (tenant_id, proposed_at, id) WHERE (status = 'OPEN'::text);

create table match_key (
  tenant_id uuid not null,
  node_id uuid not null,
  kind text not null,
  rule text not null,
  key bytea not null,
  place bytea not null,
  constraint match_key_pkey PRIMARY KEY (tenant_id, node_id, rule, key),
  constraint match_key_kind_check CHECK (kind = ANY (ARRAY['ACCOUNT'::text, 'CONTACT'::text]))
);
CREATE INDEX match_key_members ON public.match_key USING btree (tenant_id, kind, rule, key, place, node_id);

create table matching_policy (
  tenant_id uuid not null,
  version integer not null,
  propose_from double precision not null,
  rules jsonb not null,
  published_at timestamp with time zone not null,
  published_by text not null,
  constraint matching_policy_pkey PRIMARY KEY (tenant_id, version),
  constraint matching_policy_propose_from_check CHECK (propose_from >= 0::double precision AND propose_from <= 1::double precision)
);

create table node_identity (
  tenant_id uuid not null,
  id uuid not null,
  node_type text not null,
  survivor_id uuid not null,
  retired_at timestamp with time zone,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint node_identity_pkey PRIMARY KEY (tenant_id, id),
  constraint node_identity_node_type_check CHECK (node_type = ANY (ARRAY['Account'::text, 'Contact'::text]))
);
CREATE INDEX node_identity_group ON public.node_identity USING btree (tenant_id, survivor_id);
CREATE INDEX node_identity_merged_contacts ON public.node_identity USING btree (tenant_id) WHERE ((node_type = 'Contact'::text) AND (survivor_id <> id));

create table node_identity_history (
  tenant_id uuid not null,
  id uuid not null,
  node_type text not null,
  survivor_id uuid not null,
  retired_at timestamp with time zone,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint node_identity_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);

create table node_merge (
  tenant_id uuid not null,
  id uuid not null,
  node_type text not null,
  into_id uuid not null,
  from_id uuid not null,
  child_id uuid not null,
  reason text,
  merged_at timestamp with time zone not null,
  merged_by_kind text not null,
  merged_by_id text not null,
  undone_at timestamp with time zone,
  undone_by_kind text,
  undone_by_id text,
  undo_reason text,
  constraint node_merge_pkey PRIMARY KEY (tenant_id, id),
  constraint node_merge_check CHECK (child_id <> into_id),
  constraint node_merge_check1 CHECK (undone_at >= merged_at),
  constraint node_merge_node_type_check CHECK (node_type = ANY (ARRAY['Account'::text, 'Contact'::text])),
  constraint node_merge_undone CHECK ((undone_at IS NULL) = (undone_by_id IS NULL) AND (undone_at IS NULL) = (undone_by_kind IS NULL) AND (undone_at IS NOT NULL OR undo_reason IS NULL))
);
CREATE INDEX node_merge_by_time ON public.node_merge USING btree (tenant_id, node_type, merged_at DESC, id DESC);
CREATE INDEX node_merge_of_child ON public.node_merge USING btree (tenant_id, child_id);
CREATE UNIQUE INDEX node_merge_one_parent ON public.node_merge USING btree (tenant_id, child_id) WHERE (undone_at IS NULL);

create table note (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  note_type text not null,
  content text not null,
  author text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint note_pkey PRIMARY KEY (tenant_id, id),
  constraint note_note_type_check CHECK (note_type = ANY (ARRAY['MEETING'::text, 'QBR'::text, 'CALL'::text, 'EMAIL'::text, 'GENERAL'::text, 'INTERACTION'::text]))
);
CREATE INDEX note_by_time ON public.note USING btree (tenant_id, account_id, occurred_at DESC, id DESC);
CREATE INDEX note_of_tenant_by_time ON public.note USING btree (tenant_id, occurred_at, id);

create table note_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  note_type text not null,
  content text not null,
  author text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint note_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX note_history_tenant_id_account_id_idx ON public.note_history USING btree (tenant_id, account_id);

create table opportunity (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name text not null,
  stage text not null,
  amount_minor bigint,
  amount_currency text,
  close_date date,
  probability double precision,
  next_step text,
  stage_since timestamp with time zone,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint opportunity_pkey PRIMARY KEY (tenant_id, id),
  constraint opportunity_probability_check CHECK (probability >= 0::double precision AND probability <= 1::double precision)
);
CREATE INDEX opportunity_by_amount ON public.opportunity USING btree (tenant_id, account_id, COALESCE(amount_minor, '-999999999999999999'::bigint), id);
CREATE INDEX opportunity_by_close ON public.opportunity USING btree (tenant_id, account_id, COALESCE(close_date, 'infinity'::date), id);
CREATE INDEX opportunity_by_time ON public.opportunity USING btree (tenant_id, account_id, occurred_at DESC, id DESC);
CREATE INDEX opportunity_of_tenant_by_amount ON public.opportunity USING btree (tenant_id, COALESCE(amount_minor, '-999999999999999999'::bigint), id);
CREATE INDEX opportunity_of_tenant_by_close ON public.opportunity USING btree (tenant_id, COALESCE(close_date, 'infinity'::date), id);
CREATE INDEX opportunity_of_tenant_by_time ON public.opportunity USING btree (tenant_id, occurred_at, id);

create table opportunity_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name text not null,
  stage text not null,
  amount_minor bigint,
  amount_currency text,
  close_date date,
  probability double precision,
  next_step text,
  stage_since timestamp with time zone,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint opportunity_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX opportunity_history_tenant_id_account_id_idx ON public.opportunity_history USING btree (tenant_id, account_id);

create table outbox (
  id bigint not null generated always as identity,
  tenant_id uuid,
  event json,
  first_sequence bigint,
  last_sequence bigint,
  recorded_at timestamp with time zone,
  constraint outbox_pkey PRIMARY KEY (id),
  constraint outbox_range_or_event CHECK (
CASE
    WHEN event IS NULL THEN tenant_id IS NOT NULL AND first_sequence <= last_sequence AND recorded_at IS NOT NULL
    ELSE num_nonnulls(first_sequence, last_sequence, recorded_at) = 0
END)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=10000);

create table outreach (
  tenant_id uuid not null,
  approval_id uuid not null,
  action_id uuid not null,
  state text not null,
  attempts integer not null default 0,
  due_at timestamp with time zone not null,
  started_at timestamp with time zone,
  outside_id text,
  last_outcome text,
  policy_version integer,
  recorded_at timestamp with time zone not null,
  constraint outreach_pkey PRIMARY KEY (tenant_id, approval_id),
  constraint outreach_check CHECK ((state <> ALL (ARRAY['SENDING'::text, 'SENT'::text])) OR started_at IS NOT NULL AND attempts > 0),
  constraint outreach_check1 CHECK (state <> 'SENT'::text OR outside_id IS NOT NULL),
  constraint outreach_state_check CHECK (state = ANY (ARRAY['DUE'::text, 'SENDING'::text, 'SENT'::text, 'FAILED'::text, 'CANCELLED'::text])),
  constraint outreach_tenant_id_action_id_key UNIQUE (tenant_id, action_id)
);
CREATE INDEX outreach_due ON public.outreach USING btree (due_at, approval_id) WHERE (state = ANY (ARRAY['DUE'::text, 'SENDING'::text]));

create table outreach_default (
  is_one boolean not null default true,
  email_daily_limit integer not null,
  constraint outreach_default_pkey PRIMARY KEY (is_one),
  constraint outreach_default_email_daily_limit_check CHECK (email_daily_limit >= 0 AND email_daily_limit <= 1000),
  constraint outreach_default_is_one_check CHECK (is_one)
);

create table outreach_policy (
  tenant_id uuid not null,
  version integer not null,
  do_not_say text[] not null,
  email_daily_limit integer,
  four_eyes boolean not null default false,
  published_at timestamp with time zone not null,
  published_by text not null,
  id uuid not null default gen_random_uuid(),
  blocked_statuses text[] not null default '{CHURN,INACTIVE}'::text[],
  blocked_lifecycle_stages text[] not null default '{}'::text[],
  blocked_ticket_priorities text[] not null default '{HIGHEST}'::text[],
  do_not_contact_flags text[] not null default '{do_not_contact,do_not_email,no_outreach}'::text[],
  cool_down_hours integer not null default 72,
  hours_between_emails integer not null default 168,
  trust_floor smallint not null default 4,
  refuse_below smallint not null default 1,
  constraint outreach_policy_pkey PRIMARY KEY (tenant_id, version),
  constraint outreach_policy_blocked_lifecycle_stages_check CHECK (blocked_lifecycle_stages <@ '{ONBOARDING,GROWTH,MATURE,RENEWAL}'::text[]),
  constraint outreach_policy_blocked_statuses_check CHECK (blocked_statuses <@ '{ACTIVE,INACTIVE,AT_RISK,CHURN}'::text[]),
  constraint outreach_policy_blocked_ticket_priorities_check CHECK (blocked_ticket_priorities <@ '{HIGHEST,HIGH,MEDIUM,LOW,LOWEST}'::text[]),
  constraint outreach_policy_check CHECK (refuse_below >= 0 AND refuse_below <= trust_floor),
  constraint outreach_policy_cool_down_hours_check CHECK (cool_down_hours >= 0 AND cool_down_hours <= 8760),
  constraint outreach_policy_email_daily_limit_check CHECK (email_daily_limit >= 0 AND email_daily_limit <= 1000),
  constraint outreach_policy_hours_between_emails_check CHECK (hours_between_emails >= 0 AND hours_between_emails <= 8760),
  constraint outreach_policy_tenant_id_id_key UNIQUE (tenant_id, id),
  constraint outreach_policy_trust_floor_check CHECK (trust_floor >= 0 AND trust_floor <= 6),
  constraint outreach_policy_version_check CHECK (version > 0)
);

create table personal_text (
  table_name text not null,
  column_name text not null,
  form text not null,
  is_free boolean not null,
  constraint personal_text_pkey PRIMARY KEY (table_name, column_name),
  constraint personal_text_form_check CHECK (form = ANY (ARRAY['text'::text, 'list'::text, 'json'::text, 'key'::text, 'name'::text, 'id'::text]))
);

create table playbook_execution (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  playbook_id text not null,
  playbook_name text not null,
  status text not null,
  started_at timestamp with time zone not null,
  completed_at timestamp with time zone,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint playbook_execution_pkey PRIMARY KEY (tenant_id, id),
  constraint playbook_execution_status_check CHECK (status = ANY (ARRAY['RUNNING'::text, 'COMPLETED'::text, 'FAILED'::text, 'CANCELLED'::text]))
);
CREATE INDEX playbook_execution_by_time ON public.playbook_execution USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table playbook_execution_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  playbook_id text not null,
  playbook_name text not null,
  status text not null,
  started_at timestamp with time zone not null,
  completed_at timestamp with time zone,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint playbook_execution_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX playbook_execution_history_tenant_id_account_id_idx ON public.playbook_execution_history USING btree (tenant_id, account_id);

create table playbook_report (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  playbook_name text not null,
  execution_id uuid,
  generated_at timestamp with time zone not null,
  content text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint playbook_report_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX playbook_report_by_time ON public.playbook_report USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table playbook_report_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  playbook_name text not null,
  execution_id uuid,
  generated_at timestamp with time zone not null,
  content text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint playbook_report_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX playbook_report_history_tenant_id_account_id_idx ON public.playbook_report_history USING btree (tenant_id, account_id);

create table playbook_trigger (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  playbook_type text not null,
  auto_trigger_enabled boolean not null default false,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint playbook_trigger_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX playbook_trigger_by_time ON public.playbook_trigger USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table playbook_trigger_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  playbook_type text not null,
  auto_trigger_enabled boolean not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint playbook_trigger_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX playbook_trigger_history_tenant_id_account_id_idx ON public.playbook_trigger_history USING btree (tenant_id, account_id);

create table precedence_policy (
  tenant_id uuid not null,
  version integer not null,
  rules jsonb not null,
  published_at timestamp with time zone not null,
  published_by text not null,
  constraint precedence_policy_pkey PRIMARY KEY (tenant_id, version)
);

create table product (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint product_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX product_by_name ON public.product USING btree (tenant_id, name, account_id);
CREATE INDEX product_by_time ON public.product USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table product_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint product_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX product_history_tenant_id_account_id_idx ON public.product_history USING btree (tenant_id, account_id);

create table profile_asset (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name_sealed bytea,
  kind text not null,
  subject_id uuid not null,
  text_sealed bytea,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  home_account_id uuid,
  origin smallint not null default 0,
  constraint profile_asset_pkey PRIMARY KEY (tenant_id, id),
  constraint profile_asset_check CHECK (home_account_id <> account_id),
  constraint profile_asset_kind_check CHECK (kind ~ '^[a-z][a-z0-9_]{0,63}$'::text),
  constraint profile_asset_origin_check CHECK (origin >= 0 AND origin <= 6)
);
CREATE INDEX profile_asset_by_time ON public.profile_asset USING btree (tenant_id, account_id, recorded_at DESC, id DESC);
CREATE INDEX profile_asset_of_home ON public.profile_asset USING btree (tenant_id, home_account_id) WHERE (home_account_id IS NOT NULL);
CREATE INDEX profile_asset_of_subject ON public.profile_asset USING btree (tenant_id, subject_id);

create table profile_asset_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name_sealed bytea,
  kind text not null,
  subject_id uuid not null,
  text_sealed bytea,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  home_account_id uuid,
  origin smallint,
  constraint profile_asset_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX profile_asset_history_of_subject ON public.profile_asset_history USING btree (tenant_id, subject_id);
CREATE INDEX profile_asset_history_tenant_id_account_id_idx ON public.profile_asset_history USING btree (tenant_id, account_id);

create table profile_field (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name text not null,
  series_id uuid not null,
  version integer not null,
  is_current boolean not null,
  status text not null,
  supersedes_id uuid,
  value_type text not null,
  subject_id uuid not null,
  value_sealed bytea,
  source text not null,
  source_item_type text,
  source_item_id uuid,
  source_metadata_sealed bytea,
  confidence double precision not null,
  validation_state text not null,
  validation_errors text[] not null default '{}'::text[],
  verified_at timestamp with time zone,
  stale_at timestamp with time zone,
  expires_at timestamp with time zone,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  home_account_id uuid,
  outranked_status text,
  origin smallint not null default 0,
  holds_child_data boolean not null default false,
  constraint profile_field_pkey PRIMARY KEY (tenant_id, id),
  constraint profile_field_active_is_current CHECK (is_current OR status <> 'ACTIVE'::text),
  constraint profile_field_check CHECK ((source_item_type IS NULL) = (source_item_id IS NULL)),
  constraint profile_field_check1 CHECK (home_account_id <> account_id),
  constraint profile_field_confidence_check CHECK (confidence >= 0::double precision AND confidence <= 1::double precision),
  constraint profile_field_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,63}$'::text),
  constraint profile_field_no_self CHECK (supersedes_id <> id),
  constraint profile_field_origin_check CHECK (origin >= 0 AND origin <= 6),
  constraint profile_field_outranked CHECK (outranked_status IS NULL OR NOT is_current AND status <> 'ACTIVE'::text),
  constraint profile_field_outranked_status_check CHECK (outranked_status = ANY (ARRAY['ACTIVE'::text, 'EXPIRED'::text, 'ORPHANED'::text])),
  constraint profile_field_source_check CHECK (source = ANY (ARRAY['USER'::text, 'TOOL'::text, 'LLM'::text, 'SESSION'::text, 'CRM'::text, 'IMPORT'::text, 'SYSTEM'::text])),
  constraint profile_field_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'SUPERSEDED'::text, 'EXPIRED'::text, 'ORPHANED'::text])),
  constraint profile_field_validation_state_check CHECK (validation_state = ANY (ARRAY['VALID'::text, 'INVALID'::text, 'UNCHECKED'::text])),
  constraint profile_field_version_check CHECK (version > 0)
);
CREATE INDEX profile_field_by_time ON public.profile_field USING btree (tenant_id, account_id, recorded_at DESC, id DESC);
CREATE INDEX profile_field_child_data ON public.profile_field USING btree (recorded_at, id) WHERE (holds_child_data AND (value_sealed IS NOT NULL));
CREATE INDEX profile_field_child_data_of_account ON public.profile_field USING btree (tenant_id, account_id) WHERE holds_child_data;
CREATE INDEX profile_field_derived ON public.profile_field USING btree (tenant_id, id) WHERE ((status = 'ACTIVE'::text) AND (source_item_type = ANY (ARRAY['ProfileAsset'::text, 'ProfileField'::text])));
CREATE INDEX profile_field_due ON public.profile_field USING btree (expires_at, id) WHERE ((status = 'ACTIVE'::text) AND (expires_at IS NOT NULL));
CREATE INDEX profile_field_from ON public.profile_field USING btree (tenant_id, source_item_id) WHERE (source_item_id IS NOT NULL);
CREATE INDEX profile_field_of_account ON public.profile_field USING btree (tenant_id, account_id, name, version);
CREATE INDEX profile_field_of_home ON public.profile_field USING btree (tenant_id, home_account_id) WHERE (home_account_id IS NOT NULL);
CREATE INDEX profile_field_of_subject ON public.profile_field USING btree (tenant_id, subject_id);
CREATE UNIQUE INDEX profile_field_one_active ON public.profile_field USING btree (tenant_id, account_id, name) WHERE (status = 'ACTIVE'::text);
CREATE UNIQUE INDEX profile_field_one_current ON public.profile_field USING btree (tenant_id, account_id, name) WHERE is_current;
CREATE INDEX profile_field_outranked_of_account ON public.profile_field USING btree (tenant_id, account_id, name) WHERE (outranked_status IS NOT NULL);
CREATE INDEX profile_field_series ON public.profile_field USING btree (tenant_id, series_id, version DESC, id DESC);
CREATE UNIQUE INDEX profile_field_versions ON public.profile_field USING btree (tenant_id, COALESCE(home_account_id, account_id), name, version);

create table profile_field_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name text not null,
  series_id uuid not null,
  version integer not null,
  is_current boolean not null,
  status text not null,
  supersedes_id uuid,
  value_type text not null,
  subject_id uuid not null,
  value_sealed bytea,
  source text not null,
  source_item_type text,
  source_item_id uuid,
  source_metadata_sealed bytea,
  confidence double precision not null,
  validation_state text not null,
  validation_errors text[] not null,
  verified_at timestamp with time zone,
  stale_at timestamp with time zone,
  expires_at timestamp with time zone,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  home_account_id uuid,
  outranked_status text,
  origin smallint,
  holds_child_data boolean,
  constraint profile_field_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX profile_field_history_of_subject ON public.profile_field_history USING btree (tenant_id, subject_id);
CREATE INDEX profile_field_history_tenant_id_account_id_idx ON public.profile_field_history USING btree (tenant_id, account_id);
CREATE INDEX profile_field_history_tenant_id_series_id_idx ON public.profile_field_history USING btree (tenant_id, series_id);

create table profile_setting (
  tenant_id uuid not null,
  validation_mode text not null,
  recorded_at timestamp with time zone not null,
  child_data_days integer not null default 30,
  constraint profile_setting_pkey PRIMARY KEY (tenant_id),
  constraint profile_setting_child_data_days_check CHECK (child_data_days >= 1 AND child_data_days <= 3650),
  constraint profile_setting_validation_mode_check CHECK (validation_mode = ANY (ARRAY['STRICT'::text, 'WARN'::text, 'DISABLED'::text]))
);

create table rejected_requirement (
  tenant_id uuid not null,
  scenario_id uuid not null,
  field_name text not null,
  rejected_by text not null,
  rejected_at timestamp with time zone not null,
  constraint rejected_requirement_pkey PRIMARY KEY (tenant_id, scenario_id, field_name)
);

create table requirement_extraction (
  tenant_id uuid not null,
  scenario_id uuid not null,
  conditions_digest bytea not null,
  extractor text not null,
  model text not null,
  prompt_version integer not null,
  found integer not null,
  recorded_at timestamp with time zone not null,
  constraint requirement_extraction_pkey PRIMARY KEY (tenant_id, scenario_id),
  constraint requirement_extraction_extractor_check CHECK (extractor = ANY (ARRAY['MODEL'::text, 'TEMPLATE'::text]))
);

create table restored_backup (
  tenant_id uuid not null,
  restore_id uuid not null,
  backup_digest text not null,
  backup_made_at timestamp with time zone not null,
  restored_at timestamp with time zone not null,
  sequence bigint not null,
  hash bytea not null,
  previous_sequence bigint,
  key_id text not null,
  signature bytea not null,
  constraint restored_backup_pkey PRIMARY KEY (tenant_id, restore_id)
);

create table scenario (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  name_key text generated always as (lower(name)) stored,
  conditions text not null default ''::text,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint scenario_pkey PRIMARY KEY (tenant_id, id),
  constraint scenario_name_check CHECK (name <> ''::text),
  constraint scenario_tenant_id_name_key_key UNIQUE (tenant_id, name_key)
);

create table scenario_history (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  name_key text,
  conditions text not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint scenario_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);

create table scenario_requirement (
  tenant_id uuid not null,
  id uuid not null,
  scenario_id uuid not null,
  field_name text not null,
  required_level text not null,
  fallback_action text not null,
  origin text not null,
  confidence double precision not null,
  needs_review boolean not null,
  extractor text,
  model text,
  prompt_name text,
  prompt_version integer,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint scenario_requirement_pkey PRIMARY KEY (tenant_id, id),
  constraint scenario_requirement_check CHECK ((origin = 'EXTRACTION'::text) = (extractor IS NOT NULL AND model IS NOT NULL AND prompt_name IS NOT NULL AND prompt_version IS NOT NULL)),
  constraint scenario_requirement_confidence_check CHECK (confidence >= 0::double precision AND confidence <= 1::double precision),
  constraint scenario_requirement_extractor_check CHECK (extractor = ANY (ARRAY['MODEL'::text, 'TEMPLATE'::text])),
  constraint scenario_requirement_fallback_action_check CHECK (fallback_action = ANY (ARRAY['ASK'::text, 'SKIP'::text, 'BLOCK'::text, 'EXTRACT'::text])),
  constraint scenario_requirement_field_name_check CHECK (field_name ~ '^[a-z][a-z0-9_]{0,63}$'::text),
  constraint scenario_requirement_origin_check CHECK (origin = ANY (ARRAY['PERSON'::text, 'EXTRACTION'::text])),
  constraint scenario_requirement_required_level_check CHECK (required_level = ANY (ARRAY['HARD'::text, 'SOFT'::text])),
  constraint scenario_requirement_tenant_id_scenario_id_field_name_key UNIQUE (tenant_id, scenario_id, field_name)
);

create table scenario_requirement_history (
  tenant_id uuid not null,
  id uuid not null,
  scenario_id uuid not null,
  field_name text not null,
  required_level text not null,
  fallback_action text not null,
  origin text not null,
  confidence double precision not null,
  needs_review boolean not null,
  extractor text,
  model text,
  prompt_name text,
  prompt_version integer,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint scenario_requirement_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX scenario_requirement_history_tenant_id_scenario_id_idx ON public.scenario_requirement_history USING btree (tenant_id, scenario_id);

create table score_point (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  value double precision not null,
  previous double precision,
  crossed text,
  cause text not null,
  signal_id uuid,
  model_version integer not null,
  icp_fit double precision not null,
  state jsonb,
  fit_coverage double precision,
  scored boolean not null default true,
  before_id uuid,
  anew boolean not null default false,
  counts_all boolean not null default false,
  counted uuid[],
  traits_id uuid,
  sums bytea,
  constraint score_point_pkey PRIMARY KEY (tenant_id, id),
  constraint score_point_cause_check CHECK (cause = ANY (ARRAY['SIGNAL'::text, 'DECAY'::text, 'MODEL'::text, 'ACCOUNT'::text, 'CONSENT'::text, 'MERGE'::text, 'UNMERGE'::text, 'RETIREMENT'::text, 'RESTORATION'::text])),
  constraint score_point_crossed_check CHECK (crossed = ANY (ARRAY['UP'::text, 'DOWN'::text])),
  constraint score_point_fit_coverage_check CHECK (fit_coverage >= 0::double precision AND fit_coverage <= 1::double precision),
  constraint score_point_has_state CHECK (state IS NOT NULL OR sums IS NOT NULL)
);
CREATE INDEX score_point_anew ON public.score_point USING btree (tenant_id, account_id, recorded_at, id) WHERE (anew OR (traits_id IS NOT NULL));
CREATE INDEX score_point_by_time ON public.score_point USING btree (tenant_id, account_id, recorded_at DESC, id DESC);
CREATE INDEX score_point_first ON public.score_point USING btree (tenant_id, account_id, recorded_at DESC, id DESC) WHERE ((before_id IS NULL) OR anew);

create table score_traits (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  industry text,
  region text,
  employee_count integer,
  recorded_at timestamp with time zone not null,
  constraint score_traits_pkey PRIMARY KEY (tenant_id, id)
);

create table score_trust (
  tenant_id uuid not null,
  account_id uuid not null,
  point_id uuid not null,
  recorded_at timestamp with time zone not null,
  origin smallint not null,
  signal_id uuid not null,
  constraint score_trust_pkey PRIMARY KEY (tenant_id, account_id, recorded_at, point_id),
  constraint score_trust_origin_check CHECK (origin >= 0 AND origin <= 6)
);

create table scoring_model (
  tenant_id uuid not null,
  version integer not null,
  parameters jsonb not null,
  published_at timestamp with time zone not null,
  published_by text not null,
  action_id uuid,
  promoted_from_run uuid,
  restored_version integer,
  constraint scoring_model_pkey PRIMARY KEY (tenant_id, version),
  constraint scoring_model_ground CHECK (
CASE
    WHEN action_id IS NULL THEN promoted_from_run IS NULL AND restored_version IS NULL
    ELSE (promoted_from_run IS NULL) <> (restored_version IS NULL)
END),
  constraint scoring_model_once UNIQUE (tenant_id, action_id),
  constraint scoring_model_restored CHECK (restored_version < version)
);

create table se_mention (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name text not null,
  last_active_at timestamp with time zone,
  status text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint se_mention_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX se_mention_by_time ON public.se_mention USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table se_mention_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  name text not null,
  last_active_at timestamp with time zone,
  status text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint se_mention_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX se_mention_history_tenant_id_account_id_idx ON public.se_mention_history USING btree (tenant_id, account_id);

create table session_message (
  tenant_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  sequence bigint not null,
  delivery_key text not null,
  body_sealed bytea,
  sent_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  handed_out_with bigint,
  handed_out_at timestamp with time zone,
  acknowledged_at timestamp with time zone,
  constraint session_message_pkey PRIMARY KEY (tenant_id, id),
  constraint session_message_check CHECK ((handed_out_with IS NULL) = (handed_out_at IS NULL)),
  constraint session_message_check1 CHECK (acknowledged_at IS NULL OR handed_out_with IS NOT NULL),
  constraint session_message_delivery_key_check CHECK (delivery_key ~ '^[!-~]{1,200}$'::text),
  constraint session_message_sequence_check CHECK (sequence > 0),
  constraint session_message_tenant_id_session_id_delivery_key_key UNIQUE (tenant_id, session_id, delivery_key),
  constraint session_message_tenant_id_session_id_sequence_key UNIQUE (tenant_id, session_id, sequence)
);
CREATE INDEX session_message_by_time ON public.session_message USING btree (recorded_at, id);
CREATE INDEX session_message_waiting ON public.session_message USING btree (tenant_id, session_id, sequence) WHERE (acknowledged_at IS NULL);

create table session_request (
  tenant_id uuid not null,
  session_id uuid not null,
  key bytea not null,
  digest bytea not null,
  fencing_token bigint not null,
  resumed boolean,
  step_id uuid,
  recorded_at timestamp with time zone not null,
  constraint session_request_pkey PRIMARY KEY (tenant_id, session_id, key),
  constraint session_request_check CHECK ((resumed IS NULL) <> (step_id IS NULL)),
  constraint session_request_digest_check CHECK (octet_length(digest) = 32),
  constraint session_request_key_check CHECK (octet_length(key) = 32)
);
CREATE INDEX session_request_by_time ON public.session_request USING btree (recorded_at, session_id);

create table session_setting (
  tenant_id uuid not null,
  transcript_days integer not null,
  context_days integer not null,
  recorded_at timestamp with time zone not null,
  deleted_fencing_token bigint not null default 0,
  constraint session_setting_pkey PRIMARY KEY (tenant_id),
  constraint session_setting_context_days_check CHECK (context_days >= 1 AND context_days <= 3650),
  constraint session_setting_deleted_fencing_token_check CHECK (deleted_fencing_token >= 0),
  constraint session_setting_transcript_days_check CHECK (transcript_days >= 1 AND transcript_days <= 3650)
);

create table session_step (
  tenant_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  sequence bigint not null,
  fencing_token bigint not null,
  content_sealed bytea,
  recorded_at timestamp with time zone not null,
  holds_child_data boolean not null default false,
  constraint session_step_pkey PRIMARY KEY (tenant_id, id),
  constraint session_step_sequence_check CHECK (sequence > 0),
  constraint session_step_tenant_id_session_id_sequence_key UNIQUE (tenant_id, session_id, sequence)
);
CREATE INDEX session_step_by_time ON public.session_step USING btree (recorded_at, id);
CREATE INDEX session_step_child_data ON public.session_step USING btree (tenant_id, recorded_at, id) WHERE holds_child_data;

create table signal (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  type text not null,
  source text not null,
  source_event_id text,
  dedupe_key text not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  effective_at timestamp with time zone not null generated always as (LEAST(occurred_at, recorded_at)) stored,
  payload jsonb not null,
  request_id text not null,
  delivered_account_id uuid,
  moved_at timestamp with time zone,
  origin smallint not null default 0,
  constraint signal_pkey PRIMARY KEY (tenant_id, id),
  constraint signal_delivered_for_other CHECK (delivered_account_id <> account_id),
  constraint signal_origin_check CHECK (origin >= 0 AND origin <= 6)
);
CREATE INDEX signal_by_time ON public.signal USING btree (tenant_id, account_id, occurred_at DESC, id DESC);
CREATE INDEX signal_by_type ON public.signal USING btree (tenant_id, account_id, type, occurred_at DESC, id DESC);
CREATE INDEX signal_of_delivered ON public.signal USING btree (tenant_id, delivered_account_id) WHERE (delivered_account_id IS NOT NULL);
CREATE UNIQUE INDEX signal_once ON public.signal USING btree (tenant_id, dedupe_key);
CREATE INDEX signal_payload ON public.signal USING gin (tenant_id, payload jsonb_path_ops);

create table signal_account_history (
  tenant_id uuid not null,
  signal_id uuid not null,
  account_id uuid not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint signal_account_history_pkey PRIMARY KEY (tenant_id, signal_id, sys_from)
);
CREATE INDEX signal_account_history_of_account ON public.signal_account_history USING btree (tenant_id, account_id);

create table signal_objection (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  signal_id uuid not null,
  subject_id uuid not null,
  account_id uuid not null,
  excluded_at timestamp with time zone not null,
  restored_at timestamp with time zone,
  constraint signal_objection_pkey PRIMARY KEY (tenant_id, id),
  constraint signal_objection_check CHECK (restored_at >= excluded_at)
);
CREATE INDEX signal_objection_of_signal ON public.signal_objection USING btree (tenant_id, signal_id);
CREATE INDEX signal_objection_of_subject ON public.signal_objection USING btree (tenant_id, subject_id) WHERE (restored_at IS NULL);
CREATE UNIQUE INDEX signal_objection_standing ON public.signal_objection USING btree (tenant_id, signal_id, subject_id) WHERE (restored_at IS NULL);

create table signal_withdrawal (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  signal_id uuid not null,
  account_id uuid not null,
  reason text not null,
  withdrawn_at timestamp with time zone not null,
  restored_at timestamp with time zone,
  constraint signal_withdrawal_pkey PRIMARY KEY (tenant_id, id),
  constraint signal_withdrawal_check CHECK (restored_at >= withdrawn_at),
  constraint signal_withdrawal_reason_check CHECK (reason = ANY (ARRAY['WITHDRAWN'::text, 'NEUTRAL'::text]))
);
CREATE INDEX signal_withdrawal_of_signal ON public.signal_withdrawal USING btree (tenant_id, signal_id, withdrawn_at);
CREATE UNIQUE INDEX signal_withdrawal_standing ON public.signal_withdrawal USING btree (tenant_id, signal_id, reason) WHERE (restored_at IS NULL);

create table snapshot_drop (
  tenant_id uuid not null,
  transaction xid8 not null default pg_current_xact_id(),
  dropped integer not null,
  chain_end bigint not null,
  dropped_at timestamp with time zone not null,
  constraint snapshot_drop_pkey PRIMARY KEY (tenant_id, transaction),
  constraint snapshot_drop_dropped_check CHECK (dropped > 0)
);

create table snapshot_due (
  tenant_id uuid not null,
  account_id uuid not null,
  trigger_events text[] not null,
  only_calculated boolean not null,
  due_at timestamp with time zone not null,
  first_at timestamp with time zone not null,
  failures integer not null default 0,
  constraint snapshot_due_pkey PRIMARY KEY (tenant_id, account_id),
  constraint snapshot_due_trigger_events_check CHECK (cardinality(trigger_events) > 0)
) with (fillfactor=70);
CREATE INDEX snapshot_due_next ON public.snapshot_due USING btree (due_at, tenant_id);

create table snapshot_head (
  tenant_id uuid not null,
  account_id uuid not null,
  sequence_number integer not null,
  snapshot_id uuid not null,
  taken_at timestamp with time zone not null,
  event_driven_at timestamp with time zone,
  baseline_id uuid,
  baseline_taken_at timestamp with time zone,
  baseline_health_score double precision,
  baseline_revenue_minor bigint,
  baseline_revenue_currency text,
  constraint snapshot_head_pkey PRIMARY KEY (tenant_id, account_id)
) with (fillfactor=70);

create table snapshot_number (
  tenant_id uuid not null,
  account_id uuid not null,
  sequence_number integer not null,
  snapshot_id uuid not null,
  taken_at timestamp with time zone not null,
  run_id uuid,
  constraint snapshot_number_pkey PRIMARY KEY (tenant_id, account_id, sequence_number),
  constraint snapshot_number_sequence_number_check CHECK (sequence_number > 0),
  constraint snapshot_number_tenant_id_snapshot_id_key UNIQUE (tenant_id, snapshot_id),
  constraint snapshot_once_a_run UNIQUE (tenant_id, run_id, account_id)
);

create table snapshot_policy (
  tenant_id uuid not null,
  version integer not null,
  health_points double precision not null,
  revenue_percent double precision not null,
  months_kept integer,
  published_at timestamp with time zone not null,
  published_by text not null,
  stored_at timestamp with time zone not null,
  trend_hours_apart double precision not null default 12,
  constraint snapshot_policy_pkey PRIMARY KEY (tenant_id, version),
  constraint snapshot_policy_health_points_check CHECK (health_points >= 0::double precision AND health_points <= 100::double precision),
  constraint snapshot_policy_months_kept_check CHECK (months_kept >= 3),
  constraint snapshot_policy_revenue_percent_check CHECK (revenue_percent >= 0::double precision),
  constraint snapshot_policy_trend_hours_apart_check CHECK (trend_hours_apart >= 0::double precision AND trend_hours_apart <= 8760::double precision),
  constraint snapshot_policy_version_check CHECK (version > 0)
);

create table snapshot_run (
  tenant_id uuid not null,
  id uuid not null,
  type text not null,
  status text not null,
  reason text,
  trigger_event text,
  day date,
  total integer not null,
  done integer not null default 0,
  failed integer not null default 0,
  requested_by_kind text not null,
  requested_by_id text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint snapshot_run_pkey PRIMARY KEY (tenant_id, id),
  constraint snapshot_run_check CHECK ((done + failed) <= total),
  constraint snapshot_run_check1 CHECK ((status = 'RUNNING'::text) = (ended_at IS NULL)),
  constraint snapshot_run_check2 CHECK (status = 'RUNNING'::text OR reason IS NULL),
  constraint snapshot_run_once_a_day UNIQUE (tenant_id, day),
  constraint snapshot_run_status_check CHECK (status = ANY (ARRAY['RUNNING'::text, 'DONE'::text, 'CANCELLED'::text])),
  constraint snapshot_run_total_check CHECK (total >= 0),
  constraint snapshot_run_trigger_event_check CHECK (trigger_event = ANY ('{KPI_DATA_UPLOADED,HEALTH_SCORES_UPDATED,ACCOUNT_DATA_CHANGED,PLAYBOOK_EXECUTION_COMPLETED,DAILY_SNAPSHOT_JOB,MANUAL_REQUEST}'::text[])),
  constraint snapshot_run_type_check CHECK (type = ANY (ARRAY['MANUAL'::text, 'SCHEDULED'::text, 'EVENT_DRIVEN'::text, 'POST_HEALTH_CALC'::text]))
) with (fillfactor=70);

create table snapshot_run_item (
  tenant_id uuid not null,
  run_id uuid not null,
  account_id uuid not null,
  state text not null,
  failed_because text,
  constraint snapshot_run_item_pkey PRIMARY KEY (tenant_id, run_id, account_id),
  constraint snapshot_run_item_check CHECK ((state = 'FAILED'::text) = (failed_because IS NOT NULL)),
  constraint snapshot_run_item_failed_because_check CHECK (failed_because = ANY (ARRAY['GONE'::text, 'CHANGED_MEANWHILE'::text, 'FAULT'::text])),
  constraint snapshot_run_item_state_check CHECK (state = ANY (ARRAY['WAITING'::text, 'FAILED'::text]))
) with (fillfactor=70);
CREATE INDEX snapshot_run_failed ON public.snapshot_run_item USING btree (tenant_id, run_id, account_id) WHERE (state = 'FAILED'::text);
CREATE INDEX snapshot_run_waiting ON public.snapshot_run_item USING btree (tenant_id, run_id, account_id) WHERE (state = 'WAITING'::text);

create table source_fetch (
  tenant_id uuid not null,
  source text not null,
  secret_id uuid not null,
  kind text not null,
  external_id text not null,
  wanted_at timestamp with time zone not null,
  fetched_at timestamp with time zone,
  asked_at timestamp with time zone not null,
  attempts smallint not null default 0,
  next_attempt_at timestamp with time zone,
  failed_at timestamp with time zone,
  failure_code text,
  failure_message text,
  dead_at timestamp with time zone,
  constraint source_fetch_pkey PRIMARY KEY (tenant_id, source, secret_id, kind, external_id)
);
CREATE INDEX source_fetch_dead ON public.source_fetch USING btree (tenant_id, source, dead_at) WHERE (dead_at IS NOT NULL);
CREATE INDEX source_fetch_due ON public.source_fetch USING btree (tenant_id, source, COALESCE(next_attempt_at, asked_at)) WHERE (((fetched_at IS NULL) OR (fetched_at < wanted_at)) AND (dead_at IS NULL));

create table source_statement (
  tenant_id uuid not null,
  id uuid not null,
  node_type text not null,
  node_id uuid not null,
  account_id uuid,
  account_order integer,
  source text not null,
  mode text not null,
  occurred_at timestamp with time zone not null,
  modified_at timestamp with time zone,
  timed boolean not null,
  recorded_at timestamp with time zone not null,
  fields jsonb not null,
  subject_id uuid,
  stated_by text not null,
  is_current boolean not null,
  erased jsonb,
  origin smallint not null default 0,
  constraint source_statement_pkey PRIMARY KEY (tenant_id, id),
  constraint source_statement_mode_check CHECK (mode = ANY (ARRAY['PATCH'::text, 'REPLACE'::text, 'RETIRE'::text])),
  constraint source_statement_origin_check CHECK (origin >= 0 AND origin <= 6),
  constraint source_statement_source_check CHECK (source ~ '^[a-z0-9][a-z0-9_-]{0,63}$'::text)
);
CREATE INDEX source_statement_arrived ON public.source_statement USING btree (tenant_id, account_id, source, recorded_at DESC) WHERE (account_id IS NOT NULL);
CREATE INDEX source_statement_arrived_of_account ON public.source_statement USING btree (tenant_id, node_id, source, recorded_at DESC) WHERE (account_id IS NULL);
CREATE INDEX source_statement_former_of_account ON public.source_statement USING btree (tenant_id, account_id) WHERE ((NOT is_current) AND (account_id IS NOT NULL));
CREATE INDEX source_statement_of_account ON public.source_statement USING btree (tenant_id, account_id) WHERE (is_current AND (account_id IS NOT NULL));
CREATE INDEX source_statement_of_node ON public.source_statement USING btree (tenant_id, node_id, is_current);
CREATE INDEX source_statement_of_subject ON public.source_statement USING btree (tenant_id, subject_id) WHERE (subject_id IS NOT NULL);

create table stage_catalogue (
  tenant_id uuid not null,
  version integer not null,
  stages jsonb not null,
  kinds jsonb not null,
  published_at timestamp with time zone not null,
  published_by text not null,
  constraint stage_catalogue_pkey PRIMARY KEY (tenant_id, version)
);

create table stage_report (
  tenant_id uuid not null,
  id uuid not null,
  opportunity_id uuid not null,
  account_id uuid not null,
  source text not null,
  stage text not null,
  closed_as text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  digest text not null,
  payload jsonb not null,
  origin smallint not null default 0,
  constraint stage_report_pkey PRIMARY KEY (tenant_id, id),
  constraint stage_report_closed_as_check CHECK (closed_as = ANY (ARRAY['WON'::text, 'LOST'::text])),
  constraint stage_report_origin_check CHECK (origin >= 0 AND origin <= 6)
);
CREATE UNIQUE INDEX stage_report_once ON public.stage_report USING btree (tenant_id, opportunity_id, source, occurred_at, digest);

create table stage_signal (
  tenant_id uuid not null,
  opportunity_id uuid not null,
  signal_id uuid not null,
  event_id text not null,
  constraint stage_signal_pkey PRIMARY KEY (tenant_id, opportunity_id, signal_id)
);

create table subject_key (
  tenant_id uuid not null,
  subject_id uuid not null,
  lookup bytea not null,
  wrapped_key bytea,
  created_at timestamp with time zone not null,
  destroyed_at timestamp with time zone,
  constraint subject_key_pkey PRIMARY KEY (tenant_id, subject_id),
  constraint subject_key_check CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE UNIQUE INDEX subject_key_by_lookup ON public.subject_key USING btree (tenant_id, lookup) WHERE (destroyed_at IS NULL);

create table suppression (
  tenant_id uuid not null,
  key text not null,
  group_id uuid not null,
  suppressed_at timestamp with time zone not null,
  lifted_at timestamp with time zone,
  constraint suppression_pkey PRIMARY KEY (tenant_id, key),
  constraint suppression_check CHECK (lifted_at >= suppressed_at)
);
CREATE INDEX suppression_group ON public.suppression USING btree (tenant_id, group_id);

create table tenant (
  id uuid not null,
  slug text not null,
  name text not null,
  created_at timestamp with time zone not null,
  constraint tenant_pkey PRIMARY KEY (id),
  constraint tenant_slug_key UNIQUE (slug)
);

create table thread (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  author text not null,
  preview text not null,
  reply_count integer not null default 0,
  url text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint thread_pkey PRIMARY KEY (tenant_id, id),
  constraint thread_reply_count_check CHECK (reply_count >= 0)
);
CREATE INDEX thread_by_time ON public.thread USING btree (tenant_id, account_id, occurred_at DESC, id DESC);

create table thread_event (
  tenant_id uuid not null,
  source text not null,
  thread_key text not null,
  event_key text not null,
  occurred_at timestamp with time zone not null,
  constraint thread_event_pkey PRIMARY KEY (tenant_id, source, thread_key, event_key)
);

create table thread_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  author text not null,
  preview text not null,
  reply_count integer not null,
  url text,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint thread_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX thread_history_tenant_id_account_id_idx ON public.thread_history USING btree (tenant_id, account_id);

create table ticket (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  key text not null,
  summary text not null,
  status text not null,
  status_category text not null,
  assignee text,
  priority text,
  labels text[] not null default '{}'::text[],
  url text,
  created_on date,
  resolved_on date,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint ticket_pkey PRIMARY KEY (tenant_id, id),
  constraint ticket_priority_check CHECK (priority = ANY (ARRAY['HIGHEST'::text, 'HIGH'::text, 'MEDIUM'::text, 'LOW'::text, 'LOWEST'::text])),
  constraint ticket_status_category_check CHECK (status_category = ANY (ARRAY['TO_DO'::text, 'IN_PROGRESS'::text, 'DONE'::text]))
);
CREATE INDEX ticket_by_time ON public.ticket USING btree (tenant_id, account_id, occurred_at DESC, id DESC);
CREATE INDEX ticket_of_tenant_by_time ON public.ticket USING btree (tenant_id, occurred_at, id);
CREATE INDEX ticket_open ON public.ticket USING btree (tenant_id, account_id, occurred_at DESC, id DESC) WHERE (status_category <> 'DONE'::text);

create table ticket_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  key text not null,
  summary text not null,
  status text not null,
  status_category text not null,
  assignee text,
  priority text,
  labels text[] not null,
  url text,
  created_on date,
  resolved_on date,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint ticket_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX ticket_history_tenant_id_account_id_idx ON public.ticket_history USING btree (tenant_id, account_id);

create table unrecorded_change (
  tenant_id uuid not null,
  changes bigint not null,
  constraint unrecorded_change_pkey PRIMARY KEY (tenant_id),
  constraint unrecorded_change_changes_check CHECK (changes > 0)
);

create table untimed_delivery (
  tenant_id uuid not null,
  source text not null,
  key text not null,
  received_at timestamp with time zone not null,
  results jsonb,
  constraint untimed_delivery_pkey PRIMARY KEY (tenant_id, source, key)
);

create table webhook_last_event (
  tenant_id uuid not null,
  secret_id uuid not null,
  occurred_at timestamp with time zone,
  received_at timestamp with time zone not null,
  constraint webhook_last_event_pkey PRIMARY KEY (tenant_id, secret_id)
);

create table webhook_secret (
  tenant_id uuid not null,
  id uuid not null,
  source text not null,
  wrapped_secret bytea not null,
  created_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  expires_at timestamp with time zone,
  created_by text,
  encrypted_secret bytea,
  settings jsonb not null default '{}'::jsonb,
  secret_shown_at timestamp with time zone,
  constraint webhook_secret_pkey PRIMARY KEY (tenant_id, id),
  constraint webhook_secret_id_key UNIQUE (id)
);
CREATE INDEX webhook_secret_by_time ON public.webhook_secret USING btree (tenant_id, created_at DESC, id DESC);

create table weekly_summary (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  week_of date not null,
  status text not null,
  highlights text[] not null default '{}'::text[],
  risks text[] not null default '{}'::text[],
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  constraint weekly_summary_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX weekly_summary_by_time ON public.weekly_summary USING btree (tenant_id, account_id, occurred_at DESC, id DESC);
CREATE INDEX weekly_summary_by_week ON public.weekly_summary USING btree (tenant_id, account_id, week_of DESC, id DESC);

create table weekly_summary_history (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  week_of date not null,
  status text not null,
  highlights text[] not null,
  risks text[] not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  sys_from timestamp with time zone not null,
  sys_to timestamp with time zone not null,
  constraint weekly_summary_history_pkey PRIMARY KEY (tenant_id, id, sys_from)
);
CREATE INDEX weekly_summary_history_tenant_id_account_id_idx ON public.weekly_summary_history USING btree (tenant_id, account_id);

create table lab.change (
  tenant_id uuid not null,
  changes bigint not null,
  constraint change_pkey PRIMARY KEY (tenant_id)
);

create table lab.experiment (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  description text,
  parameters jsonb not null,
  base_version integer not null,
  window_from timestamp with time zone not null,
  window_to timestamp with time zone not null,
  clock text not null,
  horizon_days integer not null default 90,
  created_at timestamp with time zone not null,
  created_by text not null,
  archived_at timestamp with time zone,
  constraint experiment_pkey PRIMARY KEY (tenant_id, id),
  constraint experiment_check CHECK (window_from < window_to),
  constraint experiment_clock_check CHECK (clock = ANY (ARRAY['RECORDED'::text, 'OCCURRED'::text])),
  constraint experiment_description_check CHECK (length(description) <= 2000),
  constraint experiment_horizon_days_check CHECK (horizon_days >= 1 AND horizon_days <= 730),
  constraint experiment_name_check CHECK (name <> ''::text AND length(name) <= 200)
);
CREATE INDEX experiment_by_time ON lab.experiment USING btree (tenant_id, created_at DESC, id DESC);

create table lab.experiment_run (
  tenant_id uuid not null,
  id uuid not null,
  experiment_id uuid not null,
  kind text not null default 'CANDIDATE'::text,
  window_from timestamp with time zone not null,
  window_to timestamp with time zone not null,
  clock text not null,
  frozen_at timestamp with time zone not null,
  horizon_days integer not null,
  parameters jsonb not null,
  base_version integer not null,
  seed bigint not null,
  status text not null,
  requested_at timestamp with time zone not null,
  requested_by text not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  holder uuid,
  leased_until timestamp with time zone,
  attempts integer not null default 0,
  checkpoint jsonb,
  accounts_done integer not null default 0,
  accounts_total integer,
  signals_done bigint not null default 0,
  signals_total bigint,
  failure text,
  digest text,
  metrics jsonb,
  pinned_at timestamp with time zone,
  pinned_by text,
  constraint experiment_run_pkey PRIMARY KEY (tenant_id, id),
  constraint experiment_run_check CHECK (window_from < window_to AND window_to <= frozen_at),
  constraint experiment_run_check1 CHECK ((holder IS NULL) = (leased_until IS NULL)),
  constraint experiment_run_check2 CHECK ((status = 'RUNNING'::text) = (holder IS NOT NULL)),
  constraint experiment_run_check3 CHECK ((status = ANY (ARRAY['COMPLETED'::text, 'FAILED'::text, 'CANCELLED'::text])) = (finished_at IS NOT NULL)),
  constraint experiment_run_check4 CHECK ((status = 'COMPLETED'::text) = (digest IS NOT NULL AND metrics IS NOT NULL)),
  constraint experiment_run_check5 CHECK ((status = 'FAILED'::text) = (failure IS NOT NULL)),
  constraint experiment_run_check6 CHECK ((pinned_at IS NULL) = (pinned_by IS NULL)),
  constraint experiment_run_check7 CHECK (pinned_at IS NULL OR status = 'COMPLETED'::text),
  constraint experiment_run_clock_check CHECK (clock = ANY (ARRAY['RECORDED'::text, 'OCCURRED'::text])),
  constraint experiment_run_digest_check CHECK (digest ~ '^[0-9a-f]{64}$'::text),
  constraint experiment_run_failure_check CHECK (length(failure) <= 200),
  constraint experiment_run_horizon_days_check CHECK (horizon_days >= 1 AND horizon_days <= 730),
  constraint experiment_run_kind_check CHECK (kind = 'CANDIDATE'::text),
  constraint experiment_run_status_check CHECK (status = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text, 'COMPLETED'::text, 'FAILED'::text, 'CANCELLED'::text]))
);
CREATE INDEX experiment_run_due ON lab.experiment_run USING btree (requested_at, id) WHERE (status = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text]));
CREATE INDEX experiment_run_of ON lab.experiment_run USING btree (tenant_id, experiment_id, requested_at DESC, id DESC);

create table lab.fact (
  tenant_id uuid not null,
  id uuid not null,
  occurred_at timestamp with time zone not null,
  actor_kind text not null,
  actor_id text not null,
  request_id text not null,
  kind text not null,
  version smallint not null,
  data jsonb not null,
  relayed_at timestamp with time zone,
  constraint fact_pkey PRIMARY KEY (tenant_id, id),
  constraint fact_kind_check CHECK (kind ~ '^[a-z_]{1,40}[.][a-z_]{1,40}$'::text)
);
CREATE INDEX fact_by_time ON lab.fact USING btree (tenant_id, occurred_at, id);
CREATE INDEX fact_to_relay ON lab.fact USING btree (tenant_id, id) WHERE (relayed_at IS NULL);

create table lab.history_signal (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  type text not null,
  occurred_at timestamp with time zone not null,
  event_id text,
  import_id uuid not null,
  constraint history_signal_pkey PRIMARY KEY (tenant_id, id),
  constraint history_signal_event_id_check CHECK (event_id <> ''::text AND length(event_id) <= 200),
  constraint history_signal_type_check CHECK (type ~ '^[a-z][a-z0-9_]{0,63}$'::text)
);
CREATE UNIQUE INDEX history_signal_by_content ON lab.history_signal USING btree (tenant_id, account_id, type, occurred_at) WHERE (event_id IS NULL);
CREATE UNIQUE INDEX history_signal_by_event ON lab.history_signal USING btree (tenant_id, event_id) WHERE (event_id IS NOT NULL);
CREATE INDEX history_signal_of_account ON lab.history_signal USING btree (tenant_id, account_id, occurred_at, id);

create table lab.import (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  imported_at timestamp with time zone not null,
  imported_by text not null,
  rows integer not null,
  taken integer not null,
  refused integer not null,
  errors jsonb not null default '[]'::jsonb,
  constraint import_pkey PRIMARY KEY (tenant_id, id),
  constraint import_kind_check CHECK (kind = ANY (ARRAY['OUTCOMES'::text, 'SIGNALS'::text])),
  constraint import_refused_check CHECK (refused >= 0),
  constraint import_rows_check CHECK (rows >= 0),
  constraint import_taken_check CHECK (taken >= 0)
);

create table lab.outcome (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  external_id text not null,
  result text not null,
  closed_at timestamp with time zone not null,
  amount_minor bigint,
  currency text,
  imported_at timestamp with time zone not null,
  import_id uuid not null,
  constraint outcome_pkey PRIMARY KEY (tenant_id, id),
  constraint outcome_amount_minor_check CHECK (amount_minor >= 0),
  constraint outcome_check CHECK ((amount_minor IS NULL) = (currency IS NULL)),
  constraint outcome_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint outcome_external_id_check CHECK (external_id <> ''::text AND length(external_id) <= 200),
  constraint outcome_result_check CHECK (result = ANY (ARRAY['WON'::text, 'LOST'::text])),
  constraint outcome_tenant_id_external_id_key UNIQUE (tenant_id, external_id)
);
CREATE INDEX outcome_of_account ON lab.outcome USING btree (tenant_id, account_id, closed_at, id);

create table lab.run_account (
  tenant_id uuid not null,
  run_id uuid not null,
  account_id uuid not null,
  production_score double precision,
  candidate_score double precision,
  signals integer not null,
  production_crossings integer not null default 0,
  candidate_crossings integer not null default 0,
  first_up_at timestamp with time zone,
  outcome text,
  lead_time_hours double precision,
  digest bytea not null,
  measures jsonb,
  scores_compared integer not null default 0,
  scores_equal integer not null default 0,
  production_flagged boolean not null default false,
  candidate_flagged boolean not null default false,
  constraint run_account_pkey PRIMARY KEY (tenant_id, run_id, account_id),
  constraint run_account_candidate_score_check CHECK (candidate_score >= 0::double precision AND candidate_score <= 100::double precision),
  constraint run_account_check CHECK (scores_equal >= 0 AND scores_equal <= scores_compared),
  constraint run_account_digest_check CHECK (octet_length(digest) = 32),
  constraint run_account_outcome_check CHECK (outcome = ANY (ARRAY['WON'::text, 'LOST'::text, 'OPEN'::text])),
  constraint run_account_production_score_check CHECK (production_score >= 0::double precision AND production_score <= 100::double precision),
  constraint run_account_scores_compared_check CHECK (scores_compared >= 0),
  constraint run_account_signals_check CHECK (signals >= 0)
);
CREATE INDEX run_account_moved ON lab.run_account USING btree (tenant_id, run_id, abs((COALESCE(candidate_score, (0)::double precision) - COALESCE(production_score, (0)::double precision))) DESC, account_id);

create table lab.run_crossing (
  tenant_id uuid not null,
  run_id uuid not null,
  account_id uuid not null,
  model text not null,
  at timestamp with time zone not null,
  direction text not null,
  score double precision not null,
  would_propose boolean not null default false,
  why_not text,
  constraint run_crossing_pkey PRIMARY KEY (tenant_id, run_id, account_id, model, at, direction),
  constraint run_crossing_check CHECK (NOT would_propose OR why_not IS NULL),
  constraint run_crossing_direction_check CHECK (direction = ANY (ARRAY['UP'::text, 'DOWN'::text])),
  constraint run_crossing_model_check CHECK (model = ANY (ARRAY['CANDIDATE'::text, 'PRODUCTION'::text, 'RECENCY'::text])),
  constraint run_crossing_score_check CHECK (score >= 0::double precision AND score <= 100::double precision),
  constraint run_crossing_why_not_check CHECK (length(why_not) <= 100)
);

-- Views

create view statement_of_node with (security_invoker=true) as
 SELECT s.tenant_id,
    s.id,
    s.node_type,
    s.node_id,
    s.account_id,
    s.account_order,
    s.source,
    s.mode,
    s.occurred_at,
    s.modified_at,
    s.timed,
    s.recorded_at,
    s.fields,
    s.subject_id,
    s.stated_by,
    s.is_current,
    s.erased,
    s.origin,
    s.node_id AS root_id
   FROM source_statement s
UNION ALL
 SELECT s.tenant_id,
    s.id,
    s.node_type,
    s.node_id,
    s.account_id,
    s.account_order,
    s.source,
    s.mode,
    s.occurred_at,
    s.modified_at,
    s.timed,
    s.recorded_at,
    s.fields,
    s.subject_id,
    s.stated_by,
    s.is_current,
    s.erased,
    s.origin,
    i.survivor_id AS root_id
   FROM node_identity i
     JOIN source_statement s ON s.tenant_id = i.tenant_id AND s.node_id = i.id
  WHERE i.survivor_id <> i.id;

-- Functions and procedures

CREATE OR REPLACE FUNCTION public.account_as_of(at timestamp with time zone)
 RETURNS SETOF account
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, name, name_key, is_stub, industry, region, website, employee_count, status, tier, revenue_minor, revenue_currency, owner_name, owner_email, csm_name, csm_email, csm_manager_name, csm_manager_email, lifecycle_stage, onboarding_status, last_qbr_on, next_qbr_on, engagement_score, primary_champion_id, champion_status, stakeholder_count, occurred_at, recorded_at, sys_from, renewal_on, jira_project_key, slack_channel_id, notion_page_id from account where sys_from <= at
    union all
    select tenant_id, id, name, name_key, is_stub, industry, region, website, employee_count, status, tier, revenue_minor, revenue_currency, owner_name, owner_email, csm_name, csm_email, csm_manager_name, csm_manager_email, lifecycle_stage, onboarding_status, last_qbr_on, next_qbr_on, engagement_score, primary_champion_id, champion_status, stakeholder_count, occurred_at, recorded_at, sys_from, renewal_on, jira_project_key, slack_channel_id, notion_page_id from account_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.account_for_enrichment()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.account_health_as_of(at timestamp with time zone)
 RETURNS SETOF account_health
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, source, overall, model_version, digest, assessed_at, sys_from, trend_stale_at from account_health where sys_from <= at
    union all
    select tenant_id, id, account_id, source, overall, model_version, digest, assessed_at, sys_from, trend_stale_at from account_health_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.account_inputs_as_of(at timestamp with time zone)
 RETURNS SETOF account_inputs
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from account_inputs where recorded_at <= at $function$;

CREATE OR REPLACE FUNCTION public.account_snapshot_as_of(at timestamp with time zone)
 RETURNS SETOF account_snapshot
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from account_snapshot where recorded_at <= at $function$;

CREATE OR REPLACE FUNCTION public.account_version_as_of(at timestamp with time zone)
 RETURNS SETOF account_version
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from account_version where recorded_at <= at $function$;

CREATE OR REPLACE FUNCTION public.accounts_like(word text, pattern text, most integer)
 RETURNS TABLE(account_id uuid, field text, held text)
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  (select id, 'name', name from account where tenant_id = (select app_tenant()) and search_form(name) like pattern order by char_length(name), id limit most)
  union all
  (select id, 'name', name from account where tenant_id = (select app_tenant()) and length(word) > 3 and search_form(name) %> word order by search_form(name) <->> word, id limit most)
  union all
  (select id, 'domain', domain_of(website) from account where tenant_id = (select app_tenant()) and search_form(website) like pattern order by char_length(website), id limit most)
  union all
  (select id, 'owner', owner_name from account where tenant_id = (select app_tenant()) and search_form(owner_name) like pattern order by char_length(owner_name), id limit most)
  union all
  (select id, 'csm', csm_name from account where tenant_id = (select app_tenant()) and search_form(csm_name) like pattern order by char_length(csm_name), id limit most)
  union all
  (select node_id, 'externalRef', external_id from external_ref
   where tenant_id = (select app_tenant()) and node_type = 'Account' and search_form(external_id) like pattern order by char_length(external_id), node_id limit most) $function$;

CREATE OR REPLACE FUNCTION public.accounts_named(part text)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select id from account where tenant_id = (select app_tenant()) and search_form(name) like '%' || escape_like(search_form(part)) || '%' $function$;

CREATE OR REPLACE FUNCTION public.action_as_of(at timestamp with time zone)
 RETURNS SETOF action
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, type, status, risk_level, confidence, contact_id, subject_id, score_point_id, evidence_version, evidence_digest, proposed_by_kind, proposed_by_id, proposed_at, expires_at, claimed_by_kind, claimed_by_id, claim_expires_at, approval_id, decided_by_kind, decided_by_id, decided_at, end_reason, executed_at, is_open, recorded_at, sys_from, home_account_id from action where sys_from <= at
    union all
    select tenant_id, id, account_id, type, status, risk_level, confidence, contact_id, subject_id, score_point_id, evidence_version, evidence_digest, proposed_by_kind, proposed_by_id, proposed_at, expires_at, claimed_by_kind, claimed_by_id, claim_expires_at, approval_id, decided_by_kind, decided_by_id, decided_at, end_reason, executed_at, is_open, recorded_at, sys_from, home_account_id from action_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.action_decision_as_of(at timestamp with time zone)
 RETURNS SETOF action_decision
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from action_decision where decided_at <= at $function$;

CREATE OR REPLACE FUNCTION public.action_transitions()
 RETURNS TABLE(from_status text, to_status text)
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  values
    ('PENDING', 'CLAIMED'), ('PENDING', 'APPROVED'), ('PENDING', 'REJECTED'), ('PENDING', 'EXPIRED'), ('PENDING', 'CANCELLED'), ('PENDING', 'STALE'),
    ('CLAIMED', 'PENDING'), ('CLAIMED', 'APPROVED'), ('CLAIMED', 'REJECTED'), ('CLAIMED', 'EXPIRED'), ('CLAIMED', 'CANCELLED'), ('CLAIMED', 'STALE'),
    ('APPROVED', 'EXECUTED'), ('APPROVED', 'FAILED'), ('APPROVED', 'CANCELLED')
$function$;

CREATE OR REPLACE FUNCTION public.activity_as_of(at timestamp with time zone)
 RETURNS SETOF activity
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, type, subject, occurred_at, recorded_at, sys_from from activity where sys_from <= at
    union all
    select tenant_id, id, account_id, type, subject, occurred_at, recorded_at, sys_from from activity_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.any_of(words text[])
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select coalesce(array_agg('%' || regexp_replace(lower(word), '([\\%_])', '\\\1', 'g') || '%'), '{}') from unnest(words) as w(word)
$function$;

CREATE OR REPLACE FUNCTION public.app_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select coalesce(nullif(current_setting('app.now', true), '')::timestamptz, transaction_timestamp()) $function$;

CREATE OR REPLACE FUNCTION public.app_tenant()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select nullif(current_setting('app.tenant', true), '')::uuid $function$;

CREATE OR REPLACE FUNCTION public.as_jsonb(given json)
 RETURNS jsonb
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
begin
  return given::jsonb;
exception when others then
  -- What jsonb does not hold (NUL, half of a pair) names nobody.
  return regexp_replace(given::text, '(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\1\\ufffd', 'g')::jsonb;
end $function$;

CREATE OR REPLACE FUNCTION public.as_jsonb(given jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select given $function$;

CREATE OR REPLACE FUNCTION public.audit_head_follows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  appended bigint;
  joined boolean;
begin
  if tg_op in ('DELETE', 'TRUNCATE') then
    raise exception 'the head of an audit chain is never deleted' using errcode = '23514', constraint = 'audit_head_follows';
  end if;
  if tg_op = 'INSERT' then
    if new.sequence <> 0 or new.hash <> decode(repeat('00', 32), 'hex') or exists (select from public.audit_logs l where l.tenant_id = new.tenant_id) then
      raise exception 'an audit chain begins with no rows at 0' using errcode = '23514', constraint = 'audit_head_follows';
    end if;
    return null;
  end if;
  -- What a transaction appends is recorded at its instant: one month is looked into, not all.
  select count(*), coalesce(bool_or(l.sequence = old.sequence + 1 and l.previous_hash = old.hash), false) and coalesce(bool_or(l.sequence = new.sequence and l.hash = new.hash), false)
    into appended, joined
    from public.audit_logs l
    where l.tenant_id = old.tenant_id and l.sequence > old.sequence and l.recorded_at = public.app_now();
  if new.tenant_id <> old.tenant_id or new.sequence <= old.sequence or appended <> new.sequence - old.sequence or not joined then
    raise exception 'the head of an audit chain goes forward by the rows that were appended, not from % to %', old.sequence, new.sequence using errcode = '23514', constraint = 'audit_head_follows';
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.audit_logs_as_of(at timestamp with time zone)
 RETURNS SETOF audit_logs
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from audit_logs where recorded_at <= at $function$;

CREATE OR REPLACE FUNCTION public.begin_work(tenant uuid, clock timestamp with time zone, erasure_key text)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
AS $function$
begin
  perform set_config('app.tenant', tenant::text, true), set_config('app.erasure_key', erasure_key, true), set_config('plan_cache_mode', 'force_generic_plan', true);
  return move_work(clock);
end $function$;

CREATE OR REPLACE FUNCTION public.consent_decision_as_of(at timestamp with time zone)
 RETURNS SETOF consent_decision
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from consent_decision where decided_at <= at $function$;

CREATE OR REPLACE FUNCTION public.consideration_as_of(at timestamp with time zone)
 RETURNS SETOF consideration
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, reason, details, action_id, score_point_id, policy_version, since, considered_at, retry_at, woken_at, sys_from from consideration where sys_from <= at
    union all
    select tenant_id, id, account_id, reason, details, action_id, score_point_id, policy_version, since, considered_at, retry_at, woken_at, sys_from from consideration_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.contact_as_of(at timestamp with time zone)
 RETURNS SETOF contact
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, subject_id, digest, name_sealed, email_sealed, title, role, occurred_at, recorded_at, sys_from from contact where sys_from <= at
    union all
    select tenant_id, id, account_id, subject_id, digest, name_sealed, email_sealed, title, role, occurred_at, recorded_at, sys_from from contact_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.contacts_with_words(asked bigint[], most integer)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select contact_id from contact_words where tenant_id = (select app_tenant()) and words @> asked limit most $function$;

CREATE OR REPLACE FUNCTION public.context_fetch_as_of(at timestamp with time zone)
 RETURNS SETOF context_fetch
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from context_fetch where recorded_at <= at $function$;

CREATE OR REPLACE FUNCTION public.context_rules_as_of(at timestamp with time zone)
 RETURNS SETOF context_rules
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from context_rules where published_at <= at $function$;

CREATE OR REPLACE FUNCTION public.counts_as_merged(home uuid, account uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (select from node_identity where tenant_id = app_tenant() and id = home and survivor_id = account) $function$;

CREATE OR REPLACE FUNCTION public.default_blocker_rules()
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select '{"labels": ["blocker"], "priorities": []}'::jsonb $function$;

CREATE OR REPLACE FUNCTION public.default_stage_kinds()
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select '{"prospecting": "OPEN", "qualification": "OPEN", "needsanalysis": "OPEN", "valueproposition": "OPEN", "id.decisionmakers": "OPEN", "perceptionanalysis": "OPEN", "proposal/pricequote": "OPEN", "negotiation/review": "OPEN",
    "appointmentscheduled": "OPEN", "qualifiedtobuy": "OPEN", "presentationscheduled": "OPEN", "decisionmakerboughtin": "OPEN", "decisionmakerbought-in": "OPEN", "contractsent": "OPEN", "closedwon": "WON", "closedlost": "LOST"}'::jsonb $function$;

CREATE OR REPLACE FUNCTION public.domain_of(website text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select regexp_replace(lower(website), '^([a-z]+://)?(www[.])?([^/:?#]*).*$', '\3') $function$;

CREATE OR REPLACE FUNCTION public.drop_empty_snapshot_partitions()
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET "TimeZone" TO 'UTC'
AS $function$
declare
  part record;
  held boolean;
  dropped int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_snapshot_partitions'));
  for part in select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'account_snapshot'::regclass and c.relname ~ '^account_snapshot_[0-9]{6}$' and c.relname < 'account_snapshot_' || to_char(least(app_now(), server_now()), 'YYYYMM') order by 1 loop
    execute format('select exists (select from %I)', part.name) into held;
    continue when held;
    execute format('drop table %I', part.name);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $function$;

CREATE OR REPLACE FUNCTION public.drop_snapshots_past_retention(most integer)
 RETURNS TABLE(snapshot_id uuid, taken_at timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET "TimeZone" TO 'UTC'
 SET "app.snapshots_leave" TO 'on'
AS $function$
declare
  kept int;
  until timestamptz;
  gone_count int;
begin
  -- The policies in force within the last day: the last one that was stored before it, or none, and those stored since.
  select case when bool_and(p.months_kept is not null and exists (
      select from snapshot_policy old where old.tenant_id = p.tenant_id and old.stored_at <= server_now() - interval '1 day')) then max(p.months_kept) end into kept
    from snapshot_policy p where p.tenant_id = app_tenant() and p.version >= coalesce((
      select max(version) from snapshot_policy old where old.tenant_id = app_tenant() and old.stored_at <= server_now() - interval '1 day'), 0);
  if kept is null then
    return;
  end if;
  until := date_trunc('month', least(app_now(), server_now())) - make_interval(months => kept);
  return query
    with past as (
      select s.tenant_id, s.id, s.taken_at from account_snapshot s where s.tenant_id = app_tenant() and s.taken_at < until order by s.taken_at, s.id limit most
    ), gone as (
      delete from account_snapshot s using past p where s.tenant_id = p.tenant_id and s.id = p.id and s.taken_at = p.taken_at returning s.tenant_id, s.account_id, s.sequence_number, s.id, s.taken_at
    ), numbers as (
      -- Up to the account's last one, by which its numbers go on.
      delete from snapshot_number n using (select g.account_id, max(g.sequence_number) as last from gone g group by g.account_id) g
      where n.tenant_id = app_tenant() and n.account_id = g.account_id and n.sequence_number <= g.last
        and (n.snapshot_id in (select g.id from gone g) or not exists (select from account_snapshot s where s.tenant_id = n.tenant_id and s.id = n.snapshot_id and s.taken_at = n.taken_at))
        and not exists (select from snapshot_head h where h.tenant_id = n.tenant_id and h.account_id = n.account_id and h.sequence_number = n.sequence_number)
    )
    select g.id, g.taken_at from gone g;
  get diagnostics gone_count = row_count;
  if gone_count > 0 then
    insert into snapshot_drop (tenant_id, dropped, chain_end, dropped_at) select app_tenant(), gone_count, coalesce(max(h.sequence), 0), server_now() from audit_head h where h.tenant_id = app_tenant();
  end if;
end $function$;

CREATE OR REPLACE FUNCTION public.drops_are_audited()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if not exists (select from audit_logs l where l.tenant_id = new.tenant_id and l.sequence > new.chain_end and l.recorded_at = app_now() and l.kind = 'snapshots.dropped' and (l.data ->> 'count')::int = new.dropped) then
    raise exception 'snapshots are dropped with a fact in the audit that says so' using errcode = '23514', constraint = 'snapshot_drop_audited';
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION lab.due_runs(at timestamp with time zone, most integer)
 RETURNS TABLE(tenant_id uuid, run_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'lab', 'pg_temp'
AS $function$
  select r.tenant_id, r.id from lab.experiment_run r
  where r.status = 'QUEUED' or r.status = 'RUNNING' and r.leased_until <= at
  order by r.requested_at, r.id limit most $function$;

CREATE OR REPLACE FUNCTION public.enrichment_as_of(at timestamp with time zone)
 RETURNS SETOF enrichment
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, provider, trigger, status, failure_code, requested_at, requested_by_kind, requested_by_id, policy_version, context_quality, month, limit_minor, price_minor, cost_minor, call_id, called_at, settle_at, asked_contacts, statement_ids, refused, completed_at, sys_from from enrichment where sys_from <= at
    union all
    select tenant_id, id, account_id, provider, trigger, status, failure_code, requested_at, requested_by_kind, requested_by_id, policy_version, context_quality, month, limit_minor, price_minor, cost_minor, call_id, called_at, settle_at, asked_contacts, statement_ids, refused, completed_at, sys_from from enrichment_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.enrichment_budget_as_of(at timestamp with time zone)
 RETURNS SETOF enrichment_budget
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, month, reserved_minor, spent_minor, version, sys_from from enrichment_budget where sys_from <= at
    union all
    select tenant_id, id, account_id, month, reserved_minor, spent_minor, version, sys_from from enrichment_budget_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.ensure_audit_partitions(first_month date, months integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET "TimeZone" TO 'UTC'
AS $function$
declare
  month date;
  name text;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_audit_partitions'));
  for month in select date_trunc('month', first_month)::date + make_interval(months => i) from generate_series(0, months - 1) i loop
    name := 'audit_logs_' || to_char(month, 'YYYYMM');
    continue when to_regclass(name) is not null;
    execute format('create table %I (like audit_logs including defaults including constraints)', name);
    -- Rows that fell into the net before their month had a partition move into it; no more may fall meanwhile.
    lock table audit_logs_default in access exclusive mode;
    execute format('with caught as (delete from audit_logs_default where recorded_at >= %L and recorded_at < %L returning *)
      insert into %I select * from caught', month, month + interval '1 month', name);
    execute format('alter table audit_logs attach partition %I for values from (%L) to (%L)', name, month, month + interval '1 month');
    made := made + 1;
  end loop;
  return made;
end $function$;

CREATE OR REPLACE FUNCTION public.ensure_snapshot_partitions(first_month date, months integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET "TimeZone" TO 'UTC'
 SET "app.snapshots_leave" TO 'on'
AS $function$
declare
  month date;
  name text;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_snapshot_partitions'));
  for month in select date_trunc('month', first_month)::date + make_interval(months => i) from generate_series(0, months - 1) i loop
    name := 'account_snapshot_' || to_char(month, 'YYYYMM');
    continue when to_regclass(name) is not null;
    execute format('create table %I (like account_snapshot including defaults including constraints)', name);
    -- Rows that fell into the net before their month had a partition move into it; no more may fall meanwhile.
    lock table account_snapshot_default in access exclusive mode;
    execute format('with caught as (delete from account_snapshot_default where taken_at >= %L and taken_at < %L returning *)
      insert into %I select * from caught', month, month + interval '1 month', name);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function refuse_truncate()', name);
    execute format('alter table account_snapshot attach partition %I for values from (%L) to (%L)', name, month, month + interval '1 month');
    made := made + 1;
  end loop;
  return made;
end $function$;

CREATE OR REPLACE FUNCTION public.erase_account_people(addresses text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  held text;
  part text;
begin
  foreach held in array array['account', 'account_history'] loop
    foreach part in array array['owner', 'csm', 'csm_manager'] loop
      execute format('update %1$I set %2$I = null, %3$I = null where tenant_id = app_tenant() and lower(%3$I) = any($1)', held, part || '_name', part || '_email') using addresses;
    end loop;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION public.erase_child_values(before timestamp with time zone)
 RETURNS TABLE(id uuid, account_id uuid, was_active boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  due uuid[] := array(select t.id from profile_field t where t.tenant_id = app_tenant() and t.holds_child_data and t.value_sealed is not null and t.recorded_at < before order by t.recorded_at, t.id limit 500);
begin
  return query select t.id, t.account_id, t.status = 'ACTIVE' from profile_field t where t.tenant_id = app_tenant() and t.id = any(due);
  update profile_field t set value_sealed = null, source_metadata_sealed = null, status = case t.status when 'ACTIVE' then 'EXPIRED' else t.status end,
    outranked_status = case t.outranked_status when 'ACTIVE' then 'EXPIRED' else t.outranked_status end where t.tenant_id = app_tenant() and t.id = any(due);
  update profile_field_history h set value_sealed = null, source_metadata_sealed = null where h.tenant_id = app_tenant() and h.id = any(due);
  -- Of versions that were deleted only their past is left.
  update profile_field_history h set value_sealed = null, source_metadata_sealed = null where h.tenant_id = app_tenant() and h.holds_child_data and h.value_sealed is not null and h.recorded_at < before;
end $function$;

CREATE OR REPLACE FUNCTION public.erase_contact_claims(contacts uuid[], titles text[], roles text[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update contact_history h set title = case when h.title = any(titles) then null else h.title end, role = case when h.role = any(roles) then null else h.role end
  where h.tenant_id = app_tenant() and (h.title = any(titles) or h.role = any(roles))
    and h.id in (select m.id from node_identity i join node_identity m on m.tenant_id = i.tenant_id and m.survivor_id = i.survivor_id where i.tenant_id = app_tenant() and i.id = any(contacts)) $function$;

CREATE OR REPLACE FUNCTION public.erase_contacts(subjects uuid[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  delete from contact where tenant_id = app_tenant() and subject_id = any(subjects);
  update contact_history set title = null, role = null where tenant_id = app_tenant() and subject_id = any(subjects);
$function$;

CREATE OR REPLACE FUNCTION public.erase_from_consent_proofs(ids uuid[], olds bytea[], news bytea[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update consent t set proof_sealed = g.new from unnest(ids, olds, news) as g(id, old, new) where t.tenant_id = app_tenant() and t.id = g.id and t.proof_sealed = g.old;
  update consent_decision t set proof_sealed = g.new from unnest(ids, olds, news) as g(id, old, new) where t.tenant_id = app_tenant() and t.id = g.id and t.proof_sealed = g.old;
$function$;

CREATE OR REPLACE FUNCTION public.erase_from_documents(ids uuid[], texts bytea[], names bytea[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update profile_asset t set text_sealed = g.text, name_sealed = g.name from unnest(ids, texts, names) as g(id, text, name) where t.tenant_id = app_tenant() and t.id = g.id;
  update profile_asset_history t set text_sealed = g.text, name_sealed = g.name from unnest(ids, texts, names) as g(id, text, name) where t.tenant_id = app_tenant() and t.id = g.id;
$function$;

CREATE OR REPLACE FUNCTION public.erase_from_drafts(erased uuid[], drafts bytea[], reasonings bytea[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update action_evidence e set draft_sealed = g.draft, reasoning_sealed = g.reasoning
  from unnest(erased, drafts, reasonings) as g(id, draft, reasoning) where e.tenant_id = app_tenant() and e.id = g.id
$function$;

CREATE OR REPLACE FUNCTION public.erase_from_remarks(erased uuid[], remarks bytea[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update action_decision d set remark_sealed = g.remark from unnest(erased, remarks) as g(id, remark) where d.tenant_id = app_tenant() and d.id = g.id
$function$;

CREATE OR REPLACE FUNCTION public.erase_from_sealed(held text, field text, ids uuid[], olds bytea[], news bytea[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  place text;
begin
  if (held, field) not in (('consent', 'source_sealed'), ('consent_decision', 'source_sealed'), ('contact', 'name_sealed')) then
    raise exception 'this is not changed by an erasure' using errcode = '22023';
  end if;
  foreach place in array array[held, held || '_history'] loop
    continue when to_regclass(quote_ident(place)) is null;
    execute format('update %1$I t set %2$I = g.new from unnest($1, $2, $3) as g(id, old, new) where t.tenant_id = app_tenant() and t.id = g.id and t.%2$I = g.old', place, field) using ids, olds, news;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION public.erase_from_statement_names(nodes uuid[], olds bytea[], news bytea[], digests text[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update source_statement s set fields = s.fields || jsonb_build_object('name', '\x' || encode(g.new, 'hex')), erased = jsonb_build_object('name', g.digest) || coalesce(s.erased, '{}')
  from unnest(nodes, olds, news, digests) as g(node, old, new, digest)
  where s.tenant_id = app_tenant() and s.node_type = 'Contact' and s.node_id = g.node and s.fields ->> 'name' = '\x' || encode(g.old, 'hex')
$function$;

CREATE OR REPLACE FUNCTION public.erase_from_statements(ids uuid[], olds jsonb[], news jsonb[], digests jsonb[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if exists (select from unnest(olds, news) as g(old, new) where is_without(g.old, g.new) is not true) then
    raise exception 'only words can be taken out of a text' using errcode = '22023';
  end if;
  -- The digest of what the source said first stays: that is what it sends again.
  update source_statement s set fields = g.new, erased = g.digest || coalesce(s.erased, '{}') from unnest(ids, olds, news, digests) as g(id, old, new, digest)
  where s.tenant_id = app_tenant() and s.id = g.id and s.fields = g.old;
end $function$;

CREATE OR REPLACE FUNCTION public.erase_from_texts(place text, ids uuid[], olds jsonb[], news jsonb[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET "app.erasing" TO 'on'
AS $function$
declare
  changes text;
  same text;
  honest text;
  rows int;
  refused int;
begin
  if not exists (select from personal_text where table_name = place) then
    raise exception 'this is not changed by an erasure' using errcode = '22023';
  end if;
  select string_agg(format('%1$I = case when g.new ? %1$L then %2$s else t.%1$I end', column_name, case form
      when 'json' then format('(g.new ->> %L)::%s', column_name, (select format_type(atttypid, atttypmod) from pg_attribute where attrelid = to_regclass(quote_ident(place)) and attname = column_name))
      when 'list' then format('array(select json_array_elements_text((g.new ->> %L)::json))', column_name)
      when 'name' then format('replace(g.new ->> %L, ''[erased]'', ''[erased '' || left(md5(t.id::text), 8) || '']'')', column_name)
      when 'id' then format('coalesce(erased_key(t.%I), ''erased:'' || gen_random_uuid())', column_name)
      else format('g.new ->> %L', column_name) end), ', '),
    string_agg(format('%s is not distinct from g.old ->> %L', personal_text_value(form, column_name), column_name), ' and '),
    string_agg(format('(not new ? %1$L or %2$s)', column_name, case when form in ('json', 'list') then format('is_without(as_jsonb((old ->> %1$L)::json), as_jsonb((new ->> %1$L)::json))', column_name) else format('is_without(old ->> %1$L, new ->> %1$L)', column_name) end), ' and ')
  into changes, same, honest from personal_text where table_name = place;
  execute format('select count(*) from unnest($1, $2) as g(old, new) where (%s) is not true', honest) into refused using olds, news;
  if refused > 0 then
    raise exception 'only words can be taken out of a text' using errcode = '22023';
  end if;
  execute format('update %I t set %s from unnest($1, $2, $3) as g(id, old, new) where %s and %s = g.id and %s', place, changes, personal_text_own(place), personal_text_row(place), same) using ids, olds, news;
  get diagnostics rows = row_count;
  return rows;
end $function$;

CREATE OR REPLACE FUNCTION public.erase_profile_values(ids uuid[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update profile_field set value_sealed = null, source_metadata_sealed = null where tenant_id = app_tenant() and id = any(ids);
  update profile_field_history set value_sealed = null, source_metadata_sealed = null where tenant_id = app_tenant() and id = any(ids);
$function$;

CREATE OR REPLACE FUNCTION public.erase_statement_people(addresses text[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update source_statement s set fields = s.fields || g.emptied
  from source_statement o cross join lateral (
    select jsonb_object_agg(p.field, null) as emptied from (values ('owner', 'owner_email'), ('csm', 'csm_email'), ('csmManager', 'csm_manager_email')) as p(field, part)
    where lower(o.fields -> p.field ->> p.part) = any(addresses)) g
  where s.tenant_id = app_tenant() and o.tenant_id = s.tenant_id and o.id = s.id and o.node_type = 'Account' and g.emptied is not null
$function$;

CREATE OR REPLACE FUNCTION public.erased_key(given text)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  -- HMAC-SHA-256; the transaction brings the two padded keys, and the database keeps neither.
  select 'erased:' || encode(sha256(decode(right(key, 128), 'hex') || sha256(decode(left(key, 128), 'hex') || convert_to(given, 'UTF8'))), 'hex')
  from nullif(current_setting('app.erasure_key', true), '') as k(key)
$function$;

CREATE OR REPLACE FUNCTION public.escape_like(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
  select replace(replace(replace(value, '\', '\\'), '%', '\%'), '_', '\_') $function$;

CREATE OR REPLACE FUNCTION public.external_ref_as_of(at timestamp with time zone)
 RETURNS SETOF external_ref
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from external_ref where recorded_at <= at
    union all select tenant_id, node_type, system, external_id, node_id, recorded_at from external_ref_history where recorded_at <= at and unlinked_at > at $function$;

CREATE OR REPLACE FUNCTION public.fence_session_step()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if not exists (select from agent_session s where s.tenant_id = new.tenant_id and s.id = new.session_id and s.fencing_token = new.fencing_token and s.lock_id is not null) then
    raise exception 'a step needs the fencing token of the lock that is held' using errcode = '23514', constraint = 'session_step_fenced';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.field_definition_as_of(at timestamp with time zone)
 RETURNS SETOF field_definition
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, agent, name, display_name, value_type, enum_values, validation_regex, is_pii, collection_prompt, required_verification, retention_days, freshness_days, validation_mode, recorded_at, sys_from, holds_child_data, from_sessions from field_definition where sys_from <= at
    union all
    select tenant_id, id, agent, name, display_name, value_type, enum_values, validation_regex, is_pii, collection_prompt, required_verification, retention_days, freshness_days, validation_mode, recorded_at, sys_from, holds_child_data, from_sessions from field_definition_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.heads_have_numbers()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
begin
  if exists (select from added h where not exists (select from snapshot_number n where n.tenant_id = h.tenant_id and n.account_id = h.account_id and n.sequence_number = h.sequence_number and n.snapshot_id = h.snapshot_id and n.taken_at = h.taken_at)) then
    raise exception 'the last number of an account is that of a snapshot' using errcode = '23514', constraint = 'snapshot_numbers_without_gap';
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.health_model_as_of(at timestamp with time zone)
 RETURNS SETOF health_model
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from health_model where published_at <= at $function$;

CREATE OR REPLACE FUNCTION public.health_trend_as_of(at timestamp with time zone)
 RETURNS SETOF health_trend
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, year, month, overall_score, product_usage_score, support_score, customer_sentiment_score, business_outcomes_score, relationship_strength_score, occurred_at, recorded_at, sys_from from health_trend where sys_from <= at
    union all
    select tenant_id, id, account_id, year, month, overall_score, product_usage_score, support_score, customer_sentiment_score, business_outcomes_score, relationship_strength_score, occurred_at, recorded_at, sys_from from health_trend_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.is_without(old jsonb, new jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case
    when old = new then true
    when jsonb_typeof(old) = 'string' and jsonb_typeof(new) = 'string' then is_without(old #>> '{}', new #>> '{}')
    when jsonb_typeof(old) = 'number' then new = '"[erased]"'
    when jsonb_typeof(old) = 'array' and jsonb_typeof(new) = 'array' then jsonb_array_length(old) = jsonb_array_length(new) and not exists (
      select from jsonb_array_elements(old) with ordinality as o(value, turn) join jsonb_array_elements(new) with ordinality as n(value, turn) using (turn) where not is_without(o.value, n.value))
    when jsonb_typeof(old) = 'object' and jsonb_typeof(new) = 'object' then (select count(*) from jsonb_object_keys(old)) = (select count(*) from jsonb_object_keys(new)) and not exists (
      select from jsonb_each(new) n where not exists (
        select from jsonb_each(old) o where (o.key = n.key or strpos(n.key, '[erased]') > 0 and is_without(o.key, regexp_replace(n.key, ' [0-9]+$', ''))  or strpos(n.key, '[erased]') > 0 and is_without(o.key, n.key)) and is_without(o.value, n.value)))
    else false end
$function$;

CREATE OR REPLACE FUNCTION public.is_without(old text, new text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select old = new or strpos(new, '[erased]') > 0 and old like replace(regexp_replace(new, '([\\%_])', '\\\1', 'g'), '[erased]', '%')
    -- An address has 320 characters at most, each of which may be written in up to twelve.
    and length(old) - length(new) <= 4000 * ((length(new) - length(replace(new, '[erased]', ''))) / 8)
$function$;

CREATE OR REPLACE FUNCTION public.json_texts(given jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select string_agg(written, E'\n') from (
    select value #>> '{}' as written from jsonb_path_query(given, 'strict $.**') as v(value) where jsonb_typeof(value) in ('string', 'number')
    union all
    select key from jsonb_path_query(given, 'strict $.** ? (@.type() == "object")') as v(value), jsonb_object_keys(value) as k(key)
  ) texts
$function$;

CREATE OR REPLACE FUNCTION public.keep_action_evidence()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  about action;
  previous action_evidence;
begin
  select * into about from action a where a.tenant_id = new.tenant_id and a.id = new.action_id;
  select * into previous from action_evidence e where e.tenant_id = new.tenant_id and e.action_id = new.action_id and e.version = new.version - 1;
  if about.id is null or about.account_id is distinct from new.account_id or not about.is_open then
    raise exception 'only what waits for a decision has its evidence frozen' using errcode = '23514', constraint = 'action_evidence_author';
  end if;
  if new.version = 1 then
    if new.cause <> 'PROPOSED' or new.is_edited or (new.author_kind, new.author_id) <> (about.proposed_by_kind, about.proposed_by_id) then
      raise exception 'the first words are the proposer''s' using errcode = '23514', constraint = 'action_evidence_author';
    end if;
  elsif previous.id is null or new.cause = 'PROPOSED' or (new.generated_by, new.model, new.prompt) is distinct from (previous.generated_by, previous.model, previous.prompt)
     or new.cause = 'CHANGED' and (new.author_kind, new.author_id, new.is_edited) <> (previous.author_kind, previous.author_id, previous.is_edited)
     or new.cause = 'EDITED' and not (new.is_edited and new.author_kind = 'user') then
    raise exception 'words have the author who wrote them' using errcode = '23514', constraint = 'action_evidence_author';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_action_life_cycle()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'PENDING' or new.evidence_version <> 1 then
      raise exception 'an action begins as PENDING, with its first evidence, not as %', new.status using errcode = '23514', constraint = 'action_life_cycle';
    end if;
    return new;
  end if;
  if (new.id, new.account_id, new.type, new.subject_id, new.contact_id, new.score_point_id, new.proposed_by_kind, new.proposed_by_id, new.proposed_at, new.expires_at)
     is distinct from (old.id, old.account_id, old.type, old.subject_id, old.contact_id, old.score_point_id, old.proposed_by_kind, old.proposed_by_id, old.proposed_at, old.expires_at) then
    raise exception 'what an action is does not change' using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  if old.approval_id is not null and new.approval_id is distinct from old.approval_id
     or old.decided_by_id is not null and (new.decided_by_kind, new.decided_by_id, new.decided_at) is distinct from (old.decided_by_kind, old.decided_by_id, old.decided_at) then
    raise exception 'an approval stays what it is' using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  if new.status = old.status then
    if not old.is_open then
      raise exception 'an action that is % does not change', old.status using errcode = '23514', constraint = 'action_life_cycle';
    end if;
  elsif not exists (select from action_transitions() t where t.from_status = old.status and t.to_status = new.status) then
    raise exception 'an action does not go from % to %', old.status, new.status using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  if (new.evidence_version, new.evidence_digest) is distinct from (old.evidence_version, old.evidence_digest) and (new.status <> old.status or new.evidence_version <= old.evidence_version) then
    raise exception 'what is decided on stays as it was seen' using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  if new.confidence is distinct from old.confidence and new.confidence is not null or new.risk_level = 'MEDIUM' and old.risk_level = 'HIGH' then
    raise exception 'nobody becomes surer of an action than when it was proposed' using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  if new.status = old.status then
    return new;
  end if;

  if new.status = 'APPROVED' then
    -- By a person, of this action, of the evidence as it stands in the row.
    if not exists (
      select from action_decision d where d.tenant_id = new.tenant_id and d.id = new.approval_id and d.action_id = new.id and d.outcome = 'APPROVED' and d.actor_kind = 'user' and d.actor_id = new.decided_by_id
      and d.inputs ->> 'evidenceDigest' = new.evidence_digest and d.inputs ->> 'evidenceVersion' = new.evidence_version::text) then
      raise exception 'this is no approval of the action by a person' using errcode = '23514', constraint = 'action_life_cycle';
    end if;
    if exists (select from action_evidence e where e.tenant_id = new.tenant_id and e.action_id = new.id and e.version > new.evidence_version) then
      raise exception 'there is newer evidence than what is approved' using errcode = '23514', constraint = 'action_life_cycle';
    end if;
    if new.decided_by_id = new.proposed_by_id
       or exists (select from api_key k where k.tenant_id = new.tenant_id and k.id::text = new.proposed_by_id and k.created_by = new.decided_by_id)
       or (select p.four_eyes from outreach_policy p where p.tenant_id = new.tenant_id order by p.version desc limit 1)
          and exists (select from action_evidence e where e.tenant_id = new.tenant_id and e.action_id = new.id and e.version = new.evidence_version and e.author_id = new.decided_by_id) then
      raise exception 'nobody approves what they, or a machine by a key of theirs, proposed, nor, where the policy wants four eyes, what they wrote' using errcode = '23514', constraint = 'action_four_eyes';
    end if;
  elsif new.status = 'REJECTED' then
    if not exists (
      select from action_decision d where d.tenant_id = new.tenant_id and d.action_id = new.id and d.outcome = 'REJECTED' and d.actor_kind = 'user' and d.actor_id = new.decided_by_id and d.decided_at = new.decided_at) then
      raise exception 'this is no rejection of the action by a person' using errcode = '23514', constraint = 'action_life_cycle';
    end if;
  elsif old.status = 'APPROVED' and not exists (
    select from outreach o where o.tenant_id = new.tenant_id and o.action_id = new.id and o.approval_id = new.approval_id
    and o.state = case new.status when 'EXECUTED' then 'SENT' else new.status end) then
    raise exception 'an action is % once its message is', new.status using errcode = '23514', constraint = 'action_outreach';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_agent_session()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if (new.tenant_id, new.id, new.inbox_id, new.contact_id, new.created_at) is distinct from (old.tenant_id, old.id, old.inbox_id, old.contact_id, old.created_at) then
    raise exception 'identity columns are immutable' using errcode = '23514', constraint = 'agent_session_kept';
  end if;
  if new.fencing_token < old.fencing_token or new.persistent_version < old.persistent_version or new.active_version < old.active_version or new.last_step < old.last_step or new.last_message < old.last_message then
    raise exception 'counters only rise' using errcode = '23514', constraint = 'agent_session_kept';
  end if;
  -- Another lock is another start.
  if new.lock_id is not null and new.lock_id is distinct from old.lock_id and new.fencing_token <= old.fencing_token then
    raise exception 'a lock needs a new fencing token' using errcode = '23514', constraint = 'agent_session_kept';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_counted_account()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if to_jsonb(new) - array['account_id', 'home_account_id', 'is_open', 'sys_from'] <> to_jsonb(old) - array['account_id', 'home_account_id', 'is_open', 'sys_from']
     or coalesce(new.home_account_id, new.account_id) <> coalesce(old.home_account_id, old.account_id)
     or not counts_as_merged(coalesce(new.home_account_id, new.account_id), new.account_id) then
    raise exception 'only a merge changes the account that this counts for' using errcode = '23514', constraint = 'counted_account';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_crm_write()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' then
    if new.undo_state is not null then
      raise exception 'a write begins without an undo' using errcode = '23514', constraint = 'crm_write_approved';
    end if;
    if not exists (
      select from outreach o join action a on a.tenant_id = o.tenant_id and a.id = o.action_id
      where o.tenant_id = new.tenant_id and o.approval_id = new.approval_id and o.action_id = new.action_id and o.state = 'SENT' and a.type = 'CRM_CHANGE' and a.approval_id = new.approval_id) then
      raise exception 'nothing is written without an approval' using errcode = '23514', constraint = 'crm_write_approved';
    end if;
    return new;
  end if;
  if (new.tenant_id, new.approval_id, new.action_id, new.system, new.written_kind, new.written_id, new.written_at)
     is distinct from (old.tenant_id, old.approval_id, old.action_id, old.system, old.written_kind, old.written_id, old.written_at) then
    raise exception 'what was written does not change' using errcode = '23514', constraint = 'crm_write_approved';
  end if;
  if old.undo_state = 'UNDONE' or new.undo_state is null and old.undo_state is not null or new.undo_state in ('UNDONE', 'FAILED') and old.undo_state is distinct from 'DUE' then
    raise exception 'an undo does not go from % to %', old.undo_state, new.undo_state using errcode = '23514', constraint = 'crm_write_approved';
  end if;
  -- Somebody with a deciding role asked for it: the decision says who.
  if new.undo_state = 'DUE' and old.undo_state is distinct from 'DUE' and not exists (
    select from action_decision d where d.tenant_id = new.tenant_id and d.action_id = new.action_id and d.outcome = 'UNDO_REQUESTED' and d.actor_kind = 'user' and d.actor_id = new.undo_by_id and d.decided_at = new.undo_requested_at) then
    raise exception 'nothing is undone unless a person asked for it' using errcode = '23514', constraint = 'crm_write_approved';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_node_merge()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.undone_at is not null and (new.undone_at, new.undone_by_kind, new.undone_by_id) is distinct from (old.undone_at, old.undone_by_kind, old.undone_by_id) then
    raise exception 'a merge is undone once' using errcode = '23514', constraint = 'node_merge_undone';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_outreach()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if tg_op = 'UPDATE' then
    if (new.tenant_id, new.approval_id, new.action_id) is distinct from (old.tenant_id, old.approval_id, old.action_id) then
      raise exception 'what is sent stays with its approval' using errcode = '23514', constraint = 'outreach_approved';
    end if;
    -- From SENDING to CANCELLED: the record was found changed, and nothing was written.
    if (old.state, new.state) not in (('DUE', 'DUE'), ('DUE', 'SENDING'), ('DUE', 'CANCELLED'), ('SENDING', 'SENDING'), ('SENDING', 'DUE'), ('SENDING', 'SENT'), ('SENDING', 'FAILED'), ('SENDING', 'CANCELLED')) then
      raise exception 'what is to be sent does not go from % to %', old.state, new.state using errcode = '23514', constraint = 'outreach_approved';
    end if;
  elsif new.state <> 'DUE' then
    raise exception 'what is to be sent begins as DUE' using errcode = '23514', constraint = 'outreach_approved';
  end if;
  if not exists (select from action a where a.tenant_id = new.tenant_id and a.id = new.action_id and a.approval_id = new.approval_id and a.status = 'APPROVED') then
    raise exception 'nothing is sent without an approval' using errcode = '23514', constraint = 'outreach_approved';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION lab.keep_pinned_rows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select from lab.experiment_run r where r.pinned_at is not null and (r.tenant_id, r.id) in (select tenant_id, run_id from changed)) then
    raise exception 'the rows of a pinned run do not change' using errcode = '23514', constraint = 'experiment_run_pinned';
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION lab.keep_pinned_run()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.pinned_at is not null then
    raise exception 'a pinned run does not change' using errcode = '23514', constraint = 'experiment_run_pinned';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_profile_field()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  free text[] := array['is_current', 'status', 'sys_from', 'value_sealed', 'source_metadata_sealed', 'account_id', 'home_account_id', 'outranked_status', 'holds_child_data'];
begin
  if to_jsonb(new) - free <> to_jsonb(old) - free
     -- An erased value is gone; it never becomes another.
     or (new.value_sealed is not null and new.value_sealed is distinct from old.value_sealed)
     or (new.source_metadata_sealed is not null and new.source_metadata_sealed is distinct from old.source_metadata_sealed)
     or old.holds_child_data and not new.holds_child_data then
    raise exception 'a version of a profile field is never overwritten';
  end if;
  if coalesce(new.home_account_id, new.account_id) <> coalesce(old.home_account_id, old.account_id)
     or new.account_id <> old.account_id and not counts_as_merged(coalesce(new.home_account_id, new.account_id), new.account_id) then
    raise exception 'only a merge changes the profile that a version belongs to';
  end if;
  if coalesce(old.outranked_status, old.status) <> 'ACTIVE' and coalesce(new.outranked_status, new.status) <> coalesce(old.outranked_status, old.status) then
    raise exception 'a profile field that is no longer active stays what it is';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_promoted_model()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if not exists (
    select from action a join outreach o on o.tenant_id = a.tenant_id and o.action_id = a.id and o.approval_id = a.approval_id
    where a.tenant_id = new.tenant_id and a.id = new.action_id and a.type = 'PROMOTE_MODEL' and a.status = 'APPROVED' and o.state = 'SENDING') then
    raise exception 'no model is promoted without an approval' using errcode = '23514', constraint = 'scoring_model_approved';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.keep_snapshot()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  texts text[] := array['reason', 'industry', 'region', 'account_tier', 'external_account_id', 'onboarding_status', 'products_used', 'primary_product', 'last_playbook_executed', 'playbook_recommendations', 'champion_status'];
  is_owner boolean := current_user = (select pg_get_userbyid(relowner) from pg_class where oid = 'account_snapshot'::regclass);
begin
  if tg_op = 'DELETE' and is_owner and current_setting('app.snapshots_leave', true) = 'on' then
    return old;
  end if;
  if tg_op = 'UPDATE' and is_owner and current_setting('app.erasing', true) = 'on' and to_jsonb(new) - texts = to_jsonb(old) - texts then
    return new;
  end if;
  raise exception 'a snapshot never changes' using errcode = '23514', constraint = 'snapshot_immutable';
end $function$;

CREATE OR REPLACE FUNCTION public.keep_version()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  ended timestamptz := greatest(app_now(), case when tg_op = 'INSERT' then null else old.sys_from end);
begin
  if tg_op = 'INSERT' then
    new.sys_from := ended;
    return new;
  end if;
  -- A version that began and ended at one instant was never current at any; there is nothing to keep.
  if ended > old.sys_from then
    execute format('insert into %I (%s, sys_to) select ($1).*, $2', tg_table_name || '_history', tg_argv[0]) using old, ended;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  new.sys_from := ended;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.kpi_as_of(at timestamp with time zone)
 RETURNS SETOF kpi
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, product_id, category, parameter, value, occurred_at, recorded_at, sys_from from kpi where sys_from <= at
    union all
    select tenant_id, id, account_id, product_id, category, parameter, value, occurred_at, recorded_at, sys_from from kpi_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.lineage_edge_as_of(at timestamp with time zone)
 RETURNS SETOF lineage_edge
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select tenant_id, to_type, to_id, from_type, from_id, relation, rule_name, rule_version, recorded_at, null::timestamptz
  from lineage_edge where recorded_at <= at and (removed_at is null or removed_at > at) $function$;

CREATE OR REPLACE FUNCTION public.lineage_rank(type text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case type
    when 'Signal' then 0 when 'AccountSnapshot' then 3 when 'AccountInputs' then 2 when 'AccountVersion' then 1
    when 'Product' then 0 when 'PlaybookExecution' then 0 when 'PlaybookTrigger' then 0 when 'PlaybookReport' then 0 when 'Note' then 0 when 'Contact' then 0
    when 'SourceStatement' then 0 when 'Kpi' then 0 when 'HealthTrend' then 0 when 'Consent' then 0 when 'OutreachPolicy' then 0
    when 'ScorePoint' then 1 when 'AccountHealth' then 1
    when 'Action' then 4 when 'ActionDecision' then 5 end $function$;

CREATE OR REPLACE FUNCTION public.lineage_rises(from_type text, from_id uuid, to_type text, to_id uuid)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce(lineage_rank(from_type) < lineage_rank(to_type) or (from_type = 'AccountSnapshot' and to_type = 'AccountSnapshot' and from_id < to_id), false) $function$;

CREATE OR REPLACE FUNCTION public.lineage_without_circles()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
declare
  leads_on boolean;
  closing record;
begin
  if not exists (select from added where not lineage_rises(from_type, from_id, to_type, to_id)) then
    return null;
  end if;
  -- Whoever is bound to no tenant is the owner, who migrates.
  if app_tenant() is not null then
    insert into lineage_guard as g (tenant_id) values (app_tenant()) on conflict (tenant_id) do update set turns = g.turns + 1;
  end if;
  leads_on := exists (
    select from (select distinct tenant_id, to_id from added) a
    -- "offset 0": a look per node, whatever the planner believes of how many there are.
    cross join lateral (select d.to_id as id, d.relation from lineage_edge d where d.tenant_id = a.tenant_id and d.from_id = a.to_id and d.removed_at is null offset 0) onward
    where (a.tenant_id, onward.id, a.to_id, onward.relation) not in (select tenant_id, to_id, from_id, relation from added));
  if leads_on then
    with recursive below(tenant_id, id) as (
      select tenant_id, to_id from added
      union
      select b.tenant_id, onward.id from below b
      cross join lateral (select d.to_id as id from lineage_edge d where d.tenant_id = b.tenant_id and d.from_id = b.id and d.removed_at is null offset 0) onward
    ), backward as materialized (
      select b.tenant_id, onward.id as to_id, b.id as from_id from below b
      cross join lateral (select d.to_id as id from lineage_edge d where d.tenant_id = b.tenant_id and d.from_id = b.id and d.removed_at is null and d.to_id < b.id offset 0) onward
      -- Only when an edge that was added comes back: not for what is new and leads on to what was there.
      where (select bool_or((a.from_id in (select id from below)) is true) from added a)
    ), reached(tenant_id, origin, id) as (
      select tenant_id, to_id, to_id from backward
      union
      select r.tenant_id, r.origin, onward.id from reached r
      cross join lateral (select d.to_id as id from lineage_edge d where d.tenant_id = r.tenant_id and d.from_id = r.id and d.removed_at is null offset 0) onward
    )
    select w.to_id, w.from_id into closing from backward w
    where exists (select from reached r where r.tenant_id = w.tenant_id and r.origin = w.to_id and r.id = w.from_id) limit 1;
  else
    with recursive reached(tenant_id, origin, id) as (
      select tenant_id, from_id, to_id from added where to_id < from_id
      union
      select r.tenant_id, r.origin, a.to_id from reached r join added a on a.tenant_id = r.tenant_id and a.from_id = r.id
    )
    select origin as to_id, origin as from_id into closing from reached where id = origin limit 1;
  end if;
  if found then
    raise exception 'lineage: % would derive from itself through %', closing.to_id, closing.from_id using errcode = '23514', constraint = 'lineage_without_circles';
  end if;
  return null;
end $function$;

CREATE OR REPLACE PROCEDURE public.make_erasable(IN target regclass, IN columns text[], IN free boolean DEFAULT true)
 LANGUAGE plpgsql
AS $procedure$
declare
  name text := (select relname from pg_class where oid = target);
  held text;
begin
  foreach held in array array[name, name || '_history'] loop
    continue when to_regclass(quote_ident(held)) is null;
    insert into personal_text
      select held, attname, case when atttypid in ('json'::regtype, 'jsonb'::regtype) then 'json' when atttypid = 'text[]'::regtype then 'list' else 'text' end, free
      from pg_attribute where attrelid = to_regclass(quote_ident(held)) and attname = any(columns) and not attisdropped;
  end loop;
end $procedure$;

CREATE OR REPLACE PROCEDURE lab.make_laboratory_table(IN target regclass, IN rights text DEFAULT 'select, insert, update, delete'::text)
 LANGUAGE plpgsql
AS $procedure$
begin
  execute format('alter table %s enable row level security', target);
  execute format('create policy own_tenant on %s to context_graph_lab using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()))', target);
  execute format('create policy read_results on %s for select to context_graph_app using (tenant_id = (select app_tenant()))', target);
  execute format('grant %s on %s to context_graph_lab', rights, target);
  execute format('grant select on %s to context_graph_app', target);
end $procedure$;

CREATE OR REPLACE PROCEDURE public.make_tenant_table(IN target regclass, IN rights text DEFAULT 'select, insert, update, delete'::text)
 LANGUAGE plpgsql
AS $procedure$
begin
  execute format('alter table %s enable row level security', target);
  execute format('create policy own_tenant on %s to context_graph_app using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()))', target);
  execute format('grant %s on %s to context_graph_app', rights, target);
end $procedure$;

CREATE OR REPLACE PROCEDURE public.make_versioned(IN target regclass)
 LANGUAGE plpgsql
AS $procedure$
declare
  columns text := (select string_agg(quote_ident(attname), ', ' order by attnum)
                   from pg_attribute where attrelid = target and attnum > 0 and not attisdropped);
  name text := (select relname from pg_class where oid = target);
  history text := quote_ident(name || '_history');
  added record;
  relaxed record;
begin
  if to_regclass(history) is null then
    execute format('create table %s (like %s)', history, target);
    execute format('alter table %s add column sys_to timestamptz not null, add primary key (tenant_id, id, sys_from)', history);
    if exists (select from pg_attribute where attrelid = target and attname = 'account_id' and not attisdropped) then
      execute format('create index on %s (tenant_id, account_id)', history);
    end if;
    call make_tenant_table(target);
    call make_tenant_table(history::regclass, 'select');
  end if;
  for added in
    select quote_ident(attname) as column, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = target and attnum > 0 and not attisdropped
      and attname not in (select attname from pg_attribute where attrelid = history::regclass and not attisdropped)
    order by attnum
  loop
    execute format('alter table %s add column %s %s', history, added.column, added.type);
  end loop;
  for relaxed in
    select quote_ident(attname) as column from pg_attribute
    where attrelid = history::regclass and attnum > 0 and not attisdropped and attnotnull and attname <> 'sys_to'
      and attname not in (select attname from pg_attribute where attrelid = target and not attisdropped and attnotnull)
  loop
    execute format('alter table %s alter column %s drop not null', history, relaxed.column);
  end loop;
  execute format('create or replace trigger keep_version before insert or update or delete on %s for each row execute function keep_version(%L)', target, columns);
  execute format('create or replace function %s(at timestamptz) returns setof %s stable parallel safe language sql as $f$
    select %s from %s where sys_from <= at
    union all
    select %s from %s where sys_from <= at and sys_to > at $f$', quote_ident(name || '_as_of'), target, columns, target, columns, history);
end $procedure$;

CREATE OR REPLACE FUNCTION public.manager_flag_as_of(at timestamp with time zone)
 RETURNS SETOF manager_flag
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, flag, set_by, note, occurred_at, recorded_at, sys_from from manager_flag where sys_from <= at
    union all
    select tenant_id, id, account_id, flag, set_by, note, occurred_at, recorded_at, sys_from from manager_flag_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.mark_child_values(names text[])
 RETURNS TABLE(id uuid, account_id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
#variable_conflict use_column
declare
  found_ids uuid[] := array(select id from (with recursive below(tenant_id, id) as (
    select tenant_id, id from profile_field where tenant_id = app_tenant() and name = any(names)
    union
    select b.tenant_id, d.id from below b cross join lateral (select * from (
      select e.to_id as id from lineage_edge e where e.tenant_id = b.tenant_id and e.from_id = b.id and e.to_type = 'ProfileField' and e.removed_at is null
      union all select f.id from profile_field f where f.tenant_id = b.tenant_id and f.source_item_id = b.id) d offset 0) d
  )
  select tenant_id, id from below where true) b);
begin
  return query update profile_field t set holds_child_data = true where t.tenant_id = app_tenant() and t.id = any(found_ids) and not t.holds_child_data returning t.id, t.account_id;
  update profile_field_history h set holds_child_data = true where h.tenant_id = app_tenant() and h.id = any(found_ids) and h.holds_child_data is distinct from true;
end $function$;

CREATE OR REPLACE FUNCTION public.merged_consents(tenant uuid, subject uuid, to_purpose text, by_channel text)
 RETURNS TABLE(version integer, granted boolean, expires_at timestamp with time zone)
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(c.version, 0), coalesce(c.granted, false), c.expires_at
  from merged_people(tenant, subject) p (id) left join consent c on c.tenant_id = tenant and c.subject_id = p.id and c.purpose = to_purpose and c.channel = by_channel
  where p.id <> subject and exists (select from node_identity where tenant_id = tenant and node_type = 'Contact' and survivor_id <> id) $function$;

CREATE OR REPLACE FUNCTION public.merged_people(tenant uuid, subject uuid)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE
AS $function$
  select subject
  union
  select k.subject_id
  from (
    select distinct i.survivor_id from source_statement own join node_identity i on i.tenant_id = tenant and i.id = own.node_id and i.node_type = 'Contact'
    where own.tenant_id = tenant and own.subject_id = subject
  ) g cross join lateral (
    select distinct on (said.node_id, said.source) said.subject_id
    from node_identity m join source_statement said on said.tenant_id = tenant and said.node_id = m.id and said.subject_id is not null and said.fields ->> 'email' is not null
    where m.tenant_id = tenant and m.survivor_id = g.survivor_id
    order by said.node_id, said.source, said.occurred_at desc, said.recorded_at desc, said.subject_id
  ) p join subject_key k on k.tenant_id = tenant and k.subject_id = p.subject_id and k.destroyed_at is null $function$;

CREATE OR REPLACE FUNCTION public.move_actions(bases uuid[], survivor uuid)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  update action set account_id = survivor, home_account_id = nullif(coalesce(home_account_id, account_id), survivor)
    where tenant_id = app_tenant() and account_id <> survivor and (home_account_id is null and account_id = any(bases) or home_account_id = any(bases));
  update action_decision set account_id = survivor, home_account_id = nullif(coalesce(home_account_id, account_id), survivor)
    where tenant_id = app_tenant() and account_id <> survivor and (home_account_id is null and account_id = any(bases) or home_account_id = any(bases));
$function$;

CREATE OR REPLACE FUNCTION public.move_signals(base_accounts uuid[], survivor uuid)
 RETURNS bigint
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with moving as materialized (
    select id, account_id, coalesce(delivered_account_id, account_id) as delivered, coalesce(moved_at, recorded_at) as since,
      greatest(app_now(), moved_at, recorded_at) as moved
    from signal where tenant_id = app_tenant() and account_id <> survivor and delivered_account_id is null and account_id = any(base_accounts)
    union all
    select id, account_id, delivered_account_id, coalesce(moved_at, recorded_at), greatest(app_now(), moved_at, recorded_at)
    from signal where tenant_id = app_tenant() and account_id <> survivor and delivered_account_id = any(base_accounts)
  ), kept as (
    insert into signal_account_history (tenant_id, signal_id, account_id, sys_from, sys_to)
    select app_tenant(), id, account_id, since, moved from moving where moved > since
  ), done as (
    update signal s set account_id = survivor, delivered_account_id = nullif(m.delivered, survivor), moved_at = m.moved
    from moving m where s.tenant_id = app_tenant() and s.id = m.id
    returning 1
  )
  select count(*) from done $function$;

CREATE OR REPLACE FUNCTION public.move_work(clock timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
AS $function$
declare
  instant timestamptz := greatest(clock, (select recorded_at from audit_head where tenant_id = app_tenant()));
begin
  perform set_config('app.now', to_char(instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), true);
  return instant;
end $function$;

CREATE OR REPLACE FUNCTION public.node_identity_as_of(at timestamp with time zone)
 RETURNS SETOF node_identity
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, node_type, survivor_id, retired_at, recorded_at, sys_from from node_identity where sys_from <= at
    union all
    select tenant_id, id, node_type, survivor_id, retired_at, recorded_at, sys_from from node_identity_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.note_as_of(at timestamp with time zone)
 RETURNS SETOF note
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, note_type, content, author, occurred_at, recorded_at, sys_from from note where sys_from <= at
    union all
    select tenant_id, id, account_id, note_type, content, author, occurred_at, recorded_at, sys_from from note_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.numbers_have_snapshots()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
begin
  if exists (select from added n where not exists (select from account_snapshot s where s.tenant_id = n.tenant_id and s.id = n.snapshot_id and s.taken_at = n.taken_at and s.account_id = n.account_id and s.sequence_number = n.sequence_number)
      or not exists (select from snapshot_head h where h.tenant_id = n.tenant_id and h.account_id = n.account_id and h.sequence_number = n.sequence_number and h.snapshot_id = n.snapshot_id)) then
    raise exception 'a number is given to a snapshot that is there, and is the last one of its account' using errcode = '23514', constraint = 'snapshot_numbers_without_gap';
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.opportunity_as_of(at timestamp with time zone)
 RETURNS SETOF opportunity
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, name, stage, amount_minor, amount_currency, close_date, probability, next_step, stage_since, occurred_at, recorded_at, sys_from from opportunity where sys_from <= at
    union all
    select tenant_id, id, account_id, name, stage, amount_minor, amount_currency, close_date, probability, next_step, stage_since, occurred_at, recorded_at, sys_from from opportunity_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.outreach_policy_as_of(at timestamp with time zone)
 RETURNS SETOF outreach_policy
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from outreach_policy where published_at <= at $function$;

CREATE OR REPLACE FUNCTION public.personal_text_account(held text)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select case when held in ('account', 'account_history') then 't.id'
    when exists (select from pg_attribute where attrelid = to_regclass(quote_ident(held)) and attname = 'account_id') then 't.account_id' else 'null::uuid' end
$function$;

CREATE OR REPLACE FUNCTION public.personal_text_own(held text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case held when 'dead_letter' then 't.event::text like ''%"'' || app_tenant() || ''"%''' else 't.tenant_id = app_tenant()' end
$function$;

CREATE OR REPLACE FUNCTION public.personal_text_row(held text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when held in ('external_ref', 'external_ref_history') then 't.node_id' when held = 'outreach_policy' then 't.tenant_id' else 't.id' end
$function$;

CREATE OR REPLACE FUNCTION public.personal_text_value(form text, column_name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case form when 'json' then format('t.%I::text', column_name) when 'list' then format('to_json(t.%I)::text', column_name) else format('t.%I', column_name) end
$function$;

CREATE OR REPLACE FUNCTION public.playbook_execution_as_of(at timestamp with time zone)
 RETURNS SETOF playbook_execution
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, playbook_id, playbook_name, status, started_at, completed_at, occurred_at, recorded_at, sys_from from playbook_execution where sys_from <= at
    union all
    select tenant_id, id, account_id, playbook_id, playbook_name, status, started_at, completed_at, occurred_at, recorded_at, sys_from from playbook_execution_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.playbook_report_as_of(at timestamp with time zone)
 RETURNS SETOF playbook_report
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, playbook_name, execution_id, generated_at, content, occurred_at, recorded_at, sys_from from playbook_report where sys_from <= at
    union all
    select tenant_id, id, account_id, playbook_name, execution_id, generated_at, content, occurred_at, recorded_at, sys_from from playbook_report_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.playbook_trigger_as_of(at timestamp with time zone)
 RETURNS SETOF playbook_trigger
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, playbook_type, auto_trigger_enabled, occurred_at, recorded_at, sys_from from playbook_trigger where sys_from <= at
    union all
    select tenant_id, id, account_id, playbook_type, auto_trigger_enabled, occurred_at, recorded_at, sys_from from playbook_trigger_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.points_that_counted(tenant uuid, counted_signal uuid, most integer)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  given record;
begin
  select s.account_id, s.delivered_account_id, s.recorded_at into given from signal s where s.tenant_id = tenant and s.id = counted_signal;
  return query
    select found.id from (
      select given.account_id as id union select given.delivered_account_id where given.delivered_account_id is not null
      union select h.account_id from signal_account_history h where h.tenant_id = tenant and h.signal_id = counted_signal) account
    cross join lateral (
      (select p.id from score_point p
       where p.tenant_id = tenant and p.account_id = account.id and p.recorded_at >= given.recorded_at and not p.anew
         and (counted_signal = any(p.counted) or p.counted is null and p.signal_id = counted_signal)
       order by p.recorded_at, p.id limit 1)
      union all
      (select p.id from score_point p
       where p.tenant_id = tenant and p.account_id = account.id and p.recorded_at >= given.recorded_at and (p.anew or p.traits_id is not null) and p.anew
         and (counted_signal = any(p.counted) or p.counted is null and not p.counts_all and p.signal_id = counted_signal
           or p.counts_all and exists (
             select from signal s where s.tenant_id = tenant and s.id = counted_signal and s.recorded_at < p.recorded_at
               and (s.account_id = p.account_id and (s.moved_at is null or s.moved_at <= p.recorded_at)
                 or exists (select from signal_account_history h where h.tenant_id = tenant and h.signal_id = s.id and h.account_id = p.account_id and h.sys_from <= p.recorded_at and h.sys_to > p.recorded_at))
               and exists (select from scoring_model m cross join jsonb_array_elements(m.parameters -> 'signalTypes') kind where m.tenant_id = tenant and m.version = p.model_version
                 and (kind ->> 'type' = s.type or kind ->> 'type' = 'stage_change' and s.type in ('stage_advanced', 'opportunity_created')))
               and not exists (select from signal_objection o where o.tenant_id = tenant and o.signal_id = s.id and o.excluded_at <= p.recorded_at and (o.restored_at is null or o.restored_at > p.recorded_at))
       and not exists (select from signal_withdrawal w where w.tenant_id = tenant and w.signal_id = s.id and w.withdrawn_at <= p.recorded_at and (w.restored_at is null or w.restored_at > p.recorded_at))))
       order by p.recorded_at, p.id limit most)) found;
end $function$;

CREATE OR REPLACE FUNCTION public.policy_is_stored_now()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.stored_at := public.server_now();
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.precedence_policy_as_of(at timestamp with time zone)
 RETURNS SETOF precedence_policy
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from precedence_policy where published_at <= at $function$;

CREATE OR REPLACE FUNCTION public.product_as_of(at timestamp with time zone)
 RETURNS SETOF product
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, name, occurred_at, recorded_at, sys_from from product where sys_from <= at
    union all
    select tenant_id, id, account_id, name, occurred_at, recorded_at, sys_from from product_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.profile_asset_as_of(at timestamp with time zone)
 RETURNS SETOF profile_asset
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, name_sealed, kind, subject_id, text_sealed, occurred_at, recorded_at, sys_from, home_account_id, origin from profile_asset where sys_from <= at
    union all
    select tenant_id, id, account_id, name_sealed, kind, subject_id, text_sealed, occurred_at, recorded_at, sys_from, home_account_id, origin from profile_asset_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.profile_field_as_of(at timestamp with time zone)
 RETURNS SETOF profile_field
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, name, series_id, version, is_current, status, supersedes_id, value_type, subject_id, value_sealed, source, source_item_type, source_item_id, source_metadata_sealed, confidence, validation_state, validation_errors, verified_at, stale_at, expires_at, occurred_at, recorded_at, sys_from, home_account_id, outranked_status, origin, holds_child_data from profile_field where sys_from <= at
    union all
    select tenant_id, id, account_id, name, series_id, version, is_current, status, supersedes_id, value_type, subject_id, value_sealed, source, source_item_type, source_item_id, source_metadata_sealed, confidence, validation_state, validation_errors, verified_at, stale_at, expires_at, occurred_at, recorded_at, sys_from, home_account_id, outranked_status, origin, holds_child_data from profile_field_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.reference_keys(system text, id text)
 RETURNS text[]
 LANGUAGE sql
 STABLE
AS $function$
  select array[id, erased_key(id)]
    || case when system in ('salesforce', 'sfdc') and id ~ '^[0-9A-Za-z]{18}$' then array[erased_key(left(id, 15))]
            when system = 'jira' and id ~ '^[A-Z][A-Z0-9_]*-[0-9]+$' then array[erased_key(lower(id))]
            when system = 'notion' and id ~ '^[0-9a-f-]{36}$' then array[erased_key(replace(id, '-', ''))]
            else '{}' end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_snapshot_number()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'snapshots of an account are numbered without a gap, in the order in which they were taken' using errcode = '23514', constraint = 'snapshot_numbers_without_gap';
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'a snapshot never changes' using errcode = '23514', constraint = 'snapshot_immutable';
end $function$;

CREATE OR REPLACE FUNCTION public.require_erasure()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if not exists (select from erasure_receipt r where r.tenant_id = new.tenant_id and r.xmin = pg_current_xact_id()::xid) then
    raise exception 'what was decided on, and decided, is rewritten by an erasure alone' using errcode = '23514', constraint = 'erasure_only';
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.scenario_as_of(at timestamp with time zone)
 RETURNS SETOF scenario
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, name, name_key, conditions, recorded_at, sys_from from scenario where sys_from <= at
    union all
    select tenant_id, id, name, name_key, conditions, recorded_at, sys_from from scenario_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.scenario_requirement_as_of(at timestamp with time zone)
 RETURNS SETOF scenario_requirement
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, scenario_id, field_name, required_level, fallback_action, origin, confidence, needs_review, extractor, model, prompt_name, prompt_version, recorded_at, sys_from from scenario_requirement where sys_from <= at
    union all
    select tenant_id, id, scenario_id, field_name, required_level, fallback_action, origin, confidence, needs_review, extractor, model, prompt_name, prompt_version, recorded_at, sys_from from scenario_requirement_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.schedule_job(identifier text, payload json, run_at timestamp with time zone DEFAULT NULL::timestamp with time zone, job_key text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select graphile_worker.add_job(identifier, payload, run_at => run_at, job_key => job_key)
$function$;

CREATE OR REPLACE FUNCTION public.score_point_as_of(at timestamp with time zone)
 RETURNS SETOF score_point
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from score_point where recorded_at <= at $function$;

CREATE OR REPLACE FUNCTION public.score_traits_as_of(at timestamp with time zone)
 RETURNS SETOF score_traits
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from score_traits where recorded_at <= at $function$;

CREATE OR REPLACE FUNCTION public.scoring_model_as_of(at timestamp with time zone)
 RETURNS SETOF scoring_model
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from scoring_model where published_at <= at $function$;

CREATE OR REPLACE FUNCTION public.se_mention_as_of(at timestamp with time zone)
 RETURNS SETOF se_mention
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, name, last_active_at, status, occurred_at, recorded_at, sys_from from se_mention where sys_from <= at
    union all
    select tenant_id, id, account_id, name, last_active_at, status, occurred_at, recorded_at, sys_from from se_mention_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.search_form(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
  select normalize(replace(replace(replace(replace(translate(
    regexp_replace(normalize(lower(normalize(value, nfkc)), nfd), '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u00ad\u200b-\u200f\u2060\ufeff]', '', 'g'),
    'øłđðı‘’‐‑–', 'olddi''''---'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), nfc) $function$;

CREATE OR REPLACE FUNCTION public.search_pattern(searched text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
  select case when char_length(searched) < 3 and searched ~ '^[ -~]*$' then '' else '%' end || escape_like(searched) || '%' $function$;

CREATE OR REPLACE FUNCTION public.seen(given text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  -- Most texts need no more: ASCII, and Chinese, Japanese and Korean as it is usually written.
  select case when octet_length(given) = length(given) or given !~ '[^\u0001-\u007f\u3000-\u3029\u3041-\u3096\u30a1-\u30fc\u3400-\u9fff\uac00-\ud7a3\uff01\uff0c]' then lower(given) else
    lower(normalize(regexp_replace(normalize(replace(replace(replace(replace(lower(translate(given, U&'\0130\0131', 'ii')), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), NFKD),
      '[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0600-\u0605\u061c\u0640\u064b-\u065f\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]', '', 'g'), NFC)) end
$function$;

CREATE OR REPLACE FUNCTION public.server_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select transaction_timestamp() $function$;

CREATE OR REPLACE FUNCTION public.settle_profile_fields(accounts uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  -- First what is not current any more: a profile has one current version of a field at any time.
  with field as materialized (
    select f.id, f.name, i.id as home, i.survivor_id as survivor, f.is_current or f.outranked_status is not null as is_own, coalesce(f.outranked_status, f.status) as status, f.occurred_at, f.recorded_at, f.version
    from node_identity i join profile_field f on f.tenant_id = i.tenant_id and (f.home_account_id is null and f.account_id = i.id or f.home_account_id = i.id)
    where i.tenant_id = app_tenant() and i.id = any(accounts)
  ), current as (
    select distinct on (survivor, name) id from field where is_own order by survivor, name, recorded_at desc, occurred_at desc, version desc, id
  )
  update profile_field t set account_id = l.survivor, home_account_id = nullif(l.home, l.survivor), is_current = false, outranked_status = case when l.is_own then l.status end,
    status = case l.status when 'ACTIVE' then 'SUPERSEDED' else l.status end
  from field l where l.id not in (select id from current) and t.tenant_id = app_tenant() and t.id = l.id and (t.account_id <> l.survivor or t.is_current);
  -- Then what is current elsewhere leaves its place there, before others take it.
  with field as materialized (
    select f.id, f.name, i.id as home, i.survivor_id as survivor, coalesce(f.outranked_status, f.status) as status, f.occurred_at, f.recorded_at, f.version
    from node_identity i join profile_field f on f.tenant_id = i.tenant_id and (f.home_account_id is null and f.account_id = i.id or f.home_account_id = i.id)
    where i.tenant_id = app_tenant() and i.id = any(accounts) and (f.is_current or f.outranked_status is not null)
  ), current as (
    select distinct on (survivor, name) * from field order by survivor, name, recorded_at desc, occurred_at desc, version desc, id
  )
  update profile_field t set is_current = false, outranked_status = c.status, status = case c.status when 'ACTIVE' then 'SUPERSEDED' else c.status end
  from current c where t.tenant_id = app_tenant() and t.id = c.id and t.account_id <> c.survivor and t.is_current;
  with field as materialized (
    select f.id, f.name, i.id as home, i.survivor_id as survivor, coalesce(f.outranked_status, f.status) as status, f.occurred_at, f.recorded_at, f.version
    from node_identity i join profile_field f on f.tenant_id = i.tenant_id and (f.home_account_id is null and f.account_id = i.id or f.home_account_id = i.id)
    where i.tenant_id = app_tenant() and i.id = any(accounts) and (f.is_current or f.outranked_status is not null)
  ), current as (
    select distinct on (survivor, name) * from field order by survivor, name, recorded_at desc, occurred_at desc, version desc, id
  )
  update profile_field t set account_id = c.survivor, home_account_id = nullif(c.home, c.survivor), is_current = true, outranked_status = null, status = c.status
  from current c where t.tenant_id = app_tenant() and t.id = c.id and (t.account_id <> c.survivor or not t.is_current);
  update profile_asset a set account_id = i.survivor_id, home_account_id = nullif(i.id, i.survivor_id)
  from node_identity i where i.tenant_id = app_tenant() and i.id = any(accounts) and a.tenant_id = i.tenant_id and (a.home_account_id is null and a.account_id = i.id or a.home_account_id = i.id) and a.account_id <> i.survivor_id;
end $function$;

CREATE OR REPLACE FUNCTION public.signal_as_of(at timestamp with time zone)
 RETURNS SETOF signal
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, effective_at, payload, request_id, delivered_account_id, moved_at, origin
  from signal where recorded_at <= at and (moved_at is null or moved_at <= at)
  union all
  select s.tenant_id, s.id, h.account_id, s.type, s.source, s.source_event_id, s.dedupe_key, s.occurred_at, s.recorded_at, s.effective_at, s.payload, s.request_id,
    nullif(coalesce(s.delivered_account_id, s.account_id), h.account_id), nullif(h.sys_from, s.recorded_at), s.origin
  from signal_account_history h join signal s on s.tenant_id = h.tenant_id and s.id = h.signal_id
  where h.sys_from <= at and h.sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.signals_counted_at(tenant uuid, account uuid, instant timestamp with time zone, model integer, most integer)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  known text[] := (select array_agg(kind ->> 'type') from scoring_model m cross join jsonb_array_elements(m.parameters -> 'signalTypes') kind where m.tenant_id = tenant and m.version = model);
begin
  if 'stage_change' = any(known) then
    known := known || array['stage_advanced', 'opportunity_created'];
  end if;
  return query
    (select s.id from signal s
     where s.tenant_id = tenant and s.account_id = account and s.recorded_at < instant and (s.moved_at is null or s.moved_at <= instant) and s.type = any(known) and not exists (select from signal_objection o where o.tenant_id = tenant and o.signal_id = s.id and o.excluded_at <= instant and (o.restored_at is null or o.restored_at > instant))
       and not exists (select from signal_withdrawal w where w.tenant_id = tenant and w.signal_id = s.id and w.withdrawn_at <= instant and (w.restored_at is null or w.restored_at > instant))
     order by s.occurred_at desc, s.id desc limit most)
    union all
    (select s.id from signal_account_history h join signal s on s.tenant_id = h.tenant_id and s.id = h.signal_id
     where h.tenant_id = tenant and h.account_id = account and h.sys_from <= instant and h.sys_to > instant and s.recorded_at < instant and s.type = any(known) and not exists (select from signal_objection o where o.tenant_id = tenant and o.signal_id = s.id and o.excluded_at <= instant and (o.restored_at is null or o.restored_at > instant))
       and not exists (select from signal_withdrawal w where w.tenant_id = tenant and w.signal_id = s.id and w.withdrawn_at <= instant and (w.restored_at is null or w.restored_at > instant))
     order by s.occurred_at desc, s.id desc limit most);
end $function$;

CREATE OR REPLACE FUNCTION public.signals_with_payload(contained jsonb, most integer)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  select id from signal where tenant_id = (select app_tenant()) and payload @> contained limit most $function$;

CREATE OR REPLACE FUNCTION public.source_statement_as_of(at timestamp with time zone)
 RETURNS SETOF source_statement
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from source_statement where recorded_at <= at $function$;

CREATE OR REPLACE FUNCTION public.stage_catalogue_as_of(at timestamp with time zone)
 RETURNS SETOF stage_catalogue
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select * from stage_catalogue where published_at <= at $function$;

CREATE OR REPLACE FUNCTION public.stage_key(stage text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$ select regexp_replace(lower(normalize(stage, nfkc)), '\s+', '', 'g') $function$;

CREATE OR REPLACE FUNCTION public.stage_kind(stage text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case
    when lower(stage) ~ '(^|[^[:alpha:]])(closed)?lost([^[:alpha:]]|$)' then 'LOST'
    when lower(stage) ~ '(^|[^[:alpha:]])(closed)?won([^[:alpha:]]|$)' then 'WON'
    else 'OPEN' end $function$;

CREATE OR REPLACE FUNCTION public.statement_of_node_as_of(at timestamp with time zone)
 RETURNS SETOF statement_of_node
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select s.*, s.node_id from source_statement s where s.recorded_at <= at
  union all
  select s.*, i.survivor_id from node_identity_as_of(at) i join source_statement s on s.tenant_id = i.tenant_id and s.node_id = i.id where i.survivor_id <> i.id and s.recorded_at <= at $function$;

CREATE OR REPLACE FUNCTION public.suppressed_names(names text[])
 RETURNS SETOF text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with asked as materialized (select name, erased_key('suppressed:' || name) as key from unnest(names) as n(name))
  select name from asked where exists (select from suppression s where s.tenant_id = app_tenant() and s.key = asked.key and s.lifted_at is null offset 0)
$function$;

CREATE OR REPLACE FUNCTION public.survivors_of(nodes uuid[])
 RETURNS TABLE(id uuid, survivor_id uuid)
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with recursive up (id, node) as (
    select n, n from unnest(nodes) as n
    union all
    select up.id, m.into_id from up join node_merge m on m.tenant_id = app_tenant() and m.child_id = up.node and m.undone_at is null
  )
  select up.id, up.node from up where not exists (select from node_merge m where m.tenant_id = app_tenant() and m.child_id = up.node and m.undone_at is null) $function$;

CREATE OR REPLACE FUNCTION public.tenant_version(tenant uuid)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$ begin
  perform set_config('app.tenant', tenant::text, true);
  return coalesce((select sequence from audit_head where tenant_id = tenant), 0) + coalesce((select changes from unrecorded_change where tenant_id = tenant), 0)
    + coalesce((select changes from lab.change where tenant_id = tenant), 0);
end $function$;

CREATE OR REPLACE FUNCTION public.texts_to_search(after_place text, after_id uuid, most integer, accounts uuid[], words text[], short_words text[], short_pattern text, near_words text[], digits text[], only_places text[])
 RETURNS TABLE(held text, id uuid, account_id uuid, fields text[], forms text[], free boolean[], told text[])
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  place text;
  columns text;
  plain text;
  found int;
  room int := most;
  words_like text[] := any_of(words);
  short_like text[] := any_of(short_words);
  near_like text[] := any_of(near_words);
  digits_like text[] := any_of(digits);
begin
  for place in select distinct table_name from personal_text where table_name >= after_place and (only_places is null or table_name = any(only_places)) order by 1 loop
    select format('array[%s]::text[], array[%s]::text[], array[%s]::boolean[], array[%s]::text[]',
        string_agg(quote_literal(column_name), ', ' order by column_name), string_agg(quote_literal(case when form = 'list' then 'json' else form end), ', ' order by column_name),
        string_agg(is_free::text, ', ' order by column_name), string_agg(personal_text_value(form, column_name), ', ' order by column_name)),
      format('concat_ws(E''\n'', %s)', string_agg(case form when 'json' then format('as_jsonb(t.%I)::text', column_name) when 'list' then format('array_to_string(t.%I, E''\n'')', column_name) else format('t.%I', column_name) end, ', ' order by column_name))
    into columns, plain from personal_text where table_name = place;
    return query execute format($q$
      select $1::text, %s, %s, %s
      from %I t cross join lateral (select seen(%s) as seen offset 0) x
      where %s and %s > $2
        and (x.seen like any($5)
          or cardinality($6) > 0 and x.seen like any($6) and x.seen ~ $7
          or cardinality($8) > 0 and %s = any($4) and x.seen like any($8)
          or cardinality($9) > 0 and translate(x.seen, ' ()./-'||chr(10)||U&'\2010\2011\2012\2013', '') like any($9)
          or (strpos(x.seen, '%%') > 0 or strpos(x.seen, '&') > 0 or strpos(x.seen, chr(92)) > 0) and x.seen ~ '%%[c-f][0-9a-f]|\\u[0-9a-f]{4}|&[#a-z]')
      order by %s fetch first $3 rows with ties $q$,
      personal_text_row(place), personal_text_account(place), columns, place, plain, personal_text_own(place), personal_text_row(place), personal_text_account(place), personal_text_row(place))
      using place, case when place = after_place then after_id else '00000000-0000-0000-0000-000000000000' end, room, accounts, words_like, short_like, short_pattern, near_like, digits_like;
    get diagnostics found = row_count;
    room := room - found;
    exit when room <= 0;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION public.thing_key(name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select regexp_replace(btrim(regexp_replace(lower(name), '[,.;[:space:]]+', ' ', 'g')), ' (?:inc|incorporated|corp|corporation|co|company|llc|ltd|limited|plc|gmbh|ag|kg|se|sa|sas|bv|ab|oy)$', '')
$function$;

CREATE OR REPLACE FUNCTION public.thread_as_of(at timestamp with time zone)
 RETURNS SETOF thread
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, author, preview, reply_count, url, occurred_at, recorded_at, sys_from from thread where sys_from <= at
    union all
    select tenant_id, id, account_id, author, preview, reply_count, url, occurred_at, recorded_at, sys_from from thread_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.ticket_as_of(at timestamp with time zone)
 RETURNS SETOF ticket
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, key, summary, status, status_category, assignee, priority, labels, url, created_on, resolved_on, occurred_at, recorded_at, sys_from from ticket where sys_from <= at
    union all
    select tenant_id, id, account_id, key, summary, status, status_category, assignee, priority, labels, url, created_on, resolved_on, occurred_at, recorded_at, sys_from from ticket_history where sys_from <= at and sys_to > at $function$;

CREATE OR REPLACE FUNCTION public.ticket_blocks(status_category text, labels text[], priority text, rules jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select status_category <> 'DONE' and (
    exists (select from unnest(labels) own join jsonb_array_elements_text(rules -> 'labels') rule on lower(own collate "C") = lower(rule collate "C"))
    or coalesce(jsonb_exists(rules -> 'priorities', priority), false)) $function$;

CREATE OR REPLACE FUNCTION public.weekly_summary_as_of(at timestamp with time zone)
 RETURNS SETOF weekly_summary
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select tenant_id, id, account_id, week_of, status, highlights, risks, occurred_at, recorded_at, sys_from from weekly_summary where sys_from <= at
    union all
    select tenant_id, id, account_id, week_of, status, highlights, risks, occurred_at, recorded_at, sys_from from weekly_summary_history where sys_from <= at and sys_to > at $function$;

-- Indexes over functions

CREATE INDEX account_search ON public.account USING gin (tenant_id, search_form(name) gin_trgm_ops, search_form(website) gin_trgm_ops, search_form(owner_name) gin_trgm_ops, search_form(csm_name) gin_trgm_ops);
CREATE INDEX external_ref_search ON public.external_ref USING gin (tenant_id, search_form(external_id) gin_trgm_ops) WHERE (node_type = 'Account'::text);
-- Foreign keys

alter table account add constraint account_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table account_contexts add constraint account_contexts_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table account_health add constraint account_health_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table account_inputs add constraint account_inputs_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table account_snapshot add constraint account_snapshot_tenant_id_account_id_sequence_number_fkey FOREIGN KEY (tenant_id, account_id, sequence_number) REFERENCES snapshot_number(tenant_id, account_id, sequence_number);
alter table account_version add constraint account_version_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table action add constraint action_approval FOREIGN KEY (tenant_id, id, approval_id) REFERENCES action_decision(tenant_id, action_id, id);
alter table action add constraint action_evidence_seen FOREIGN KEY (tenant_id, id, evidence_version, evidence_digest) REFERENCES action_evidence(tenant_id, action_id, version, digest) DEFERRABLE INITIALLY DEFERRED;
alter table action add constraint action_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table action add constraint action_tenant_id_subject_id_fkey FOREIGN KEY (tenant_id, subject_id) REFERENCES subject_key(tenant_id, subject_id);
alter table action_decision add constraint action_decision_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table action_decision add constraint action_decision_tenant_id_action_id_fkey FOREIGN KEY (tenant_id, action_id) REFERENCES action(tenant_id, id);
alter table action_decision add constraint action_decision_tenant_id_subject_id_fkey FOREIGN KEY (tenant_id, subject_id) REFERENCES subject_key(tenant_id, subject_id);
alter table action_evidence add constraint action_evidence_tenant_id_action_id_fkey FOREIGN KEY (tenant_id, action_id) REFERENCES action(tenant_id, id);
alter table activity add constraint activity_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table agent_session add constraint agent_session_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table agent_session add constraint agent_session_tenant_id_subject_id_fkey FOREIGN KEY (tenant_id, subject_id) REFERENCES subject_key(tenant_id, subject_id);
alter table api_key add constraint api_key_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table audit_anchor add constraint audit_anchor_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table audit_head add constraint audit_head_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table change_follower add constraint change_follower_tenant_id_connection_id_fkey FOREIGN KEY (tenant_id, connection_id) REFERENCES connection(tenant_id, id);
alter table change_stream add constraint change_stream_tenant_id_connection_id_fkey FOREIGN KEY (tenant_id, connection_id) REFERENCES connection(tenant_id, id);
alter table connection add constraint connection_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table connection_backfill add constraint connection_backfill_tenant_id_connection_id_fkey FOREIGN KEY (tenant_id, connection_id) REFERENCES connection(tenant_id, id);
alter table connection_reader add constraint connection_reader_tenant_id_connection_id_fkey FOREIGN KEY (tenant_id, connection_id) REFERENCES connection(tenant_id, id);
alter table connection_state add constraint connection_state_tenant_id_connection_id_fkey FOREIGN KEY (tenant_id, connection_id) REFERENCES connection(tenant_id, id);
alter table consent add constraint consent_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table consent add constraint consent_tenant_id_subject_id_fkey FOREIGN KEY (tenant_id, subject_id) REFERENCES subject_key(tenant_id, subject_id);
alter table consent_decision add constraint consent_decision_tenant_id_consent_id_fkey FOREIGN KEY (tenant_id, consent_id) REFERENCES consent(tenant_id, id);
alter table consideration add constraint consideration_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table contact add constraint contact_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table contact add constraint contact_tenant_id_subject_id_fkey FOREIGN KEY (tenant_id, subject_id) REFERENCES subject_key(tenant_id, subject_id);
alter table contact_words add constraint contact_words_tenant_id_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contact(tenant_id, id) ON DELETE CASCADE;
alter table context_derivation add constraint context_derivation_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table context_derivation add constraint context_derivation_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table context_fetch add constraint context_fetch_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table context_fetch add constraint context_fetch_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table context_refresh add constraint context_refresh_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table context_refresh add constraint context_refresh_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table context_rules add constraint context_rules_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table crm_write add constraint crm_write_tenant_id_action_id_fkey FOREIGN KEY (tenant_id, action_id) REFERENCES action(tenant_id, id);
alter table crm_write add constraint crm_write_tenant_id_approval_id_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES outreach(tenant_id, approval_id);
alter table enrichment add constraint enrichment_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table enrichment add constraint enrichment_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table enrichment_budget add constraint enrichment_budget_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table enrichment_budget add constraint enrichment_budget_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table enrichment_policy add constraint enrichment_policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table enrichment_provider add constraint enrichment_provider_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table erasure_receipt add constraint erasure_receipt_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table erasure_request add constraint erasure_request_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table external_ref add constraint external_ref_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table external_ref_history add constraint external_ref_history_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table field_definition add constraint field_definition_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table health_model add constraint health_model_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table health_trend add constraint health_trend_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table inbox add constraint inbox_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table inbox_block add constraint inbox_block_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table kpi add constraint kpi_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table llm_spending add constraint llm_spending_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table llm_usage add constraint llm_usage_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table log_cursor add constraint log_cursor_consumer_group_fkey FOREIGN KEY (consumer_group) REFERENCES log_group(consumer_group) ON DELETE CASCADE;
alter table log_cursor add constraint log_cursor_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table log_start add constraint log_start_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table manager_flag add constraint manager_flag_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table match_candidate add constraint match_candidate_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table match_key add constraint match_key_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table matching_policy add constraint matching_policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table node_identity add constraint node_identity_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table node_merge add constraint node_merge_tenant_id_child_id_fkey FOREIGN KEY (tenant_id, child_id) REFERENCES node_identity(tenant_id, id);
alter table node_merge add constraint node_merge_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table node_merge add constraint node_merge_tenant_id_from_id_fkey FOREIGN KEY (tenant_id, from_id) REFERENCES node_identity(tenant_id, id);
alter table node_merge add constraint node_merge_tenant_id_into_id_fkey FOREIGN KEY (tenant_id, into_id) REFERENCES node_identity(tenant_id, id);
alter table note add constraint note_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table opportunity add constraint opportunity_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table outreach add constraint outreach_tenant_id_action_id_approval_id_fkey FOREIGN KEY (tenant_id, action_id, approval_id) REFERENCES action_decision(tenant_id, action_id, id);
alter table outreach add constraint outreach_tenant_id_action_id_fkey FOREIGN KEY (tenant_id, action_id) REFERENCES action(tenant_id, id);
alter table outreach_policy add constraint outreach_policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table playbook_execution add constraint playbook_execution_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table playbook_report add constraint playbook_report_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table playbook_trigger add constraint playbook_trigger_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table precedence_policy add constraint precedence_policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table product add constraint product_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table profile_asset add constraint profile_asset_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table profile_asset add constraint profile_asset_tenant_id_subject_id_fkey FOREIGN KEY (tenant_id, subject_id) REFERENCES subject_key(tenant_id, subject_id);
alter table profile_field add constraint profile_field_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table profile_field add constraint profile_field_tenant_id_subject_id_fkey FOREIGN KEY (tenant_id, subject_id) REFERENCES subject_key(tenant_id, subject_id);
alter table profile_setting add constraint profile_setting_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table rejected_requirement add constraint rejected_requirement_tenant_id_scenario_id_fkey FOREIGN KEY (tenant_id, scenario_id) REFERENCES scenario(tenant_id, id);
alter table requirement_extraction add constraint requirement_extraction_tenant_id_scenario_id_fkey FOREIGN KEY (tenant_id, scenario_id) REFERENCES scenario(tenant_id, id);
alter table restored_backup add constraint restored_backup_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table scenario add constraint scenario_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table scenario_requirement add constraint scenario_requirement_tenant_id_scenario_id_fkey FOREIGN KEY (tenant_id, scenario_id) REFERENCES scenario(tenant_id, id);
alter table score_point add constraint score_point_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table score_traits add constraint score_traits_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table scoring_model add constraint scoring_model_of_action FOREIGN KEY (tenant_id, action_id) REFERENCES action(tenant_id, id);
alter table scoring_model add constraint scoring_model_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table se_mention add constraint se_mention_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table session_message add constraint session_message_tenant_id_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES agent_session(tenant_id, id) ON DELETE CASCADE;
alter table session_request add constraint session_request_tenant_id_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES agent_session(tenant_id, id) ON DELETE CASCADE;
alter table session_setting add constraint session_setting_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table session_step add constraint session_step_tenant_id_session_id_fkey FOREIGN KEY (tenant_id, session_id) REFERENCES agent_session(tenant_id, id) ON DELETE CASCADE;
alter table signal add constraint signal_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table signal_objection add constraint signal_objection_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table signal_objection add constraint signal_objection_tenant_id_subject_id_fkey FOREIGN KEY (tenant_id, subject_id) REFERENCES subject_key(tenant_id, subject_id);
alter table signal_withdrawal add constraint signal_withdrawal_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table signal_withdrawal add constraint signal_withdrawal_tenant_id_signal_id_fkey FOREIGN KEY (tenant_id, signal_id) REFERENCES signal(tenant_id, id);
alter table snapshot_due add constraint snapshot_due_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table snapshot_head add constraint snapshot_head_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table snapshot_number add constraint snapshot_number_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table snapshot_policy add constraint snapshot_policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table snapshot_run add constraint snapshot_run_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table snapshot_run_item add constraint snapshot_run_item_tenant_id_run_id_fkey FOREIGN KEY (tenant_id, run_id) REFERENCES snapshot_run(tenant_id, id);
alter table source_fetch add constraint source_fetch_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table stage_catalogue add constraint stage_catalogue_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table stage_report add constraint stage_report_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table stage_signal add constraint stage_signal_tenant_id_signal_id_fkey FOREIGN KEY (tenant_id, signal_id) REFERENCES signal(tenant_id, id);
alter table subject_key add constraint subject_key_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table suppression add constraint suppression_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table thread add constraint thread_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table thread_event add constraint thread_event_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table ticket add constraint ticket_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table unrecorded_change add constraint unrecorded_change_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table untimed_delivery add constraint untimed_delivery_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table webhook_last_event add constraint webhook_last_event_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table webhook_secret add constraint webhook_secret_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);
alter table weekly_summary add constraint weekly_summary_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES node_identity(tenant_id, id);
alter table lab.experiment_run add constraint experiment_run_tenant_id_experiment_id_fkey FOREIGN KEY (tenant_id, experiment_id) REFERENCES lab.experiment(tenant_id, id) ON DELETE CASCADE;
alter table lab.history_signal add constraint history_signal_tenant_id_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES lab.import(tenant_id, id);
alter table lab.outcome add constraint outcome_tenant_id_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES lab.import(tenant_id, id);
alter table lab.run_account add constraint run_account_tenant_id_run_id_fkey FOREIGN KEY (tenant_id, run_id) REFERENCES lab.experiment_run(tenant_id, id) ON DELETE CASCADE;
alter table lab.run_crossing add constraint run_crossing_tenant_id_run_id_fkey FOREIGN KEY (tenant_id, run_id) REFERENCES lab.experiment_run(tenant_id, id) ON DELETE CASCADE;
-- Triggers

CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON account FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, name, name_key, is_stub, industry, region, website, employee_count, status, tier, revenue_minor, revenue_currency, owner_name, owner_email, csm_name, csm_email, csm_manager_name, csm_manager_email, lifecycle_stage, onboarding_status, last_qbr_on, next_qbr_on, engagement_score, primary_champion_id, champion_status, stakeholder_count, occurred_at, recorded_at, sys_from, renewal_on, jira_project_key, slack_channel_id, notion_page_id');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON account_health FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, source, overall, model_version, digest, assessed_at, sys_from, trend_stale_at');
CREATE TRIGGER immutable BEFORE DELETE OR UPDATE ON account_snapshot FOR EACH ROW EXECUTE FUNCTION keep_snapshot();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON account_snapshot FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON account_snapshot_default FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER account_counted BEFORE UPDATE ON action FOR EACH ROW WHEN (new.account_id IS DISTINCT FROM old.account_id OR new.home_account_id IS DISTINCT FROM old.home_account_id) EXECUTE FUNCTION keep_counted_account();
CREATE TRIGGER action_life_cycle BEFORE INSERT ON action FOR EACH ROW EXECUTE FUNCTION keep_action_life_cycle();
CREATE TRIGGER action_life_cycle_kept BEFORE UPDATE ON action FOR EACH ROW WHEN (NOT (new.account_id IS DISTINCT FROM old.account_id OR new.home_account_id IS DISTINCT FROM old.home_account_id)) EXECUTE FUNCTION keep_action_life_cycle();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON action FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, type, status, risk_level, confidence, contact_id, subject_id, score_point_id, evidence_version, evidence_digest, proposed_by_kind, proposed_by_id, proposed_at, expires_at, claimed_by_kind, claimed_by_id, claim_expires_at, approval_id, decided_by_kind, decided_by_id, decided_at, end_reason, executed_at, is_open, recorded_at, sys_from, home_account_id');
CREATE TRIGGER account_counted BEFORE UPDATE ON action_decision FOR EACH ROW WHEN (new.account_id IS DISTINCT FROM old.account_id OR new.home_account_id IS DISTINCT FROM old.home_account_id) EXECUTE FUNCTION keep_counted_account();
CREATE CONSTRAINT TRIGGER erasure_only AFTER UPDATE ON action_decision DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NOT (new.account_id IS DISTINCT FROM old.account_id OR new.home_account_id IS DISTINCT FROM old.home_account_id)) EXECUTE FUNCTION require_erasure();
CREATE TRIGGER action_evidence_author BEFORE INSERT ON action_evidence FOR EACH ROW EXECUTE FUNCTION keep_action_evidence();
CREATE CONSTRAINT TRIGGER erasure_only AFTER UPDATE ON action_evidence DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_erasure();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON activity FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, type, subject, occurred_at, recorded_at, sys_from');
CREATE TRIGGER agent_session_kept BEFORE UPDATE ON agent_session FOR EACH ROW EXECUTE FUNCTION keep_agent_session();
CREATE TRIGGER audit_head_follows AFTER INSERT OR UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_follows();
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_follows();
CREATE TRIGGER audit_head_stays_whole BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_head_follows();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON consideration FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, reason, details, action_id, score_point_id, policy_version, since, considered_at, retry_at, woken_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, subject_id, digest, name_sealed, email_sealed, title, role, occurred_at, recorded_at, sys_from');
CREATE TRIGGER crm_write_approved BEFORE INSERT OR UPDATE ON crm_write FOR EACH ROW EXECUTE FUNCTION keep_crm_write();
CREATE TRIGGER enrichment_accounted AFTER INSERT OR UPDATE ON enrichment FOR EACH ROW EXECUTE FUNCTION account_for_enrichment();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON enrichment FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, provider, trigger, status, failure_code, requested_at, requested_by_kind, requested_by_id, policy_version, context_quality, month, limit_minor, price_minor, cost_minor, call_id, called_at, settle_at, asked_contacts, statement_ids, refused, completed_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON enrichment_budget FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, month, reserved_minor, spent_minor, version, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON field_definition FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, agent, name, display_name, value_type, enum_values, validation_regex, is_pii, collection_prompt, required_verification, retention_days, freshness_days, validation_mode, recorded_at, sys_from, holds_child_data, from_sessions');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON health_trend FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, year, month, overall_score, product_usage_score, support_score, customer_sentiment_score, business_outcomes_score, relationship_strength_score, occurred_at, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON kpi FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, product_id, category, parameter, value, occurred_at, recorded_at, sys_from');
CREATE TRIGGER without_circles AFTER INSERT ON lineage_edge REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION lineage_without_circles();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON manager_flag FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, flag, set_by, note, occurred_at, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON node_identity FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, node_type, survivor_id, retired_at, recorded_at, sys_from');
CREATE TRIGGER undone_once BEFORE UPDATE ON node_merge FOR EACH ROW EXECUTE FUNCTION keep_node_merge();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, note_type, content, author, occurred_at, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, name, stage, amount_minor, amount_currency, close_date, probability, next_step, stage_since, occurred_at, recorded_at, sys_from');
CREATE TRIGGER outreach_approved BEFORE INSERT OR UPDATE ON outreach FOR EACH ROW EXECUTE FUNCTION keep_outreach();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON playbook_execution FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, playbook_id, playbook_name, status, started_at, completed_at, occurred_at, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON playbook_report FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, playbook_name, execution_id, generated_at, content, occurred_at, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON playbook_trigger FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, playbook_type, auto_trigger_enabled, occurred_at, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON product FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, name, occurred_at, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON profile_asset FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, name_sealed, kind, subject_id, text_sealed, occurred_at, recorded_at, sys_from, home_account_id, origin');
CREATE TRIGGER a_version_is_kept BEFORE UPDATE ON profile_field FOR EACH ROW EXECUTE FUNCTION keep_profile_field();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON profile_field FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, name, series_id, version, is_current, status, supersedes_id, value_type, subject_id, value_sealed, source, source_item_type, source_item_id, source_metadata_sealed, confidence, validation_state, validation_errors, verified_at, stale_at, expires_at, occurred_at, recorded_at, sys_from, home_account_id, outranked_status, origin, holds_child_data');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON scenario FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, name, name_key, conditions, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON scenario_requirement FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, scenario_id, field_name, required_level, fallback_action, origin, confidence, needs_review, extractor, model, prompt_name, prompt_version, recorded_at, sys_from');
CREATE TRIGGER scoring_model_approved BEFORE INSERT ON scoring_model FOR EACH ROW WHEN (new.action_id IS NOT NULL) EXECUTE FUNCTION keep_promoted_model();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON se_mention FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, name, last_active_at, status, occurred_at, recorded_at, sys_from');
CREATE TRIGGER session_step_fenced BEFORE INSERT ON session_step FOR EACH ROW EXECUTE FUNCTION fence_session_step();
CREATE CONSTRAINT TRIGGER drops_are_audited AFTER INSERT ON snapshot_drop DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drops_are_audited();
CREATE TRIGGER first_heads_have_numbers AFTER INSERT ON snapshot_head REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION heads_have_numbers();
CREATE TRIGGER first_number BEFORE INSERT ON snapshot_head FOR EACH ROW WHEN (new.sequence_number <> 1) EXECUTE FUNCTION refuse_snapshot_number();
CREATE TRIGGER heads_have_numbers AFTER UPDATE ON snapshot_head REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION heads_have_numbers();
CREATE TRIGGER numbers_without_gap BEFORE UPDATE ON snapshot_head FOR EACH ROW WHEN (new.sequence_number <> (old.sequence_number + 1) OR new.taken_at < old.taken_at) EXECUTE FUNCTION refuse_snapshot_number();
CREATE TRIGGER numbers_have_snapshots AFTER INSERT ON snapshot_number REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION numbers_have_snapshots();
CREATE TRIGGER policy_is_stored_now BEFORE INSERT ON snapshot_policy FOR EACH ROW EXECUTE FUNCTION policy_is_stored_now();
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON thread FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, author, preview, reply_count, url, occurred_at, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, key, summary, status, status_category, assignee, priority, labels, url, created_on, resolved_on, occurred_at, recorded_at, sys_from');
CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON weekly_summary FOR EACH ROW EXECUTE FUNCTION keep_version('tenant_id, id, account_id, week_of, status, highlights, risks, occurred_at, recorded_at, sys_from');
CREATE TRIGGER experiment_run_pinned BEFORE DELETE OR UPDATE ON lab.experiment_run FOR EACH ROW EXECUTE FUNCTION lab.keep_pinned_run();
CREATE TRIGGER run_account_pinned_delete AFTER DELETE ON lab.run_account REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION lab.keep_pinned_rows();
CREATE TRIGGER run_account_pinned_from AFTER UPDATE ON lab.run_account REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION lab.keep_pinned_rows();
CREATE TRIGGER run_account_pinned_insert AFTER INSERT ON lab.run_account REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION lab.keep_pinned_rows();
CREATE TRIGGER run_account_pinned_update AFTER UPDATE ON lab.run_account REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION lab.keep_pinned_rows();
CREATE TRIGGER run_crossing_pinned_delete AFTER DELETE ON lab.run_crossing REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION lab.keep_pinned_rows();
CREATE TRIGGER run_crossing_pinned_from AFTER UPDATE ON lab.run_crossing REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION lab.keep_pinned_rows();
CREATE TRIGGER run_crossing_pinned_insert AFTER INSERT ON lab.run_crossing REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION lab.keep_pinned_rows();
CREATE TRIGGER run_crossing_pinned_update AFTER UPDATE ON lab.run_crossing REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION lab.keep_pinned_rows();
-- Row-level security

alter table account enable row level security;
create policy laboratory on account for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on account for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table account_contexts enable row level security;
create policy find_due on account_contexts for select to context_graph_system using (true);
create policy laboratory on account_contexts for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on account_contexts for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table account_health enable row level security;
create policy own_tenant on account_health for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table account_health_history enable row level security;
create policy own_tenant on account_health_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table account_history enable row level security;
create policy laboratory on account_history for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on account_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table account_inputs enable row level security;
create policy own_tenant on account_inputs for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table account_snapshot enable row level security;
create policy own_tenant on account_snapshot for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table account_version enable row level security;
create policy own_tenant on account_version for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table action enable row level security;
create policy find_due on action for select to context_graph_system using (true);
create policy own_tenant on action for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table action_decision enable row level security;
create policy own_tenant on action_decision for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table action_evidence enable row level security;
create policy own_tenant on action_evidence for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table action_history enable row level security;
create policy own_tenant on action_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table activity enable row level security;
create policy own_tenant on activity for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table activity_history enable row level security;
create policy own_tenant on activity_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table agent_session enable row level security;
create policy find_due on agent_session for select to context_graph_system using (true);
create policy own_tenant on agent_session for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table api_key enable row level security;
create policy find_caller on api_key for select to context_graph_system using (true);
create policy laboratory on api_key for select to context_graph_lab using (true);
create policy own_tenant on api_key for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table audit_anchor enable row level security;
create policy find_due on audit_anchor for select to context_graph_system using (true);
create policy own_tenant on audit_anchor for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table audit_head enable row level security;
create policy find_due on audit_head for select to context_graph_system using (true);
create policy laboratory on audit_head for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on audit_head for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table audit_logs enable row level security;
create policy own_tenant on audit_logs for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_log on audit_logs for select to context_graph_system using (true);
alter table change_follower enable row level security;
create policy find_work on change_follower for select to context_graph_system using (true);
create policy own_tenant on change_follower for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table change_stream enable row level security;
create policy own_tenant on change_stream for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table connection enable row level security;
create policy find_work on connection for select to context_graph_system using (true);
create policy own_tenant on connection for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table connection_backfill enable row level security;
create policy find_work on connection_backfill for select to context_graph_system using (true);
create policy own_tenant on connection_backfill for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table connection_reader enable row level security;
create policy find_work on connection_reader for select to context_graph_system using (true);
create policy own_tenant on connection_reader for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table connection_state enable row level security;
create policy find_states on connection_state for select to context_graph_system using (true);
create policy own_tenant on connection_state for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table consent enable row level security;
create policy find_expired on consent for select to context_graph_system using (true);
create policy laboratory on consent for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on consent for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table consent_decision enable row level security;
create policy own_tenant on consent_decision for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table consideration enable row level security;
create policy find_due on consideration for select to context_graph_system using (true);
create policy own_tenant on consideration for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table consideration_history enable row level security;
create policy own_tenant on consideration_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table contact enable row level security;
create policy laboratory on contact for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on contact for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table contact_history enable row level security;
create policy own_tenant on contact_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table contact_words enable row level security;
create policy own_tenant on contact_words for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table context_derivation enable row level security;
create policy own_tenant on context_derivation for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table context_fetch enable row level security;
create policy own_tenant on context_fetch for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table context_refresh enable row level security;
create policy own_tenant on context_refresh for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table context_rules enable row level security;
create policy own_tenant on context_rules for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table crm_write enable row level security;
create policy find_due on crm_write for select to context_graph_system using (true);
create policy own_tenant on crm_write for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table enrichment enable row level security;
create policy find_due on enrichment for select to context_graph_system using (true);
create policy own_tenant on enrichment for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table enrichment_budget enable row level security;
create policy own_tenant on enrichment_budget for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table enrichment_budget_history enable row level security;
create policy own_tenant on enrichment_budget_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table enrichment_history enable row level security;
create policy own_tenant on enrichment_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table enrichment_policy enable row level security;
create policy own_tenant on enrichment_policy for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table enrichment_provider enable row level security;
create policy own_tenant on enrichment_provider for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table erasure_receipt enable row level security;
create policy own_tenant on erasure_receipt for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table erasure_request enable row level security;
create policy own_tenant on erasure_request for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table external_ref enable row level security;
create policy laboratory on external_ref for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on external_ref for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table external_ref_history enable row level security;
create policy own_tenant on external_ref_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table field_definition enable row level security;
create policy own_tenant on field_definition for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table field_definition_history enable row level security;
create policy own_tenant on field_definition_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table health_model enable row level security;
create policy own_tenant on health_model for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table health_trend enable row level security;
create policy own_tenant on health_trend for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table health_trend_history enable row level security;
create policy own_tenant on health_trend_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table inbox enable row level security;
create policy own_tenant on inbox for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy prune on inbox for all to context_graph_system using (true);
alter table inbox_block enable row level security;
create policy own_tenant on inbox_block for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy prune on inbox_block for all to context_graph_system using (true);
alter table key_ring enable row level security;
create policy installation on key_ring for all to context_graph_system using (true) with check (true);
create policy laboratory on key_ring for select to context_graph_lab using (true);
alter table known_signing_key enable row level security;
create policy installation on known_signing_key for all to context_graph_system using (true) with check (true);
alter table kpi enable row level security;
create policy own_tenant on kpi for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table kpi_history enable row level security;
create policy own_tenant on kpi_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lineage_edge enable row level security;
create policy begins_now on lineage_edge as restrictive for insert to context_graph_app with check (((recorded_at = app_now()) AND (removed_at IS NULL)));
create policy ends_once on lineage_edge as restrictive for update to context_graph_app using ((removed_at IS NULL)) with check ((removed_at = app_now()));
create policy never_current on lineage_edge as restrictive for delete to context_graph_app using (((removed_at IS NULL) AND (recorded_at >= app_now())));
create policy own_tenant on lineage_edge for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lineage_guard enable row level security;
create policy own_tenant on lineage_guard for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table llm_spending enable row level security;
create policy own_tenant on llm_spending for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table llm_usage enable row level security;
create policy own_tenant on llm_usage for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table log_cursor enable row level security;
create policy move on log_cursor for all to context_graph_system using (true);
alter table log_start enable row level security;
create policy move on log_start for all to context_graph_system using (true);
alter table manager_flag enable row level security;
create policy own_tenant on manager_flag for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table manager_flag_history enable row level security;
create policy own_tenant on manager_flag_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table master_key enable row level security;
create policy installation on master_key for all to context_graph_system using (true) with check (true);
create policy laboratory on master_key for select to context_graph_lab using (true);
alter table match_candidate enable row level security;
create policy own_tenant on match_candidate for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table match_key enable row level security;
create policy own_tenant on match_key for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table matching_policy enable row level security;
create policy own_tenant on matching_policy for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table node_identity enable row level security;
create policy laboratory on node_identity for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on node_identity for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table node_identity_history enable row level security;
create policy laboratory on node_identity_history for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on node_identity_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table node_merge enable row level security;
create policy laboratory on node_merge for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on node_merge for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table note enable row level security;
create policy own_tenant on note for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table note_history enable row level security;
create policy own_tenant on note_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table opportunity enable row level security;
create policy laboratory on opportunity for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on opportunity for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table opportunity_history enable row level security;
create policy laboratory on opportunity_history for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on opportunity_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table outbox enable row level security;
create policy own_tenant on outbox for insert to context_graph_app with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy relay on outbox for all to context_graph_system using (true);
alter table outreach enable row level security;
create policy find_due on outreach for select to context_graph_system using (true);
create policy own_tenant on outreach for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table outreach_default enable row level security;
create policy for_every_tenant on outreach_default for select to context_graph_app using (true);
create policy set_at_start on outreach_default for all to context_graph_system using (true) with check (true);
alter table outreach_policy enable row level security;
create policy laboratory on outreach_policy for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on outreach_policy for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table playbook_execution enable row level security;
create policy own_tenant on playbook_execution for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table playbook_execution_history enable row level security;
create policy own_tenant on playbook_execution_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table playbook_report enable row level security;
create policy own_tenant on playbook_report for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table playbook_report_history enable row level security;
create policy own_tenant on playbook_report_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table playbook_trigger enable row level security;
create policy own_tenant on playbook_trigger for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table playbook_trigger_history enable row level security;
create policy own_tenant on playbook_trigger_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table precedence_policy enable row level security;
create policy own_tenant on precedence_policy for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table product enable row level security;
create policy own_tenant on product for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table product_history enable row level security;
create policy own_tenant on product_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table profile_asset enable row level security;
create policy find_orphans on profile_asset for select to context_graph_system using (true);
create policy own_tenant on profile_asset for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table profile_asset_history enable row level security;
create policy own_tenant on profile_asset_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table profile_field enable row level security;
create policy find_due on profile_field for select to context_graph_system using (true);
create policy own_tenant on profile_field for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table profile_field_history enable row level security;
create policy own_tenant on profile_field_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table profile_setting enable row level security;
create policy own_tenant on profile_setting for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table rejected_requirement enable row level security;
create policy own_tenant on rejected_requirement for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table requirement_extraction enable row level security;
create policy own_tenant on requirement_extraction for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table restored_backup enable row level security;
create policy every_tenant on restored_backup for select to context_graph_system using (true);
create policy own_tenant on restored_backup for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table scenario enable row level security;
create policy own_tenant on scenario for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table scenario_history enable row level security;
create policy own_tenant on scenario_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table scenario_requirement enable row level security;
create policy own_tenant on scenario_requirement for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table scenario_requirement_history enable row level security;
create policy own_tenant on scenario_requirement_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table score_point enable row level security;
create policy laboratory on score_point for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on score_point for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table score_traits enable row level security;
create policy laboratory on score_traits for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on score_traits for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table score_trust enable row level security;
create policy own_tenant on score_trust for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table scoring_model enable row level security;
create policy laboratory on scoring_model for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on scoring_model for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table se_mention enable row level security;
create policy own_tenant on se_mention for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table se_mention_history enable row level security;
create policy own_tenant on se_mention_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table session_message enable row level security;
create policy own_tenant on session_message for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table session_request enable row level security;
create policy own_tenant on session_request for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table session_setting enable row level security;
create policy find_settings on session_setting for select to context_graph_system using (true);
create policy own_tenant on session_setting for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table session_step enable row level security;
create policy own_tenant on session_step for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table signal enable row level security;
create policy laboratory on signal for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on signal for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table signal_account_history enable row level security;
create policy laboratory on signal_account_history for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on signal_account_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table signal_objection enable row level security;
create policy laboratory on signal_objection for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on signal_objection for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table signal_withdrawal enable row level security;
create policy laboratory on signal_withdrawal for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on signal_withdrawal for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table snapshot_drop enable row level security;
create policy own_tenant on snapshot_drop for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table snapshot_due enable row level security;
create policy find_due on snapshot_due for select to context_graph_system using (true);
create policy own_tenant on snapshot_due for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table snapshot_head enable row level security;
create policy own_tenant on snapshot_head for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table snapshot_number enable row level security;
create policy own_tenant on snapshot_number for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table snapshot_policy enable row level security;
create policy find_bounded on snapshot_policy for select to context_graph_system using (true);
create policy own_tenant on snapshot_policy for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table snapshot_run enable row level security;
create policy find_running on snapshot_run for select to context_graph_system using (true);
create policy own_tenant on snapshot_run for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table snapshot_run_item enable row level security;
create policy own_tenant on snapshot_run_item for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table source_fetch enable row level security;
create policy find_due on source_fetch for select to context_graph_system using (true);
create policy own_tenant on source_fetch for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table source_statement enable row level security;
create policy own_tenant on source_statement for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table stage_catalogue enable row level security;
create policy laboratory on stage_catalogue for select to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy own_tenant on stage_catalogue for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table stage_report enable row level security;
create policy own_tenant on stage_report for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table stage_signal enable row level security;
create policy own_tenant on stage_signal for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table subject_key enable row level security;
create policy own_tenant on subject_key for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table suppression enable row level security;
create policy own_tenant on suppression for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table tenant enable row level security;
create policy every_tenant on tenant for all to context_graph_system using (true) with check (true);
create policy laboratory on tenant for select to context_graph_lab using (true);
create policy own_tenant on tenant for select to context_graph_app using ((id = ( SELECT app_tenant() AS app_tenant)));
alter table thread enable row level security;
create policy own_tenant on thread for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table thread_event enable row level security;
create policy own_tenant on thread_event for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table thread_history enable row level security;
create policy own_tenant on thread_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table ticket enable row level security;
create policy own_tenant on ticket for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table ticket_history enable row level security;
create policy own_tenant on ticket_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table unrecorded_change enable row level security;
create policy own_tenant on unrecorded_change for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table untimed_delivery enable row level security;
create policy own_tenant on untimed_delivery for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy prune on untimed_delivery for all to context_graph_system using (true);
alter table webhook_last_event enable row level security;
create policy note_events on webhook_last_event for all to context_graph_system using (true) with check (true);
create policy own_tenant on webhook_last_event for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table webhook_secret enable row level security;
create policy find_sender on webhook_secret for select to context_graph_system using (true);
create policy own_tenant on webhook_secret for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table weekly_summary enable row level security;
create policy own_tenant on weekly_summary for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table weekly_summary_history enable row level security;
create policy own_tenant on weekly_summary_history for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lab.change enable row level security;
create policy own_tenant on lab.change for all to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_results on lab.change for select to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lab.experiment enable row level security;
create policy own_tenant on lab.experiment for all to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_results on lab.experiment for select to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lab.experiment_run enable row level security;
create policy own_tenant on lab.experiment_run for all to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_results on lab.experiment_run for select to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lab.fact enable row level security;
create policy find_facts on lab.fact for select to context_graph_system using (true);
create policy own_tenant on lab.fact for all to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_results on lab.fact for select to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy take_in on lab.fact for update to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lab.history_signal enable row level security;
create policy own_tenant on lab.history_signal for all to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_results on lab.history_signal for select to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lab.import enable row level security;
create policy own_tenant on lab.import for all to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_results on lab.import for select to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lab.outcome enable row level security;
create policy own_tenant on lab.outcome for all to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_results on lab.outcome for select to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lab.run_account enable row level security;
create policy own_tenant on lab.run_account for all to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_results on lab.run_account for select to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
alter table lab.run_crossing enable row level security;
create policy own_tenant on lab.run_crossing for all to context_graph_lab using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
create policy read_results on lab.run_crossing for select to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant)));
-- Rights

grant usage on schema lab to context_graph_app;
grant usage on schema lab to context_graph_lab;
grant usage on schema lab to context_graph_system;
grant usage on schema public to context_graph_app;
grant usage on schema public to context_graph_lab;
grant usage on schema public to context_graph_system;
grant delete, insert, select, update on account to context_graph_app;
grant select (tenant_id, id, name, is_stub, industry, region, employee_count, status, tier, lifecycle_stage, occurred_at, recorded_at, sys_from) on account to context_graph_lab;
grant delete, insert, select, update on account_contexts to context_graph_app;
grant select (tenant_id, account_id, next_crossing_at, refresh_at) on account_contexts to context_graph_system;
grant select on account_contexts to context_graph_lab;
grant delete, insert, select, update on account_health to context_graph_app;
grant select on account_health_history to context_graph_app;
grant select (tenant_id, id, is_stub, industry, region, employee_count, status, tier, lifecycle_stage, occurred_at, recorded_at, sys_from, sys_to) on account_history to context_graph_lab;
grant select on account_history to context_graph_app;
grant insert, select on account_inputs to context_graph_app;
grant insert, select on account_snapshot to context_graph_app;
grant insert, select on account_version to context_graph_app;
grant insert, select, update on action to context_graph_app;
grant select (tenant_id, id, status, subject_id, expires_at, claim_expires_at, is_open) on action to context_graph_system;
grant insert, select on action_decision to context_graph_app;
grant insert, select on action_evidence to context_graph_app;
grant select on action_history to context_graph_app;
grant delete, insert, select, update on activity to context_graph_app;
grant select on activity_history to context_graph_app;
grant delete, insert, select, update on agent_session to context_graph_app;
grant select (tenant_id, id, persistent_version, active_expires_at, chatwoot_version, erased_at, changed_at) on agent_session to context_graph_system;
grant insert, select, update on api_key to context_graph_app;
grant select (tenant_id, id, secret_hash, roles, created_at, expires_at, revoked_at) on api_key to context_graph_lab;
grant select on api_key to context_graph_system;
grant insert, select on audit_anchor to context_graph_app;
grant select on audit_anchor to context_graph_system;
grant insert, select, update on audit_head to context_graph_app;
grant select (tenant_id, sequence, recorded_at) on audit_head to context_graph_lab;
grant select on audit_head to context_graph_system;
grant insert, select on audit_logs to context_graph_app;
grant select on audit_logs to context_graph_system;
grant delete, insert, select, update on bus_cursor to context_graph_system;
grant delete, insert, select, update on bus_event to context_graph_system;
grant delete, insert, select, update on bus_partition to context_graph_system;
grant insert, select, update on change_follower to context_graph_app;
grant select on change_follower to context_graph_system;
grant insert, select, update on change_stream to context_graph_app;
grant insert, select, update on connection to context_graph_app;
grant select (tenant_id, id, source, credentials_changed_at, paused_at, removed_at, follows_changes) on connection to context_graph_system;
grant insert, select, update on connection_backfill to context_graph_app;
grant select (tenant_id, id, connection_id, status, next_attempt_at) on connection_backfill to context_graph_system;
grant insert, select, update on connection_reader to context_graph_app;
grant select on connection_reader to context_graph_system;
grant insert, select, update on connection_state to context_graph_app;
grant select on connection_state to context_graph_system;
grant insert, select, update on consent to context_graph_app;
grant select (tenant_id, id, subject_id, purpose, channel, version, granted, basis, granted_at, expires_at, revoked_at, recorded_at) on consent to context_graph_lab;
grant select (tenant_id, subject_id, purpose, channel, granted, expires_at) on consent to context_graph_system;
grant insert, select on consent_decision to context_graph_app;
grant delete, insert, select, update on consideration to context_graph_app;
grant select (tenant_id, account_id, retry_at, woken_at) on consideration to context_graph_system;
grant select on consideration_history to context_graph_app;
grant delete, insert, select, update on contact to context_graph_app;
grant select (tenant_id, id, account_id, subject_id, occurred_at, recorded_at, sys_from) on contact to context_graph_lab;
grant select on contact_history to context_graph_app;
grant delete, insert, select, update on contact_words to context_graph_app;
grant delete, insert, select, update on context_derivation to context_graph_app;
grant insert, select on context_fetch to context_graph_app;
grant insert, select, update on context_refresh to context_graph_app;
grant insert, select on context_rules to context_graph_app;
grant insert, select, update on crm_write to context_graph_app;
grant select (tenant_id, approval_id, undo_state, undo_due_at) on crm_write to context_graph_system;
grant delete, insert, select, update on dead_letter to context_graph_system;
grant insert, select, update on enrichment to context_graph_app;
grant select (tenant_id, id, settle_at) on enrichment to context_graph_system;
grant select on enrichment_budget to context_graph_app;
grant select on enrichment_budget_history to context_graph_app;
grant select on enrichment_history to context_graph_app;
grant insert, select on enrichment_policy to context_graph_app;
grant insert, select, update on enrichment_provider to context_graph_app;
grant insert, select on erasure_receipt to context_graph_app;
grant insert, select on erasure_request to context_graph_app;
grant delete, insert, select on external_ref to context_graph_app;
grant select on external_ref to context_graph_lab;
grant delete, insert, select on external_ref_history to context_graph_app;
grant delete, insert, select, update on field_definition to context_graph_app;
grant select on field_definition_history to context_graph_app;
grant insert, select on health_model to context_graph_app;
grant delete, insert, select, update on health_trend to context_graph_app;
grant select on health_trend_history to context_graph_app;
grant delete, select on inbox to context_graph_app;
grant delete, select on inbox to context_graph_system;
grant delete, select on inbox_block to context_graph_system;
grant insert, select, update on inbox_block to context_graph_app;
grant insert, select, update on job_run to context_graph_system;
grant insert, select, update on key_ring to context_graph_system;
grant select (version, sealed) on key_ring to context_graph_lab;
grant insert, select on known_signing_key to context_graph_system;
grant delete, insert, select, update on kpi to context_graph_app;
grant select on kpi_history to context_graph_app;
grant insert, select, update on lab.change to context_graph_lab;
grant select on lab.change to context_graph_app;
grant delete, insert, select, update on lab.experiment to context_graph_lab;
grant select on lab.experiment to context_graph_app;
grant delete, insert, select, update on lab.experiment_run to context_graph_lab;
grant select on lab.experiment_run to context_graph_app;
grant insert, select on lab.fact to context_graph_lab;
grant select (tenant_id, id, relayed_at) on lab.fact to context_graph_system;
grant select on lab.fact to context_graph_app;
grant update (relayed_at) on lab.fact to context_graph_app;
grant delete, insert, select, update on lab.history_signal to context_graph_lab;
grant select on lab.history_signal to context_graph_app;
grant delete, insert, select, update on lab.import to context_graph_lab;
grant select on lab.import to context_graph_app;
grant delete, insert, select, update on lab.outcome to context_graph_lab;
grant select on lab.outcome to context_graph_app;
grant delete, insert, select, update on lab.run_account to context_graph_lab;
grant select on lab.run_account to context_graph_app;
grant delete, insert, select, update on lab.run_crossing to context_graph_lab;
grant select on lab.run_crossing to context_graph_app;
grant delete, insert, select on lineage_edge to context_graph_app;
grant update (removed_at) on lineage_edge to context_graph_app;
grant insert, select, update on lineage_guard to context_graph_app;
grant insert, select, update on llm_spending to context_graph_app;
grant insert, select on llm_usage to context_graph_app;
grant delete, insert, select, update on log_cursor to context_graph_system;
grant delete, insert, select, update on log_group to context_graph_system;
grant delete, insert, select, update on log_start to context_graph_system;
grant delete, insert, select, update on manager_flag to context_graph_app;
grant select on manager_flag_history to context_graph_app;
grant insert, select, update on master_key to context_graph_system;
grant select (ordinal, key_id, wrapped_ring_key, added_at, retired_at) on master_key to context_graph_lab;
grant insert, select, update on match_candidate to context_graph_app;
grant delete, insert, select, update on match_key to context_graph_app;
grant insert, select on matching_policy to context_graph_app;
grant delete, insert, select, update on node_identity to context_graph_app;
grant select on node_identity to context_graph_lab;
grant select on node_identity_history to context_graph_app;
grant select on node_identity_history to context_graph_lab;
grant insert, select on node_merge to context_graph_app;
grant select (tenant_id, id, node_type, into_id, from_id, child_id, merged_at, undone_at) on node_merge to context_graph_lab;
grant update (undone_at, undone_by_kind, undone_by_id, undo_reason) on node_merge to context_graph_app;
grant delete, insert, select, update on note to context_graph_app;
grant select on note_history to context_graph_app;
grant delete, insert, select, update on opportunity to context_graph_app;
grant select (tenant_id, id, account_id, stage, amount_minor, amount_currency, close_date, probability, stage_since, occurred_at, recorded_at, sys_from) on opportunity to context_graph_lab;
grant select (tenant_id, id, account_id, stage, amount_minor, amount_currency, close_date, probability, stage_since, occurred_at, recorded_at, sys_from, sys_to) on opportunity_history to context_graph_lab;
grant select on opportunity_history to context_graph_app;
grant delete, insert, select on outbox to context_graph_system;
grant insert on outbox to context_graph_app;
grant update (first_sequence) on outbox to context_graph_system;
grant insert, select, update on outreach to context_graph_app;
grant select (tenant_id, approval_id, state, due_at) on outreach to context_graph_system;
grant select on outreach_default to context_graph_app;
grant select, update on outreach_default to context_graph_system;
grant insert, select on outreach_policy to context_graph_app;
grant select on outreach_policy to context_graph_lab;
grant select on personal_text to context_graph_app;
grant delete, insert, select, update on playbook_execution to context_graph_app;
grant select on playbook_execution_history to context_graph_app;
grant delete, insert, select, update on playbook_report to context_graph_app;
grant select on playbook_report_history to context_graph_app;
grant delete, insert, select, update on playbook_trigger to context_graph_app;
grant select on playbook_trigger_history to context_graph_app;
grant insert, select on precedence_policy to context_graph_app;
grant delete, insert, select, update on product to context_graph_app;
grant select on product_history to context_graph_app;
grant delete, insert, select, update on profile_asset to context_graph_app;
grant select (tenant_id, id) on profile_asset to context_graph_system;
grant select on profile_asset_history to context_graph_app;
grant delete, insert, select, update on profile_field to context_graph_app;
grant select (tenant_id, id, account_id, status, source_item_type, source_item_id, expires_at, holds_child_data) on profile_field to context_graph_system;
grant select on profile_field_history to context_graph_app;
grant insert, select, update on profile_setting to context_graph_app;
grant delete, insert, select on rejected_requirement to context_graph_app;
grant delete, insert, select, update on requirement_extraction to context_graph_app;
grant select on restored_backup to context_graph_app;
grant select on restored_backup to context_graph_system;
grant delete, insert, select, update on scenario to context_graph_app;
grant select on scenario_history to context_graph_app;
grant delete, insert, select, update on scenario_requirement to context_graph_app;
grant select on scenario_requirement_history to context_graph_app;
grant insert, select on score_point to context_graph_app;
grant select on score_point to context_graph_lab;
grant insert, select on score_traits to context_graph_app;
grant select on score_traits to context_graph_lab;
grant insert, select on score_trust to context_graph_app;
grant insert, select on scoring_model to context_graph_app;
grant select on scoring_model to context_graph_lab;
grant delete, insert, select, update on se_mention to context_graph_app;
grant select on se_mention_history to context_graph_app;
grant delete, insert, select, update on session_message to context_graph_app;
grant delete, insert, select on session_request to context_graph_app;
grant insert, select, update on session_setting to context_graph_app;
grant select on session_setting to context_graph_system;
grant delete, insert, select, update on session_step to context_graph_app;
grant insert, select on signal to context_graph_app;
grant select (tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, effective_at, delivered_account_id, moved_at, origin) on signal to context_graph_lab;
grant select on signal_account_history to context_graph_app;
grant select on signal_account_history to context_graph_lab;
grant insert, select, update on signal_objection to context_graph_app;
grant select on signal_objection to context_graph_lab;
grant insert, select, update on signal_withdrawal to context_graph_app;
grant select (tenant_id, id, signal_id, account_id, withdrawn_at, restored_at) on signal_withdrawal to context_graph_lab;
grant select on snapshot_drop to context_graph_app;
grant delete, insert, select, update on snapshot_due to context_graph_app;
grant select (tenant_id, due_at) on snapshot_due to context_graph_system;
grant insert, select, update on snapshot_head to context_graph_app;
grant insert, select on snapshot_number to context_graph_app;
grant insert, select on snapshot_policy to context_graph_app;
grant select (tenant_id, version, months_kept) on snapshot_policy to context_graph_system;
grant insert, select, update on snapshot_run to context_graph_app;
grant select (tenant_id, id, status, day) on snapshot_run to context_graph_system;
grant delete, insert, select, update on snapshot_run_item to context_graph_app;
grant insert, select, update on source_fetch to context_graph_app;
grant select on source_fetch to context_graph_system;
grant delete, insert, select on source_statement to context_graph_app;
grant update (is_current) on source_statement to context_graph_app;
grant insert, select on stage_catalogue to context_graph_app;
grant select on stage_catalogue to context_graph_lab;
grant insert, select on stage_report to context_graph_app;
grant insert, select on stage_signal to context_graph_app;
grant select on statement_of_node to context_graph_app;
grant insert, select, update on subject_key to context_graph_app;
grant insert, select, update on suppression to context_graph_app;
grant insert, select on tenant to context_graph_system;
grant select (id, created_at) on tenant to context_graph_lab;
grant select on tenant to context_graph_app;
grant delete, insert, select, update on thread to context_graph_app;
grant insert, select on thread_event to context_graph_app;
grant select on thread_history to context_graph_app;
grant delete, insert, select, update on ticket to context_graph_app;
grant select on ticket_history to context_graph_app;
grant insert, select, update on unrecorded_change to context_graph_app;
grant delete, insert, select, update on untimed_delivery to context_graph_app;
grant delete, select on untimed_delivery to context_graph_system;
grant insert, select, update on webhook_last_event to context_graph_system;
grant select on webhook_last_event to context_graph_app;
grant insert, select, update on webhook_secret to context_graph_app;
grant select on webhook_secret to context_graph_system;
grant delete, insert, select, update on weekly_summary to context_graph_app;
grant select on weekly_summary_history to context_graph_app;
revoke all on function accounts_like(text,text,integer) from public;
revoke all on function accounts_named(text) from public;
revoke all on function contacts_with_words(bigint[],integer) from public;
revoke all on function drop_empty_snapshot_partitions() from public;
revoke all on function drop_snapshots_past_retention(integer) from public;
revoke all on function ensure_audit_partitions(date,integer) from public;
revoke all on function ensure_snapshot_partitions(date,integer) from public;
revoke all on function erase_account_people(text[]) from public;
revoke all on function erase_child_values(timestamp with time zone) from public;
revoke all on function erase_contact_claims(uuid[],text[],text[]) from public;
revoke all on function erase_contacts(uuid[]) from public;
revoke all on function erase_from_consent_proofs(uuid[],bytea[],bytea[]) from public;
revoke all on function erase_from_documents(uuid[],bytea[],bytea[]) from public;
revoke all on function erase_from_drafts(uuid[],bytea[],bytea[]) from public;
revoke all on function erase_from_remarks(uuid[],bytea[]) from public;
revoke all on function erase_from_sealed(text,text,uuid[],bytea[],bytea[]) from public;
revoke all on function erase_from_statement_names(uuid[],bytea[],bytea[],text[]) from public;
revoke all on function erase_from_statements(uuid[],jsonb[],jsonb[],jsonb[]) from public;
revoke all on function erase_from_texts(text,uuid[],jsonb[],jsonb[]) from public;
revoke all on function erase_profile_values(uuid[]) from public;
revoke all on function erase_statement_people(text[]) from public;
revoke all on function lab.due_runs(timestamp with time zone,integer) from public;
revoke all on procedure lab.make_laboratory_table(regclass,text) from public;
revoke all on function mark_child_values(text[]) from public;
revoke all on function move_actions(uuid[],uuid) from public;
revoke all on function move_signals(uuid[],uuid) from public;
revoke all on function schedule_job(text,json,timestamp with time zone,text) from public;
revoke all on function signals_with_payload(jsonb,integer) from public;
revoke all on function texts_to_search(text,uuid,integer,uuid[],text[],text[],text,text[],text[],text[]) from public;
grant execute on function accounts_like(text,text,integer) to context_graph_app;
grant execute on function accounts_named(text) to context_graph_app;
grant execute on function contacts_with_words(bigint[],integer) to context_graph_app;
grant execute on function drop_empty_snapshot_partitions() to context_graph_system;
grant execute on function drop_snapshots_past_retention(integer) to context_graph_app;
grant execute on function ensure_audit_partitions(date,integer) to context_graph_system;
grant execute on function ensure_snapshot_partitions(date,integer) to context_graph_system;
grant execute on function erase_account_people(text[]) to context_graph_app;
grant execute on function erase_child_values(timestamp with time zone) to context_graph_app;
grant execute on function erase_contact_claims(uuid[],text[],text[]) to context_graph_app;
grant execute on function erase_contacts(uuid[]) to context_graph_app;
grant execute on function erase_from_consent_proofs(uuid[],bytea[],bytea[]) to context_graph_app;
grant execute on function erase_from_documents(uuid[],bytea[],bytea[]) to context_graph_app;
grant execute on function erase_from_drafts(uuid[],bytea[],bytea[]) to context_graph_app;
grant execute on function erase_from_remarks(uuid[],bytea[]) to context_graph_app;
grant execute on function erase_from_sealed(text,text,uuid[],bytea[],bytea[]) to context_graph_app;
grant execute on function erase_from_statement_names(uuid[],bytea[],bytea[],text[]) to context_graph_app;
grant execute on function erase_from_statements(uuid[],jsonb[],jsonb[],jsonb[]) to context_graph_app;
grant execute on function erase_from_texts(text,uuid[],jsonb[],jsonb[]) to context_graph_app;
grant execute on function erase_profile_values(uuid[]) to context_graph_app;
grant execute on function erase_statement_people(text[]) to context_graph_app;
grant execute on function lab.due_runs(timestamp with time zone,integer) to context_graph_lab;
grant execute on function mark_child_values(text[]) to context_graph_app;
grant execute on function move_actions(uuid[],uuid) to context_graph_app;
grant execute on function move_signals(uuid[],uuid) to context_graph_app;
grant execute on function schedule_job(text,json,timestamp with time zone,text) to context_graph_app;
grant execute on function schedule_job(text,json,timestamp with time zone,text) to context_graph_system;
grant execute on function signals_with_payload(jsonb,integer) to context_graph_app;
grant execute on function suppressed_names(text[]) to context_graph_app;
grant execute on function texts_to_search(text,uuid,integer,uuid[],text[],text[],text,text[],text[],text[]) to context_graph_app;
-- Comments

comment on table account is 'A customer of the tenant. A stub was first heard of through a signal and awaits its CRM record.';
comment on column account.name_key is 'What lists by name are ordered by. A column: row-level security keeps lower(name) out of index conditions.';
comment on column account.jira_project_key is 'Key of the Jira project whose issues concern the account.';
comment on column account.slack_channel_id is 'Id of the Slack channel about the account.';
comment on column account.notion_page_id is 'Id of the Notion page of the account.';
comment on table account_contexts is 'The present intent score; no row where there is none. Its state is that of point_id. refresh_at is when time alone will have moved the stored score by half a point or across the threshold; facts up to sequence replayed_through are in the state already. fit_coverage: share of the ICP''s criteria that the account is known for, null where the model states none.';
comment on column account_contexts.point_id is 'The latest change in the history of the score, which holds its state.';
comment on column account_contexts.traits_id is 'What icp_fit was computed from; null where the model asks nothing of the account.';
comment on column account_contexts.lowest_origin is 'The lowest origin class of the signals that the score counted in its present chain of changes; null where it counted none.';
comment on table account_health is 'The node of an account''s health in the lineage graph, with what was last told of it. Readers compute health from its inputs, of which digest is a hash; it may be behind them for as long as their events travel.';
comment on column account_health.trend_stale_at is 'When the monthly trend in use passes the health model''s horizon; null where none is in use, or it has passed it.';
comment on table account_inputs is 'Sets of records of an account that snapshots were made of, under an id for lineage: the set derives from its records, and every snapshot that was made of the same derives from it. digest: SHA-256 over which records they are, how each was used, and by what rule.';
comment on table account_snapshot is 'What was known of an account at one instant, read in one REPEATABLE READ transaction. top_critical_kpis, champion, recent_notes, recent_playbook_reports: references {id, version, digest} to versions of rows, digest = SHA-256 over the version.';
comment on table account_version is 'Versions of accounts that snapshots derive from, under an id for lineage; what they say is in account and account_history.';
comment on function accounts_like(text,text,integer) is 'Accounts of the caller''s tenant with a text like the pattern, or a name that resembles the word, both in search form; the caller ranks them.';
comment on table action is 'What is proposed to be done for an account, and how far it has come. Its draft and evidence: the row of action_evidence of its version.';
comment on column action.account_id is 'The account that it counts for; null for a promotion of a scoring model, which concerns the tenant.';
comment on column action.confidence is 'How sure the author of the first draft was; null once a person wrote other words: nobody weighed those. Then the risk is HIGH.';
comment on column action.contact_id is 'The contact that an e-mail is addressed to; null for other types, which are addressed to no person.';
comment on column action.subject_id is 'Under whose key draft, reasoning and remarks are sealed: the addressee of an e-mail; actions of other types have a key of their own.';
comment on column action.is_open is 'Whether it still waits for a decision. A column: row-level security keeps conditions on status out of partial indexes.';
comment on column action.home_account_id is 'The account that it was proposed for, before merges; null while that is account_id.';
comment on table action_decision is 'Every decision about actions, append-only: what it was made from, by which policy, by whom, why, and what came of it. Without action_id: a crossing from which no action was proposed. remark_sealed: what a person gave as reason, under the key of whom the action is addressed to.';
comment on column action_decision.account_id is 'The account that it counts for; null where the action concerns the tenant.';
comment on column action_decision.home_account_id is 'The account that it was about, before merges; null while that is account_id.';
comment on table action_evidence is 'What deciders of an action see, frozen, append-only: one row a version. digest = SHA-256 of evidence as canonical JSON; in it the draft is told by an HMAC under the addressee''s key, so that an erased draft cannot be guessed. generated_by: where the first draft came from, in every version; author: whose words these are, who proposed them or last edited them; is_edited: whether a person wrote other words than were proposed.';
comment on column action_evidence.account_id is 'The account of the action; null where the action concerns the tenant.';
comment on column action_evidence.drafted_at is 'When the first draft was written. Null for evidence frozen before this was kept: then the action''s proposed_at is the closest known instant.';
comment on function action_transitions() is 'The life-cycle of an action: every step there is.';
comment on table agent_session is 'A conversation of agents with a contact of a Chatwoot inbox. The id follows from tenant, inbox and contact by a keyed digest. PostgreSQL is the truth; Redis holds copies.';
comment on column agent_session.subject_id is 'Under whose key contexts, steps and messages are sealed: the contact.';
comment on column agent_session.account_id is 'The account of the contact in the graph; null while the contact is not known there.';
comment on column agent_session.contact_node_id is 'The contact in the graph; null while it is not known there.';
comment on column agent_session.persistent_sealed is 'JSON with values, and cleared: keys that were cleared, which a copy elsewhere cannot bring back.';
comment on column agent_session.persistent_version is 'Rises with every change of the persistent context; a copy in Redis or Chatwoot is true if it bears this number. 0: never stated.';
comment on column agent_session.active_expires_at is 'When the active context expires: an hour after it was last written.';
comment on column agent_session.fencing_token is 'Rises with every start. A write that names another token is refused.';
comment on column agent_session.chatwoot_version is 'The persistent_version that Chatwoot holds; null: none.';
comment on column agent_session.erased_at is 'When the contact was erased. The row stays until the copies in Redis and Chatwoot are cleared, and is then deleted.';
comment on column agent_session.copy_claim is 'Which run writes the copy at Chatwoot now; null: none.';
comment on column agent_session.copy_claimed_until is 'Until when that run alone may write it.';
comment on column agent_session.child_data_since is 'When the oldest data of children in the persistent context was stated; null: it holds none.';
comment on column agent_session.expired_at is 'When retention emptied the session; null: never. While it is later than changed_at the session counts as deleted, and the row stays until Chatwoot holds the empty context.';
comment on table api_key is 'Credentials of machines; only the SHA-256 of the secret is kept.';
comment on column api_key.created_by is 'The id of who made it: what its machine proposes, they do not approve. Null for keys made before this was kept.';
comment on function app_now() is 'The program''s clock as this transaction was told it.';
comment on function app_tenant() is 'The tenant this transaction is bound to; null shows no row at all.';
comment on table audit_anchor is 'Signed places of audit chains: up to sequence, the chain had this hash. Made again by nobody without the key; also on the bus, as audit.anchored.';
comment on table audit_head is 'The end of each tenant''s audit chain. Its row lock, taken last in a transaction, orders the chain by commit.';
comment on column audit_head.recorded_at is 'The latest instant at which a fact of the tenant was recorded; null before the first. Transactions take no earlier one.';
comment on table audit_logs is 'Every change of state, append-only. hash = SHA-256(previous_hash, the row''s canonical JSON).';
comment on column audit_logs.version is 'The version of the kind''s data, as consumers get it. The hash does not cover it.';
comment on function begin_work(uuid,timestamp with time zone,text) is 'Binds a transaction to a tenant; returns its instant, as move_work does.';
comment on table bus_cursor is 'How far each consumer group has come; moved after the effect.';
comment on table bus_event is 'The bus on Postgres. Offsets are given under the partition row''s lock, so they are commit-ordered.';
comment on table change_follower is 'Who follows the changes that the vendor of a connection streams: one process at a time.';
comment on column change_follower.holder is 'The run that follows; null: none.';
comment on column change_follower.version is 'connection.credentials_changed_at as it was when the run began. The run ends when it differs.';
comment on column change_follower.failures is 'Faults in a row.';
comment on column change_follower.not_before is 'Nothing is followed before this instant, since the vendor or the way to it does not work; null: at once. New credentials end the pause.';
comment on column change_follower.reread_since is 'Changes since then were not all streamed, so a back-fill from there has to begin; null: none is missing.';
comment on table change_stream is 'Up to where a stream of changes was taken in.';
comment on column change_stream.stream is 'The organization at the vendor and the topic: a place of one organization means nothing in another.';
comment on column change_stream.replay_id is 'The place behind the last event that was stored, as the vendor writes it. It moves in the transaction that stores what the events say. Null: none is known.';
comment on column change_stream.heard_at is 'When the vendor last sent something on the stream, events or that there are none.';
comment on column change_stream.occurred_at is 'When the last change was committed at the vendor, by its clock.';
comment on column change_stream.received_at is 'When the last change was received.';
comment on table connection is 'A connection to a vendor, one of each source. The id follows from tenant and source. A removed one stays, without its credentials, and is the same row when the vendor is connected again.';
comment on column connection.encrypted_credentials is 'The credentials as JSON, under the key in wrapped_key. Both are null once the connection is removed.';
comment on column connection.vendor_account is 'The organization, site or workspace, as the vendor named it when the connection was last tested successfully; null: not since the credentials changed.';
comment on column connection.checked_at is 'When the connection was last tested successfully; null: not since the credentials changed.';
comment on column connection.credentials_changed_at is 'When credentials or settings last changed: a session that was opened before is closed.';
comment on column connection.follows_changes is 'Whether the settings ask for the changes that the vendor streams.';
comment on table connection_backfill is 'A job that reads the history of a vendor, page by page; a connection has one at a time.';
comment on column connection_backfill.cursor is 'Where the next page begins, as the vendor''s reader puts it; null: at the beginning. It moves in the transaction that stores the page.';
comment on column connection_backfill.items is 'Items of the pages that are stored, deletions included.';
comment on column connection_backfill.new_items is 'Items that said something new.';
comment on column connection_backfill.refused_items is 'Items that could not be stored or read.';
comment on column connection_backfill.total is 'Objects in all, where the vendor says.';
comment on column connection_backfill.attempts is 'Failed attempts to read the next page in a row. Faults of the whole connection are not counted.';
comment on column connection_backfill.moved_at is 'When a page was last stored.';
comment on table connection_reader is 'Who reads for a connection: one process at a time.';
comment on column connection_reader.holder is 'The run that reads; null: none.';
comment on column connection_reader.leased_until is 'Until when the holder alone reads. It renews this with each part that it stores.';
comment on column connection_reader.failures is 'Faults of the whole connection in a row.';
comment on column connection_reader.not_before is 'Nothing is read before this instant, since the vendor or the way to it does not work; null: at once. New credentials end the pause.';
comment on table connection_state is 'How calls to a vendor fare. Written when it changes, not by every call.';
comment on column connection_state.called_at is 'When a call last succeeded; at most a minute late.';
comment on column connection_state.failing_since is 'Since when calls fail; null: the last one succeeded.';
comment on column connection_state.limited_until is 'Until when the vendor wants no calls.';
comment on column connection_state.token_leased_until is 'Until when one process alone refreshes the access token.';
comment on table consent is 'What a data subject''s consent to a purpose by a channel is now. Whether it holds also depends on expires_at and on the subject''s key. granted_at without granted: when what was revoked had been granted. email_sealed and source_sealed: with the subject''s key.';
comment on column consent.proof_sealed is 'How the last consent can be shown: a form, a recording, a document. With the subject''s key.';
comment on table consent_decision is 'Every decision about a consent, append-only: one a version. Sources are sealed with the subject''s key.';
comment on table consideration is 'Accounts whose intent is high and for which the program proposes no action: one row each, with the reason. Removed when intent falls below the threshold or an action is proposed. details: ids and figures behind the reason. action_id: the action whose end can change it. since: when the reason began to hold. retry_at: when to consider the account again if nothing else happens first. woken_at: when that was last announced; null until then.';
comment on table contact_words is 'Keyed digests of the beginnings of the words of a contact''s name. They find a sealed name and do not show it.';
comment on table context_derivation is 'What was last derived of an account: digests by kind of derived value. Readers compute the values themselves; this tells when to record lineage and to publish a change. moves_at: when a value next changes by time alone; null: never.';
comment on table context_fetch is 'What became of each fetch of a context section, append-only. fetched_at: when the source answered or failed. Sections without a fetcher are NOT_CONFIGURED.';
comment on table context_refresh is 'A job that fetches the sections of an account''s context from their sources; one at a time for an account. What it fetched is in context_fetch.';
comment on table context_rules is 'The rules by which derived values of accounts are computed, by kind; a new version for every change, the highest is in force. Without a row the defaults are: version 0.';
comment on table crm_write is 'What an executed CRM change wrote, by its approval, and whether it was undone. undo_state null: nobody asked for it.';
comment on column crm_write.written_kind is 'What the vendor calls the record that was written: Task, Note, Opportunity, tasks, notes, deals.';
comment on column crm_write.undo_due_at is 'When the executor tries to undo it next.';
comment on table dead_letter is 'Events that a consumer group could not take in, by the place they were first read from. A replay that fails again opens its row again.';
comment on column dead_letter.digest is 'Of the event: another event at the same place, of a topic that was made anew, is another letter.';
comment on function default_blocker_rules() is 'The blocker rules of tenants that have published none, as default-context-rules.ts has them.';
comment on function default_stage_kinds() is 'The kinds of default-stages.ts, by stage_key.';
comment on function drop_empty_snapshot_partitions() is 'Drops the partitions of past months of which no tenant keeps a snapshot; answers how many.';
comment on function drop_snapshots_past_retention(integer) is 'Deletes the oldest snapshots of the transaction''s tenant, with their numbers, that no policy in force within the last day keeps, at most so many; answers which. Once a transaction, and with a fact in the audit.';
comment on table enrichment is 'A question about an account to a provider, and what became of it. An account has one at a time. What the provider said is in source_statement: statement_ids.';
comment on column enrichment.month is 'The calendar month (UTC) whose budget pays for it: that of the request.';
comment on column enrichment.price_minor is 'US cents that are reserved for the call.';
comment on column enrichment.cost_minor is 'US cents that it cost; null until it ended.';
comment on column enrichment.settle_at is 'When it is settled if its process ended: one that was not called costs nothing; of one that was called nobody knows whether the provider charges, so it costs its price.';
comment on column enrichment.asked_contacts is 'The contacts that the provider was asked about; each had consented to ENRICHMENT.';
comment on column enrichment.refused is 'What of the answer was not taken: [field, code].';
comment on table enrichment_budget is 'US cents that enrichments of an account reserve and have spent in a calendar month (UTC). Only the trigger on enrichment writes it, so that it is their sum; 50 is the limit of the product.';
comment on column enrichment_budget.version is 'Rises with every change; a copy in Redis bears it.';
comment on table enrichment_policy is 'When accounts are enriched, by whom, and what it may cost; a new version for every change, the highest is in force. Without a row nothing is enriched: version 0.';
comment on column enrichment_policy.quality_below is 'An account with high intent is enriched if its context quality is below.';
comment on column enrichment_policy.monthly_limit_minor is 'US cents for one account and calendar month (UTC).';
comment on table enrichment_provider is 'The HTTP provider of a tenant. mapping: the fields of accounts and contacts, each with the JSON pointer at which the answer has it. encrypted_api_key is sealed under a key of its own.';
comment on function ensure_audit_partitions(date,integer) is 'Makes the monthly partitions from first_month on that are missing; answers how many it made.';
comment on function ensure_snapshot_partitions(date,integer) is 'Makes the monthly partitions from first_month on that are missing; answers how many it made.';
comment on function erase_account_people(text[]) is 'Empties owner, customer success manager and their manager of these addresses, given in lower case, in accounts of now and of the past.';
comment on function erase_child_values(timestamp with time zone) is 'Empties up to 500 values that are data of children and were recorded before an instant, in the past too. Returns which, and whether each was active.';
comment on function erase_contact_claims(uuid[],text[],text[]) is 'Empties titles and roles in the past of contacts that some contacts are one with, where they are those that were said of a person who is being erased.';
comment on function erase_contacts(uuid[]) is 'Deletes the contacts of people who are being erased, and empties what stands in the clear about them in the past; what is sealed goes with the key.';
comment on function erase_from_consent_proofs(uuid[],bytea[],bytea[]) is 'Replaces proofs of other people''s consents that name an erased person; a caller who does not hold the present value cannot change it.';
comment on function erase_from_documents(uuid[],bytea[],bytea[]) is 'Gives documents the name and the text that are left once a person was taken out of them, in the past too.';
comment on function erase_from_drafts(uuid[],bytea[],bytea[]) is 'Puts sealed texts without an erased person in the place of those that named them; the only way to change frozen evidence.';
comment on function erase_from_remarks(uuid[],bytea[]) is 'Puts sealed texts without an erased person in the place of those that named them; the only way to change a decision.';
comment on function erase_from_sealed(text,text,uuid[],bytea[],bytea[]) is 'Puts sealed texts without an erased person in the place of those that named them, in the past too; who does not hold what is there cannot change it.';
comment on function erase_from_statement_names(uuid[],bytea[],bytea[],text[]) is 'Puts sealed names of contacts without an erased person in place of those that named them, in statements; a caller that does not hold what is there cannot change it.';
comment on function erase_from_statements(uuid[],jsonb[],jsonb[],jsonb[]) is 'Replaces the fields of statements of the transaction''s tenant by the same fields with [erased] in place of words, and nothing else changed. Statements whose fields are not the old ones are left alone.';
comment on function erase_from_texts(text,uuid[],jsonb[],jsonb[]) is 'Puts texts without a person in the place of those that named them, past versions and signals included. By column: all that is there, which must be so still, and what is left where it changes, in which [erased] stands for words and nothing else is changed.';
comment on function erase_profile_values(uuid[]) is 'Empties versions of profile fields whose values name a person who is being erased, in the past too.';
comment on function erase_statement_people(text[]) is 'Empties owner, customer success manager and their manager of these addresses, given in lower case, in what sources said about accounts: they say that there is none.';
comment on function erased_key(text) is 'What an erasure puts in the place of a key of deduplication or an external id that named a person: who is told the same again knows it by this; nobody reads it. Null where the transaction brought no key.';
comment on table erasure_receipt is 'What was erased and when, signed with Ed25519; statement is the text as it was signed. It names the person only by the ids of destroyed keys.';
comment on table erasure_request is 'Requests of sources to erase a contact. It is open while something sealed for the contact''s person is held.';
comment on column erasure_request.requested_at is 'When the person was erased at the source.';
comment on table external_ref is 'What other systems call a node; look-up works by either name.';
comment on table external_ref_history is 'References that were unlinked from a node, with the period in which they named it.';
comment on table field_definition is 'What may be known of a customer, per agent; agent '''' is for all. is_pii: who may read the values. validation_mode null: as the tenant decided.';
comment on column field_definition.holds_child_data is 'PII class CHILD: values are data of children.';
comment on column field_definition.from_sessions is 'Whether the key of this name in the persistent context of an agent session becomes a value when a session that states it ends.';
comment on table health_model is 'How health is judged; a new version for every change, the highest is in force. Without a row the program''s own is: version 0. A row of version 0 is the program''s own as it was for tenants of before it changed.';
comment on table inbox is 'The events that consumers took in before facts were marked in inbox_block; rows are only read and pruned.';
comment on table inbox_block is 'The facts that a consumer has taken in: a bit for each of 1,024 consecutive sequences of a tenant''s chain.';
comment on column inbox_block.block is 'Sequence divided by 1,024.';
comment on function is_without(text,text) is 'Whether a text is another with [erased] in the place of some words, and nothing else.';
comment on table job_run is 'The last attempt of each background task, whichever process made it, and how many there were. last_error: the kind of error, without its message.';
comment on table key_ring is 'The installation''s keys, sealed under the ring key. version: rises with each change; processes that run load the new state.';
comment on table known_signing_key is 'The public keys this installation has signed with. proof: HMAC under a key of the installation, so that a row added by hand is not trusted.';
comment on schema lab is 'What the laboratory writes. Nothing of it is read by production but through the laboratory''s own pages.';
comment on table lab.change is 'How many transactions of the laboratory changed rows of the tenant: a part of the tenant''s version.';
comment on function lab.due_runs(timestamp with time zone,integer) is 'Runs of all tenants that wait, or whose worker let its lease run out, oldest first.';
comment on table lab.experiment is 'A candidate scoring model and the window over which it is replayed. Its status follows from its runs.';
comment on column lab.experiment.base_version is 'The version of the scoring model in force when the experiment was created.';
comment on column lab.experiment.clock is 'RECORDED: signals count from when production recorded them. OCCURRED: from when they occurred, imported history included.';
comment on column lab.experiment.horizon_days is 'How many days after a crossing a win still counts for it.';
comment on table lab.experiment_run is 'One replay of an experiment, with its own copy of what it replays.';
comment on column lab.experiment_run.frozen_at is 'The present of the whole run: rows of production that were recorded later are not seen.';
comment on column lab.experiment_run.seed is 'The seed of the bootstrap. The same inputs and the same seed give the same digest on every machine.';
comment on column lab.experiment_run.checkpoint is 'Where a worker goes on: the last account that is done.';
comment on column lab.experiment_run.failure is 'Code of the reason why the run failed.';
comment on column lab.experiment_run.digest is 'SHA-256 over the rows of the run, in the order of the accounts.';
comment on table lab.fact is 'Every change in the laboratory, append-only. data holds ids and figures, no personal data. Production takes each into its own log, and notes that it did: the laboratory cannot write there.';
comment on column lab.fact.relayed_at is 'When production took the fact into its log; null: not yet.';
comment on table lab.history_signal is 'A signal of before the program was there, imported for experiments alone: production never reads it.';
comment on table lab.import is 'An import of outcomes or signals. errors: the first 1,000 refused rows, each with line, code and message.';
comment on table lab.outcome is 'A closed deal that was imported. An import of the same external_id replaces it.';
comment on table lab.run_account is 'What a run found for an account. Scores are those at the end of the window; null: no score.';
comment on column lab.run_account.first_up_at is 'The first instant in the window at which the candidate''s score reached its threshold; null: never.';
comment on column lab.run_account.lead_time_hours is 'Hours from the first crossing within the horizon to the win; null: no win was flagged.';
comment on column lab.run_account.measures is 'What was measured of the account by each way to score it; null: the account is no longer there, and counts for no figure.';
comment on column lab.run_account.scores_compared is 'Changes of the production score up to the end of the window that were computed again from the signals.';
comment on column lab.run_account.scores_equal is 'Those of them that came out the same, bit for bit.';
comment on column lab.run_account.production_flagged is 'Whether production''s score reached the threshold in the window, or was above it at its beginning.';
comment on column lab.run_account.candidate_flagged is 'The same of the candidate''s score.';
comment on table lab.run_crossing is 'A crossing of the threshold that a run found, and whether an action would have been proposed for it.';
comment on table lineage_edge is 'to derives from from, by a rule. Types are those of the graph; an id belongs to one type. Edges are ended, not deleted: removed_at is when one ceased to hold.';
comment on table lineage_guard is 'Who adds edges that may close a circle in a tenant''s lineage holds its row. turns counts the statements that did.';
comment on function lineage_rank(text) is 'Where a type stands in the lineage graph; an edge from a lower rank to a higher one cannot close a circle. Null: nothing is known of it.';
comment on function lineage_rises(text,uuid,text,uuid) is 'Whether an edge leads from a lower rank to a higher one, or from an earlier snapshot to a later one: edges that all rise cannot close a circle.';
comment on table llm_spending is 'What language models cost a tenant in a day (UTC): what calls did cost, and what is set aside for those under way.';
comment on table llm_usage is 'Every call of a language model, append-only, also of those that failed. Tokens of all attempts together; null when nobody knows them, as when an answer came too late: it is billed all the same. cost_microdollars is null when the tokens or the model''s price are not known.';
comment on table log_cursor is 'The next fact of a tenant that a consumer group reads; moved after the effect.';
comment on column log_cursor.not_before is 'No fact from next_sequence on was recorded earlier, so earlier months are not read.';
comment on table log_group is 'The consumer groups that read the log on PostgreSQL, and the kinds of facts that each takes in.';
comment on table log_start is 'Where a consumer group without a cursor begins to read a tenant''s facts; at the first fact where a tenant has no row.';
comment on function mark_child_values(text[]) is 'Marks the values of fields, and what was derived from them, as data of children, in the past too. Returns those that were not marked.';
comment on table master_key is 'The master keys of this installation, by the id that follows from each; ordinal: the order in which they came. wrapped_ring_key: the ring key under that master key; null once retired.';
comment on table match_candidate is 'Pairs of nodes that may be one, and what was decided about them; one row per pair for good, which is the memory of rejections. proposed_at: null for a pair that was merged without having been proposed. policy_version: of the matching policy that decided; null where a person did. merged_at: when it was last merged; a pair that was merged and unmerged is not proposed again.';
comment on table match_key is 'By what a node can be the same as another: keyed digests of its references, domains, e-mail address and name, one row per rule and value. Nodes with equal keys are compared. place: where the node stands among them, a digest of its smallest reference, so that the order does not depend on when it arrived.';
comment on table matching_policy is 'Which rules propose duplicates, how sure each is, and which merge by themselves; a new version for every change. The highest version is in force; without one the defaults are.';
comment on function merged_consents(uuid,uuid,text,text) is 'How the other addresses of a person stand to a purpose by a channel, where contacts were merged; version 0: never asked.';
comment on function merged_people(uuid,uuid) is 'A data subject, and those who are the same person because contacts of theirs were merged. People who were erased are left out.';
comment on function move_actions(uuid[],uuid) is 'Makes the actions of some accounts, and the decisions about them, count for the account that those accounts were merged into; or for their own again.';
comment on function move_signals(uuid[],uuid) is 'Makes all signals of the caller''s tenant that were delivered for any of the base accounts count for the survivor, from now on. Returns how many moved. The caller holds the locks of the accounts.';
comment on function move_work(timestamp with time zone) is 'Moves the transaction to the instant of the program''s clock, or to the latest at which a fact of the tenant was recorded, where that is later. Returns it.';
comment on table node_identity is 'Which node a node counts for: survivor_id is its own id until it is merged into another. One row per account, whose lock orders everything about the account; one per contact that was ever merged. retired_at: since when the account is retired; null while it is current. Rows are never deleted.';
comment on table node_merge is 'Decisions that two nodes are one, append-only except for their undoing. into_id, from_id: the nodes as named. child_id: the node that from_id counted for then, and that counts for what into_id counts for until undone_at.';
comment on table outbox is 'What is on its way to the bus: the range of facts that a transaction recorded, or a message of no tenant (dead letters, replays). The relay deletes a row once the bus has it.';
comment on column outbox.event is 'A message that is no fact of a chain; null where the row names a range.';
comment on table outreach is 'What is to be executed outside, by its approval, which is the idempotency key there. SENDING is written before anything is sent; a process that finds it later asks outside what became of it and does not send blindly. policy_version: the policy that the last turn was checked under.';
comment on table outreach_default is 'What holds for every tenant that set nothing of its own: one row, which the program brings to its configuration when it starts.';
comment on table outreach_policy is 'What outreach is bound by; a new version for every change, the highest is in force. Without a row the program''s defaults are: version 0. email_daily_limit null: the installation''s, of outreach_default. four_eyes: whoever edited a draft last does not approve it.';
comment on column outreach_policy.blocked_statuses is 'Account statuses without sales outreach.';
comment on column outreach_policy.blocked_lifecycle_stages is 'Lifecycle stages without sales outreach.';
comment on column outreach_policy.blocked_ticket_priorities is 'While a ticket of such a priority is open, the program proposes nothing for its account.';
comment on column outreach_policy.do_not_contact_flags is 'Manager flags that forbid every e-mail to the account: lower case, words joined by _.';
comment on column outreach_policy.cool_down_hours is 'Hours after a rejection, a sending, a failure or an expiry in which the program proposes nothing new for the account.';
comment on column outreach_policy.hours_between_emails is 'Hours between two e-mails to one person, at least, whatever account they are about.';
comment on column outreach_policy.trust_floor is 'A proposal whose lineage holds an observation below this class has HIGH risk: 6 SIGNED_SYSTEM, 5 VERIFIED_PERSON, 4 COLLEAGUE_TEXT, 3 CUSTOMER_TEXT, 2 THIRD_PARTY_TEXT, 1 MODEL_INFERRED, 0 ANONYMOUS.';
comment on column outreach_policy.refuse_below is 'A proposal whose lineage holds an observation below this class is refused: 6 SIGNED_SYSTEM, 5 VERIFIED_PERSON, 4 COLLEAGUE_TEXT, 3 CUSTOMER_TEXT, 2 THIRD_PARTY_TEXT, 1 MODEL_INFERRED, 0 ANONYMOUS.';
comment on table personal_text is 'Columns whose texts may name a person. form: how to look into them; key: what other systems call something; name: must stay unique, and is told apart by its row; id: replaced as a whole by a keyed digest, for what must stay unique and be known again. is_free: whether sentences or names of people stand there, and single words may be taken out.';
comment on function points_that_counted(uuid,uuid,integer) is 'The changes of scores that counted a signal, of each account that it ever counted for.';
comment on table precedence_policy is 'Which source wins where several state a field; a new version for every change. The highest version is in force; without one the defaults are.';
comment on table profile_asset is 'A document in a profile; its name and its text are sealed, its kind is for everybody. An account is its profile: they share the id.';
comment on column profile_asset.home_account_id is 'The account in whose profile it was stored, before merges; null while that is account_id.';
comment on column profile_asset.origin is 'The origin class of the text: 6 SIGNED_SYSTEM, 5 VERIFIED_PERSON, 4 COLLEAGUE_TEXT, 3 CUSTOMER_TEXT, 2 THIRD_PARTY_TEXT, 1 MODEL_INFERRED, 0 ANONYMOUS.';
comment on table profile_field is 'Every value a profile ever had, one row a version; a value is never overwritten. Every value is sealed, whether its definition calls it personal or not. series_id: the versions of one field of one profile.';
comment on column profile_field.home_account_id is 'The account in whose profile it was stated, before merges; null while that is account_id.';
comment on column profile_field.outranked_status is 'Its status in the profile of its own account, while a later value of an account merged with it is current instead; null otherwise.';
comment on column profile_field.origin is 'The origin class of the value as it was stated; what it was derived from has its own: 6 SIGNED_SYSTEM, 5 VERIFIED_PERSON, 4 COLLEAGUE_TEXT, 3 CUSTOMER_TEXT, 2 THIRD_PARTY_TEXT, 1 MODEL_INFERRED, 0 ANONYMOUS.';
comment on column profile_field.holds_child_data is 'Whether the value is data of children: by its name, its definition, its members, or what it was derived from.';
comment on table profile_setting is 'What a tenant decided for all its profiles; a tenant without a row has validation mode WARN.';
comment on column profile_setting.child_data_days is 'Days after which data of children is deleted from profiles and sessions.';
comment on function reference_keys(text,text) is 'What external_ref may hold for a reference in its normal form: the form itself, and the digests that an erasure may have put in its place.';
comment on table rejected_requirement is 'Extracted requirements that a person refused: extraction does not propose them again.';
comment on function require_erasure() is 'Undoes a transaction that rewrote what is append-only and left no receipt of an erasure.';
comment on table requirement_extraction is 'From which conditions of a scenario its requirements were last extracted, and by what. The job does nothing for conditions that were extracted already.';
comment on table restored_backup is 'Backups that were restored, a row per tenant. sequence and hash: the end of the audit chain in the backup, with the signature made when the backup was written. previous_sequence: the end of the chain that the restore replaced; null where there was none.';
comment on table scenario is 'A situation for which something must be known; conditions say in words when it applies and what it takes.';
comment on table scenario_requirement is 'A field that a scenario needs. What a person stated, extraction does not touch; what was extracted says by what: model is template where plain rules did.';
comment on function schedule_job(text,json,timestamp with time zone,text) is 'Adds a job in the caller''s own transaction: it runs once that commits. Of jobs with one key, the latest stays.';
comment on table score_point is 'Every change of an intent score, append-only; with its state, so that the score can be computed for any later instant, and with what it derives from.';
comment on column score_point.state is 'The state of rows written before states were bytes (sums): exact sums by bucket, or one raw sum and its instant.';
comment on column score_point.scored is 'Whether the account has a score from this change on. False where no signal counts any more, or the account was merged away or retired; value is 0 then.';
comment on column score_point.before_id is 'The change before it; null for the first, and for the first after the score had ended.';
comment on column score_point.anew is 'Whether it was computed from all signals and not from the state of the change before.';
comment on column score_point.counts_all is 'Whether it counts every signal that counted for the account at recorded_at and was recorded before, of a type that the model knows, and beside them those of counted.';
comment on column score_point.counted is 'The signals newly counted in it; null with counts_all: none, else signal_id alone. Recorded at recorded_at itself where counts_all.';
comment on column score_point.traits_id is 'The traits that its fit was computed from; null where it has the fit of the change before, or the model asks for none.';
comment on column score_point.sums is 'The state as bytes, per signal type exact sums by bucket; src/features/scoring/state-bytes.ts has the format.';
comment on table score_traits is 'What of an account was held against the ICP, as it was then; append-only. A new row only where it differs from the one before.';
comment on table score_trust is 'Where the lowest origin class of an account''s score fell; append-only. point_id: the change of the score that counted signal_id, which is of that class while no signal before it, in the same chain of changes, was as low. A chain begins with a change that has none before it or was computed anew.';
comment on column score_trust.origin is '6 SIGNED_SYSTEM, 5 VERIFIED_PERSON, 4 COLLEAGUE_TEXT, 3 CUSTOMER_TEXT, 2 THIRD_PARTY_TEXT, 1 MODEL_INFERRED, 0 ANONYMOUS.';
comment on table scoring_model is 'How scores are computed; a new version for every change. The highest version is in force.';
comment on column scoring_model.action_id is 'The approved action that published it; null where an administrator published it directly.';
comment on column scoring_model.promoted_from_run is 'The laboratory run that it comes from; null if it comes from none.';
comment on column scoring_model.restored_version is 'The earlier version whose parameters a roll-back restored; null otherwise.';
comment on function search_form(text) is 'A text as it is compared in searches: without case, accents and invisible characters, as fold.ts folds names.';
comment on function seen(text) is 'A text without case, width, accents and what cannot be seen, to look for candidates in. The program decides what names a person: fold in src/platform/fold.ts.';
comment on function server_now() is 'The clock that decides what is past its retention, beside the program''s.';
comment on table session_message is 'The queue of messages of the contact. A message is handed out to the holder of a fencing token and acknowledged by the next drain or the end of the session; one that is not acknowledged is handed out again to the next holder.';
comment on column session_message.delivery_key is 'The id of the message at its source. One that arrives again is not queued again.';
comment on column session_message.handed_out_with is 'The fencing token that it was last handed out with; null: not yet.';
comment on table session_request is 'A start or a step that bore an idempotency key. A request that repeats it gets what the first one made. Deleted with steps and messages, after the days of session_setting.';
comment on column session_request.key is 'Keyed digest of the idempotency key.';
comment on column session_request.digest is 'Digest of what was asked for, under the contact''s key: another request with the same key is refused.';
comment on column session_request.resumed is 'Of a start: whether it went on from the active context of an expired lock. Null for a step.';
comment on column session_request.step_id is 'Of a step: its row in session_step. Null for a start.';
comment on table session_setting is 'How long a tenant keeps sessions: steps and acknowledged messages for transcript_days, a session without a change for context_days. A tenant without a row: 30 and 365.';
comment on column session_setting.deleted_fencing_token is 'The highest fencing token of the sessions that were deleted; tokens of new sessions are higher, so that a holder of a deleted session cannot write to the next one with the contact.';
comment on table session_step is 'A reasoning step of an agent. Content is sealed under the contact''s key.';
comment on column session_step.holds_child_data is 'Whether the content holds data of children: it is deleted after child_data_days if that is sooner.';
comment on function settle_profile_fields(uuid[]) is 'Makes the profiles of some accounts those of the accounts that they count for. Of each field the version that was stated last is current.';
comment on table signal is 'One observation about an account. Immutable, except for the account that it counts for. effective_at is where its decay starts.';
comment on column signal.account_id is 'The account that it counts for.';
comment on column signal.delivered_account_id is 'The account that it was delivered for, before merges; null while that is account_id.';
comment on column signal.moved_at is 'Since when it counts for account_id; null where it never counted for another account.';
comment on column signal.origin is 'The origin class of the observation: 6 SIGNED_SYSTEM, 5 VERIFIED_PERSON, 4 COLLEAGUE_TEXT, 3 CUSTOMER_TEXT, 2 THIRD_PARTY_TEXT, 1 MODEL_INFERRED, 0 ANONYMOUS.';
comment on table signal_account_history is 'Which account a signal counted for, and when, before it was moved to another. Signals that never moved have no row.';
comment on function signal_as_of(timestamp with time zone) is 'Signals known at an instant, each with the account that it counted for then.';
comment on table signal_objection is 'Signals that do not count for scores, because a person in them objected to profiling. restored_at: when a new consent made them count again; null while the objection stands.';
comment on table signal_withdrawal is 'Derived signals that count for no score. WITHDRAWN: they no longer follow from what sources say; restored_at: when they followed again, null while they do not. NEUTRAL: the stage catalogue does not name the stage. A signal itself never changes.';
comment on function signals_counted_at(uuid,uuid,timestamp with time zone,integer,integer) is 'The latest signals recorded before an instant that counted for an account at it, of types that a version of the scoring model knows.';
comment on function signals_with_payload(jsonb,integer) is 'Signals of the transaction''s tenant whose payload contains a document, by the index on tenants and payloads; at most so many.';
comment on table snapshot_drop is 'Each time that snapshots were dropped, once a transaction; chain_end: how far the audit had come, behind which it says so.';
comment on table snapshot_due is 'Accounts of which something changed: at due_at, when the cool-down of the last one is over, one snapshot is taken for all that happened until then. only_calculated: nothing but that health was calculated anew. failures: how often none could be taken; due_at is later each time.';
comment on table snapshot_head is 'The last snapshot of each account; whoever holds the account''s lock gives the next number. event_driven_at: when the last one that nobody asked for was taken because something changed, for the cool-down.';
comment on column snapshot_head.baseline_id is 'The last significant snapshot, or the first one: what slow drift is measured from.';
comment on table snapshot_number is 'Which snapshot bears which number of its account, and which one a run took of an account: each once, over all partitions of account_snapshot.';
comment on table snapshot_policy is 'What a tenant calls a significant change, and for how many months snapshots are kept (null: for ever; never less than 3, of which a trend is made). A version never changes. stored_at: by the server''s clock; nothing is dropped by a policy within a day of that.';
comment on column snapshot_policy.trend_hours_apart is 'Hours that must lie between the three snapshots of a health trend, each and the next.';
comment on table snapshot_run is 'A job that takes a snapshot of each of its accounts. day: of the daily run, of which a tenant has one a day. reason: only until it is over; then it stands in its snapshots alone, each of an account, where an erasure looks for people.';
comment on table snapshot_run_item is 'The accounts of a run that wait, or of which no snapshot could be taken; those that have one are found by snapshot_number.run_id.';
comment on table source_fetch is 'What a source said has changed without saying how: it is read again at its vendor. One row per object, kept after it was read, so that a repeated or late event asks for nothing.';
comment on column source_fetch.secret_id is 'Who asked for it: the webhook secret whose event did, or the connection whose reading did.';
comment on column source_fetch.wanted_at is 'The time of the latest event about the object, by the vendor''s clock.';
comment on column source_fetch.fetched_at is 'The wanted_at up to which the object was read; null: never. It is due while this is null or before wanted_at.';
comment on column source_fetch.asked_at is 'When the latest event arrived.';
comment on column source_fetch.attempts is 'Failed attempts to read the object since it was last read, or since an event or an administrator asked again. Faults of the whole connection are not counted.';
comment on column source_fetch.next_attempt_at is 'Not read before this instant; null: at once.';
comment on column source_fetch.failed_at is 'When the last attempt failed; null: it was read since. Such an object is read by itself.';
comment on column source_fetch.failure_message is 'What is wrong and what to do, as this program puts it.';
comment on column source_fetch.dead_at is 'Since when it is no longer tried: a dead letter. A later event or retryFetches asks again; null: not dead.';
comment on table source_statement is 'What a source said about a node, append-only. fields: by GraphQL field, what its columns hold; a field that is absent was not spoken of, except with mode REPLACE, which says that it has no value. occurred_at: when it was true, as the source says if timed, else when it arrived. modified_at: when the source changed what it says, where it tells; orders statements before occurred_at. account_id: the account that a record was said to belong to, before merges. account_order: 16 bits of the hash of the reference by which the statement named it, which decide between accounts of one instant; null where it was named by id. subject_id: whose key seals the personal data in fields. is_current: something in it is the latest that its source said.';
comment on column source_statement.erased is 'By field whose text an erasure changed: the keyed digest of the text that the source said, so that the same text is recognised when it is delivered again. Null: no field was changed.';
comment on column source_statement.origin is 'The origin class of what was said: 6 SIGNED_SYSTEM, 5 VERIFIED_PERSON, 4 COLLEAGUE_TEXT, 3 CUSTOMER_TEXT, 2 THIRD_PARTY_TEXT, 1 MODEL_INFERRED, 0 ANONYMOUS.';
comment on function source_statement_as_of(timestamp with time zone) is 'Statements known at an instant. is_current is that of the present.';
comment on table stage_catalogue is 'The stages of deals in order, each with its kind; a new version for every change. The highest version is in force; without one, default_stage_kinds is. kinds: kind by stage_key, made from stages.';
comment on function stage_key(text) is 'The form in which stage names are compared: without case and blanks, as stage-key.ts has it.';
comment on function stage_kind(text) is 'What a stage means, by the rule of stage-signal.ts: the words lost and won (closedlost and closedwon, too). A stage with neither is open.';
comment on table stage_report is 'That a connector delivered a stage of a deal, once per content; signals are derived from these. closed_as: what the source itself says of the stage. digest: of payload, in its canonical form.';
comment on column stage_report.origin is 'The origin class of the delivery: 6 SIGNED_SYSTEM, 5 VERIFIED_PERSON, 4 COLLEAGUE_TEXT, 3 CUSTOMER_TEXT, 2 THIRD_PARTY_TEXT, 1 MODEL_INFERRED, 0 ANONYMOUS.';
comment on table stage_signal is 'Which signals were derived from the stages of which deal. event_id: what the change was, as a digest.';
comment on view statement_of_node is 'Statements by the node that they count for: root_id is the node itself, and for merged nodes also the survivor.';
comment on table subject_key is 'lookup: HMAC of the normalised e-mail. wrapped_key: the subject''s AES-256 key under the master key; null once erased.';
comment on function suppressed_names(text[]) is 'Which of some names are of people who were erased and have not consented since.';
comment on table suppression is 'People who were erased: sources that send them again create nothing personal. key is an HMAC under a key that follows from the master key (erased_key); nothing leads from it to the person. Keys of one erasure share group_id and are lifted together, by a new explicit consent.';
comment on function survivors_of(uuid[]) is 'Which node each of some nodes counts for, as the merges that are not undone say.';
comment on table tenant is 'A company that uses the product.';
comment on function tenant_version(uuid) is 'A number that grows with every committed change of a tenant. Binds the tenant until the end of the transaction, so that row-level security holds.';
comment on function texts_to_search(text,uuid,integer,uuid[],text[],text[],text,text[],text[],text[]) is 'Rows of the transaction''s tenant whose texts may name a person, a portion at a time; the program decides. With every version of a row in one portion.';
comment on function thing_key(text) is 'What names of a thing have in common that are one; thingKey in the program is the same.';
comment on table thread_event is 'What is known of the replies of a thread of the chat: a source that announces replies one by one does not say how many there are. Without text.';
comment on column thread_event.event_key is 'root: the thread was seen. reply <time>: a reply. removed <time>: a reply was deleted. ended: the thread itself was.';
comment on function ticket_blocks(text,text[],text,jsonb) is 'Whether a ticket blocks a deal by a version of the blocker rules, as blocking.ts has it.';
comment on table unrecorded_change is 'How many transactions of a tenant changed rows that callers read and recorded no fact: a source repeats what is known, a health score is assessed to the same result.';
comment on table untimed_delivery is 'Deliveries of connectors that state no time: equal content within 10 minutes is one. key: an HMAC of the content. results: what became of it, by ids. A row says nothing after 10 minutes and is deleted daily.';
comment on table webhook_last_event is 'The last delivery of each webhook secret. Written every few seconds for all secrets together, not by every delivery.';
comment on column webhook_last_event.occurred_at is 'The latest change that the delivery reports, by the vendor''s clock; null: it names no time.';
comment on column webhook_last_event.received_at is 'When the delivery arrived.';
comment on table webhook_secret is 'Which secret a source signs its webhooks with, under the master key. The id goes with each webhook and tells whose it is.';
comment on column webhook_secret.expires_at is 'From when webhooks signed with it are refused; null: never. Set when the secret is rotated.';
comment on column webhook_secret.created_by is 'The id of who made it; null for secrets made before this was kept.';
comment on column webhook_secret.encrypted_secret is 'The secret as text, as its vendor makes it, under the key in wrapped_secret. Null: the key in wrapped_secret is the secret itself, or, of a vendor that sends its secret with its first request, none has arrived yet.';
comment on column webhook_secret.settings is 'How what the source delivers is read: which account a label, a project or a channel belongs to. Checked by the connector.';
comment on column webhook_secret.secret_shown_at is 'When a secret that arrived with a request was shown to an administrator: it is shown once.';
