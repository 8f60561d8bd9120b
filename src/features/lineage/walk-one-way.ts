import { datedStatement, type DatedStatement } from '../../platform/postgres/dated-statement.ts';
import { edgesPerNode } from './lineage-budget.ts';
import type { LineageLink } from './lineage-kind.ts';
import { edgesOf, upstream, type Columns, type WalkRow, type Way } from './walk-statement.ts';

/** Edges that two nodes have between them, at most, each of another relation. */
const relationsOfTwo = 4;

/**
 * Breadth first one way, for many walks at once. A node enters the recursion twice: as it is found, which the union does once
 * however many edges lead to it, and with its edges, which are read in the step behind. So the edges of a node are read
 * once, both to go on and to be returned. Nodes come in the order in which a queue would give them: by level, then by the
 * place of what they hang on, then by id; so a budget cuts the same each time. The recursion runs only as far as rows are
 * taken from it. More edges of a node are read than its budget allows: to tell that there is more, and to find its neighbours
 * where several edges lead to one. What is counted and returned are the edges of the budget, and one beyond it.
 */
export function oneWayStatement(name: string, links: readonly LineageLink[], { way, columns }: { readonly way: Way; readonly columns: Columns }): DatedStatement<WalkRow> {
  const read = columns === 'WORDS' ? [...ends, ...words] : ends;
  const arrays = (of: string): string => read.map(({ array }) => `${of}.${array}`).join(', ');
  const edges = 'least(cardinality(q.ids), asked.most_nodes + 1)';
  const budget = `asked.most_nodes * ${edgesPerNode}`;
  return datedStatement<WalkRow>(name, 5, (table) => `with asked as materialized (
      select walk::int, type, id, most_nodes from unnest($2::text[], $3::uuid[], $5::int[]) with ordinality as given(type, id, most_nodes, walk) where cardinality($4::text[]) > 0
    )
    select asked.walk, n.type, n.id, ${way === upstream} as up, ${way !== upstream} as down,
      n.edges > asked.most_nodes or n.edges_so_far > ${budget} and n.edges > 0 as more${answersOf(way, read, budget)}
    from asked cross join lateral (
      with recursive queue(type, id, is_read, ${read.map(({ array }) => array).join(', ')}) as (
        select asked.type, asked.id, false, ${nulls(read)}
        union
        select next.* from queue q cross join lateral (
          select q.type, q.id, true, ${arrays('e')} from (
            select ${read.map(({ array, column, type }) => `coalesce(array_agg(e.${column}), '{}'::${type}[]) as ${array}`).join(', ')}
            from (select * from (${edgesOf({ table, links, way, node: 'q', columns })}) e limit (asked.most_nodes + 1) * ${relationsOfTwo}) e
          ) e where not q.is_read
          union all
          select found.type, found.id, false, ${nulls(read)} from unnest(q.types, q.ids) as found(type, id)
        ) next
      )
      select q.type, q.id, ${arrays('q')}, ${edges} as edges, row_number() over (rows unbounded preceding) as place,
        sum(${edges}) over (rows unbounded preceding) as edges_so_far
      from queue q where q.is_read limit asked.most_nodes
    ) n order by asked.walk, n.place`);
}

interface Gathered {
  readonly column: string;
  readonly type: 'text' | 'uuid';
  /** The array of the column's values, and what `WalkRow` calls them. */
  readonly array: string;
  readonly answer: string;
}

const ends: readonly Gathered[] = [{ column: 'type', type: 'text', array: 'types', answer: '' }, { column: 'id', type: 'uuid', array: 'ids', answer: 's' }];
const words: readonly Gathered[] = [
  { column: 'relation', type: 'text', array: 'relations', answer: 'Relations' },
  { column: 'rule_name', type: 'text', array: 'rules', answer: 'Rules' },
  { column: 'rule_version', type: 'text', array: 'versions', answer: 'Versions' },
];

function nulls(read: readonly Gathered[]): string {
  return read.map(({ type }) => `null::${type}[]`).join(', ');
}

/** SQL of the edges within the budgets of a node and of the walk. */
function answersOf(way: Way, read: readonly Gathered[], budget: string): string {
  const prefix = way === upstream ? 'source' : 'dependent';
  const within = `[:least(asked.most_nodes, ${budget} - n.edges_so_far + n.edges)]`;
  return read.flatMap(({ array, answer }) => (answer === '' ? [] : [`, array_to_string(n.${array}${within}, e'\\x1f') as "${prefix}${answer}"`])).join('');
}
