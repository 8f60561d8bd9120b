import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import type { VendorObject } from '../outbound/vendor-api.ts';

/** One row of `source_fetch`: who asked for an object, and up to when. */
interface Asked {
  readonly secretId: string;
  /** As the database writes it, since it may be finer than a millisecond. */
  readonly wantedAt: string;
}

/** An object that is due, with everyone who asked for it. */
export interface DueObject extends VendorObject {
  /** The time of the latest event about it; null: that is yet to come. RFC 3339. */
  readonly changedAt: string | null;
  readonly asked: readonly Asked[];
  readonly attempts: number;
  /** When the first event that asks for it arrived. RFC 3339. */
  readonly askedAt: string;
  /** Whether the last attempt to read it failed. */
  readonly isSuspect: boolean;
}

/** SQL: whether a row of `source_fetch` is due at an instant. */
export const isDue = (row: string, at: string): string => `(${row}.fetched_at is null or ${row}.fetched_at < ${row}.wanted_at) and ${row}.dead_at is null and coalesce(${row}.next_attempt_at, ${row}.asked_at) <= ${at}`;

/** An event that says to be of a later time than so many minutes from now does not say when the object changed. */
const futureTolerance = 5;

/** Objects that are read together, at most. */
export const mostTogether = 50;

const due = statement<DueObject>(
  'due_source_fetches',
  `select kind, external_id as "externalId", case when max(wanted_at) <= $3::timestamptz + interval '${futureTolerance} minutes' then max(wanted_at) end as "changedAt", json_agg(json_build_object('secretId', secret_id, 'wantedAt', wanted_at::text)) as asked, max(attempts) as attempts, min(asked_at) as "askedAt", bool_or(failed_at is not null) as "isSuspect"
   from (select f.* from source_fetch f where f.tenant_id = $1 and f.source = $2 and ${isDue('f', '$3')} order by coalesce(f.next_attempt_at, f.asked_at), f.kind, f.external_id, f.secret_id limit ${mostTogether}) f
   group by kind, external_id order by min(coalesce(next_attempt_at, asked_at)), kind, external_id`,
);

/**
 * The objects of a source that are read next, the longest due first; none where nothing is due. An object whose last
 * attempt failed comes alone, so that it holds up no other.
 */
export async function nextFetches(work: Work, source: string): Promise<readonly DueObject[]> {
  const found = await work.rows(due, [work.tenantId, source, work.now]);
  const [first] = found;
  if (!first) return [];
  return first.isSuspect ? [first] : found.filter(({ isSuspect }) => !isSuspect);
}

const anyDue = statement<{ due: boolean }>(
  'any_due_of_connection',
  `select exists (select from source_fetch f where f.tenant_id = $1 and f.source = $3 and ${isDue('f', '$4')})
     or exists (select from connection_backfill b where b.tenant_id = $1 and b.connection_id = $2 and b.status = 'RUNNING' and (b.next_attempt_at is null or b.next_attempt_at <= $4)) as due`,
);

/** Whether something is due for a connection: an object, or a page of a back-fill. */
export async function isAnythingDue(work: Work, { connectionId, source }: { readonly connectionId: string; readonly source: string }): Promise<boolean> {
  const [row] = await work.rows(anyDue, [work.tenantId, connectionId, source, work.now]);
  return row?.due ?? false;
}
