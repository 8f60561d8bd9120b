import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

let database: TestDatabase;
let admin: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

/**
 * Columns that could hold text and are neither sealed nor cleaned by an erasure, each with the reason. Who adds a column
 * decides here: sealed (its name ends in _sealed), cleaned (`call make_erasable(…)` in its migration), or kept.
 */
const kept: Readonly<Record<string, readonly string[]>> = {
  'a closed list, or a name that may only be letters, digits and _': [
    'account.status', 'account.lifecycle_stage', 'account.revenue_currency', 'opportunity.amount_currency', 'ticket.status_category', 'ticket.priority', 'playbook_execution.status', 'note.note_type', 'signal.type', 'signal.source',
    'score_point.crossed', 'score_point.cause', 'consent.purpose', 'consent.channel', 'consent.basis', 'consent_decision.cause', 'consent_decision.basis', 'profile_field.name', 'profile_field.status', 'profile_field.value_type',
    'profile_field.source', 'profile_field.source_item_type', 'profile_field.validation_state', 'profile_setting.validation_mode', 'field_definition.name', 'field_definition.value_type', 'field_definition.validation_mode',
    'scenario_requirement.field_name', 'scenario_requirement.required_level', 'scenario_requirement.fallback_action', 'scenario_requirement.origin', 'rejected_requirement.field_name', 'requirement_extraction.extractor',
    'action.type', 'action.status', 'action.risk_level', 'action.end_reason', 'action_decision.outcome', 'action_decision.reason', 'action_evidence.cause', 'action_evidence.generated_by', 'outreach.state', 'outreach.last_outcome', 'crm_write.system', 'crm_write.written_kind', 'crm_write.undo_state', 'crm_write.undo_reason',
    'external_ref.node_type', 'match_key.kind', 'match_key.rule', 'match_candidate.kind', 'match_candidate.status', 'match_candidate.rules', 'matching_policy.rules', 'personal_text.table_name', 'personal_text.column_name', 'personal_text.form', 'webhook_secret.source', 'connection.source', 'connection_state.failure_code', 'source_fetch.source', 'erasure_request.source', 'source_fetch.kind', 'source_fetch.failure_code', 'connection_backfill.source', 'connection_backfill.status', 'connection_backfill.failure_code', 'thread_event.source', 'llm_usage.outcome', 'job_run.last_outcome', 'api_key.roles', 'profile_asset.kind', 'scenario_requirement.extractor',
    'account_snapshot.account_status', 'account_snapshot.health_source', 'account_snapshot.health_trend', 'account_snapshot.lifecycle_stage', 'account_snapshot.revenue_change_absent', 'account_snapshot.revenue_currency', 'account_snapshot.significant_because',
    'account_snapshot.trigger_events', 'account_snapshot.type', 'snapshot_due.trigger_events', 'snapshot_run.status', 'snapshot_run.trigger_event', 'snapshot_run.type', 'snapshot_run_item.failed_because', 'snapshot_run_item.state',
    'account_health.source', 'account_snapshot.health_source_reason', 'account_snapshot.health_trend_absent', 'snapshot_head.baseline_revenue_currency', 'consideration.reason', 'node_identity.node_type', 'source_statement.mode', 'source_statement.node_type', 'source_statement.source', 'node_merge.node_type', 'profile_field.outranked_status', 'stage_report.source', 'stage_report.closed_as', 'signal_withdrawal.reason', 'untimed_delivery.source', 'outreach_policy.blocked_lifecycle_stages', 'outreach_policy.blocked_statuses', 'outreach_policy.blocked_ticket_priorities', 'context_rules.kind', 'context_fetch.error_code', 'context_fetch.outcome', 'context_fetch.section', 'context_refresh.status',
    'enrichment.provider', 'enrichment.status', 'enrichment.trigger', 'enrichment.failure_code', 'enrichment_policy.provider',
  ],
  'ids, figures and names of rules, written by the program': [
    'score_point.state', 'score_point.sums', 'scoring_model.parameters', 'signal.request_id', 'lineage_edge.to_type', 'lineage_edge.from_type', 'lineage_edge.relation', 'lineage_edge.rule_name', 'lineage_edge.rule_version',
    'inbox.consumer', 'inbox_block.consumer', 'inbox_block.seen', 'log_group.consumer_group', 'log_group.kinds', 'log_cursor.consumer_group', 'bus_cursor.consumer_group', 'bus_cursor.topic', 'bus_partition.topic', 'bus_event.topic', 'dead_letter.consumer_group', 'dead_letter.topic', 'dead_letter.error_name', 'dead_letter.digest',
    'job_run.task', 'change_stream.stream', 'change_stream.replay_id', 'connection_state.failure_message', 'connection_state.limit_reason', 'source_fetch.failure_message', 'connection_backfill.failure_message', 'connection_backfill.cursor', 'job_run.last_error', 'action.evidence_digest', 'action_decision.inputs', 'action_decision.request_id', 'action_evidence.digest', 'action_evidence.model', 'action_evidence.prompt', 'outreach.outside_id', 'crm_write.written_id', 'llm_usage.purpose', 'llm_usage.model', 'llm_usage.prompt_name', 'llm_usage.request_id', 'requirement_extraction.model', 'requirement_extraction.conditions_digest', 'contact.digest', 'account_snapshot.champion', 'account_snapshot.recent_notes', 'account_snapshot.recent_playbook_reports', 'account_snapshot.top_critical_kpis', 'scenario_requirement.model', 'scenario_requirement.prompt_name', 'account_health.digest', 'health_model.digest', 'account_inputs.digest', 'consideration.details', 'stage_report.digest', 'stage_signal.event_id', 'untimed_delivery.key', 'untimed_delivery.results', 'context_derivation.said', 'context_rules.digest', 'enrichment.refused',
  ],
  'what sources said: statements about the person are deleted, and [erased] is put into those about others, by functions of their own; test/erasure/statements.test.ts': ['source_statement.fields'],
  'keyed digests of values that an erasure changed': ['source_statement.erased'],
  'keyed digests of requests, deleted with the session': ['session_request.key', 'session_request.digest'],
  'HMACs of people who were erased': ['suppression.key'],
  'facts: their kinds declare ids and figures only, and a change would break the chain': ['outbox.event', 'bus_event.event', 'audit_logs.kind', 'audit_logs.data', 'audit_logs.request_id', 'audit_logs.previous_hash', 'audit_logs.hash', 'audit_head.hash', 'audit_anchor.hash', 'audit_anchor.key_id', 'audit_anchor.signature'],
  'who of the tenant\'s own users and machines did something, by id: what the audit is for': [
    'audit_logs.actor_kind', 'audit_logs.actor_id', 'consent_decision.actor_kind', 'consent_decision.actor_id', 'erasure_receipt.actor_kind', 'erasure_receipt.actor_id', 'llm_usage.actor_kind', 'llm_usage.actor_id', 'scoring_model.published_by',
    'rejected_requirement.rejected_by', 'action.proposed_by_kind', 'action.proposed_by_id', 'action.claimed_by_kind', 'crm_write.undo_by_id', 'crm_write.undo_by_kind', 'action.claimed_by_id', 'action.decided_by_kind', 'action.decided_by_id', 'action_evidence.author_kind', 'action_evidence.author_id', 'action_decision.actor_kind', 'action_decision.actor_id',
    'match_candidate.decided_by_kind', 'match_candidate.decided_by_id', 'matching_policy.published_by', 'outreach_policy.published_by', 'api_key.created_by', 'snapshot_policy.published_by', 'snapshot_run.requested_by_id', 'snapshot_run.requested_by_kind', 'health_model.published_by', 'stage_catalogue.published_by', 'webhook_secret.created_by', 'connection.created_by', 'connection_backfill.started_by_id', 'connection_backfill.started_by_kind', 'node_merge.merged_by_kind', 'node_merge.merged_by_id', 'node_merge.undone_by_kind', 'node_merge.undone_by_id', 'precedence_policy.published_by', 'source_statement.stated_by', 'context_rules.published_by', 'context_refresh.requested_by_id', 'context_refresh.requested_by_kind', 'enrichment.requested_by_id', 'enrichment.requested_by_kind', 'enrichment_policy.published_by', 'enrichment_provider.saved_by',
  ],
  'the tenant\'s configuration, written by its administrators about kinds of things': [
    'tenant.slug', 'tenant.name', 'field_definition.agent', 'field_definition.validation_regex', 'external_ref.system', 'health_model.parameters', 'stage_catalogue.stages', 'stage_catalogue.kinds', 'precedence_policy.rules', 'context_rules.parameters', 'webhook_secret.settings', 'connection.settings', 'connection.vendor_account', 'enrichment_provider.url', 'enrichment_provider.key_header', 'enrichment_provider.mapping',
  ],
  'ids at the vendor of what is read again there, and of messages by channel and time: without a reference, which an erasure takes, they name nobody': ['session_message.delivery_key', 'source_fetch.external_id', 'thread_event.thread_key', 'thread_event.event_key'],
  'the contact in Chatwoot: the row is deleted once the copies in Redis and Chatwoot are cleared': ['agent_session.contact_id'],
  'who works on a session, as an agent calls itself; emptied with the lock': ['agent_session.lock_holder'],
  'the laboratory: models, figures and ids of accounts, closed lists and codes': [
    'lab.experiment.parameters', 'lab.experiment.clock', 'lab.experiment_run.kind', 'lab.experiment_run.clock', 'lab.experiment_run.parameters', 'lab.experiment_run.status', 'lab.experiment_run.checkpoint',
    'lab.experiment_run.failure', 'lab.experiment_run.digest', 'lab.experiment_run.metrics', 'lab.run_account.outcome', 'lab.run_account.digest', 'lab.run_account.measures', 'lab.run_crossing.model', 'lab.run_crossing.direction', 'lab.run_crossing.why_not',
    'lab.fact.kind', 'lab.fact.data', 'lab.fact.request_id', 'lab.import.kind', 'lab.import.errors', 'lab.outcome.result', 'lab.outcome.currency', 'lab.history_signal.type',
  ],
  'the laboratory: which of the tenant\'s own users and machines did something, by id': ['lab.experiment.created_by', 'lab.experiment_run.requested_by', 'lab.experiment_run.pinned_by', 'lab.fact.actor_kind', 'lab.fact.actor_id', 'lab.import.imported_by'],
  'the laboratory: what the tenant calls an experiment, and its own ids of deals and events, which name no person': ['lab.experiment.name', 'lab.experiment.description', 'lab.outcome.external_id', 'lab.history_signal.event_id'],
  'generated from a column that is cleaned': ['account.name_key', 'scenario.name_key'],
  'keys and what is made with them': ['match_key.key', 'match_key.place', 'subject_key.lookup', 'subject_key.wrapped_key', 'migration_checksum.checksum', 'migration_checksum.name', 'restored_backup.backup_digest', 'restored_backup.hash', 'restored_backup.key_id', 'restored_backup.signature', 'master_key.key_id', 'master_key.wrapped_ring_key', 'key_ring.sealed', 'known_signing_key.key_id', 'known_signing_key.proof', 'known_signing_key.public_key', 'webhook_secret.wrapped_secret', 'webhook_secret.encrypted_secret', 'connection.wrapped_key', 'connection.encrypted_credentials', 'enrichment_provider.wrapped_key', 'enrichment_provider.encrypted_api_key', 'api_key.secret_hash'],
  'the proof of an erasure, by ids of destroyed keys': ['erasure_receipt.statement', 'erasure_receipt.signature', 'erasure_receipt.public_key', 'erasure_receipt.key_id'],
};

/** What is sealed is opened, searched and mended by a place, also where it is sealed for somebody else; of addresses there is only the own one. */
const sealed: Readonly<Record<string, readonly string[]>> = {
  consents: ['consent.proof_sealed', 'consent.source_sealed', 'consent_decision.proof_sealed', 'consent_decision.source_sealed'],
  contacts: ['contact.name_sealed'],
  profiles: ['profile_field.value_sealed', 'profile_field.source_metadata_sealed', 'profile_asset.name_sealed', 'profile_asset.text_sealed'],
  sessions: ['agent_session.persistent_sealed', 'agent_session.active_sealed', 'session_step.content_sealed', 'session_message.body_sealed'],
  actions: ['action_evidence.draft_sealed', 'action_evidence.reasoning_sealed', 'action_decision.remark_sealed'],
  'the subject\'s own address, and nobody else\'s': ['consent.email_sealed', 'contact.email_sealed'],
};

/** Schemas of packages, with what the program gives them. */
const foreign: Readonly<Record<string, string>> = { graphile_worker: 'jobs: their tasks\' names and payloads of ids, deleted when done' };

test('for every column that could hold text, of any schema, it is decided what an erasure does with it', async () => {
  const { rows } = await admin.query<{ schema: string; name: string; column: string; cleaned: boolean }>(`
    select n.nspname as schema, c.relname as name, case n.nspname when 'lab' then 'lab.' else '' end || regexp_replace(c.relname, '_history$', '') || '.' || a.attname as column,
      exists (select from personal_text p where n.nspname = 'public' and p.table_name = c.relname and p.column_name = a.attname) as cleaned
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid
    left join pg_type e on e.oid = t.typelem and t.typcategory = 'A' left join pg_type d on d.oid = coalesce(e.typbasetype, t.typbasetype)
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'f', 'm') and c.relname not like 'mikro_orm%' and a.attnum > 0 and not a.attisdropped
      and not exists (select from pg_inherits i where i.inhrelid = c.oid)
      -- Whatever is not a number, an instant, a boolean or an id.
      and not coalesce(nullif(d.typname, ''), e.typname, t.typname) = any('{uuid,bool,int2,int4,int8,float4,float8,numeric,date,timestamp,timestamptz,interval,oid,xid,xid8,pg_lsn}')
    order by 1, 3`);
  expect([...new Set(rows.filter(({ schema }) => schema !== 'public' && schema !== 'lab').map(({ schema }) => schema))].filter((schema) => !Object.hasOwn(foreign, schema))).toEqual([]);
  const own = rows.filter(({ schema, cleaned }) => (schema === 'public' || schema === 'lab') && !cleaned);
  const open = [...new Set(own.map(({ column }) => column))].filter((column) => !column.endsWith('_sealed'));
  const decided = Object.values(kept).flat();
  expect(open.filter((column) => !decided.includes(column))).toEqual([]);
  expect(decided.filter((column) => !open.includes(column))).toEqual([]);
  expect([...new Set(own.map(({ column }) => column))].filter((column) => column.endsWith('_sealed'))).toEqual(Object.values(sealed).flat().toSorted());
});

test('a table that is cleaned is cleaned in its past, too, and by the owner\'s functions alone', async () => {
  const { rows: missing } = await admin.query(`
    select p.table_name, p.column_name from personal_text p where to_regclass(quote_ident(p.table_name || '_history')) is not null
      and not exists (select from personal_text h where h.table_name = p.table_name || '_history' and h.column_name = p.column_name)`);
  expect(missing).toEqual([]);
  for (const forbidden of ['update personal_text set form = $$text$$', 'update signal set payload = $${}$$', 'update note_history set content = $$$$', 'delete from consent_decision', 'update consent_decision set granted = true', 'delete from consent', 'delete from erasure_receipt']) {
    await admin.query('begin; set local role context_graph_app');
    await expect(admin.query(forbidden), forbidden).rejects.toThrow('permission denied');
    await admin.query('rollback');
  }
});

test('through the door by which texts are changed, words are taken out and nothing else can be', async () => {
  const isWithout = async (sql: string) => (await admin.query<{ honest: boolean }>(`select is_without(${sql}) as honest`)).rows[0]?.honest;
  for (const honest of [`'Ann called'::text, '[erased] called'`, `'50% of Ann_'::text, '50% of [erased]_'`, `'{"a":"Ann x","b":[1,2]}'::jsonb, '{"a":"[erased] x","b":["[erased]",2]}'`, `'{"Ann":1,"Bob":2}'::jsonb, '{"[erased]":1,"[erased] 2":2}'`]) expect(await isWithout(honest), honest).toBe(true);
  for (const other of [`'Ann called'::text, 'Bob called'`, `'Ann called'::text, ''`, `'Ann called'::text, 'x [erased] called'`, `'50 of Ann'::text, '%[erased]'`, `repeat('x', 9000), '[erased]'`, `'{"a":"Ann"}'::jsonb, '{"a":"Bob"}'`, `'{"a":"Ann","b":1}'::jsonb, '{"a":"[erased]"}'`, `'{"a":1}'::jsonb, '{"a":2}'`, `'[1]'::jsonb, '[]'`, `'{"a":{}}'::jsonb, '{"a":"[erased]"}'`]) expect(await isWithout(other), other).toBe(false);
  await expect(admin.query(`select erase_from_texts('note', array[gen_random_uuid()], array['{"content":"Ann"}'::jsonb], array['{"content":"Bob"}'::jsonb])`)).rejects.toThrow('only words can be taken out');
  await expect(admin.query(`select erase_from_texts('tenant', '{}', '{}', '{}')`)).rejects.toThrow('not changed by an erasure');
});
