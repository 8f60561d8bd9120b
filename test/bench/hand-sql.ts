/**
 * What somebody would write by hand who has just these four pages to serve: one statement each, prepared, with the lists as JSON
 * made by PostgreSQL. `$1` is the tenant. Instants and sealed values come as the program's clients get them, or as needed to open them.
 */
export interface HandStatement {
  readonly name: string;
  readonly text: string;
}

const instant = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
/** Rows as JSON objects, under a name. */
export const list = (alias: string, object: string, from: string): string => `(select coalesce(json_agg(x.node), '[]'::json) from (select json_build_object(${object}) as node from ${from}) x) as "${alias}"`;
const of = (table: string, order: string, limit: number, more = ''): string => `${table} t where t.tenant_id = $1 and t.account_id = a.id ${more} order by ${order} limit ${limit}`;
const latest = 't.occurred_at desc, t.id desc';
const globalId = (type: string): string => `'id', '${type}_' || replace(t.id::text, '-', '')`;

const opportunities = (limit: number, more = ''): string =>
  list('opportunities', `${globalId('Opportunity')}, 'name', t.name, 'stage', t.stage, 'amount', json_build_object('amountMinor', t.amount_minor, 'currency', t.amount_currency), 'closeDate', t.close_date, 'probability', t.probability, 'nextStep', t.next_step${more}`,
    of('opportunity', `coalesce(t.close_date, 'infinity'), t.id`, limit));
const contacts = (limit: number): string =>
  list('contacts', `${globalId('Contact')}, 'name', encode(t.name_sealed, 'base64'), 'email', encode(t.email_sealed, 'base64'), 'key', encode(k.wrapped_key, 'base64'), 'title', t.title, 'role', t.role`,
    `contact t left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id where t.tenant_id = $1 and t.account_id = a.id order by ${latest} limit ${limit}`);
const activities = list('activities', `${globalId('Activity')}, 'type', t.type, 'subject', t.subject, 'occurredAt', ${instant('t.occurred_at')}`, of('activity', latest, 5));
const tickets = (limit: number, more = ''): string =>
  list('tickets', `${globalId('Ticket')}, 'key', t.key, 'summary', t.summary, 'status', t.status, 'priority', t.priority, 'labels', t.labels, 'assignee', t.assignee, 'url', t.url`, of('ticket', latest, limit, more));
const signalObject = `${globalId('Signal')}, 'type', t.type, 'source', t.source, 'occurredAt', ${instant('t.occurred_at')}, 'recordedAt', ${instant('t.recorded_at')}, 'payload', t.payload`;
const externalRefs = `(select json_agg(json_build_object('system', r.system, 'id', r.external_id) order by r.system) from external_ref r where r.tenant_id = $1 and r.node_id = a.id) as "externalRefs"`;
const score = `sp.sums, c.icp_fit as fit`;
const scored = 'left join score_point sp on sp.tenant_id = $1 and sp.id = c.point_id';
const open = `and t.status_category <> 'DONE'`;
const picked = `and t.type = any(array['stage_change', 'meeting'])`;

/** The five strongest of each type's five newest, as the program finds them; `$2`..`$4` are the model's types, weights and half-lives in seconds. */
const strongest = `(select coalesce(json_agg(x.node), '[]'::json) from (
  select json_build_object('signal', json_build_object('id', 'Signal_' || replace(n.id::text, '-', ''), 'type', n.type, 'source', n.source, 'occurredAt', ${instant('n.occurred_at')}), 'weight', k.weight, 'decayFactor', n.decay) as node
  from unnest($2::text[], $3::float8[], $4::float8[]) as k(type, weight, half_life) cross join lateral (
    select t.id, t.type, t.source, t.occurred_at, 2 ^ (-extract(epoch from now() - t.effective_at)::float8 / k.half_life) as decay from signal t
    where t.tenant_id = $1 and t.account_id = a.id and t.type = k.type order by t.occurred_at desc, t.id desc limit 5) n
  order by abs(k.weight * n.decay) desc limit 5) x) as contributions`;

/** Twenty accounts by name; `$5`, `$6` are where the page begins. */
export const twentyAccounts: HandStatement = {
  name: 'twenty_accounts',
  text: `select 'Account_' || replace(a.id::text, '-', '') as id, a.name, a.industry, a.status, ${externalRefs}, ${opportunities(3)}, ${contacts(3)}, ${activities}, ${tickets(3)}, ${score}, ${strongest},
      ${list('signals', signalObject, of('signal', latest, 10))}
    from (select * from account t where t.tenant_id = $1 and (t.name_key, t.id) > ($5::text, $6::uuid) order by t.name_key, t.id limit 20) a
    left join account_contexts c on c.tenant_id = $1 and c.account_id = a.id ${scored} order by a.name_key, a.id`,
};

/** The account page; `$5` is the account. */
export const oneAccount: HandStatement = {
  name: 'one_account',
  text: `select 'Account_' || replace(a.id::text, '-', '') as id, a.name, a.industry, a.region, a.status, a.tier, a.website, a.employee_count as "employeeCount",
      json_build_object('amountMinor', a.revenue_minor, 'currency', a.revenue_currency) as revenue, json_build_object('name', a.owner_name, 'email', a.owner_email) as owner, json_build_object('name', a.csm_name, 'email', a.csm_email) as csm,
      ${externalRefs}, ${opportunities(5, `, 'daysInStage', greatest(0, (now() at time zone 'UTC')::date - (t.stage_since at time zone 'UTC')::date)`)}, ${contacts(20)}, ${activities}, ${tickets(10, open)},
      (select count(*) from ticket t where t.tenant_id = $1 and t.account_id = a.id ${open}) as "openTickets",
      ${list('threads', `${globalId('Thread')}, 'author', t.author, 'preview', t.preview, 'replyCount', t.reply_count, 'occurredAt', ${instant('t.occurred_at')}`, of('thread', latest, 5))},
      ${list('managerFlags', `'flag', t.flag, 'setBy', t.set_by, 'note', t.note`, of('manager_flag', latest, 100))},
      ${list('weeklySummary', `'weekOf', t.week_of, 'status', t.status, 'highlights', t.highlights, 'risks', t.risks`, of('weekly_summary', 't.week_of desc, t.id desc', 1))},
      ${score}, c.next_crossing_at as "nextCrossingAt", ${strongest},
      (select p.value from score_point p where p.tenant_id = $1 and p.account_id = a.id and p.recorded_at <= now() - interval '7 days' order by p.recorded_at desc limit 1) as before,
      (select count(*) from signal t where t.tenant_id = $1 and t.account_id = a.id ${picked}) as "signalCount",
      ${list('signals', `${signalObject}, 'place', t.occurred_at::text`, of('signal', latest, 11, picked))}
    from account a left join account_contexts c on c.tenant_id = $1 and c.account_id = a.id ${scored} where a.tenant_id = $1 and a.id = $5`,
};

/** The portfolio's page behind the score `$2` and the account `$3`. */
export const portfolio: HandStatement = {
  name: 'portfolio',
  text: `select 'Account_' || replace(a.id::text, '-', '') as id, a.id as uuid, a.name, c.intent_score::text as place, ${score},
      ${list('contacts', `'name', encode(t.name_sealed, 'base64'), 'key', encode(k.wrapped_key, 'base64')`,
        `contact t left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id where t.tenant_id = $1 and t.account_id = a.id order by ${latest} limit 3`)}
    from account_contexts c join account a on a.tenant_id = c.tenant_id and a.id = c.account_id ${scored}
    where c.tenant_id = $1 and c.intent_score >= 60 and (c.intent_score, c.account_id) < ($2::float8, $3::uuid) and a.status = any(array['ACTIVE', 'AT_RISK']) order by c.intent_score desc, c.account_id desc limit 21`,
};

/** Fifty signals of the account `$2` before the instant `$3` and the signal `$4`. */
export const signalFeed: HandStatement = {
  name: 'signal_feed',
  text: `select 'Signal_' || replace(t.id::text, '-', '') as id, t.id as uuid, t.type, t.source, ${instant('t.occurred_at')} as "occurredAt", ${instant('t.recorded_at')} as "recordedAt", t.payload, t.occurred_at::text as place
    from signal t where t.tenant_id = $1 and t.account_id = $2 and (t.occurred_at, t.id) < ($3::timestamptz, $4::uuid) order by ${latest} limit 51`,
};

/** Twenty actions that wait, behind the instant `$2` and the action `$3`. */
export const approvalQueue: HandStatement = {
  name: 'approval_queue',
  text: `select 'Action_' || replace(t.id::text, '-', '') as id, t.id as uuid, t.proposed_at::text as place, t.type, t.status, t.risk_level as "riskLevel", t.confidence, ${instant('t.proposed_at')} as "proposedAt", ${instant('t.expires_at')} as "expiresAt",
      t.evidence_digest as "evidenceDigest", e.evidence, e.draft_sealed as draft, e.reasoning_sealed as reasoning, e.generated_by as "generatedBy", k.wrapped_key as key,
      json_build_object('id', 'Account_' || replace(a.id::text, '-', ''), 'name', a.name) as account
    from (select * from action where tenant_id = $1 and is_open and (proposed_at, id) > ($2::timestamptz, $3::uuid) order by proposed_at, id limit 21) t
    join action_evidence e on e.tenant_id = t.tenant_id and e.action_id = t.id and e.version = t.evidence_version
    join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id join account a on a.tenant_id = t.tenant_id and a.id = t.account_id order by t.proposed_at, t.id`,
};

/** How many wait. */
export const queueLength: HandStatement = { name: 'queue_length', text: 'select count(*) as count from action where tenant_id = $1 and is_open' };

/** The fields of the profile of the account `$2`, with what opens them. */
export const profileFields: HandStatement = {
  name: 'profile_fields',
  text: `select t.name, encode(t.value_sealed, 'base64') as sealed, encode(k.wrapped_key, 'base64') as key, t.value_type as "valueType", t.status, t.source, t.confidence, t.validation_state as state, t.validation_errors as errors
    from profile_field t join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id where t.tenant_id = $1 and t.account_id = $2 and t.is_current order by t.name`,
};
