import { list, type HandStatement } from './hand-sql.ts';

const instant = (column: string): string => `replace(to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '.000Z', 'Z')`;
const latest = 't.occurred_at desc, t.id desc';
const of = (table: string, order: string, most: number, where = ''): string => `${table} t where t.tenant_id = $1 and t.account_id = a.id ${where} order by ${order} limit ${most}`;
const ticket = `'key', t.key, 'summary', t.summary, 'status', t.status, 'assignee', t.assignee, 'priority', initcap(t.priority), 'created', t.created_on, 'labels', t.labels`;
const urgency = `array_position('{HIGHEST,HIGH,MEDIUM,LOW,LOWEST}'::text[], t.priority)`;

/** The document of the account `$2`, but for what is derived: as somebody would write it who needs no history, merges, rules or freshness. */
export const contextDocument: HandStatement = {
  name: 'context_document',
  text: `select json_build_object(
      'account_name', a.name, 'industry', a.industry, 'employee_count', a.employee_count, 'website', a.website, 'owner', json_build_object('name', a.owner_name, 'email', a.owner_email),
      'opportunity', (select json_build_object('id', t.id, 'name', t.name, 'stage', t.stage, 'amount', t.amount_minor / 100, 'currency', t.amount_currency, 'close_date', t.close_date, 'probability', t.probability * 100,
          'next_step', t.next_step, 'days_in_stage', (now() at time zone 'UTC')::date - (t.stage_since at time zone 'UTC')::date)
        from opportunity t where t.tenant_id = $1 and t.account_id = a.id and t.stage not in ('Closed Won', 'Closed Lost') order by coalesce(t.close_date, 'infinity'), t.amount_minor desc, t.id limit 1),
      'last_activity', (select json_build_object('type', t.type, 'date', (t.occurred_at at time zone 'UTC')::date, 'subject', t.subject) from ${of('activity', latest, 1)})) as salesforce,
    ${list('contacts', `'name', encode(t.name_sealed, 'base64'), 'title', t.title, 'email', encode(t.email_sealed, 'base64'), 'role', t.role, 'key', encode(k.wrapped_key, 'base64')`,
      `contact t left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id where t.tenant_id = $1 and t.account_id = a.id order by t.occurred_at desc, t.id limit 50`)},
    a.jira_project_key as "projectKey", a.slack_channel_id as "channelId", a.notion_page_id as "pageId",
    ${list('open', ticket, of('ticket', `${urgency}, t.created_on nulls last, t.id`, 50, `and t.status_category <> 'DONE'`))},
    ${list('done', `${ticket}, 'resolved', t.resolved_on`, of('ticket', 't.resolved_on desc', 20, `and t.status_category = 'DONE' and t.resolved_on >= current_date - 30`))},
    (select count(*)::int from ticket t where t.tenant_id = $1 and t.account_id = a.id and t.status_category <> 'DONE' and 'blocker' = any(t.labels)) as blockers,
    ${list('threads', `'timestamp', ${instant('t.occurred_at')}, 'author', t.author, 'preview', t.preview, 'thread_reply_count', t.reply_count`, of('thread', latest, 20))},
    ${list('engineers', `'se_name', t.name, 'last_active', ${instant('t.last_active_at')}, 'status', t.status`, of('se_mention', latest, 20))},
    ${list('flags', `'flag', t.flag, 'set_by', t.set_by, 'note', t.note`, of('manager_flag', latest, 50))},
    (select json_build_object('week_of', t.week_of, 'status', t.status, 'highlights', t.highlights, 'risks', t.risks) from ${of('weekly_summary', 't.week_of desc, t.id desc', 1)}) as summary
    from account a where a.tenant_id = $1 and a.id = $2`,
};
