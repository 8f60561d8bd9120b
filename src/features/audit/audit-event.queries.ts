import { InvalidInput } from '../../platform/errors.ts';
import { isEventKind } from '../../platform/events/event.ts';
import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection, type Page } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { isUuid, parseItemId } from '../../platform/ids.ts';
import { childList } from '../../platform/page/child-list.ts';
import { readList, type Bind, type ListArgs, type ListSource } from '../../platform/page/list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { AccountAuditEventFilter, AuditActor, AuditEventFilter, AuditEventRow } from './audit-event.type.ts';

/**
 * A node's key is its place in the chain, written as a UUID of version 8 (RFC 9562: for whoever likes): the primary key
 * finds it, and no further index is paid for with each fact.
 */
const uuid = `('00000000-0000-8000-8000-' || lpad(to_hex(t.sequence), 12, '0'))`;
const columns = `${uuid} as uuid, t.sequence, t.kind, t.account_id as "accountId", upper(t.actor_kind) as "actorKind", t.actor_id as "actorId", t.request_id as "requestId",
  t.occurred_at as "occurredAt", t.recorded_at as "recordedAt", t.data, encode(t.hash, 'hex') as hash, encode(t.previous_hash, 'hex') as "previousHash"`;

/** The kinds that the index by kind leaves out, because most rows are of them; the migration names the same. */
const densestKinds = ['signal.ingested', 'context.updated'];
const outsideDense = `t.kind not in (${densestKinds.map((kind) => `'${kind}'`).join(', ')})`;

function ofKinds(kinds: readonly string[], bind: Bind, field: 'kind' | 'kinds' = 'kinds'): string {
  if (kinds.length > 50) throw new InvalidInput('Name at most 50 kinds.', ['filter', 'kinds']);
  const unknown = kinds.find((kind) => !isEventKind(kind));
  if (unknown !== undefined) throw new InvalidInput(`There is no kind of event ${JSON.stringify(unknown.slice(0, 100))}. schema/events has them all.`, ['filter', field]);
  const chosen = `t.kind = any(${bind(kinds, 'text[]')})`;
  // Said in the statement itself, or the planner could not tell that the index has all of them.
  return kinds.some((kind) => densestKinds.includes(kind)) ? chosen : `${chosen} and ${outsideDense}`;
}

const source: ListSource<AccountAuditEventFilter> = {
  name: 'audit_events',
  table: 'audit_logs',
  columns,
  orders: { SEQUENCE: { by: 't.sequence', type: 'int8', key: `${uuid}::uuid` } },
  filters: {
    actorId: (value, bind) => `t.actor_id = ${bind(value, 'text')}`,
    kind: (value, bind) => ofKinds([value], bind, 'kind'),
    kinds: (value, bind) => ofKinds(value, bind),
    from: (value, bind) => `t.recorded_at >= ${bind(value, 'timestamptz')}`,
    to: (value, bind) => `t.recorded_at < ${bind(value, 'timestamptz')}`,
  },
  defaultOrder: { field: 'SEQUENCE', direction: OrderDirection.DESC },
};

const ofTenant: ListSource<AuditEventFilter> = {
  ...source,
  filters: {
    ...source.filters,
    accountId(value, bind) {
      const parsed = parseItemId(value);
      // An id of another form is no account of anybody's; like one that is unknown it has no events.
      return parsed?.type === 'Account' && isUuid(parsed.id) ? `t.account_id = ${bind(parsed.id, 'uuid')}` : 'false';
    },
  },
};

const toEvent = (row: AuditEventRow, _call: Call | null, asOf: AsOf): AuditEventRow => asNode('AuditEvent', row, asOf);

/** A page of the tenant's chain. */
export async function auditEvents(call: Call, args: ListArgs<AuditEventFilter>): Promise<Page<AuditEventRow>> {
  const page = await readList<AuditEventRow, AuditEventFilter>(call, ofTenant, args, null);
  for (const { node } of page.edges) toEvent(node, call, null);
  return page;
}

/** What happened to accounts. */
export const auditEventsOfAccount = childList<AuditEventRow, AccountAuditEventFilter>({ ...source, name: 'audit_events_of_account' }, 'account_id', toEvent);

/** Who did it. */
export function actorOf({ actorKind, actorId }: AuditEventRow): AuditActor {
  return { id: actorId, kind: actorKind };
}

const byPlace = datedStatement<AuditEventRow>('audit_events_by_place', 2, (table) => `select ${columns} from ${table('audit_logs')} t where t.tenant_id = $1 and t.sequence = any($2::bigint[])`);

/** The event of an id; null where the tenant has none. */
export const auditEventById: Question<string, AuditEventRow | null> = {
  name: 'audit_events_by_place',
  async load(call, ids, asOf) {
    const places = ids.map((id) => (id.startsWith('00000000-0000-8000-8000-') ? Number.parseInt(id.slice(24), 16) : 0));
    const found = new Map((await call.read.rows(byPlace(asOf), byPlace.values([call.tenantId, places], asOf))).map((row) => [row.sequence, toEvent(row, call, asOf)]));
    return places.map((place) => found.get(place) ?? null);
  },
};
