const what = (fact: string): string => `${fact}.kind = 'account.changed' and ${fact}.data ->> 'what'`;

/** Facts that consumers read and do nothing about, so that they mark none of them. */
const passedOver: Readonly<Record<string, (fact: string) => string>> = {
  'context-engine': (fact) => `${what(fact)} not in ('account', 'kpi', 'health_trend', 'opportunity', 'ticket', 'thread', 'note', 'weekly_summary', 'activity', 'se_mention', 'contact')`,
  'snapshot-triggers': (fact) => `${what(fact)} not in ('account', 'kpi', 'health_trend', 'playbook_execution') or ${what(fact)} = 'playbook_execution' and ${fact}.data -> 'completed' is null`,
};

/** The table of facts without those that follow from others in the background: what a test counts when it asks whether a request left a fact. */
export const factsOfRequests = "(select * from audit_logs where kind <> 'context.derived') facts";

/** The condition that a consumer has marked a fact as taken in, or does nothing about it; `fact` is the name of a row of `audit_logs`. */
export function takenIn(consumer: string, fact = 'a'): string {
  const others = passedOver[consumer]?.(fact);
  return `(${others === undefined ? '' : `${others} or `}exists (select from inbox_block b where b.tenant_id = ${fact}.tenant_id and b.consumer = '${consumer}' and b.block = ${fact}.sequence / 1024
    and get_bit(b.seen, (${fact}.sequence % 1024)::int) = 1))`;
}

/** The condition that a consumer group on PostgreSQL, named by an SQL expression, has passed a fact. */
export function passedBy(group: string, fact = 'a'): string {
  return `exists (select from log_cursor c where c.consumer_group = ${group} and c.tenant_id = ${fact}.tenant_id and c.next_sequence > ${fact}.sequence)`;
}

const instant = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The event that a row `a` of `audit_logs` is, as JSON. */
export const eventOfFact = `json_build_object('id', a.id, 'tenantId', a.tenant_id, 'kind', a.kind, 'version', a.version, 'accountId', a.account_id, 'sequence', a.sequence,
  'actor', json_build_object('kind', a.actor_kind, 'id', a.actor_id), 'requestId', a.request_id, 'occurredAt', ${instant('a.occurred_at')}, 'recordedAt', ${instant('a.recorded_at')}, 'data', a.data)`;
