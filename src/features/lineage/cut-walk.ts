import type { Walk, WalkedEdge, WalkedGraph, WalkedNode } from './walk-lineage.ts';
import { separator, type WalkRow } from './walk-statement.ts';

/** The places of a node's sources and of what derives from it; `nowhere` for one that has no row. */
interface Ends {
  readonly sources: readonly number[];
  readonly dependents: readonly number[];
}

const split = (joined: string | null | undefined): readonly string[] => (joined ? joined.split(separator) : []);
const nowhere = -1;

/** The graph of a walk's rows within its budgets: no node further away than allowed, and of two ways no more nodes together. */
export function cutWalk({ direction, maxDepth, maxNodes }: Walk, rows: readonly WalkRow[]): WalkedGraph {
  const placeOf = new Map(rows.map(({ id }, place) => [id, place]));
  const places = (joined: string | null | undefined): number[] => split(joined).map((id) => placeOf.get(id) ?? nowhere);
  const ends = rows.map(({ sources, dependents }): Ends => ({ sources: places(sources), dependents: places(dependents) }));
  // A walk of n nodes is no deeper than n.
  const shown = direction === 'BOTH' || maxDepth < rows.length - 1 ? nearest(rows, ends, { maxDepth, maxNodes }) : [...rows.keys()];
  const isShown = new Uint8Array(rows.length);
  for (const place of shown) isShown[place] = 1;
  const leads = (others: readonly number[]): boolean => others.some((other) => isShown[other] !== 1);
  const nodes = rows.map(({ type, id, up, down, more }, place): WalkedNode => ({ type, id, more: more || (up && leads(ends[place]?.sources ?? [])) || (down && leads(ends[place]?.dependents ?? [])) }));
  return { nodes: shown.flatMap((place) => nodes[place] ?? []), edges: edgesBetween(rows, ends, nodes, isShown) };
}

/** The edges between nodes that are shown, each once: one between two nodes of a walk both ways may be read from either end. */
function edgesBetween(rows: readonly WalkRow[], ends: readonly Ends[], nodes: readonly WalkedNode[], isShown: Uint8Array): WalkedEdge[] {
  const edges: WalkedEdge[] = [];
  const known = rows.some(({ sources }) => sources) && rows.some(({ dependents }) => dependents) ? new Set<string>() : null;
  const add = (from: number, to: number, relation: string, name: string, version: string): void => {
    const [source, target] = [nodes[from], nodes[to]];
    if (!source || !target || isShown[from] !== 1 || isShown[to] !== 1) return;
    const key = known && `${from} ${to} ${relation} ${name} ${version}`;
    if (key !== null && known?.has(key)) return;
    if (key !== null) known?.add(key);
    edges.push({ to: target, from: source, relation, rule: { name, version }, fields: null });
  };
  for (const [place, row] of rows.entries()) {
    const [relations, rules, versions] = [split(row.sourceRelations), split(row.sourceRules), split(row.sourceVersions)];
    for (const [index, other] of (ends[place]?.sources ?? []).entries()) add(other, place, relations[index] ?? '', rules[index] ?? '', versions[index] ?? '');
    const below = [split(row.dependentRelations), split(row.dependentRules), split(row.dependentVersions)] as const;
    for (const [index, other] of (ends[place]?.dependents ?? []).entries()) add(place, other, below[0][index] ?? '', below[1][index] ?? '', below[2][index] ?? '');
  }
  return edges;
}

/** The places of the nearest nodes, by level, upstream first; the rows of either way are by level already. */
function nearest(rows: readonly WalkRow[], ends: readonly Ends[], { maxDepth, maxNodes }: Pick<Walk, 'maxDepth' | 'maxNodes'>): number[] {
  const level = new Map<number, number>();
  for (const way of ['up', 'down'] as const) for (const [place, depth] of levelsOf(rows, ends, way)) level.set(place, Math.min(depth, level.get(place) ?? depth));
  const order = (place: number): number => (level.get(place) ?? 0) * 2 + (rows[place]?.up ? 0 : 1);
  return [...rows.keys()].filter((place) => (level.get(place) ?? 0) <= maxDepth).toSorted((one, other) => order(one) - order(other) || one - other).slice(0, maxNodes);
}

/** How far nodes are from the root one way. One that no edge read leads to, as edges have a budget, too, is as far as the one before it. */
function levelsOf(rows: readonly WalkRow[], ends: readonly Ends[], way: 'up' | 'down'): Map<number, number> {
  const found = new Map([[0, 0]]);
  let reached = 0;
  for (const [place, row] of rows.entries()) {
    if (!row[way]) continue;
    const depth = found.get(place) ?? reached;
    reached = depth;
    found.set(place, depth);
    for (const other of (way === 'up' ? ends[place]?.sources : ends[place]?.dependents) ?? []) if (!found.has(other) && rows[other]?.[way]) found.set(other, depth + 1);
  }
  return found;
}
