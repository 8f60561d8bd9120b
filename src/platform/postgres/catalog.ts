import type { Client } from 'pg';
import { checksumTable, migrationsTable } from './migration-step.ts';

/** Each table and routine of the schemas `public` and `lab`, with a digest of its definition. */
export type Catalog = Readonly<Record<string, string>>;

const schemas = `select oid from pg_namespace where nspname in ('public', 'lab')`;

/**
 * Only what every PostgreSQL writes alike: names, types and bodies as they were given. Without the monthly partitions,
 * which depend on the day, and without what `migrate` adds behind the steps.
 */
const definitions = `
with shown as (
  select c.oid, case relnamespace when 'public'::regnamespace then '' else 'lab.' end || c.relname::text as name, c.relrowsecurity from pg_class c
  where relnamespace in (${schemas}) and relkind in ('r', 'p') and relname not in ('${migrationsTable}', '${checksumTable}')
    and (not relispartition or pg_get_expr(relpartbound, c.oid) = 'DEFAULT')
)
select 'table ' || name as object, left(md5(concat_ws(E'\\n', relrowsecurity::text,
    (select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity), ',' order by attname) from pg_attribute where attrelid = t.oid and attnum > 0 and not attisdropped),
    (select string_agg(conname || ' ' || contype::text, ',' order by conname) from pg_constraint where conrelid = t.oid and contype in ('p', 'u', 'c', 'x', 'f') and conparentid = 0),
    (select string_agg(i.relname, ',' order by i.relname) from pg_index join pg_class i on i.oid = indexrelid where indrelid = t.oid and not i.relispartition),
    (select string_agg(concat_ws(' ', tgname, tgfoid::regproc, tgtype), ',' order by tgname) from pg_trigger where tgrelid = t.oid and not tgisinternal),
    (select string_agg(polname || ' ' || polcmd::text, ',' order by polname) from pg_policy where polrelid = t.oid))), 12) as digest
from shown t
union all
select 'function ' || p.oid::regprocedure::text, left(md5(concat_ws(E'\\n', prosrc, prosecdef, provolatile, proconfig)), 12)
from pg_proc p where pronamespace in (${schemas}) and proname <> 'schedule_job'
order by 1`;

/** Reads the catalog of a database. */
export async function readCatalog(client: Client): Promise<Catalog> {
  const { rows } = await client.query<{ object: string; digest: string }>(definitions);
  return Object.fromEntries(rows.map(({ object, digest }) => [object, digest]));
}

/** The objects that differ, in the order of their names. */
export function catalogDifferences(expected: Catalog, found: Catalog): readonly string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].filter((object) => expected[object] !== found[object]).toSorted();
}
