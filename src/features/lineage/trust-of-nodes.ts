import { ask, type AsOf, type Asking, type Question } from '../../platform/graphql/call.ts';
import { Loaders } from '../../platform/graphql/loaders.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lowestOrigin, originOfRank, type OriginClass } from '../trust/index.ts';
import { declaredKinds, type ColumnEdge, type LineageKind } from './lineage-kind.ts';
import { trustStatement, type TrustRow } from './trust-statement.ts';
import { separator } from './walk-statement.ts';

/** A node by its type of the graph and its key. */
export interface TrustedRef {
  readonly type: string;
  readonly id: string;
}

/** How far a node can be trusted. */
export interface NodeTrust {
  /** The lowest class of what it derives from; null where that holds no observation. */
  readonly level: OriginClass | null;
  /** From the observation that set it to the node itself; empty where there is none. */
  readonly because: readonly TrustedRef[];
}

/** A node of an upstream graph with the ranks and the sources that are known of it. */
interface Step extends TrustedRef {
  readonly origin: number | null;
  readonly sources: readonly string[];
}

/** What the trust of nodes is; asked in one turn, they travel in one statement, and one more for each kind that reads edges from columns. */
export function trustQuestion(kinds: ReadonlyMap<string, LineageKind>): Question<TrustedRef, NodeTrust, Asking> {
  const statement = trustStatement([...kinds.values()]);
  return {
    name: 'lineage_trust',
    identity: ({ type, id }) => `${type} ${id}`,
    async load(call, asked, asOf) {
      const values = [call.tenantId, asked.map(({ type }) => type), asked.map(({ id }) => id)];
      const rows = await call.read.rows(statement(asOf), statement.values(values, asOf));
      const stated = await columnSources(call, kinds, rows, asOf);
      const byWalk = Map.groupBy(rows, ({ walk }) => walk);
      return asked.map((root, place) => lowestOf(root, stepsOf(byWalk.get(place + 1) ?? [], stated)));
    },
  };
}

/** The edges that kinds read from their own columns, by the node that derives; each node is asked for once. */
async function columnSources(call: Asking, kinds: ReadonlyMap<string, LineageKind>, rows: readonly TrustRow[], asOf: AsOf): Promise<ReadonlyMap<string, readonly ColumnEdge[]>> {
  const nodes = new Map(rows.flatMap(({ type, id }) => {
    const columns = kinds.get(type)?.columns;
    return columns ? [[id, columns] as const] : [];
  }));
  return new Map(await Promise.all([...nodes].map(async ([id, columns]) => [id, await ask(call, columns.sources, asOf, id)] as const)));
}

function stepsOf(rows: readonly TrustRow[], stated: ReadonlyMap<string, readonly ColumnEdge[]>): Map<string, Step> {
  const steps = new Map<string, Step>();
  for (const { type, id, origin, sources } of rows) {
    const edges = stated.get(id) ?? [];
    steps.set(id, { type, id, origin, sources: [...(sources ? sources.split(separator) : []), ...edges.map(({ from }) => from.id)] });
    for (const { from, origin: own } of edges) if (!steps.has(from.id)) steps.set(from.id, { ...from, origin: own, sources: [] });
  }
  return steps;
}

let presentTrust: Question<TrustedRef, NodeTrust, Asking> | null = null;

/** How far each of some nodes can be trusted, in the order given, as a transaction sees them: one statement, and one or two more for each kind that reads edges from columns. */
export function trustInWork(work: Work, seal: Seal, refs: readonly TrustedRef[]): Promise<NodeTrust[]> {
  const question = (presentTrust ??= trustQuestion(declaredKinds));
  const asking: Asking = { tenantId: work.tenantId, read: work, seal, loaders: new Loaders() };
  return Promise.all(refs.map((ref) => ask(asking, question, null, ref)));
}

/** The trust of a value that is computed when it is read, by that of what it is computed from. */
export function trustFrom(root: TrustedRef, sources: readonly NodeTrust[]): NodeTrust {
  const known = sources.filter(({ level }) => level !== null);
  const level = lowestOrigin(known.flatMap((each) => each.level ?? []));
  const [lowest] = known.filter((each) => each.level === level).toSorted((one, other) => one.because.length - other.because.length || compare(one.because[0]?.id ?? '', other.because[0]?.id ?? ''));
  return { level, because: lowest ? [...lowest.because, root] : [] };
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** The least trusted observation that a root derives from, with the shortest way to it; of equal ones the nearest, then the first by id. */
export function lowestOf(root: TrustedRef, steps: ReadonlyMap<string, Step>): NodeTrust {
  /** The node that each was reached from, by id; in the order of their distance. */
  const behind = new Map<string, string | null>([[root.id, null]]);
  let level: readonly string[] = [root.id];
  let lowest: Step | null = null;
  while (level.length > 0) {
    const next = new Set<string>();
    for (const id of [...level].toSorted()) {
      const step = steps.get(id);
      if (step && step.origin !== null && (lowest === null || step.origin < (lowest.origin ?? 0))) lowest = step;
      for (const source of step?.sources ?? []) {
        if (behind.has(source)) continue;
        behind.set(source, id);
        next.add(source);
      }
    }
    level = [...next];
  }
  if (lowest === null || lowest.origin === null) return { level: null, because: [] };
  const because: TrustedRef[] = [];
  for (let id: string | null = lowest.id; id !== null; id = behind.get(id) ?? null) because.push(id === root.id ? root : (steps.get(id) ?? root));
  return { level: originOfRank(lowest.origin), because: because.map(({ type, id }) => ({ type, id })) };
}
