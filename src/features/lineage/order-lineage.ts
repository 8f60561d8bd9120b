import type { WalkedEdge } from './walk-lineage.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Nodes in an order in which each stands behind all that it derives from: by the longest way from an origin, then by id.
 * Edges to other nodes do not count.
 */
export function originFirst(ids: readonly string[], edges: readonly WalkedEdge[]): string[] {
  const sources = Map.groupBy(edges, ({ to }) => to.id);
  const dependents = Map.groupBy(edges, ({ from }) => from.id);
  const waiting = new Map(ids.map((id) => [id, sources.get(id)?.length ?? 0]));
  const ordered: string[] = [];
  let ready = ids.filter((id) => waiting.get(id) === 0);
  while (ready.length > 0) {
    ordered.push(...ready.toSorted(byText));
    const next: string[] = [];
    for (const id of ready) {
      for (const { to } of dependents.get(id) ?? []) {
        const left = (waiting.get(to.id) ?? 0) - 1;
        waiting.set(to.id, left);
        if (left === 0) next.push(to.id);
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
