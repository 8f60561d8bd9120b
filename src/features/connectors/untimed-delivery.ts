import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** For how long equal content without a time of its own is one delivery, in minutes. */
export const sameFor = 10;

// One statement decides, so that of many at once one is first; the others wait for it.
const claim = statement<{ key: string }>(
  'claim_untimed_delivery',
  `insert into untimed_delivery as held (tenant_id, source, key, received_at) values ($1, $2, coalesce(erased_key($3), $3), $4)
   on conflict (tenant_id, source, key) do update set received_at = excluded.received_at, results = null where held.received_at <= excluded.received_at - interval '${sameFor} minutes'
   returning key`,
);
// The key is made once: as a condition it would be made again for every row that is looked at.
const results = statement<{ results: unknown }>('results_of_untimed_delivery', 'with asked as materialized (select coalesce(erased_key($3), $3) as key) select d.results from asked join untimed_delivery d on d.tenant_id = $1 and d.source = $2 and d.key = asked.key');
const keep = statement('keep_results_of_untimed_delivery', 'update untimed_delivery set results = $4 where tenant_id = $1 and source = $2 and key = $3');
const forget = statement('forget_untimed_deliveries', 'delete from untimed_delivery where received_at < $1');

interface Named {
  readonly source: string;
  /** The digest of the content. */
  readonly digest: string;
}

/** Claims a delivery without a time and returns its key; null if equal content arrived less than ten minutes ago. */
export async function claimUntimed(work: Work, { source, digest }: Named): Promise<string | null> {
  return (await work.rows(claim, [work.tenantId, source, digest, work.now]))[0]?.key ?? null;
}

/** Keeps what became of a delivery that was claimed under a key, for those that repeat it. */
export async function keepResults(work: Work, { source, key }: { readonly source: string; readonly key: string }, value: unknown): Promise<void> {
  await work.rows(keep, [work.tenantId, source, key, JSON.stringify(value)]);
}

/** What became of the delivery that this one repeats. */
export async function keptResults(work: Work, { source, digest }: Named): Promise<unknown> {
  return (await work.rows(results, [work.tenantId, source, digest]))[0]?.results ?? null;
}

/** Forgets deliveries received before an instant, which must be longer ago than equal content is one delivery. */
export async function pruneDeliveries(database: Pick<Database, 'system'>, before: Date): Promise<void> {
  await database.system((sql) => sql.rows(forget, [before.toISOString()]));
}
