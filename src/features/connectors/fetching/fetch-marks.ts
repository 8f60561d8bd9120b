import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import type { DueObject } from './due-fetches.ts';

/** Why an object was not read or not stored. */
export interface FetchFailure {
  readonly object: DueObject;
  readonly code: string;
  /** What is wrong and what to do; shown to administrators. */
  readonly message: string;
  /** Failed attempts, this one included where it counts. */
  readonly attempts: number;
  /** When it is tried again; null: never, unless somebody asks for it. RFC 3339. */
  readonly nextAttemptAt: string | null;
}

// The rows are locked in the order in which events lock them.
const rows = (columns: string): string => `asked as materialized (select * from unnest(${columns})), held as materialized (
  select a.*, f.wanted_at as wanted_now from source_fetch f join asked a using (secret_id, kind, external_id) where f.tenant_id = $1 and f.source = $2 order by f.kind, f.external_id, f.secret_id for update of f)`;
const ofHeld = 'f.tenant_id = $1 and f.source = $2 and f.secret_id = h.secret_id and f.kind = h.kind and f.external_id = h.external_id';

const markRead = statement(
  'mark_source_fetches_read',
  `with ${rows('$3::uuid[], $4::text[], $5::text[], $6::timestamptz[]) as a(secret_id, kind, external_id, wanted_at')}
   update source_fetch f set fetched_at = greatest(f.fetched_at, h.wanted_at), attempts = 0, next_attempt_at = null, failed_at = null, failure_code = null, failure_message = null, dead_at = null from held h where ${ofHeld}`,
);
// What an event asked for meanwhile is not dead, and does not wait for long: it has not been tried.
const markFailed = statement(
  'mark_source_fetches_failed',
  `with ${rows('$3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::smallint[], $8::timestamptz[], $9::text[], $10::text[]) as a(secret_id, kind, external_id, wanted_at, attempts, next_attempt_at, failure_code, failure_message')}
   update source_fetch f set attempts = case when h.wanted_now > h.wanted_at then 0 else h.attempts end, next_attempt_at = case when h.wanted_now > h.wanted_at then least(h.next_attempt_at, $11::timestamptz + interval '1 minute') else h.next_attempt_at end, failed_at = $11, failure_code = h.failure_code, failure_message = h.failure_message,
     dead_at = case when h.next_attempt_at is null and h.wanted_now <= h.wanted_at then $11::timestamptz end from held h where ${ofHeld}`,
);

/** Notes that objects were read as of the events that asked for them. A later event that arrived meanwhile still asks. One statement. */
export async function markFetchesRead(work: Work, source: string, objects: readonly DueObject[]): Promise<void> {
  const each = objects.flatMap(({ kind, externalId, asked }) => asked.map(({ secretId, wantedAt }) => ({ kind, externalId, secretId, wantedAt })));
  if (each.length === 0) return;
  await work.rows(markRead, [work.tenantId, source, each.map(({ secretId }) => secretId), each.map(({ kind }) => kind), each.map(({ externalId }) => externalId), each.map(({ wantedAt }) => wantedAt)]);
}

/** Notes that objects could not be read or stored. One statement. */
export async function markFetchesFailed(work: Work, source: string, failures: readonly FetchFailure[]): Promise<void> {
  const each = failures.flatMap(({ object: { kind, externalId, asked }, ...failure }) => asked.map(({ secretId, wantedAt }) => ({ kind, externalId, secretId, wantedAt, ...failure })));
  if (each.length === 0) return;
  await work.rows(markFailed, [
    work.tenantId, source, each.map(({ secretId }) => secretId), each.map(({ kind }) => kind), each.map(({ externalId }) => externalId), each.map(({ wantedAt }) => wantedAt),
    each.map(({ attempts }) => attempts), each.map(({ nextAttemptAt }) => nextAttemptAt), each.map(({ code }) => code), each.map(({ message }) => message), work.now,
  ]);
}
