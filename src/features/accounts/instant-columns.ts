import { ask, type Asking, type Question } from '../../platform/graphql/call.ts';
import type { DatedStatement } from '../../platform/postgres/dated-statement.ts';
import type { ColumnEdge, ColumnEdges, LineageRef } from '../lineage/index.ts';
import type { NodeInstant } from '../sources/index.ts';
import { accountsStatedAt, statementLineage, winningEdges } from './statement-lineage.ts';
import { accountKind } from './account-fields.ts';
import { statementById } from './statement.queries.ts';

/** A row that keeps what an account was at an instant. */
export interface AccountAtInstant extends NodeInstant {
  readonly id: string;
}

/** Rows of a table that keep what accounts were at instants. */
export interface InstantRows {
  readonly name: string;
  /** By ids: `$1` is the tenant, `$2` the ids. */
  readonly byIds: DatedStatement<AccountAtInstant>;
  /** Of accounts and those merged with them, of instants from one on: `$1` is the tenant, `$2` the account, `$3` the instant. */
  readonly ofAccount: DatedStatement<AccountAtInstant>;
  /** The fields that the rows keep; null for all. */
  readonly fields: readonly string[] | null;
}

/** How a kind that keeps what accounts were at instants reads which statements had made them by then. */
export const statedAtInstants = ({ name, byIds, ofAccount, fields }: InstantRows) => (ref: (id: string) => LineageRef): ColumnEdges => {
  const edgesOf = async (call: Asking, rows: readonly AccountAtInstant[]): Promise<ColumnEdge[][]> => {
    const stated = await accountsStatedAt(call, rows);
    return rows.map(({ id }, index) => {
      const node = stated[index];
      return node ? winningEdges(ref(id), node, fields) : [];
    });
  };
  const sources: Question<string, readonly ColumnEdge[], Asking> = {
    name: `statements_behind_${name}`,
    async load(call, ids, asOf) {
      const rows = await call.read.rows(byIds(asOf), byIds.values([call.tenantId, ids], asOf));
      const edges = new Map((await edgesOf(call, rows)).map((own, index) => [rows[index]?.id, own]));
      return ids.map((id) => edges.get(id) ?? []);
    },
  };
  const dependents: Question<string, readonly ColumnEdge[]> = {
    name: `${name}_of_statements`,
    load: (call, ids, asOf) => Promise.all(ids.map(async (id) => {
      const statement = await ask(call, statementById, asOf, id);
      if (statement?.nodeType !== accountKind.type) return [];
      const rows = await call.read.rows(ofAccount(asOf), ofAccount.values([call.tenantId, statement.nodeId, statement.recordedAt], asOf));
      return (await edgesOf(call, rows)).flat().filter(({ from }) => from.id === id);
    })),
  };
  return { from: statementLineage.graphqlType, sources, dependents };
};
