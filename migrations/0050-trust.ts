import { Migration } from '@mikro-orm/migrations';

/**
 * Every observation has an origin class, so that what derives from it knows how far it can be trusted. Rows of before get
 * theirs by the rules of `features/trust`: who delivered them, lowered by the kind of text that they hold.
 */
export class Trust extends Migration {
  override up(): void {
    for (const [table, comment] of Object.entries(observations)) this.addSql(addOrigin(table, comment));
    this.addSql(asOf);
    this.addSql(statementsOfNodes);
    this.addSql(pastStatements);
    this.addSql(pastSignals);
    this.addSql(pastProfiles);
    this.addSql(scores);
    this.addSql(pastScores);
    this.addSql(floors);
  }
}

const ranks = '6 SIGNED_SYSTEM, 5 VERIFIED_PERSON, 4 COLLEAGUE_TEXT, 3 CUSTOMER_TEXT, 2 THIRD_PARTY_TEXT, 1 MODEL_INFERRED, 0 ANONYMOUS';

const observations: Readonly<Record<string, string>> = {
  signal: 'The origin class of the observation',
  source_statement: 'The origin class of what was said',
  stage_report: 'The origin class of the delivery',
  profile_field: 'The origin class of the value as it was stated; what it was derived from has its own',
  profile_asset: 'The origin class of the text',
};

/** A row that says nothing is trusted least; those of before get their class below. */
function addOrigin(table: string, comment: string): string {
  return `
alter table ${table} add column origin smallint not null default 6 check (origin between 0 and 6);
alter table ${table} alter column origin set default 0;
comment on column ${table}.origin is '${comment}: ${ranks}.';`;
}

const asOf = `
call make_versioned('profile_field');
call make_versioned('profile_asset');
update profile_field_history set origin = 6;
update profile_asset_history set origin = 6;

create or replace function signal_as_of(at timestamptz) returns setof signal stable parallel safe language sql as $$
  select tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, effective_at, payload, request_id, delivered_account_id, moved_at, origin
  from signal where recorded_at <= at and (moved_at is null or moved_at <= at)
  union all
  select s.tenant_id, s.id, h.account_id, s.type, s.source, s.source_event_id, s.dedupe_key, s.occurred_at, s.recorded_at, s.effective_at, s.payload, s.request_id,
    nullif(coalesce(s.delivered_account_id, s.account_id), h.account_id), nullif(h.sys_from, s.recorded_at), s.origin
  from signal_account_history h join signal s on s.tenant_id = h.tenant_id and s.id = h.signal_id
  where h.sys_from <= at and h.sys_to > at $$;
`;

/* The columns of a view are those of the day on which it was made. */
const statementsOfNodes = `
drop function statement_of_node_as_of(timestamptz);
drop view statement_of_node;
create view statement_of_node with (security_invoker = true) as
  select s.*, s.node_id as root_id from source_statement s
  union all
  select s.*, i.survivor_id from node_identity i join source_statement s on s.tenant_id = i.tenant_id and s.node_id = i.id where i.survivor_id <> i.id;
comment on view statement_of_node is 'Statements by the node that they count for: root_id is the node itself, and for merged nodes also the survivor.';
grant select on statement_of_node to context_graph_app;
create function statement_of_node_as_of(at timestamptz) returns setof statement_of_node stable parallel safe language sql as $$
  select s.*, s.node_id from source_statement s where s.recorded_at <= at
  union all
  select s.*, i.survivor_id from node_identity_as_of(at) i join source_statement s on s.tenant_id = i.tenant_id and s.node_id = i.id where i.survivor_id <> i.id and s.recorded_at <= at $$;
`;

const pastStatements = `
update source_statement s set origin = c.origin
from (
  select tenant_id, id, least(
    case when stated_by like 'user:%' then 5 else 6 end,
    case
      when mode = 'RETIRE' then 6
      when node_type in ('ManagerFlag', 'PlaybookReport', 'SeMention', 'Thread', 'Ticket', 'WeeklySummary') then 4
      when node_type = 'Note' then case when fields ->> 'noteType' <> 'EMAIL' then 4 else 3 end
      when node_type = 'Activity' then case when fields ->> 'type' !~* 'e-?mail' then 4 else 3 end
      else 6
    end) as origin
  from source_statement) c
where c.tenant_id = s.tenant_id and c.id = s.id and c.origin < 6;
`;

/* Who delivered a signal, a field or a document is in the log alone. */
const pastSignals = `
update signal s set origin = 5 from audit_logs a
where a.kind = 'signal.ingested' and a.actor_kind = 'user' and s.tenant_id = a.tenant_id and s.id = (a.data ->> 'signalId')::uuid;
update stage_report r set origin = s.origin from stage_signal d join signal s on s.tenant_id = d.tenant_id and s.id = d.signal_id
where d.tenant_id = r.tenant_id and d.opportunity_id = r.opportunity_id and s.occurred_at = r.occurred_at and s.origin < 6;
`;

const classOfField = `least(case source when 'LLM' then 1 when 'TOOL' then 2 when 'SESSION' then 3 else 6 end, case when by_person then 5 else 6 end)`;
const classOfAsset = `least(case when kind in ('note', 'notes', 'meeting_notes', 'call_notes', 'summary', 'playbook') then 4 when kind in ('article', 'news', 'press_release', 'report', 'review', 'web_page') then 2 else 3 end, case when by_person then 5 else 6 end)`;

/** Fields and documents with their past versions. What they are does not change, and no version of them is made. */
const pastProfiles = `
alter table profile_field disable trigger user;
alter table profile_asset disable trigger user;
create temporary table stated_by_person on commit drop as
  select a.tenant_id, named.id::uuid as id from audit_logs a cross join lateral (
    select jsonb_array_elements_text(a.data -> 'profileFieldIds') as id where a.kind = 'profile_field.updated'
    union all select a.data ->> 'profileAssetId' where a.kind = 'profile_asset.saved') named
  where a.kind in ('profile_field.updated', 'profile_asset.saved') and a.actor_kind = 'user';
${['profile_field', 'profile_field_history'].map((table) => classify(table, classOfField)).join('\n')}
${['profile_asset', 'profile_asset_history'].map((table) => classify(table, classOfAsset)).join('\n')}
drop table stated_by_person;
alter table profile_field enable trigger user;
alter table profile_asset enable trigger user;
`;

function classify(table: string, origin: string): string {
  return `update ${table} t set origin = c.origin
  from (select tenant_id, id, sys_from, ${origin} as origin from (select o.*, exists (select from stated_by_person p where p.tenant_id = o.tenant_id and p.id = o.id) as by_person from ${table} o) o) c
  where c.tenant_id = t.tenant_id and c.id = t.id and c.sys_from = t.sys_from and c.origin < 6;`;
}

/*
 * The lowest class of the signals that a score counted is kept while the score is made: a score of 100,000 changes has a row
 * for each class that it fell to, and its trust is read from one.
 */
const scores = `
create table score_trust (
  tenant_id uuid not null,
  account_id uuid not null,
  point_id uuid not null,
  recorded_at timestamptz not null,
  origin smallint not null check (origin between 0 and 6),
  signal_id uuid not null,
  primary key (tenant_id, account_id, recorded_at, point_id)
);
comment on table score_trust is 'Where the lowest origin class of an account''s score fell; append-only. point_id: the change of the score that counted signal_id, which is of that class while no signal before it, in the same chain of changes, was as low. A chain begins with a change that has none before it or was computed anew.';
comment on column score_trust.origin is '${ranks}.';
call make_tenant_table('score_trust', 'select, insert');
create index score_point_first on score_point (tenant_id, account_id, recorded_at desc, id desc) where before_id is null or anew;
alter table account_contexts add column lowest_origin smallint check (lowest_origin between 0 and 6);
comment on column account_contexts.lowest_origin is 'The lowest origin class of the signals that the score counted in its present chain of changes; null where it counted none.';
`;

const pastScores = `
create temporary table lowest_of_point on commit drop as
  select p.tenant_id, p.account_id, p.id, p.recorded_at, p.chain, l.origin, l.signal_id
  from (select *, count(*) filter (where before_id is null or anew) over (partition by tenant_id, account_id order by recorded_at, id) as chain from score_point) p
  left join lateral (
    select s.origin, s.id as signal_id from (
      select unnest(coalesce(p.counted, case when p.signal_id is not null and not p.counts_all then array[p.signal_id] end)) as id
      union all
      select signals_counted_at(p.tenant_id, p.account_id, p.recorded_at, p.model_version, 2147483647) where p.counts_all) c
    join signal s on s.tenant_id = p.tenant_id and s.id = c.id order by s.origin, s.id limit 1) l on true;
insert into score_trust (tenant_id, account_id, point_id, recorded_at, origin, signal_id)
  select tenant_id, account_id, id, recorded_at, origin, signal_id
  from (select *, min(origin) over (partition by tenant_id, account_id, chain order by recorded_at, id rows between unbounded preceding and 1 preceding) as before from lowest_of_point) l
  where origin is not null and (before is null or origin < before);
update account_contexts c set lowest_origin = l.origin
from (select distinct on (l.tenant_id, l.account_id) l.tenant_id, l.account_id, min(l.origin) over (partition by l.tenant_id, l.account_id, l.chain) as origin from lowest_of_point l order by l.tenant_id, l.account_id, l.chain desc) l
where l.tenant_id = c.tenant_id and l.account_id = c.account_id;
drop table lowest_of_point;
`;

const floors = `
alter table outreach_policy add column trust_floor smallint not null default 4 check (trust_floor between 0 and 6), add column refuse_below smallint not null default 1 check (refuse_below between 0 and trust_floor);
comment on column outreach_policy.trust_floor is 'A proposal whose lineage holds an observation below this class has HIGH risk: ${ranks}.';
comment on column outreach_policy.refuse_below is 'A proposal whose lineage holds an observation below this class is refused: ${ranks}.';
alter table consideration drop constraint consideration_reason_check, add constraint consideration_reason_check check (
  reason in ('ACCOUNT_STATUS', 'LIFECYCLE', 'DO_NOT_CONTACT', 'CRITICAL_TICKET', 'NO_RECIPIENT', 'NO_CONSENT', 'DAILY_LIMIT', 'OPEN_ACTION', 'COOL_DOWN', 'NO_NEW_SIGNAL', 'RECENT_EMAIL', 'UNTRUSTED_ORIGIN', 'DRAFT_FAILED', 'RECIPIENT_CHANGED'));
`;
