import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { wakeReader } from './fetching/wake-reader.ts';
import type { ReadFetch } from './reading.ts';

/** A time that is so many minutes from now is no time of a change. */
const futureTolerance = 5;

// In one order, so that two transactions do not wait for each other. An event of a later time than now would keep out those
// that follow until then, so that it counts as of its arrival.
const want = statement<{ kind: string; externalId: string }>(
  'want_source_fetches',
  `insert into source_fetch as held (tenant_id, source, secret_id, kind, external_id, wanted_at, asked_at)
   select $1, $2, $3, kind, external_id, max(case when wanted_at <= $7::timestamptz + interval '${futureTolerance} minutes' then wanted_at else $7 end), $7 from unnest($4::text[], $5::text[], $6::timestamptz[]) as f(kind, external_id, wanted_at) group by kind, external_id order by kind, external_id
   on conflict (tenant_id, source, secret_id, kind, external_id) do update set wanted_at = excluded.wanted_at, asked_at = excluded.asked_at, attempts = 0, dead_at = null,
     next_attempt_at = case when held.next_attempt_at is not null then least(held.next_attempt_at, excluded.asked_at + interval '1 minute') end where held.wanted_at < excluded.wanted_at
   returning kind, external_id as "externalId"`,
);

/** Of whom to read again: the source, and the secret that its events are signed with, or the connection that it was read with. */
export interface FetchSource {
  readonly source: string;
  readonly secretId: string;
}

/**
 * Notes what has to be read again at its vendor, in the transaction of the event, so that nothing is lost while the vendor
 * is away, and has it read once that commits, if there is a connection. An event that is not later than what was noted
 * before asks for nothing: what is read then is at least as new. A later one also revives a dead letter,
 * and has an object that could not be read tried again within a minute, since what was wrong with it may have been changed. Returns those that are news.
 */
export async function storeFetches(work: Work, { source, secretId }: FetchSource, fetches: readonly ReadFetch[]): Promise<ReadonlySet<ReadFetch>> {
  if (fetches.length === 0) return new Set();
  const rows = await work.rows(want, [work.tenantId, source, secretId, fetches.map(({ kind }) => kind), fetches.map(({ externalId }) => externalId), fetches.map(({ occurredAt }) => occurredAt), work.now]);
  if (rows.length > 0) wakeReader(work, source);
  const news = new Set(rows.map(({ kind, externalId }) => `${kind}\n${externalId}`));
  return new Set(fetches.filter(({ kind, externalId }) => news.delete(`${kind}\n${externalId}`)));
}
