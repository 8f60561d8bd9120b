import { Migration } from '@mikro-orm/migrations';

/** Actions: what is proposed, on what evidence, who decided and why, and what became of it outside. */
export class Actions extends Migration {
  override up(): void {
    this.addSql(policies);
    this.addSql(decisions);
    this.addSql(actions);
    this.addSql(lifeCycle);
    this.addSql(evidence);
    this.addSql(outreach);
  }
}

const policies = `
create table outreach_policy (
  tenant_id uuid not null references tenant,
  version int not null check (version > 0),
  do_not_say text[] not null,
  email_daily_limit int not null check (email_daily_limit between 0 and 1000),
  published_at timestamptz not null,
  published_by text not null,
  primary key (tenant_id, version)
);
comment on table outreach_policy is 'What outreach is bound by; a new version for every change, the highest is in force. Without a row the program''s defaults are: version 0.';
call make_tenant_table('outreach_policy', 'select, insert');
call make_erasable('outreach_policy', '{do_not_say}', false);
`;

const decisions = `
create table action_decision (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  action_id uuid,
  score_point_id uuid,
  outcome text not null,
  reason text not null,
  remark_sealed bytea,
  subject_id uuid,
  policy_version int not null,
  inputs jsonb not null,
  actor_kind text not null,
  actor_id text not null,
  request_id text not null,
  decided_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references account,
  foreign key (tenant_id, subject_id) references subject_key,
  check (remark_sealed is null or subject_id is not null)
);
comment on table action_decision is 'Every decision about actions, append-only: what it was made from, by which policy, by whom, why, and what came of it. Without action_id: a crossing from which no action was proposed. remark_sealed: what a person gave as reason, under the key of whom the action is addressed to.';
create unique index action_decision_of_crossing on action_decision (tenant_id, score_point_id) where score_point_id is not null;
comment on index action_decision_of_crossing is 'One crossing is decided on once, whatever is delivered twice.';
create index action_decision_of_action on action_decision (tenant_id, action_id, decided_at desc, id desc) where action_id is not null;
create index action_decision_of_account on action_decision (tenant_id, account_id, decided_at desc, id desc);
call make_tenant_table('action_decision', 'select, insert');
create function action_decision_as_of(at timestamptz) returns setof action_decision stable parallel safe language sql
  as $$ select * from action_decision where decided_at <= at $$;
`;

const actions = `
create table action (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  type text not null check (type in ('EMAIL')),
  status text not null,
  risk_level text not null check (risk_level in ('MEDIUM', 'HIGH')),
  confidence double precision not null check (confidence between 0 and 1),
  contact_id uuid not null,
  subject_id uuid not null,
  score_point_id uuid,
  evidence_version int not null check (evidence_version > 0),
  evidence_digest text not null,
  proposed_by_kind text not null,
  proposed_by_id text not null,
  proposed_at timestamptz not null,
  expires_at timestamptz not null,
  claimed_by_kind text,
  claimed_by_id text,
  claim_expires_at timestamptz,
  approval_id uuid,
  decided_by_kind text,
  decided_by_id text,
  decided_at timestamptz,
  end_reason text,
  executed_at timestamptz,
  is_open boolean generated always as (status in ('PENDING', 'CLAIMED')) stored,
  recorded_at timestamptz not null,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references account,
  foreign key (tenant_id, subject_id) references subject_key,
  foreign key (tenant_id, approval_id) references action_decision,
  constraint action_claim check ((status = 'CLAIMED') = (claimed_by_id is not null) and (claimed_by_id is null) = (claim_expires_at is null) and (claimed_by_id is null) = (claimed_by_kind is null)),
  constraint action_approved check (status not in ('APPROVED', 'EXECUTED', 'FAILED') or (approval_id is not null and decided_by_id is not null and decided_at is not null)),
  constraint action_decided check ((decided_by_id is null) = (decided_at is null)),
  constraint action_executed check ((status = 'EXECUTED') = (executed_at is not null))
);
comment on table action is 'What is proposed to be done for an account, and how far it has come. Its draft and evidence: the row of action_evidence of its version.';
call make_versioned('action');
revoke delete on action from context_graph_app;
create index action_open on action (tenant_id, proposed_at, id) include (status, risk_level) where is_open;
create index action_open_by_expiry on action (tenant_id, expires_at, id) include (status, risk_level) where is_open;
create index action_by_time on action (tenant_id, proposed_at, id);
create index action_of_account on action (tenant_id, account_id, proposed_at desc, id desc);
create index action_of_subject on action (tenant_id, subject_id) where status in ('PENDING', 'CLAIMED', 'APPROVED');
create index action_due on action (least(expires_at, claim_expires_at), id) where is_open;
create policy find_due on action for select to context_graph_system using (true);
grant select (tenant_id, id, is_open, expires_at, claim_expires_at) on action to context_graph_system;
comment on column action.is_open is 'Whether it still waits for a decision. A column: row-level security keeps conditions on status out of partial indexes.';
`;

/** The same table as in src/features/actions/action.states.ts; a test compares the two. */
const lifeCycle = `
create function action_transitions() returns table (from_status text, to_status text) immutable parallel safe language sql as $$
  values
    ('PENDING', 'CLAIMED'), ('PENDING', 'APPROVED'), ('PENDING', 'REJECTED'), ('PENDING', 'EXPIRED'), ('PENDING', 'CANCELLED'), ('PENDING', 'STALE'),
    ('CLAIMED', 'PENDING'), ('CLAIMED', 'APPROVED'), ('CLAIMED', 'REJECTED'), ('CLAIMED', 'EXPIRED'), ('CLAIMED', 'CANCELLED'), ('CLAIMED', 'STALE'),
    ('APPROVED', 'EXECUTED'), ('APPROVED', 'FAILED'), ('APPROVED', 'CANCELLED')
$$;
comment on function action_transitions() is 'The life-cycle of an action: every step there is.';

create function keep_action_life_cycle() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'PENDING' then
      raise exception 'an action begins as PENDING, not as %', new.status using errcode = '23514', constraint = 'action_life_cycle';
    end if;
    return new;
  end if;
  if (new.id, new.account_id, new.type, new.subject_id, new.contact_id, new.score_point_id, new.proposed_by_kind, new.proposed_by_id, new.proposed_at)
     is distinct from (old.id, old.account_id, old.type, old.subject_id, old.contact_id, old.score_point_id, old.proposed_by_kind, old.proposed_by_id, old.proposed_at) then
    raise exception 'what an action is does not change' using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  if old.approval_id is not null and new.approval_id is distinct from old.approval_id then
    raise exception 'an approval stays what it is' using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  if new.status = old.status then
    if not old.is_open then
      raise exception 'an action that is % does not change', old.status using errcode = '23514', constraint = 'action_life_cycle';
    end if;
  elsif not exists (select from action_transitions() t where t.from_status = old.status and t.to_status = new.status) then
    raise exception 'an action does not go from % to %', old.status, new.status using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  if not old.is_open and (new.evidence_version, new.evidence_digest) is distinct from (old.evidence_version, old.evidence_digest) then
    raise exception 'what was decided on stays as it was' using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  if new.approval_id is not null and old.approval_id is null and not exists (
    select from action_decision d where d.tenant_id = new.tenant_id and d.id = new.approval_id and d.action_id = new.id and d.outcome = 'APPROVED' and d.actor_kind = 'user') then
    raise exception 'this is no approval of the action by a person' using errcode = '23514', constraint = 'action_life_cycle';
  end if;
  return new;
end $$;
create trigger action_life_cycle before insert or update on action for each row execute function keep_action_life_cycle();
`;

const evidence = `
create table action_evidence (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  action_id uuid not null,
  version int not null check (version > 0),
  cause text not null check (cause in ('PROPOSED', 'EDITED', 'CHANGED')),
  digest text not null,
  evidence jsonb not null,
  draft_sealed bytea not null,
  reasoning_sealed bytea not null,
  generated_by text not null check (generated_by in ('MODEL', 'TEMPLATE', 'PERSON', 'MACHINE')),
  model text,
  prompt text,
  frozen_at timestamptz not null,
  primary key (tenant_id, action_id, version),
  unique (tenant_id, id),
  foreign key (tenant_id, action_id) references action
);
comment on table action_evidence is 'What deciders of an action see, frozen, append-only: one row a version. digest = SHA-256 of evidence as canonical JSON; in it the draft is told by an HMAC under the addressee''s key, so that an erased draft cannot be guessed.';
create index action_evidence_by_digest on action_evidence (tenant_id, action_id, digest);
call make_tenant_table('action_evidence', 'select, insert');
-- Frozen facts of the account may name a person, who is taken out: the digest then tells that it is no longer what was seen.
call make_erasable('action_evidence', '{evidence}');

create function erase_from_drafts(erased uuid[], drafts bytea[], reasonings bytea[]) returns void
  language sql security definer set search_path = public, pg_temp as $$
  update action_evidence e set draft_sealed = g.draft, reasoning_sealed = g.reasoning
  from unnest(erased, drafts, reasonings) as g(id, draft, reasoning) where e.tenant_id = app_tenant() and e.id = g.id
$$;
comment on function erase_from_drafts(uuid[], bytea[], bytea[]) is 'Puts sealed texts without an erased person in the place of those that named them; the only way to change frozen evidence.';
revoke all on function erase_from_drafts(uuid[], bytea[], bytea[]) from public;
grant execute on function erase_from_drafts(uuid[], bytea[], bytea[]) to context_graph_app;
create function erase_from_remarks(erased uuid[], remarks bytea[]) returns void language sql security definer set search_path = public, pg_temp as $$
  update action_decision d set remark_sealed = g.remark from unnest(erased, remarks) as g(id, remark) where d.tenant_id = app_tenant() and d.id = g.id
$$;
comment on function erase_from_remarks(uuid[], bytea[]) is 'Puts sealed texts without an erased person in the place of those that named them; the only way to change a decision.';
revoke all on function erase_from_remarks(uuid[], bytea[]) from public;
grant execute on function erase_from_remarks(uuid[], bytea[]) to context_graph_app;
`;

const outreach = `
create table outreach (
  tenant_id uuid not null,
  approval_id uuid not null,
  action_id uuid not null,
  state text not null check (state in ('DUE', 'SENDING', 'SENT', 'FAILED', 'CANCELLED')),
  attempts int not null default 0,
  due_at timestamptz not null,
  started_at timestamptz,
  outside_id text,
  last_outcome text,
  recorded_at timestamptz not null,
  primary key (tenant_id, approval_id),
  unique (tenant_id, action_id),
  foreign key (tenant_id, approval_id) references action_decision,
  foreign key (tenant_id, action_id) references action,
  check ((state = 'SENDING') <= (started_at is not null and attempts > 0))
);
comment on table outreach is 'What is to be sent, by its approval, which is the idempotency key outside. SENDING is written before anything is sent; who finds it there later asks outside what became of it and does not send blindly.';
create index outreach_due on outreach (due_at, approval_id) where state in ('DUE', 'SENDING');
call make_tenant_table('outreach', 'select, insert, update');
create policy find_due on outreach for select to context_graph_system using (true);
grant select (tenant_id, approval_id, state, due_at) on outreach to context_graph_system;
create function keep_outreach() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and not exists (
    select from action_decision d where d.tenant_id = new.tenant_id and d.id = new.approval_id and d.action_id = new.action_id and d.outcome = 'APPROVED' and d.actor_kind = 'user') then
    raise exception 'nothing is sent without an approval' using errcode = '23514', constraint = 'outreach_approved';
  end if;
  if tg_op = 'UPDATE' and (new.action_id <> old.action_id or old.state in ('SENT', 'FAILED', 'CANCELLED')) then
    raise exception 'what was sent, or given up, stays so' using errcode = '23514', constraint = 'outreach_approved';
  end if;
  return new;
end $$;
create trigger outreach_approved before insert or update on outreach for each row execute function keep_outreach();
`;
