import { Migration } from '@mikro-orm/migrations';

/** Actions that publish a scoring model: of the whole tenant, so of no account; and which model was published by which of them. */
export class Promotions extends Migration {
  override up(): void {
    this.addSql(actions);
    this.addSql(evidence);
    this.addSql(models);
  }
}

const actions = `
alter table action alter column account_id drop not null;
alter table action_history alter column account_id drop not null;
alter table action_decision alter column account_id drop not null;
alter table action_evidence alter column account_id drop not null;
alter table action drop constraint action_type_check;
alter table action add constraint action_type_check check (type in ('EMAIL', 'CRM_CHANGE', 'PROMOTE_MODEL'));
alter table action add constraint action_of_tenant check ((type = 'PROMOTE_MODEL') = (account_id is null) and (account_id is not null or home_account_id is null));
alter table action_decision add constraint action_decision_of_tenant check (account_id is not null or action_id is not null and home_account_id is null);
comment on column action.account_id is 'The account that it counts for; null for a promotion of a scoring model, which concerns the tenant.';
comment on column action_decision.account_id is 'The account that it counts for; null where the action concerns the tenant.';
comment on column action_evidence.account_id is 'The account of the action; null where the action concerns the tenant.';
comment on column action.contact_id is 'The contact that an e-mail is addressed to; null for other types, which are addressed to no person.';
comment on column action.subject_id is 'Under whose key draft, reasoning and remarks are sealed: the addressee of an e-mail; actions of other types have a key of their own.';
create index action_promotions on action (tenant_id, proposed_at, id) where type = 'PROMOTE_MODEL';
`;

/** As it was, with accounts that may be null on both sides. */
const evidence = `
create or replace function keep_action_evidence() returns trigger language plpgsql set search_path = public, pg_temp as $$
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
end $$;
`;

const models = `
alter table scoring_model
  add column action_id uuid,
  add column promoted_from_run uuid,
  add column restored_version int,
  add constraint scoring_model_of_action foreign key (tenant_id, action_id) references action,
  add constraint scoring_model_once unique (tenant_id, action_id),
  add constraint scoring_model_ground check (case when action_id is null then promoted_from_run is null and restored_version is null else (promoted_from_run is null) <> (restored_version is null) end),
  add constraint scoring_model_restored check (restored_version < version);
comment on column scoring_model.action_id is 'The approved action that published it; null where an administrator published it directly.';
comment on column scoring_model.promoted_from_run is 'The laboratory run that it comes from; null if it comes from none.';
comment on column scoring_model.restored_version is 'The earlier version whose parameters a roll-back restored; null otherwise.';

create function keep_promoted_model() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (
    select from action a join outreach o on o.tenant_id = a.tenant_id and o.action_id = a.id and o.approval_id = a.approval_id
    where a.tenant_id = new.tenant_id and a.id = new.action_id and a.type = 'PROMOTE_MODEL' and a.status = 'APPROVED' and o.state = 'SENDING') then
    raise exception 'no model is promoted without an approval' using errcode = '23514', constraint = 'scoring_model_approved';
  end if;
  return new;
end $$;
create trigger scoring_model_approved before insert on scoring_model for each row when (new.action_id is not null) execute function keep_promoted_model();
`;
