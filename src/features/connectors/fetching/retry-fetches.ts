import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { lockActiveConnection } from './active-connection.ts';
import { fetchesRetried } from './backfill.events.ts';
import { wakeReader } from './wake-reader.ts';

const retry = statement<{ objects: number }>(
  'retry_source_fetches',
  `with retried as (
     update source_fetch set dead_at = null, attempts = 0, next_attempt_at = null where tenant_id = $1 and source = $2 and failed_at is not null and (fetched_at is null or fetched_at < wanted_at) returning kind, external_id)
   select count(distinct (kind, external_id))::int as objects from retried`,
);

/** Has the objects of a vendor that could not be read tried again at once: dead letters and those that wait for another attempt. Returns how many. Throws as `lockActiveConnection` does. */
export async function retryFetches(work: Work, source: string): Promise<number> {
  const { id: connectionId } = await lockActiveConnection(work, source);
  const [row] = await work.rows(retry, [work.tenantId, source]);
  const objects = row?.objects ?? 0;
  if (objects === 0) return 0;
  work.record(fetchesRetried.fact({ accountId: null, data: { connectionId, source, objects } }));
  wakeReader(work, source);
  return objects;
}
