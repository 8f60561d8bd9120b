import type { ActionDetailFragment } from '../../generated/operations.ts';
import { period, plain } from './words.ts';

type Lineage = ActionDetailFragment['lineage'];
type Source = { readonly node: Lineage['nodes'][number]; readonly edge: Lineage['edges'][number] };

/** How many sources of one item are shown before the rest is folded away. */
const unfolded = 5;

/** Where the action comes from, item by item, down to the signals. What was shown above is named and not told again. */
export function LineageTree({ lineage }: { lineage: Lineage }) {
  const nodes = new Map(lineage.nodes.map((node) => [node.id, node]));
  const sources = new Map<string, Source[]>();
  for (const edge of lineage.edges) {
    const node = nodes.get(edge.from);
    if (node) sources.set(edge.to, [...(sources.get(edge.to) ?? []), { node, edge }]);
  }
  if (!sources.has(lineage.root.id)) return <p className="quiet">Nothing is recorded that it was made of.</p>;
  return <div className="lineage">{branch(lineage.root.id, sources, new Set([lineage.root.id]))}</div>;
}

function branch(id: string, sources: ReadonlyMap<string, readonly Source[]>, shown: Set<string>) {
  const own = sources.get(id) ?? [];
  if (own.length === 0) return null;
  const rows = alike(own, sources);
  const items = rows.map((same, index) => leaf(same, { sources, shown, before: index === 0 || index === unfolded ? null : waysOf(rows[index - 1] ?? []) }));
  return (
    <>
      <ul>{items.slice(0, unfolded)}</ul>
      {items.length > unfolded && (
        <details>
          <summary>{items.length - unfolded} more</summary>
          <ul>{items.slice(unfolded)}</ul>
        </details>
      )}
    </>
  );
}

/** Sources in rows: one item that is a source in several ways is one row, and so are items that read the same and have no sources of their own. */
function alike(own: readonly Source[], sources: ReadonlyMap<string, readonly Source[]>): readonly Source[][] {
  const rows = new Map<string, Source[]>();
  for (const source of own) {
    const { node, edge } = source;
    const key = sources.has(node.id) || node.more ? node.id : JSON.stringify([node.type, node.name, edge.relation, edge.rule]);
    rows.set(key, [...(rows.get(key) ?? []), source]);
  }
  return [...rows.values()];
}

/** How items were used, and by which rules. */
const waysOf = (same: readonly Source[]): string => [...new Set(same.map(({ edge }) => `${plain(edge.relation)}, rule ${edge.rule.name} ${edge.rule.version}`))].join(' · ');

/** One row. `before`: how the row above it was used, which is not said twice. */
function leaf(same: readonly Source[], { sources, shown, before }: { readonly sources: ReadonlyMap<string, readonly Source[]>; readonly shown: Set<string>; readonly before: string | null }) {
  const [first] = same;
  if (!first) return null;
  const { node } = first;
  const again = shown.has(node.id);
  for (const each of same) shown.add(each.node.id);
  const items = new Set(same.map((each) => each.node.id)).size;
  const says = waysOf(same);
  return (
    <li key={node.id}>
      <span className="kind">{plain(node.type)}</span> {node.name ?? ''}
      {items > 1 && ` × ${items}`}
      <span className="quiet">{[period(same.flatMap(({ node: { occurredAt } }) => occurredAt ?? [])), says === before ? null : says, again && sources.has(node.id) ? 'its sources: above' : null, node.more ? 'and more behind it' : null].filter(Boolean).join(' · ')}</span>
      {!again && branch(node.id, sources, shown)}
    </li>
  );
}
