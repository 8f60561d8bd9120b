import { ask, type Asking, type Question } from '../../platform/graphql/call.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type ColumnEdge, type ColumnEdges, type LineageDescription, type LineageRef } from '../lineage/index.ts';
import { enrichmentSource, precedencesAt, statementsAtInstants, type NodeInstant } from '../sources/index.ts';
import { accountKind } from './account-fields.ts';
import { winningRule } from './contradictions.ts';
import { foldStated, statedNodes, type StatedNode } from './stated-groups.ts';
import type { StatedKind } from './stated-kind.ts';
import { statementById } from './statement.queries.ts';

const describe = datedStatement<LineageDescription>(
  'lineage_of_source_statements',
  2,
  (table) => `select t.id, case t.mode when 'RETIRE' then 'Retired by ' else 'Statement of ' end || t.source as name, t.occurred_at as "occurredAt" from ${table('source_statement')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);

/** What sources said, as lineage sees it: raw, so it derives from nothing. */
export const statementLineage = declareLineageKind({ type: 'STATEMENT', graphqlType: 'SourceStatement', describe, trust: { origin: ({ node }) => `select s.origin from source_statement s where s.tenant_id = $1 and s.id = ${node}` } });

/** The edges from the statements that win fields of a node to what shows them: one for each statement and rule. `only` limits the fields. */
export function winningEdges(to: LineageRef, { kind, folded, precedence }: StatedNode, only: readonly string[] | null = null): ColumnEdge[] {
  const won = [...folded.fields].flatMap(([field, { winner, claims }]) => (winner && (only === null || only.includes(field)) ? [{ field, id: winner.statement.id, source: winner.statement.source, origin: winner.statement.origin, rule: winningRule(kind.type, field, claims, precedence) }] : []));
  return [...Map.groupBy(won, ({ id, rule }) => `${id} ${rule.name}`).values()].flatMap((own) => {
    const [first] = own;
    return first ? [{ to, from: statementLineage.ref(first.id), relation: 'STATED', rule: first.rule, fields: own.map(({ field }) => field).toSorted(), origin: first.origin, ...(first.source === enrichmentSource ? { leadsOn: true } : {}) }] : [];
  });
}

/** How a kind of node whose rows are projections of statements reads which statements made them. */
export const statedColumns = (kind: StatedKind) => (ref: (id: string) => LineageRef): ColumnEdges => {
  const sources: Question<string, readonly ColumnEdge[], Asking> = {
    name: `statements_behind_${kind.table}`,
    async load(call, ids, asOf) {
      const stated = await Promise.all(ids.map((id) => ask(call, statedNodes(kind), asOf, id)));
      // A node that was merged away shows nothing; its statements count for the survivor.
      return stated.map((node, index) => (node.rootId === ids[index] ? winningEdges(ref(node.rootId), node) : []));
    },
  };
  const dependents: Question<string, readonly ColumnEdge[]> = {
    name: `${kind.table}_of_statements`,
    load: (call, ids, asOf) => Promise.all(ids.map(async (id) => {
      const statement = await ask(call, statementById, asOf, id);
      if (statement?.nodeType !== kind.type) return [];
      const node = await ask(call, statedNodes(kind), asOf, statement.nodeId);
      return winningEdges(ref(node.rootId), node).filter(({ from }) => from.id === id);
    })),
  };
  return { from: statementLineage.graphqlType, sources, dependents };
};

/** Accounts at instants of their own, as their sources had stated them by then. Two statements. */
export async function accountsStatedAt(call: Asking, asked: readonly NodeInstant[]): Promise<StatedNode[]> {
  if (asked.length === 0) return [];
  const [groups, policies] = await Promise.all([statementsAtInstants(call.read, call.tenantId, asked), precedencesAt(call.read, call.tenantId, asked.map(({ at }) => at))]);
  return groups.flatMap((group, index) => {
    const precedence = policies[index];
    return precedence ? [foldStated(accountKind, group, { precedence, seal: call.seal })] : [];
  });
}
