import type { WalkedEdge } from './walk-lineage.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Nodes in an order in which each stands behind all that it derives from: by the longest way from an origin, then by id.
 * Edges to other nodes do not count.
 */
export function originFirst(ids: readonly string[], edges: readonly WalkedEdge[]): string[] {
  const placeOf = new Map(ids.map((id, place) => [id, place]));
  const dependents: number[][] = ids.map(() => []);
  const waiting = new Int32Array(ids.length);
  for (const { to, from } of edges) {
    const [above, below] = [placeOf.get(from.id), placeOf.get(to.id)];
    if (above === undefined || below === undefined) continue;
    waiting[below] = (waiting[below] ?? 0) + 1;
    dependents[above]?.push(below);
  }
  const ordered: string[] = [];
  let ready = [...ids.keys()].filter((place) => waiting[place] === 0);
  while (ready.length > 0) {
    if (ready.length > 1) ready.sort((one, other) => byText(ids[one] ?? '', ids[other] ?? ''));
    const next: number[] = [];
    for (const place of ready) {
      ordered.push(ids[place] ?? '');
      for (const below of dependents[place] ?? []) {
        const left = (waiting[below] ?? 0) - 1;
        waiting[below] = left;
        if (left === 0) next.push(below);
      }
    }
    ready = next;
  }
  return ordered;
}

/** The nodes of the shortest way along edges from a source to what derives from it, of several the first by id; null where there is none. */
export function shortestWay(from: string, to: string, edges: readonly WalkedEdge[]): string[] | null {
  const dependents = Map.groupBy(edges, ({ from: source }) => source.id);
  const cameFrom = new Map<string, string | null>([[from, null]]);
  let level = [from];
  while (level.length > 0 && !cameFrom.has(to)) {
    const next: string[] = [];
    for (const id of level) {
      for (const edge of (dependents.get(id) ?? []).toSorted((a, b) => byText(a.to.id, b.to.id))) {
        if (cameFrom.has(edge.to.id)) continue;
        cameFrom.set(edge.to.id, id);
        next.push(edge.to.id);
      }
    }
    level = next;
  }
  if (!cameFrom.has(to)) return null;
  const way: string[] = [];
  for (let id: string | null = to; id !== null; id = cameFrom.get(id) ?? null) way.unshift(id);
  return way;
}
