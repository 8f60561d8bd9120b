import { datedStatement, type DatedStatement } from '../../platform/postgres/dated-statement.ts';
import type { LineageKind } from './lineage-kind.ts';
import { edgesOf, upstream } from './walk-statement.ts';

/** A node of the upstream graph of a root, as its trust is read. */
export interface TrustRow {
  /** The place of the root among those asked for, from 1. */
  readonly walk: number;
  readonly type: string;
  readonly id: string;
  /** The rank of its own origin class; null for what only derives from others. */
  readonly origin: number | null;
  /** The ids of what it derives from, joined by the `separator` of walks; null of nothing. */
  readonly sources: string | null;
}

/**
 * Everything that some nodes derive from, whole: no budget cuts it. Kinds that derive from very many name the least trusted
 * of them (`lowest`), and are not walked through. `$2`: the types of the roots, `$3`: their ids.
 */
export function trustStatement(kinds: readonly LineageKind[]): DatedStatement<TrustRow> {
  return datedStatement<TrustRow>('lineage_trust', 3, (table) => {
    const lowest = kinds.flatMap(({ graphqlType, trust }) => (trust?.lowest ? [{ type: graphqlType, sql: trust.lowest }] : []));
    const whole = new Set(lowest.map(({ type }) => type));
    const links = kinds.flatMap((kind) => kind.links ?? []).filter(({ node }) => !whole.has(node));
    const walked = (node: string): string => [
      edgesOf({ table, links, way: upstream, node, columns: 'ENDS', ...(whole.size === 0 ? {} : { onlyIf: `${node}.type not in (${[...whole].map((type) => `'${type}'`).join()})` }) }),
      ...lowest.map(({ type, sql }) => `(select l.type, l.id from (${sql({ table, node: `${node}.id` })}) l where ${node}.type = '${type}')`),
    ].join(' union all ');
    const origins = kinds.flatMap(({ graphqlType, trust }) => (trust?.origin ? [`when '${graphqlType}' then (${trust.origin({ table, node: 'w.id' })})`] : []));
    return `with asked as materialized (
      -- Links that state very many are asked for all.
      select walk::int, type, id, 2147483646 as most_nodes from unnest($2::text[], $3::uuid[]) with ordinality as given(type, id, walk)
    ), walked as materialized (
      select asked.walk, asked.most_nodes, found.type, found.id, found.place from asked cross join lateral (
        with recursive queue(type, id) as (
          select asked.type, asked.id
          union
          select next.type, next.id from queue q cross join lateral (${walked('q')}) next
        )
        select type, id, row_number() over (rows unbounded preceding) as place from queue
      ) found
    )
    select w.walk, w.type, w.id, case w.type ${origins.join(' ')} end as origin,
      (select string_agg(e.id::text, e'\\x1f') from (values (w.most_nodes)) asked(most_nodes) cross join lateral (${walked('w')}) e) as sources
    from walked w order by w.walk, w.place`;
  });
}
