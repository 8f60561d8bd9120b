import { NotFound } from '../../platform/errors.ts';
import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { idAt, type NodeReader, type NodeRow } from '../../platform/graphql/node.ts';
import { hasCome } from '../../platform/graphql/read-moment.ts';
import { parseStateId, type NamedState } from '../../platform/ids.ts';
import { oneTime } from '../../platform/moment.ts';
import { checkBudget, type LineageBudget } from './lineage-budget.ts';
import type { LineageDescription, LineageKind } from './lineage-kind.ts';
import type { LineageDirection, LineageEdge, LineageGraph, LineageNodeRow, LineagePath } from './lineage.type.ts';
import { originFirst, shortestWay } from './order-lineage.ts';
import { trustFrom, trustQuestion, type NodeTrust } from './trust-of-nodes.ts';
import type { Trust } from './trust.type.ts';
import { walkWithColumns } from './walk-columns.ts';
import { createWalks, type WalkedEdge, type WalkedGraph, type WalkQuestion } from './walk-lineage.ts';

/** A node by its type of the graph and its key. */
interface Ref {
  readonly type: string;
  readonly id: string;
}

/** What a value that is computed when it is read is computed from: a node that lineage knows, or another such value with its own sources. */
export interface TrustSource extends Ref {
  readonly sources?: readonly TrustSource[];
}

/** The one engine behind every surface of lineage. */
export interface LineageEngine {
  /** The node that a global id names, at `asOf`, or else at the instant of the id. Throws `NotFound` where it names none whose lineage is kept. */
  identify(call: Call, globalId: string, argument: string, asOf: AsOf): NamedState;
  /**
   * Returns what was asked about a node, once it is known that the tenant has the node: both are asked for at the same time.
   * Throws `NotFound` where the tenant has none.
   */
  whereFound<Answer>(call: Call, node: NamedState, argument: string, answer: Promise<Answer>): Promise<Answer>;
  chain(call: Call, ref: Ref, budget: LineageBudget, asOf: AsOf): Promise<LineageNodeRow[]>;
  graph(call: Call, ref: Ref, asked: LineageBudget & { direction: keyof typeof LineageDirection }, asOf: AsOf): Promise<LineageGraph>;
  path(call: Call, from: Ref, to: Ref, budget: LineageBudget, asOf: AsOf): Promise<LineagePath>;
  /** How far a node can be trusted, by its recorded edges. */
  trust(call: Call, ref: Ref, asOf: AsOf): Promise<Trust>;
  /** How far a value can be trusted that is computed when it is read. */
  trustOfComputed(call: Call, ref: Ref, asOf: AsOf, sources: readonly TrustSource[]): Promise<Trust>;
  describe(call: Call, node: LineageNodeRow): Promise<LineageDescription | null>;
  read(call: Call, node: LineageNodeRow): Promise<NodeRow | null> | null;
}

/** The engine over the declared kinds; `readers` answer the items themselves. */
export function createLineageEngine(kinds: readonly LineageKind[], readers: readonly NodeReader[]): LineageEngine {
  const byType = new Map(kinds.map((kind) => [kind.graphqlType, kind]));
  if (byType.size < kinds.length) throw new Error('two kinds of lineage have the same GraphQL type');
  const readerOf = new Map(readers.map((reader) => [reader.type, reader]));
  const questions = new Map(kinds.map((kind) => [kind.graphqlType, describeQuestion(kind)]));

  const toNode = (ref: Ref, more: boolean, asOf: AsOf): LineageNodeRow => {
    const kind = byType.get(ref.type);
    if (!kind) throw new Error(`lineage knows no kind of type ${ref.type}; declare it and list it in the graph`);
    return { ref, id: idAt(ref.type, ref.id, asOf), type: kind.type, more, asOf };
  };
  const describe = (call: Call, ref: Ref, asOf: AsOf): Promise<LineageDescription | null> | null => {
    const question = questions.get(ref.type);
    return question ? ask(call, question, asOf, ref.id) : null;
  };
  const { withWords, withoutWords } = createWalks(kinds.flatMap(({ links = [] }) => links));
  const walk = async (call: Call, ref: Ref, asked: LineageBudget & { direction: keyof typeof LineageDirection }, asOf: AsOf, question: WalkQuestion = withWords): Promise<{ nodes: LineageNodeRow[]; graph: WalkedGraph }> => {
    checkBudget(asked);
    const graph = await walkWithColumns(call, { kinds: byType, question }, { root: ref, direction: asked.direction, maxDepth: asked.maxDepth, maxNodes: asked.maxNodes }, asOf);
    const found = new Map(graph.nodes.map((node) => [node.id, node]));
    const ids = originFirst([...found.keys()], graph.edges);
    return { graph, nodes: ids.flatMap((id) => found.get(id) ?? []).map(({ type, id, more }) => toNode({ type, id }, more, asOf)) };
  };

  const trusts = trustQuestion(byType);
  const trustOf = (call: Call, { type, id }: Ref, asOf: AsOf): Promise<NodeTrust> => ask(call, trusts, asOf, { type, id });

  const trustOfSource = async (call: Call, { type, id, sources }: TrustSource, asOf: AsOf): Promise<NodeTrust> =>
    sources ? trustFrom({ type, id }, await Promise.all(sources.map((source) => trustOfSource(call, source, asOf)))) : trustOf(call, { type, id }, asOf);
  const toTrust = ({ level, because }: NodeTrust, asOf: AsOf): Trust => ({ level, because: because.map((each) => toNode(each, false, oneTime(asOf))) });

  return {
    identify(call, globalId, argument, asOf) {
      const named = parseStateId(globalId);
      // What it derives from is the system's own: one time.
      const instant = oneTime(asOf ?? named?.asOf ?? null);
      // No id of an instant to come was ever given out.
      if (!named || !byType.has(named.type) || !hasCome(call, instant)) throw noSuchItem(argument);
      return { ...named, asOf: instant };
    },
    async whereFound(call, node, argument, answer) {
      // Of an item that there is not, nothing is told, whatever became of the answer.
      answer.catch(() => undefined);
      if (!(await describe(call, node, node.asOf))) throw noSuchItem(argument);
      return answer;
    },
    chain: async (call, ref, budget, asOf) => (await walk(call, ref, { ...budget, direction: 'UPSTREAM' }, asOf, withoutWords)).nodes,
    async graph(call, ref, asked, asOf) {
      const { nodes, graph } = await walk(call, ref, asked, asOf);
      const root = nodes.find((node) => node.ref.id === ref.id) ?? toNode(ref, false, asOf);
      const frontier = nodes.filter(({ more }) => more);
      return { root, nodes, edges: graph.edges.map((edge) => toEdge(edge, asOf)), truncated: frontier.length > 0, frontier };
    },
    async path(call, from, to, budget, asOf) {
      // What many derive from, or what derives from many, may be at either end: both are walked from.
      const [below, above] = await Promise.all([walk(call, from, { ...budget, direction: 'DOWNSTREAM' }, asOf), walk(call, to, { ...budget, direction: 'UPSTREAM' }, asOf)]);
      const whole = [below, above].find(({ nodes }) => !nodes.some(({ more }) => more));
      const edges = whole ? whole.graph.edges : [...below.graph.edges, ...above.graph.edges];
      const way = shortestWay(from.id, to.id, edges) ?? [];
      const byId = new Map([...below.nodes, ...above.nodes].map((node) => [node.ref.id, node]));
      const into = Map.groupBy(edges, (edge) => edge.to.id);
      const steps = way.flatMap((id, place) => (into.get(way[place + 1] ?? '') ?? []).filter((edge) => edge.from.id === id));
      const once = new Map(steps.map((edge) => [`${edge.from.id} ${edge.to.id} ${edge.relation} ${edge.rule.name}`, toEdge(edge, asOf)]));
      return { found: way.length > 0, nodes: way.flatMap((id) => byId.get(id) ?? []), edges: [...once.values()], truncated: !whole };
    },
    trust: async (call, ref, asOf) => toTrust(await trustOf(call, ref, asOf), asOf),
    trustOfComputed: async (call, ref, asOf, sources) => toTrust(await trustOfSource(call, { ...ref, sources }, asOf), asOf),
    describe: (call, { ref, asOf }) => describe(call, ref, asOf) ?? nothing,
    read: (call, { ref, asOf }) => readerOf.get(ref.type)?.read(call, ref.id, asOf) ?? null,
  };
}

const nothing = Promise.resolve(null);

function noSuchItem(argument: string): NotFound {
  return new NotFound('There is no such item whose lineage is kept.', [argument]);
}

function describeQuestion({ graphqlType, describe }: LineageKind): Question<string, LineageDescription | null> {
  return {
    name: `lineage_of_${graphqlType}`,
    async load(call, ids, asOf) {
      const found = new Map((await call.read.rows(describe(asOf), describe.values([call.tenantId, ids], asOf))).map((row) => [row.id, row]));
      return ids.map((id) => found.get(id) ?? null);
    },
  };
}

function toEdge({ from, to, relation, rule, fields }: WalkedEdge, asOf: AsOf): LineageEdge {
  return { from: idAt(from.type, from.id, asOf), to: idAt(to.type, to.id, asOf), relation, rule, fields };
}
