import * as fc from 'fast-check';

/** A graph as a test holds it in memory: `to` derives from `from`, nodes are numbers. */
export interface ModelGraph {
  readonly size: number;
  readonly edges: readonly { readonly to: number; readonly from: number }[];
}

/** Random graphs without circles: edges lead from a lower place to a higher one; the nodes' names are shuffled over the places. */
export const graphs: fc.Arbitrary<ModelGraph> = fc.integer({ min: 2, max: 14 }).chain((size) =>
  fc.tuple(
    fc.shuffledSubarray(Array.from({ length: size }, (_, node) => node), { minLength: size, maxLength: size }),
    fc.uniqueArray(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)).filter(([a, b]) => a < b), { selector: ([a, b]) => `${a} ${b}`, maxLength: 40 }),
  ).map(([names, pairs]) => ({ size, edges: pairs.map(([from, to]) => ({ from: names[from] ?? 0, to: names[to] ?? 0 })) })),
);

/** A walk as the engine is to do it. */
export interface ModelWalk {
  readonly root: number;
  readonly direction: 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH';
  readonly maxDepth: number;
  readonly maxNodes: number;
}

/** What a walk must find: nodes, those of them with neighbours not shown, and the number of edges between the nodes, of which no more are read for a node than the budget allows nodes. */
export function walkModel({ edges }: ModelGraph, { root, direction, maxDepth, maxNodes }: ModelWalk): { nodes: number[]; frontier: number[]; edges: number } {
  const sources = (of: number): number[] => edges.filter(({ to }) => to === of).map(({ from }) => from);
  const dependents = (of: number): number[] => edges.filter(({ from }) => from === of).map(({ to }) => to);
  const sorted = (nodes: Iterable<number>): number[] => [...new Set(nodes)].toSorted((a, b) => a - b);
  const [ups, downs] = [new Set(direction === 'DOWNSTREAM' ? [] : [root]), new Set(direction === 'UPSTREAM' ? [] : [root])];
  const seen = new Set([root]);
  let level = { up: [...ups], down: [...downs] };
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const unseen = (node: number): boolean => !seen.has(node);
    const up = [...new Set(level.up.flatMap((node) => sorted(sources(node))))].filter(unseen).slice(0, maxNodes - seen.size);
    for (const node of up) seen.add(node);
    const down = [...new Set(level.down.flatMap((node) => sorted(dependents(node))))].filter(unseen).slice(0, maxNodes - seen.size);
    for (const node of down) seen.add(node);
    for (const node of up) ups.add(node);
    for (const node of down) downs.add(node);
    level = { up, down };
  }
  const beyond = [...ups].filter((node) => sources(node).some((each) => !seen.has(each))).concat([...downs].filter((node) => dependents(node).some((each) => !seen.has(each))));
  const read = [
    ...(direction === 'DOWNSTREAM' ? [] : [...seen]).flatMap((to) => sorted(sources(to)).slice(0, maxNodes).map((from) => ({ to, from }))),
    ...[...downs].flatMap((from) => sorted(dependents(from)).slice(0, maxNodes).map((to) => ({ to, from }))),
  ];
  const shown = new Set(read.filter(({ to, from }) => seen.has(to) && seen.has(from)).map(({ to, from }) => `${from} ${to}`));
  return { nodes: sorted(seen), frontier: sorted(beyond), edges: shown.size };
}

/** How many edges the shortest way has; null where there is none. */
export function distanceModel({ edges }: ModelGraph, from: number, to: number): number | null {
  let level = new Set([from]);
  const seen = new Set(level);
  for (let steps = 0; level.size > 0; steps += 1) {
    if (level.has(to)) return steps;
    level = new Set(edges.filter((edge) => level.has(edge.from) && !seen.has(edge.to)).map((edge) => edge.to));
    for (const node of level) seen.add(node);
  }
  return null;
}
