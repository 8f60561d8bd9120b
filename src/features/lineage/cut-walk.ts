import type { Walk, WalkedEdge, WalkedGraph, WalkedNode } from './walk-lineage.ts';
import type { WalkRow } from './walk-statement.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly relation: string;
  readonly name: string;
  readonly version: string;
}

/** The graph of a walk's rows, by places, within its budgets: no node further away than allowed, and of two ways no more nodes together. */
export function cutWalk({ direction, maxDepth, maxNodes }: Walk, rows: readonly WalkRow[]): WalkedGraph {
  const edges = edgesOf(rows);
  // A walk of n nodes is no deeper than n.
  const kept = direction === 'BOTH' || maxDepth < rows.length - 1 ? nearest(rows, maxDepth, maxNodes) : null;
  const shown = kept === null ? rows.map((_row, place) => place) : kept;
  const isShown = new Uint8Array(rows.length);
  for (const place of shown) isShown[place] = 1;
  const more = rows.map((row) => row.more);
  if (kept !== null && kept.length < rows.length) {
    for (const [place, { up, down, sources, dependents }] of rows.entries()) {
      if ((up && sources?.some((other) => isShown[other] === 0)) || (down && dependents?.some((other) => isShown[other] === 0))) more[place] = true;
    }
  }
  const nodes: WalkedNode[] = rows.map(({ type, id }, place) => ({ type, id, more: more[place] ?? false }));
  const between = edges.flatMap(({ from, to, relation, name, version }): WalkedEdge[] => {
    const [source, target] = [nodes[from], nodes[to]];
    return source && target && isShown[from] === 1 && isShown[to] === 1 ? [{ to: target, from: source, relation, rule: { name, version }, fields: null }] : [];
  });
  return { nodes: shown.flatMap((place) => nodes[place] ?? []), edges: between };
}

/** The edges of all rows, each once: one between two nodes of a walk both ways is read from either end. */
function edgesOf(rows: readonly WalkRow[]): Edge[] {
  const edges: Edge[] = [];
  const both = rows.some(({ sources }) => sources) && rows.some(({ dependents }) => dependents);
  const known = new Set<string>();
  const add = (edge: Edge): void => {
    const key = both ? `${edge.from} ${edge.to} ${edge.relation} ${edge.name} ${edge.version}` : '';
    if (both && known.has(key)) return;
    known.add(key);
    edges.push(edge);
  };
  for (const [place, row] of rows.entries()) {
    for (const [index, other] of (row.sources ?? []).entries()) add({ from: other, to: place, relation: row.sourceRelations?.[index] ?? '', name: row.sourceRules?.[index] ?? '', version: row.sourceVersions?.[index] ?? '' });
    for (const [index, other] of (row.dependents ?? []).entries()) add({ from: place, to: other, relation: row.dependentRelations?.[index] ?? '', name: row.dependentRules?.[index] ?? '', version: row.dependentVersions?.[index] ?? '' });
  }
  return edges;
}

/** The places of the nearest nodes, by level, upstream first; the rows of either way are by level already. */
function nearest(rows: readonly WalkRow[], maxDepth: number, maxNodes: number): number[] {
  const places = rows.map((_row, place) => place);
  const level = new Map<number, number>();
  for (const way of ['up', 'down'] as const) for (const [place, depth] of levelsOf(rows, way)) level.set(place, Math.min(depth, level.get(place) ?? depth));
  const order = (place: number): number => (level.get(place) ?? 0) * 2 + (rows[place]?.up ? 0 : 1);
  return places.filter((place) => (level.get(place) ?? 0) <= maxDepth).toSorted((one, other) => order(one) - order(other) || one - other).slice(0, maxNodes);
}

/** How far nodes are from the root one way. One that no edge read leads to, as edges have a budget, too, is as far as the one before it. */
function levelsOf(rows: readonly WalkRow[], way: 'up' | 'down'): Map<number, number> {
  const found = new Map([[0, 0]]);
  let reached = 0;
  for (const [place, row] of rows.entries()) {
    if (!row[way]) continue;
    const depth = found.get(place) ?? reached;
    reached = depth;
    found.set(place, depth);
    for (const other of (way === 'up' ? row.sources : row.dependents) ?? []) if (!found.has(other) && rows[other]?.[way]) found.set(other, depth + 1);
  }
  return found;
}
