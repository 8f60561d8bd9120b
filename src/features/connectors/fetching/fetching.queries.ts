import type { Call, Question } from '../../../platform/graphql/call.ts';
import { asNode } from '../../../platform/graphql/node.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { BackfillRow } from './backfill.type.ts';
import type { UnreadObject } from './unread-object.type.ts';

interface Failure {
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
}
type RawBackfill = Omit<BackfillRow, 'lastError' | 'id'> & Failure;

const columns = `b.id as uuid, b.connection_id as "connectionId", b.status, b.pages, b.items, b.new_items as "newItems", b.refused_items as "refusedItems", b.total, b.next_attempt_at as "nextAttemptAt", b.failure_code as "failureCode", b.failure_message as "failureMessage",
  b.started_at as "startedAt", b.moved_at as "movedAt", b.ended_at as "endedAt", b.started_by_kind || ':' || b.started_by_id as "startedBy"`;
const byIds = statement<RawBackfill>('backfills_by_id', `select ${columns} from connection_backfill b where b.tenant_id = $1 and b.id = any($2::uuid[])`);
const latest = statement<RawBackfill>(
  'latest_backfills_of_connections',
  `select ${columns} from unnest($2::uuid[]) as a(connection_id) cross join lateral (select * from connection_backfill where tenant_id = $1 and connection_id = a.connection_id order by started_at desc, id desc limit 1) b`,
);

/** The back-fill of an id; null where the tenant has none. */
export const backfillById: Question<string, BackfillRow | null> = {
  name: 'backfills_by_id',
  async load(call, ids) {
    const found = new Map((await call.read.rows(byIds, [call.tenantId, ids])).map((raw) => [raw.uuid, toBackfill(raw, call)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** The latest back-fill of each connection; null where there was none. */
export const latestBackfillOf: Question<string, BackfillRow | null> = {
  name: 'latest_backfills_of_connections',
  async load(call, connectionIds) {
    const found = new Map((await call.read.rows(latest, [call.tenantId, connectionIds])).map((raw) => [raw.connectionId, toBackfill(raw, call)]));
    return connectionIds.map((id) => found.get(id) ?? null);
  },
};

function toBackfill({ failureCode, failureMessage, ...raw }: RawBackfill, call: Call): BackfillRow {
  return asNode('ConnectionBackfill', { ...raw, lastError: toFailure(call, { failureCode, failureMessage }) }, null);
}

function toFailure(call: Call, { failureCode: code, failureMessage }: Failure): { readonly code: string; readonly message: string | null } | null {
  return code === null ? null : { code, message: call.roles.has('admin') ? failureMessage : null };
}

/** Which objects of a source are listed. */
export interface UnreadObjectsOf {
  readonly source: string;
  readonly first: number;
}

const unread = statement<Omit<UnreadObject, 'lastError'> & Failure & { readonly place: number }>(
  'unread_objects_of_sources',
  `select a.place::int - 1 as place, f.* from unnest($2::text[], $3::int[]) with ordinality as a(source, most, place)
   cross join lateral (
     select kind, external_id as "externalId", max(attempts) as attempts, max(wanted_at) as "changedAt", max(dead_at) as "givenUpAt",
       (array_agg(failure_code order by dead_at desc))[1] as "failureCode", (array_agg(failure_message order by dead_at desc))[1] as "failureMessage"
     from source_fetch where tenant_id = $1 and source = a.source and dead_at is not null group by kind, external_id order by max(dead_at) desc, kind, external_id limit a.most) f
   order by a.place, f."givenUpAt" desc, f.kind, f."externalId"`,
);

/** The objects of sources that are no longer tried, those that were given up last first. */
export const unreadObjectsOf: Question<UnreadObjectsOf, readonly UnreadObject[]> = {
  name: 'unread_objects_of_sources',
  identity: ({ source, first }) => `${source}\n${first}`,
  async load(call, asked) {
    const rows = Map.groupBy(await call.read.rows(unread, [call.tenantId, asked.map(({ source }) => source), asked.map(({ first }) => first)]), ({ place }) => place);
    return asked.map((_, index) => (rows.get(index) ?? []).map(({ place: _place, failureCode, failureMessage, ...row }): UnreadObject => ({ ...row, lastError: toFailure(call, { failureCode: failureCode ?? 'FAULT', failureMessage }) ?? { code: 'FAULT', message: null } })));
  },
};
