import { Migration } from '@mikro-orm/migrations';

/** Accounts that are high and for which no action is proposed, with the policy gates that hold them; and what the evidence of actions pins. */
export class Considerations extends Migration {
  override up(): void {
    this.addSql(policies);
    this.addSql(decisions);
    this.addSql(evidence);
    this.addSql(considerations);
    this.addSql(known);
  }
}

/** The defaults stand in src/features/actions/outreach-policy.ts, too, for tenants without a row; a test compares the two. */
const policies = `
alter table outreach_policy
  add column id uuid not null default gen_random_uuid(),
  add column blocked_statuses text[] not null default '{CHURN,INACTIVE}' check (blocked_statuses <@ '{ACTIVE,INACTIVE,AT_RISK,CHURN}'),
  add column blocked_lifecycle_stages text[] not null default '{}' check (blocked_lifecycle_stages <@ '{ONBOARDING,GROWTH,MATURE,RENEWAL}'),
  add column blocked_ticket_priorities text[] not null default '{HIGHEST}' check (blocked_ticket_priorities <@ '{HIGHEST,HIGH,MEDIUM,LOW,LOWEST}'),
  add column do_not_contact_flags text[] not null default '{do_not_contact,do_not_email,no_outreach}',
  add column cool_down_hours int not null default 72 check (cool_down_hours between 0 and 8760),
  add column hours_between_emails int not null default 168 check (hours_between_emails between 0 and 8760),
  add unique (tenant_id, id);
comment on column outreach_policy.blocked_statuses is 'Account statuses without sales outreach.';
comment on column outreach_policy.blocked_lifecycle_stages is 'Lifecycle stages without sales outreach.';
comment on column outreach_policy.blocked_ticket_priorities is 'While a ticket of such a priority is open, the program proposes nothing for its account.';
comment on column outreach_policy.do_not_contact_flags is 'Manager flags that forbid every e-mail to the account: lower case, words joined by _.';
comment on column outreach_policy.cool_down_hours is 'Hours after a rejection, a sending, a failure or an expiry in which the program proposes nothing new for the account.';
comment on column outreach_policy.hours_between_emails is 'Hours between two e-mails to one person, at least, whatever account they are about.';
call make_erasable('outreach_policy', '{do_not_contact_flags}', false);
create function outreach_policy_as_of(at timestamptz) returns setof outreach_policy stable parallel safe language sql
  as $$ select * from outreach_policy where published_at <= at $$;
`;

const decisions = `
drop index action_decision_of_crossing;
create index action_decision_of_point on action_decision (tenant_id, score_point_id) where score_point_id is not null;
comment on index action_decision_of_point is 'Decisions on a change of the score. One change may be decided on again: what held a proposal back can end without a new signal.';
create function consent_decision_as_of(at timestamptz) returns setof consent_decision stable parallel safe language sql
  as $$ select * from consent_decision where decided_at <= at $$;
`;

const evidence = `
alter table action_evidence add column drafted_at timestamptz;
comment on column action_evidence.drafted_at is 'When the first draft was written. Null for evidence frozen before this was kept: then the action''s proposed_at is the closest known instant.';
create index action_sent_to_subject on action (tenant_id, subject_id, executed_at) where executed_at is not null;
`;

const considerations = `
create table consideration (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  reason text not null check (reason in (
    'ACCOUNT_STATUS', 'LIFECYCLE', 'DO_NOT_CONTACT', 'CRITICAL_TICKET', 'NO_RECIPIENT', 'NO_CONSENT', 'DAILY_LIMIT', 'OPEN_ACTION', 'COOL_DOWN', 'NO_NEW_SIGNAL', 'RECENT_EMAIL', 'DRAFT_FAILED', 'RECIPIENT_CHANGED')),
  details jsonb not null,
  action_id uuid,
  score_point_id uuid not null,
  policy_version int not null,
  since timestamptz not null,
  considered_at timestamptz not null,
  retry_at timestamptz,
  woken_at timestamptz,
  sys_from timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, account_id),
  foreign key (tenant_id, account_id) references account
);
comment on table consideration is 'Accounts whose intent is high and for which the program proposes no action: one row each, with the reason. Removed when intent falls below the threshold or an action is proposed. details: ids and figures behind the reason. action_id: the action whose end can change it. since: when the reason began to hold. retry_at: when to consider the account again if nothing else happens first. woken_at: when that was last announced; null until then.';
call make_versioned('consideration');
create index consideration_by_since on consideration (tenant_id, since, id);
create index consideration_due on consideration (retry_at, tenant_id, account_id) where retry_at is not null and woken_at is null;
create index consideration_of_action on consideration (tenant_id, action_id) where action_id is not null;
create policy find_due on consideration for select to context_graph_system using (true);
grant select (tenant_id, account_id, retry_at, woken_at) on consideration to context_graph_system;
`;

/** Accounts that were decided on before: each is considered again at once, and its row is corrected or removed. */
const known = `
insert into consideration (tenant_id, id, account_id, reason, details, score_point_id, policy_version, since, considered_at, retry_at, sys_from)
  select d.tenant_id, gen_random_uuid(), d.account_id,
    case d.reason when 'NO_CONTACT' then 'NO_RECIPIENT' when 'NO_CONSENT' then 'NO_CONSENT' when 'LIMIT_REACHED' then 'DAILY_LIMIT' when 'DRAFT_FORBIDDEN' then 'DRAFT_FAILED' when 'RECIPIENT_CHANGED' then 'RECIPIENT_CHANGED' else 'COOL_DOWN' end,
    '{}', c.point_id, d.policy_version, d.decided_at, d.decided_at, now(), now()
  from account_contexts c cross join lateral (
    select * from action_decision d where d.tenant_id = c.tenant_id and d.account_id = c.account_id and d.score_point_id is not null order by d.decided_at desc, d.id desc limit 1) d
  where c.above_threshold and c.point_id is not null
    and not exists (select from action a where a.tenant_id = c.tenant_id and a.account_id = c.account_id and a.status in ('PENDING', 'CLAIMED', 'APPROVED'));
`;
