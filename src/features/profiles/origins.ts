import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { SourceItem } from './source-items.ts';

/*
 * Whether a version of a field still has an origin. It has when one of its sources stands, or when it never had a source:
 *
 *   a document stands while it is there;
 *   a version of a field stands while it is there, is not ORPHANED, and has an origin itself, whatever else its status is:
 *   one that was superseded or has expired never becomes ORPHANED, so it is looked through;
 *   everything else (a signal) stands.
 *
 * The sources of a version are those that it has an edge from, and the one it names, which outlasts the edge.
 */
const sourcesOf = (id: string): string => `select e.from_type as type, e.from_id as id from lineage_edge e where e.tenant_id = $1 and e.to_id = ${id} and e.removed_at is null
       union all select n.source_item_type, n.source_item_id from profile_field n where n.tenant_id = $1 and n.id = ${id} and n.source_item_id is not null`;
const derivedFrom = (id: string): string => `select e.to_id as id from lineage_edge e where e.tenant_id = $1 and e.from_id = ${id} and e.removed_at is null
       union all select n.id from profile_field n where n.tenant_id = $1 and n.source_item_id = ${id}`;

/*
 * From the versions asked about up to all that they derive from; then down again from what stands by itself, as far as that
 * carries. "offset 0" keeps each step a look per node, whatever the planner believes of a recursion's size.
 */
const withoutOrigin = statement<{ id: string }>(
  'profile_fields_without_origin',
  `with recursive above(type, id) as (
     select 'ProfileField', id from unnest($2::uuid[]) as asked(id)
     union
     select s.type, s.id from above a cross join lateral (select * from (${sourcesOf('a.id')}) s offset 0) s where a.type = 'ProfileField'
   ), standing(id) as (
     select a.id from above a where a.id is distinct from $3::uuid and case a.type
       when 'ProfileAsset' then exists (select from profile_asset d where d.tenant_id = $1 and d.id = a.id)
       when 'ProfileField' then exists (select from profile_field f where f.tenant_id = $1 and f.id = a.id and f.source_item_id is null and f.status <> 'ORPHANED')
       else true end
     union
     select d.id from standing s cross join lateral (select * from (${derivedFrom('s.id')}) d offset 0) d
     where d.id is distinct from $3::uuid and d.id in (select id from above)
       and exists (select from profile_field f where f.tenant_id = $1 and f.id = d.id and f.status <> 'ORPHANED')
   )
   select id from unnest($2::uuid[]) as asked(id) where id not in (select id from standing) order by id`,
);

/** Which versions of fields have no origin, or would have none if an item were gone. The profiles must be locked for the answer to hold. */
export async function fieldsWithoutOrigin(work: Work, ids: readonly string[], gone: SourceItem | null): Promise<string[]> {
  if (ids.length === 0) return [];
  return (await work.rows(withoutOrigin, [work.tenantId, ids, gone?.id ?? null])).map(({ id }) => id);
}

const activeBelow = statement<{ id: string; name: string }>(
  'active_profile_fields_below',
  `with recursive below(id) as (
     select $2::uuid
     union
     select d.id from below b cross join lateral (select * from (${derivedFrom('b.id')}) d offset 0) d
   )
   select f.id, f.name from below b join profile_field f on f.tenant_id = $1 and f.id = b.id where f.status = 'ACTIVE' and f.id <> $2 order by f.id`,
);

/** The active fields that would be orphaned if an item were gone, however far below it; in the order of their ids. */
export async function orphansBelow(work: Work, gone: SourceItem): Promise<{ id: string; name: string }[]> {
  const below = await work.rows(activeBelow, [work.tenantId, gone.id]);
  const lost = new Set(await fieldsWithoutOrigin(work, below.map(({ id }) => id), gone));
  return below.filter(({ id }) => lost.has(id));
}

const orphan = statement<{ id: string; accountId: Id<'Account'> }>(
  'orphan_profile_fields',
  `update profile_field set status = 'ORPHANED' where tenant_id = $1 and id = any($2::uuid[]) and status = 'ACTIVE' returning id, account_id as "accountId"`,
);

/** Marks active fields as orphaned; answers those that were active. */
export function orphanFieldsOf(work: Work, ids: readonly string[]): Promise<{ id: string; accountId: Id<'Account'> }[]> {
  return work.rows(orphan, [work.tenantId, ids]);
}
