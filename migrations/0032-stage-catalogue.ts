import { Migration } from '@mikro-orm/migrations';

/** What stages of deals mean, which stages webhooks reported, which signals follow from them, and secrets that expire. */
export class StageCatalogue extends Migration {
  override up(): void {
    this.addSql(catalogues);
    this.addSql(keptMeanings);
    this.addSql(reports);
    this.addSql(withdrawals);
    this.addSql(deliveries);
    this.addSql(secrets);
  }
}

const catalogues = `
create table stage_catalogue (
  tenant_id uuid not null references tenant,
  version int not null,
  stages jsonb not null,
  kinds jsonb not null,
  published_at timestamptz not null,
  published_by text not null,
  primary key (tenant_id, version)
);
comment on table stage_catalogue is 'The stages of deals in order, each with its kind; a new version for every change. The highest version is in force; without one, default_stage_kinds is. kinds: kind by stage_key, made from stages.';
call make_tenant_table('stage_catalogue', 'select, insert');
create function stage_catalogue_as_of(at timestamptz) returns setof stage_catalogue stable parallel safe language sql
  as $$ select * from stage_catalogue where published_at <= at $$;

create function stage_key(stage text) returns text immutable strict parallel safe language sql
  as $$ select regexp_replace(lower(normalize(stage, nfkc)), '\\s+', '', 'g') $$;
comment on function stage_key is 'The form in which stage names are compared: without case and blanks, as stage-key.ts has it.';

create function default_stage_kinds() returns jsonb immutable parallel safe language sql as $$
  select '{"prospecting": "OPEN", "qualification": "OPEN", "needsanalysis": "OPEN", "valueproposition": "OPEN", "id.decisionmakers": "OPEN", "perceptionanalysis": "OPEN", "proposal/pricequote": "OPEN", "negotiation/review": "OPEN",
    "appointmentscheduled": "OPEN", "qualifiedtobuy": "OPEN", "presentationscheduled": "OPEN", "decisionmakerboughtin": "OPEN", "decisionmakerbought-in": "OPEN", "contractsent": "OPEN", "closedwon": "WON", "closedlost": "LOST"}'::jsonb $$;
comment on function default_stage_kinds is 'The kinds of default-stages.ts, by stage_key.';
`;

const defaults = `[{"name": "Prospecting", "kind": "OPEN"}, {"name": "Qualification", "kind": "OPEN"}, {"name": "Needs Analysis", "kind": "OPEN"}, {"name": "Value Proposition", "kind": "OPEN"}, {"name": "Id. Decision Makers", "kind": "OPEN"},
  {"name": "Perception Analysis", "kind": "OPEN"}, {"name": "Proposal/Price Quote", "kind": "OPEN"}, {"name": "Negotiation/Review", "kind": "OPEN"}, {"name": "Appointment Scheduled", "kind": "OPEN"}, {"name": "Qualified To Buy", "kind": "OPEN"},
  {"name": "Presentation Scheduled", "kind": "OPEN"}, {"name": "Decision Maker Bought In", "kind": "OPEN"}, {"name": "Decision Maker Bought-In", "kind": "OPEN"}, {"name": "Contract Sent", "kind": "OPEN"}, {"name": "Closed Won", "kind": "WON"}, {"name": "Closed Lost", "kind": "LOST"}]`;

/** Stages that counted as won or lost by their words keep that meaning, in a catalogue of their tenant's own; exported for its test. */
export const keptMeanings = `
with used as (
  select distinct on (tenant_id, stage_key(stage)) tenant_id, stage_key(stage) as key, stage as name, stage_kind(stage) as kind
  from opportunity where stage_kind(stage) <> 'OPEN' and not default_stage_kinds() ? stage_key(stage) and stage_key(stage) <> '' order by tenant_id, stage_key(stage), stage
)
insert into stage_catalogue (tenant_id, version, stages, kinds, published_at, published_by)
select tenant_id, 1, '${defaults}'::jsonb || jsonb_agg(jsonb_build_object('name', name, 'kind', kind) order by key), default_stage_kinds() || jsonb_object_agg(key, kind), now(), 'upgrade' from used group by tenant_id;
`;

const reports = `
create table stage_report (
  tenant_id uuid not null,
  id uuid not null,
  opportunity_id uuid not null,
  account_id uuid not null,
  source text not null,
  stage text not null,
  closed_as text check (closed_as in ('WON', 'LOST')),
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  digest text not null,
  payload jsonb not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references node_identity
);
comment on table stage_report is 'That a connector delivered a stage of a deal, once per content; signals are derived from these. closed_as: what the source itself says of the stage. digest: of payload, in its canonical form.';
create unique index stage_report_once on stage_report (tenant_id, opportunity_id, source, occurred_at, digest);
call make_tenant_table('stage_report', 'select, insert');
call make_erasable('stage_report', '{payload}');
call make_erasable('stage_report', '{stage}', false);

create table stage_signal (
  tenant_id uuid not null,
  opportunity_id uuid not null,
  signal_id uuid not null,
  event_id text not null,
  primary key (tenant_id, opportunity_id, signal_id),
  foreign key (tenant_id, signal_id) references signal
);
comment on table stage_signal is 'Which signals were derived from the stages of which deal. event_id: what the change was, as a digest.';
call make_tenant_table('stage_signal', 'select, insert');
`;

const withdrawals = `
create table signal_withdrawal (
  tenant_id uuid not null references tenant,
  id uuid not null default uuidv7(),
  signal_id uuid not null,
  account_id uuid not null,
  reason text not null check (reason in ('WITHDRAWN', 'NEUTRAL')),
  withdrawn_at timestamptz not null,
  restored_at timestamptz check (restored_at >= withdrawn_at),
  primary key (tenant_id, id),
  foreign key (tenant_id, signal_id) references signal
);
comment on table signal_withdrawal is 'Derived signals that count for no score. WITHDRAWN: they no longer follow from what sources say; restored_at: when they followed again, null while they do not. NEUTRAL: the stage catalogue does not name the stage. A signal itself never changes.';
create unique index signal_withdrawal_standing on signal_withdrawal (tenant_id, signal_id, reason) where restored_at is null;
create index signal_withdrawal_of_signal on signal_withdrawal (tenant_id, signal_id, withdrawn_at);
call make_tenant_table('signal_withdrawal', 'select, insert, update');
`;

const deliveries = `
create table untimed_delivery (
  tenant_id uuid not null references tenant,
  source text not null,
  key text not null,
  received_at timestamptz not null,
  results jsonb,
  primary key (tenant_id, source, key)
);
comment on table untimed_delivery is 'Deliveries of connectors that state no time: equal content within 10 minutes is one. key: an HMAC of the content. results: what became of it, by ids. A row says nothing after 10 minutes and is deleted daily.';
call make_tenant_table('untimed_delivery', 'select, insert, update, delete');
create policy prune on untimed_delivery to context_graph_system using (true);
grant select, delete on untimed_delivery to context_graph_system;
`;

const secrets = `
alter table webhook_secret add column expires_at timestamptz, add column created_by text;
comment on column webhook_secret.expires_at is 'From when webhooks signed with it are refused; null: never. Set when the secret is rotated.';
comment on column webhook_secret.created_by is 'The id of who made it; null for secrets made before this was kept.';
create index webhook_secret_by_time on webhook_secret (tenant_id, created_at desc, id desc);
`;
