import { Migration } from '@mikro-orm/migrations';

/** Actions: what is proposed, on what evidence, who decided and why, and what became of it outside. */
export class Actions extends Migration {
  override up(): void {
    this.addSql(keys);
    this.addSql(policies);
    this.addSql(decisions);
    this.addSql(actions);
    this.addSql(lifeCycle);
    this.addSql(evidence);
    this.addSql(outreach);
  }
}

const keys = `
alter table api_key add column created_by text;
comment on column api_key.created_by is 'The id of who made it: what its machine proposes, they do not approve. Null for keys made before this was kept.';
`;

const policies = `
create table outreach_policy (
  tenant_id uuid not null references tenant,
  version int not null check (version > 0),
  do_not_say text[] not null,
  email_daily_limit int check (email_daily_limit between 0 and 1000),
  four_eyes boolean not null default false,
  published_at timestamptz not null,
  published_by text not null,
  primary key (tenant_id, version)
);
comment on table outreach_policy is 'What outreach is bound by; a new version for every change, the highest is in force. Without a row the program''s defaults are: version 0. email_daily_limit null: the installation''s, of outreach_default. four_eyes: whoever edited a draft last does not approve it.';
call make_tenant_table('outreach_policy', 'select, insert');
call make_erasable('outreach_policy', '{do_not_say}', false);

create table outreach_default (
  is_one boolean primary key default true check (is_one),
  email_daily_limit int not null check (email_daily_limit between 0 and 1000)
);
comment on table outreach_default is 'What holds for every tenant that set nothing of its own: one row, which the program brings to its configuration when it starts.';
insert into outreach_default (email_daily_limit) values (5);
alter table outreach_default enable row level security;
create policy for_every_tenant on outreach_default for select to context_graph_app using (true);
create policy set_at_start on outreach_default to context_graph_system using (true) with check (true);
grant select on outreach_default to context_graph_app;
grant select, update on outreach_default to context_graph_system;
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
  unique (tenant_id, action_id, id),
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
  status text not null check (status in ('PENDING', 'CLAIMED', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'STALE', 'EXECUTED', 'FAILED')),
  risk_level text not null check (risk_level in ('MEDIUM', 'HIGH')),
  confidence double precision check (confidence between 0 and 1),
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
  constraint action_approval foreign key (tenant_id, id, approval_id) references action_decision (tenant_id, action_id, id),
  constraint action_claim check ((status = 'CLAIMED') = (claimed_by_id is not null) and (claimed_by_id is null) = (claim_expires_at is null) and (claimed_by_id is null) = (claimed_by_kind is null)),
  constraint action_approved check (case when status in ('APPROVED', 'EXECUTED', 'FAILED') then approval_id is not null else approval_id is null or status = 'CANCELLED' end),
  constraint action_decided check (
    (decided_by_id is not null) = (status = 'REJECTED' or approval_id is not null) and (decided_by_id is null) = (decided_at is null)
    and (decided_by_id is null) = (decided_by_kind is null) and coalesce(decided_by_kind, 'user') = 'user'),
  constraint action_ended check ((end_reason is not null) = (status in ('REJECTED', 'EXPIRED', 'CANCELLED', 'STALE', 'FAILED'))),
  constraint action_executed check ((status = 'EXECUTED') = (executed_at is not null))
);
alter table action_decision add foreign key (tenant_id, action_id) references action;
comment on column action.confidence is 'How sure the author of the first draft was; null once a person wrote other words: nobody weighed those. Then the risk is HIGH.';
comment on table action is 'What is proposed to be done for an account, and how far it has come. Its draft and evidence: the row of action_evidence of its version.';
call make_versioned('action');
revoke delete on action from context_graph_app;
create index action_open on action (tenant_id, proposed_at, id) include (status, risk_level) where is_open;
create index action_open_by_expiry on action (tenant_id, expires_at, id) include (status, risk_level) where is_open;
create index action_by_time on action (tenant_id, proposed_at, id);
create index action_of_account on action (tenant_id, account_id, proposed_at desc, id desc);
create index action_of_subject on action (tenant_id, subject_id) where status in ('PENDING', 'CLAIMED', 'APPROVED');
create index action_of_contact on action (tenant_id, contact_id);
create index action_claimed on action (tenant_id, claimed_by_id, proposed_at, id) where claimed_by_id is not null;
comment on index action_claimed is 'What somebody has claimed, however long the queue is. By the column and not by the state: row-level security keeps conditions on status out of partial indexes.';
create index action_due on action (least(expires_at, claim_expires_at), id) where is_open;
create policy find_due on action for select to context_graph_system using (true);
grant select (tenant_id, id, subject_id, status, is_open, expires_at, claim_expires_at) on action to context_graph_system;
-- What rests on a consent that ran out is looked for in every tenant at once.
create policy find_expired on consent for select to context_graph_system using (true);
grant select (tenant_id, subject_id, purpose, channel, granted, expires_at) on consent to context_graph_system;
create index consent_expiring on consent (expires_at) where granted and expires_at is not null;
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

-- The search path is set: a temporary table must not stand in for one that is looked into.
create function keep_action_life_cycle() returns trigger language plpgsql set search_path = public, pg_temp as $$
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
  author_kind text not null,
  author_id text not null,
  is_edited boolean not null,
  frozen_at timestamptz not null,
  primary key (tenant_id, action_id, version),
  unique (tenant_id, id),
  unique (tenant_id, action_id, version, digest),
  foreign key (tenant_id, action_id) references action
);
-- Both are written in one transaction, the action first.
alter table action add constraint action_evidence_seen foreign key (tenant_id, id, evidence_version, evidence_digest) references action_evidence (tenant_id, action_id, version, digest) deferrable initially deferred;
comment on table action_evidence is 'What deciders of an action see, frozen, append-only: one row a version. digest = SHA-256 of evidence as canonical JSON; in it the draft is told by an HMAC under the addressee''s key, so that an erased draft cannot be guessed. generated_by: where the first draft came from, in every version; author: whose words these are, who proposed them or last edited them; is_edited: whether a person wrote other words than were proposed.';
create index action_evidence_by_digest on action_evidence (tenant_id, action_id, digest);
call make_tenant_table('action_evidence', 'select, insert');
-- Frozen facts of the account may name a person, who is taken out: the digest then tells that it is no longer what was seen.
call make_erasable('action_evidence', '{evidence}');

create function keep_action_evidence() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  about action;
  previous action_evidence;
begin
  select * into about from action a where a.tenant_id = new.tenant_id and a.id = new.action_id;
  select * into previous from action_evidence e where e.tenant_id = new.tenant_id and e.action_id = new.action_id and e.version = new.version - 1;
  if about.id is null or about.account_id <> new.account_id or not about.is_open then
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
end $$;
create trigger action_evidence_author before insert on action_evidence for each row execute function keep_action_evidence();

-- Looked at when the transaction ends: an erasure leaves its receipt after all else.
create function require_erasure() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from erasure_receipt r where r.tenant_id = new.tenant_id and r.xmin = pg_current_xact_id()::xid) then
    raise exception 'what was decided on, and decided, is rewritten by an erasure alone' using errcode = '23514', constraint = 'erasure_only';
  end if;
  return null;
end $$;
comment on function require_erasure() is 'Undoes a transaction that rewrote what is append-only and left no receipt of an erasure.';
create constraint trigger erasure_only after update on action_evidence deferrable initially deferred for each row execute function require_erasure();
create constraint trigger erasure_only after update on action_decision deferrable initially deferred for each row execute function require_erasure();

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
  policy_version int,
  recorded_at timestamptz not null,
  primary key (tenant_id, approval_id),
  unique (tenant_id, action_id),
  foreign key (tenant_id, action_id, approval_id) references action_decision (tenant_id, action_id, id),
  foreign key (tenant_id, action_id) references action,
  check (state not in ('SENDING', 'SENT') or started_at is not null and attempts > 0),
  check (state <> 'SENT' or outside_id is not null)
);
comment on table outreach is 'What is to be sent, by its approval, which is the idempotency key outside. SENDING is written before anything is sent; who finds it there later asks outside what became of it and does not send blindly. policy_version: the policy that the last turn was looked at under.';
create index outreach_due on outreach (due_at, approval_id) where state in ('DUE', 'SENDING');
call make_tenant_table('outreach', 'select, insert, update');
create policy find_due on outreach for select to context_graph_system using (true);
grant select (tenant_id, approval_id, state, due_at) on outreach to context_graph_system;
create function keep_outreach() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' then
    if (new.tenant_id, new.approval_id, new.action_id) is distinct from (old.tenant_id, old.approval_id, old.action_id) then
      raise exception 'what is sent stays with its approval' using errcode = '23514', constraint = 'outreach_approved';
    end if;
    if (old.state, new.state) not in (('DUE', 'DUE'), ('DUE', 'SENDING'), ('DUE', 'CANCELLED'), ('SENDING', 'SENDING'), ('SENDING', 'DUE'), ('SENDING', 'SENT'), ('SENDING', 'FAILED')) then
      raise exception 'what is to be sent does not go from % to %', old.state, new.state using errcode = '23514', constraint = 'outreach_approved';
    end if;
  elsif new.state <> 'DUE' then
    raise exception 'what is to be sent begins as DUE' using errcode = '23514', constraint = 'outreach_approved';
  end if;
  if not exists (select from action a where a.tenant_id = new.tenant_id and a.id = new.action_id and a.approval_id = new.approval_id and a.status = 'APPROVED') then
    raise exception 'nothing is sent without an approval' using errcode = '23514', constraint = 'outreach_approved';
  end if;
  return new;
end $$;
create trigger outreach_approved before insert or update on outreach for each row execute function keep_outreach();
`;
