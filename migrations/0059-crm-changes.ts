import { Migration } from '@mikro-orm/migrations';

/** Actions that change a record in a CRM: addressed to no person, executed once, undone on request. */
export class CrmChanges extends Migration {
  override up(): void {
    this.addSql(types);
    this.addSql(outreach);
    this.addSql(writes);
  }
}

const types = `
alter table action drop constraint action_type_check;
alter table action alter column contact_id drop not null;
alter table action_history alter column contact_id drop not null;
alter table action add constraint action_type_check check (type in ('EMAIL', 'CRM_CHANGE'));
alter table action add constraint action_addressee check ((type = 'EMAIL') = (contact_id is not null));
comment on column action.contact_id is 'The contact that an e-mail is addressed to; null for a CRM change, which is addressed to no person.';
comment on column action.subject_id is 'Under whose key draft, reasoning and remarks are sealed: the addressee of an e-mail; a CRM change has a key of its own.';
`;

const outreach = `
create or replace function keep_outreach() returns trigger language plpgsql set search_path = public, pg_temp as $$
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
end $$;
comment on table outreach is 'What is to be executed outside, by its approval, which is the idempotency key there. SENDING is written before anything is sent; a process that finds it later asks outside what became of it and does not send blindly. policy_version: the policy that the last turn was checked under.';
`;

const writes = `
create table crm_write (
  tenant_id uuid not null,
  approval_id uuid not null,
  action_id uuid not null,
  system text not null check (system in ('salesforce', 'hubspot')),
  written_kind text not null,
  written_id text not null,
  written_at timestamptz not null,
  undo_state text check (undo_state in ('DUE', 'UNDONE', 'FAILED')),
  undo_by_kind text,
  undo_by_id text,
  undo_requested_at timestamptz,
  undo_due_at timestamptz,
  undo_attempts int not null default 0,
  undo_reason text,
  undone_at timestamptz,
  primary key (tenant_id, approval_id),
  unique (tenant_id, action_id),
  foreign key (tenant_id, approval_id) references outreach,
  foreign key (tenant_id, action_id) references action,
  check ((undo_state is null) = (undo_by_id is null) and (undo_state is null) = (undo_requested_at is null) and (undo_state is null) = (undo_due_at is null)),
  check (coalesce(undo_by_kind, 'user') = 'user' and (undo_by_kind is null) = (undo_by_id is null)),
  check ((undo_state = 'UNDONE') is true = (undone_at is not null)),
  check ((undo_state = 'FAILED') is true = (undo_reason is not null))
);
comment on table crm_write is 'What an executed CRM change wrote, by its approval, and whether it was undone. undo_state null: nobody asked for it.';
comment on column crm_write.written_kind is 'What the vendor calls the record that was written: Task, Note, Opportunity, tasks, notes, deals.';
comment on column crm_write.undo_due_at is 'When the executor tries to undo it next.';
create index crm_write_undo_due on crm_write (undo_due_at, approval_id) where undo_state = 'DUE';
call make_tenant_table('crm_write', 'select, insert, update');
create policy find_due on crm_write for select to context_graph_system using (true);
grant select (tenant_id, approval_id, undo_state, undo_due_at) on crm_write to context_graph_system;

create function keep_crm_write() returns trigger language plpgsql set search_path = public, pg_temp as $$
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
end $$;
create trigger crm_write_approved before insert or update on crm_write for each row execute function keep_crm_write();
`;
