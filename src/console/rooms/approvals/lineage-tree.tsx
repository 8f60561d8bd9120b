import type { ActionDetailFragment } from '../../generated/operations.ts';
import { moment, plain } from './words.ts';

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
  const items = own.map((source) => leaf(source, sources, shown));
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

function leaf({ node, edge }: Source, sources: ReadonlyMap<string, readonly Source[]>, shown: Set<string>) {
  const again = shown.has(node.id);
  shown.add(node.id);
  return (
    <li key={node.id}>
      <span className="kind">{plain(node.type)}</span> {node.name ?? ''}
      <span className="quiet">
        {[node.occurredAt && moment(node.occurredAt), `${plain(edge.relation)}, rule ${edge.rule.name} ${edge.rule.version}`, again && sources.has(node.id) ? 'its sources: above' : null, node.more ? 'and more behind it' : null].filter(Boolean).join(' · ')}
      </span>
      {!again && branch(node.id, sources, shown)}
    </li>
  );
}
