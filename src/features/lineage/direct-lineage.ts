import type { AsOf } from '../../platform/graphql/call.ts';
import { idAt } from '../../platform/graphql/node.ts';
import { oneTime } from '../../platform/moment.ts';
import { checkBudget, type LineageBudget } from './lineage-budget.ts';
import type { LineageKind } from './lineage-kind.ts';
import type { LineageGraph, LineageNodeRow } from './lineage.type.ts';
import type { DerivationRule } from './record-derivations.ts';

/** A raw observation that a value was computed from on the spot. */
export interface DirectSource {
  readonly kind: LineageKind;
  readonly id: string;
  readonly relation: string;
}

/** A value that is computed when it is read, with what it is computed from. */
export interface DirectDerivation {
  readonly kind: LineageKind;
  readonly id: string;
  readonly sources: readonly DirectSource[];
  readonly rule: DerivationRule;
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * The upstream graph of a value that is computed when it is read out of raw observations alone: told from the computation
 * itself, and so never behind it, as recorded edges are for as long as events travel.
 */
export function directLineage({ kind, id, sources, rule }: DirectDerivation, budget: LineageBudget, moment: AsOf): LineageGraph {
  checkBudget(budget);
  const asOf = oneTime(moment);
  const shown = sources.toSorted(byId).slice(0, budget.maxNodes - 1);
  const root = toNode(kind, id, shown.length < sources.length, asOf);
  return {
    root,
    nodes: [...shown.map((source) => toNode(source.kind, source.id, false, asOf)), root],
    edges: shown.map((source) => ({ from: idAt(source.kind.graphqlType, source.id, asOf), to: root.id, relation: source.relation, rule: { name: rule.name, version: String(rule.version) }, fields: null })),
    truncated: root.more,
    frontier: root.more ? [root] : [],
  };
}

function toNode(kind: LineageKind, id: string, more: boolean, asOf: AsOf): LineageNodeRow {
  return { ref: kind.ref(id), id: idAt(kind.graphqlType, id, asOf), type: kind.type, more, asOf };
}
