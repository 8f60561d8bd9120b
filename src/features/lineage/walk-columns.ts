import { ask, type AsOf, type Call } from '../../platform/graphql/call.ts';
import { edgesPerNode } from './lineage-budget.ts';
import type { ColumnEdge, LineageKind } from './lineage-kind.ts';
import type { Walk, WalkedEdge, WalkedGraph, WalkedNode, WalkQuestion } from './walk-lineage.ts';

type Kinds = ReadonlyMap<string, LineageKind>;

const noEdges = Promise.resolve<readonly ColumnEdge[]>([]);

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/**
 * Walks the graph of stored edges and of those that kinds read from their own columns. Sources that columns state are raw,
 * so upstream they are the ends of the walk, unless an edge says that it leads on; downstream they can only be its root. Statements of a number that depends
 * on the kinds found and not on how many nodes there are.
 */
export async function walkWithColumns(call: Call, { kinds, question }: { readonly kinds: Kinds; readonly question: WalkQuestion }, walk: Walk, asOf: AsOf): Promise<WalkedGraph> {
  const [stored, dependents] = await Promise.all([ask(call, question, asOf, walk), walk.direction === 'UPSTREAM' ? noEdges : columnDependents(call, kinds, walk, asOf)]);
  const next = [...new Map(dependents.map(({ to }) => [to.id, to])).values()];
  const below = await Promise.all(next.map((root) => ask(call, question, asOf, { root, direction: 'DOWNSTREAM', maxDepth: walk.maxDepth - 1, maxNodes: walk.maxNodes })));
  if (below.length === 0) {
    const sources = await columnSources(call, kinds, upstreamOf(walk, stored.nodes, stored.edges), asOf);
    if (sources.length === 0) return stored;
    const known = new Map(stored.nodes.map((node) => [node.id, node]));
    return withinBudget(walk, stored.nodes, [...stored.edges, ...sources.map((edge) => toWalked(edge, known)), ...(await furtherUp(call, { question, sources }, walk, asOf))]);
  }
  const nodes = new Map([stored, ...below].flatMap((graph) => graph.nodes.map((node) => [node.id, node] as const)));
  const edges = [...new Map([stored, ...below].flatMap((graph) => graph.edges.map((edge) => [`${edge.from.id} ${edge.to.id} ${edge.relation} ${edge.rule.name} ${edge.rule.version}`, edge] as const))).values()];
  const above = upstreamOf(walk, [...nodes.values()], edges);
  const sources = await columnSources(call, kinds, above, asOf);
  return withinBudget(walk, [...nodes.values()], [...edges, ...[...dependents, ...sources].map((edge) => toWalked(edge, nodes)), ...(await furtherUp(call, { question, sources }, walk, asOf))]);
}

/** The stored edges above sources that lead on; nothing is asked where none does. */
async function furtherUp(call: Call, { question, sources }: { readonly question: WalkQuestion; readonly sources: readonly ColumnEdge[] }, { maxDepth, maxNodes }: Walk, asOf: AsOf): Promise<readonly WalkedEdge[]> {
  const roots = new Map(sources.flatMap(({ from, leadsOn }) => (leadsOn ? [[from.id, from] as const] : [])));
  const found = await Promise.all([...roots.values()].map((root) => ask(call, question, asOf, { root, direction: 'UPSTREAM', maxDepth, maxNodes })));
  return found.flatMap(({ edges }) => edges);
}

/** The nodes whose sources are asked for: the root and all that it derives from. */
function upstreamOf({ root, direction }: Walk, nodes: readonly WalkedNode[], edges: readonly WalkedEdge[]): readonly WalkedNode[] {
  if (direction !== 'BOTH') return direction === 'UPSTREAM' ? nodes : [];
  const upstream = levels(root.id, edges, 'UPSTREAM');
  return nodes.filter(({ id }) => upstream.has(id));
}

async function columnSources(call: Call, kinds: Kinds, nodes: readonly WalkedNode[], asOf: AsOf): Promise<ColumnEdge[]> {
  const found = await Promise.all(nodes.map(({ type, id }) => {
    const columns = kinds.get(type)?.columns;
    return columns ? ask(call, columns.sources, asOf, id) : noEdges;
  }));
  return found.flat();
}

async function columnDependents(call: Call, kinds: Kinds, { root }: Walk, asOf: AsOf): Promise<ColumnEdge[]> {
  const found = await Promise.all([...kinds.values()].flatMap(({ columns }) => (columns?.from === root.type ? [ask(call, columns.dependents, asOf, root.id)] : [])));
  return found.flat();
}

function toWalked({ from, to, relation, rule, fields }: ColumnEdge, known: ReadonlyMap<string, WalkedNode>): WalkedEdge {
  const node = ({ type, id }: ColumnEdge['from']): WalkedNode => known.get(id) ?? { type, id, more: false };
  return { from: node(from), to: node(to), relation, rule: { name: rule.name, version: String(rule.version) }, fields };
}

/** How far nodes are from a root along edges, by id. */
function levels(root: string, edges: readonly WalkedEdge[], direction: 'UPSTREAM' | 'DOWNSTREAM'): Map<string, number> {
  const up = direction === 'UPSTREAM';
  const next = Map.groupBy(edges, ({ to, from }) => (up ? to.id : from.id));
  const found = new Map([[root, 0]]);
  for (const [id, level] of found) for (const { to, from } of next.get(id) ?? []) if (!found.has(up ? from.id : to.id)) found.set(up ? from.id : to.id, level + 1);
  return found;
}

/** The nearest nodes that the budgets allow, with the edges between them. */
function withinBudget({ root, maxDepth, maxNodes }: Walk, stored: readonly WalkedNode[], edges: readonly WalkedEdge[]): WalkedGraph {
  const [up, down] = [levels(root.id, edges, 'UPSTREAM'), levels(root.id, edges, 'DOWNSTREAM')];
  const level = ({ id }: WalkedNode): number => up.get(id) ?? down.get(id) ?? maxDepth;
  const known = new Set(stored.map(({ id }) => id));
  const added = new Map(edges.flatMap(({ from, to }) => [from, to]).filter(({ id }) => !known.has(id)).map((node) => [node.id, node]));
  const within = [...added.values()].filter((node) => level(node) <= maxDepth).toSorted((one, other) => byText(one.id, other.id));
  const shown = [...stored, ...within].toSorted((one, other) => level(one) - level(other)).slice(0, maxNodes);
  const ids = new Set(shown.map(({ id }) => id));
  const between = edges.filter(({ from, to }) => ids.has(from.id) && ids.has(to.id)).toSorted((one, other) => level(one.to) - level(other.to)).slice(0, edgesPerNode * maxNodes);
  const kept = new Set(between);
  const cut = new Set(edges.flatMap((edge) => (kept.has(edge) ? [] : [edge.from.id, edge.to.id])));
  return { nodes: shown.map((node) => ({ ...node, more: node.more || cut.has(node.id) })), edges: between };
}
