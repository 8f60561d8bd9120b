import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** For how long equal content without a time of its own is one delivery, in minutes. */
export const sameFor = 10;

// One statement decides, so that of many at once one is first; the others wait for it. In one order, so that two do not wait for each other.
// The key of a digest is made once: as a condition it would be made again for every row that is looked at.
const claim = statement<{ place: number; key: string }>(
  'claim_untimed_deliveries',
  `with asked as materialized (select source, coalesce(erased_key(digest), digest) as key, place from unnest($2::text[], $3::text[]) with ordinality as a(source, digest, place)),
   claimed as (
     insert into untimed_delivery as held (tenant_id, source, key, received_at) select $1, source, key, $4 from asked order by source, key
     on conflict (tenant_id, source, key) do update set received_at = excluded.received_at, results = null where held.received_at <= excluded.received_at - interval '${sameFor} minutes'
     returning source, key)
   select a.place::int - 1 as place, a.key from claimed join asked a using (source, key)`,
);
const results = statement<{ place: number; results: unknown }>(
  'results_of_untimed_deliveries',
  `with asked as materialized (select source, coalesce(erased_key(digest), digest) as key, place from unnest($2::text[], $3::text[]) with ordinality as a(source, digest, place))
   select a.place::int - 1 as place, d.results from asked a cross join lateral (select results from untimed_delivery where tenant_id = $1 and source = a.source and key = a.key offset 0) d`,
);
const keep = statement(
  'keep_results_of_untimed_deliveries',
  `update untimed_delivery d set results = k.results from unnest($2::text[], $3::text[], $4::jsonb[]) as k(source, key, results) where d.tenant_id = $1 and d.source = k.source and d.key = k.key`,
);
const forget = statement('forget_untimed_deliveries', 'delete from untimed_delivery where received_at < $1');

interface Named {
  readonly source: string;
  /** The digest of the content; null for a delivery that is known by other things. */
  readonly digest: string | null;
}

/** The row that holds a delivery. */
export interface ClaimedKey {
  readonly source: string;
  readonly key: string;
}

/** Which of some deliveries are new, by their places. */
export interface Claimed {
  readonly keys: ReadonlyMap<number, ClaimedKey>;
  /** Those of which equal content arrived less than ten minutes ago, with what became of that; null while nothing is known of it. */
  readonly repeated: ReadonlyMap<number, { readonly results: unknown }>;
}

/** Claims deliveries without a time; their digests differ. Those with one are in neither list. Two statements at most, none where all have times. */
export async function claimUntimed(work: Work, deliveries: readonly Named[]): Promise<Claimed> {
  const asked = deliveries.flatMap(({ source, digest }, place) => (digest === null ? [] : [{ source, digest, place }]));
  if (asked.length === 0) return { keys: new Map(), repeated: new Map() };
  const claimed = await work.rows(claim, [work.tenantId, asked.map(({ source }) => source), asked.map(({ digest }) => digest), work.now]);
  const isNew = new Set(claimed.map(({ place }) => place));
  const known = asked.filter((_, index) => !isNew.has(index));
  const found = known.length === 0 ? [] : await work.rows(results, [work.tenantId, known.map(({ source }) => source), known.map(({ digest }) => digest)]);
  return {
    keys: new Map(claimed.flatMap(({ place, key }) => (asked[place] ? [[asked[place].place, { source: asked[place].source, key }] as const] : []))),
    repeated: new Map(known.map(({ place }, index) => [place, { results: found.find((each) => each.place === index)?.results ?? null }])),
  };
}

/** Keeps what became of deliveries that were claimed, for those that repeat them. */
export async function keepResults(work: Work, kept: readonly (ClaimedKey & { readonly value: unknown })[]): Promise<void> {
  if (kept.length === 0) return;
  await work.rows(keep, [work.tenantId, kept.map(({ source }) => source), kept.map(({ key }) => key), kept.map(({ value }) => JSON.stringify(value))]);
}

/** Forgets deliveries received before an instant, which must be longer ago than equal content is one delivery. */
export async function pruneDeliveries(database: Pick<Database, 'system'>, before: Date): Promise<void> {
  await database.system((sql) => sql.rows(forget, [before.toISOString()]));
}
