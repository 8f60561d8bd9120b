import { Migration } from '@mikro-orm/migrations';

/** Objections that hold, signals that they take out of scores, and people who were erased and are not to come back. */
export class ObjectionsAndSuppression extends Migration {
  override up(): void {
    this.addSql(proofs);
    this.addSql(standingObjections);
    this.addSql(suppression);
    this.addSql(signalObjections);
  }
}

const proofs = `
alter table consent add column proof_sealed bytea;
alter table consent_decision add column proof_sealed bytea;
comment on column consent.proof_sealed is 'How the last consent can be shown: a form, a recording, a document. With the subject''s key.';

create function erase_from_consent_proofs(ids uuid[], olds bytea[], news bytea[]) returns void language sql security definer set search_path = public, pg_temp as $$
  update consent t set proof_sealed = g.new from unnest(ids, olds, news) as g(id, old, new) where t.tenant_id = app_tenant() and t.id = g.id and t.proof_sealed = g.old;
  update consent_decision t set proof_sealed = g.new from unnest(ids, olds, news) as g(id, old, new) where t.tenant_id = app_tenant() and t.id = g.id and t.proof_sealed = g.old;
$$;
comment on function erase_from_consent_proofs(uuid[], bytea[], bytea[]) is 'Replaces proofs of other people''s consents that name an erased person; a caller who does not hold the present value cannot change it.';
revoke all on function erase_from_consent_proofs(uuid[], bytea[], bytea[]) from public;
grant execute on function erase_from_consent_proofs(uuid[], bytea[], bytea[]) to context_graph_app;
`;

/** Before this step a weaker basis could override an objection. Such grants end, each as a decision of its own; exported for its test. */
export const standingObjections = `
with overridden as (
  select c.tenant_id, c.id, c.version, c.basis, o.decided_at
  from consent c
  join lateral (select max(d.version) as version, max(d.decided_at) as decided_at from consent_decision d
    where d.tenant_id = c.tenant_id and d.consent_id = c.id and not d.granted and d.cause = 'STATEMENT') o on o.version is not null
  where c.granted and c.basis <> 'CONSENT' and not exists (
    select from consent_decision d where d.tenant_id = c.tenant_id and d.consent_id = c.id and d.version > o.version and d.granted and d.basis = 'CONSENT')
), ended as (
  update consent c set granted = false, version = c.version + 1, revoked_at = now(), expires_at = null, source_sealed = null, recorded_at = now()
  from overridden o where c.tenant_id = o.tenant_id and c.id = o.id returning c.tenant_id, c.id, c.version, c.basis
)
insert into consent_decision (tenant_id, id, consent_id, version, granted, cause, basis, decided_at, actor_kind, actor_id)
select tenant_id, uuidv7(), id, version, false, 'STATEMENT', basis, now(), 'system', 'objections-hold' from ended;
`;

const suppression = `
create table suppression (
  tenant_id uuid not null references tenant,
  key text not null,
  group_id uuid not null,
  suppressed_at timestamptz not null,
  lifted_at timestamptz check (lifted_at >= suppressed_at),
  primary key (tenant_id, key)
);
comment on table suppression is 'People who were erased: sources that send them again create nothing personal. key is an HMAC under a key that follows from the master key (erased_key); nothing leads from it to the person. Keys of one erasure share group_id and are lifted together, by a new explicit consent.';
create index suppression_group on suppression (tenant_id, group_id);
call make_tenant_table('suppression', 'select, insert, update');

create function suppressed_names(names text[]) returns setof text stable language sql set search_path = public, pg_temp as $$
  with asked as materialized (select name, erased_key('suppressed:' || name) as key from unnest(names) as n(name))
  select name from asked where exists (select from suppression s where s.tenant_id = app_tenant() and s.key = asked.key and s.lifted_at is null offset 0)
$$;
comment on function suppressed_names(text[]) is 'Which of some names are of people who were erased and have not consented since.';
grant execute on function suppressed_names(text[]) to context_graph_app;
`;

const signalObjections = `
create table signal_objection (
  tenant_id uuid not null references tenant,
  id uuid not null default uuidv7(),
  signal_id uuid not null,
  subject_id uuid not null,
  account_id uuid not null,
  excluded_at timestamptz not null,
  restored_at timestamptz check (restored_at >= excluded_at),
  primary key (tenant_id, id),
  foreign key (tenant_id, subject_id) references subject_key
);
comment on table signal_objection is 'Signals that do not count for scores, because a person in them objected to profiling. restored_at: when a new consent made them count again; null while the objection stands.';
create index signal_objection_of_subject on signal_objection (tenant_id, subject_id) where restored_at is null;
create index signal_objection_of_signal on signal_objection (tenant_id, signal_id);
create unique index signal_objection_standing on signal_objection (tenant_id, signal_id, subject_id) where restored_at is null;
call make_tenant_table('signal_objection', 'select, insert, update');
create index consent_objection on consent (tenant_id, purpose) where not granted;

alter table score_point drop constraint score_point_cause_check, add constraint score_point_cause_check check (cause in ('SIGNAL', 'DECAY', 'MODEL', 'ACCOUNT', 'CONSENT'));
`;
