import { Migration } from '@mikro-orm/migrations';

/** What makes the audit chain searchable, and what its signed ends are kept in. */
export class Audit extends Migration {
  override up(): void {
    this.addSql(search);
    this.addSql(anchors);
    this.addSql(head);
  }
}

/**
 * The two kinds that signals make are nine rows of ten. They are left out of the index by kind: a search for them finds
 * enough along the chain itself, and taking signals in does not pay for it.
 */
const search = `
create index audit_logs_of_actor on audit_logs (tenant_id, actor_id, sequence);
create index audit_logs_of_kind on audit_logs (tenant_id, kind, sequence) where kind not in ('signal.ingested', 'context.updated');

create function audit_logs_as_of(at timestamptz) returns setof audit_logs stable parallel safe language sql
  as $$ select * from audit_logs where recorded_at <= at $$;
`;

const anchors = `
create table audit_anchor (
  tenant_id uuid not null references tenant,
  sequence bigint not null check (sequence > 0),
  hash bytea not null,
  anchored_at timestamptz not null,
  key_id text not null,
  signature bytea not null,
  primary key (tenant_id, sequence)
);
comment on table audit_anchor is 'Signed places of audit chains: up to sequence, the chain had this hash. Made again by nobody without the key; also on the bus, as audit.anchored.';
call make_tenant_table('audit_anchor', 'select, insert');
create policy find_due on audit_anchor for select to context_graph_system using (true);
create policy find_due on audit_head for select to context_graph_system using (true);
grant select on audit_anchor, audit_head to context_graph_system;
`;

/**
 * The head only ever goes forward, by the rows that the same statement appended; the program's role may not make it say
 * anything else, nor begin a chain anew where there are rows. Checked behind the statement, when its rows are there.
 */
const head = `
create function audit_head_follows() returns trigger language plpgsql as $$
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
end $$;
create trigger audit_head_follows after insert or update on audit_head for each row execute function audit_head_follows();
create trigger audit_head_stays before delete on audit_head for each row execute function audit_head_follows();
create trigger audit_head_stays_whole before truncate on audit_head for each statement execute function audit_head_follows();
`;
