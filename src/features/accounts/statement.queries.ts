import { InvalidInput } from '../../platform/errors.ts';
import type { Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { childList } from '../../platform/page/child-list.ts';
import { masked, sees, seesAddresses } from '../access/index.ts';
import { columnsOfStatement, statementsByIds, type DeliveredStatement } from '../sources/index.ts';
import { originOfRank } from '../trust/index.ts';
import { shown } from './contradictions.ts';
import { statedKinds } from './reproject-nodes.ts';
import { openStatement, type StatedKind } from './stated-kind.ts';
import type { SourceStatementFilter, SourceStatementRow } from './statement.type.ts';

const kinds = new Map(statedKinds.map((kind) => [kind.type, kind]));

/** A stored statement as a node, as the caller may see it. */
function toStatement(stored: DeliveredStatement & { readonly uuid: string; readonly sortValue: string }, call: Call): SourceStatementRow {
  const kind = kinds.get(stored.nodeType);
  if (!kind) throw new Error(`no kind of node is called ${stored.nodeType}`);
  const { uuid, sortValue, nodeType, nodeId, source, mode, occurredAt, modifiedAt, recordedAt, origin, statedBy, isCurrent } = stored;
  const fields = shownFields(kind, openStatement(kind, stored, call.seal), call);
  return asNode('SourceStatement', { uuid, sortValue, nodeType, nodeId, source, mode, occurredAt, modifiedAt, recordedAt, origin: originOfRank(origin), statedBy: sees(call, 'AUDIT') ? statedBy : null, isCurrent, fields }, null);
}

function shownFields(kind: StatedKind, { fields, mode }: Pick<DeliveredStatement, 'fields' | 'mode'>, call: Call): Record<string, unknown> {
  if (mode === 'RETIRE') {
    const reason = fields['reason'] ?? null;
    return { reason: seesAddresses(call) ? reason : masked(reason, 'TEXT') };
  }
  return Object.fromEntries([...kind.fields].flatMap(([name, column]) => (fields[name] === undefined ? [] : [[name, shown(column, fields[name], call, null)]])));
}

/** The statement of an id; null where the tenant has none, or had none by what was known. */
export const statementById: Question<string, SourceStatementRow | null> = {
  name: 'source_statements_by_id',
  async load(call, ids, asOf) {
    const rows = await call.read.rows(statementsByIds(asOf), statementsByIds.values([call.tenantId, ids], asOf));
    const found = new Map(rows.map((row) => [row.id, toStatement({ ...row, uuid: row.id, sortValue: '' }, call)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** The statements about a node and those merged into it, the latest first. */
export const statementsOfNode = childList<SourceStatementRow, SourceStatementFilter>(
  {
    name: 'statements',
    table: 'statement_of_node',
    join: () => 'left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id',
    columns: `t.id as uuid, t.node_type as "nodeType", t.is_current as "isCurrent", ${columnsOfStatement('t')}`,
    orders: { OCCURRED_AT: { by: 't.occurred_at', type: 'timestamptz' } },
    filters: {
      sources: (values, bind) => `t.source = any(${bind(values, 'text[]')})`,
      fields: (values, bind) => `(t.mode = 'REPLACE' or t.mode = 'PATCH' and t.fields ?| ${bind(values, 'text[]')})`,
    },
    defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  },
  'root_id',
  (row, call) => toStatement(row as never, call),
);

/** Refuses a filter that names a field that the kind does not have. */
export function checkStatementFilter({ type, fields }: StatedKind, filter: SourceStatementFilter | null | undefined): void {
  for (const [index, name] of (filter?.fields ?? []).entries()) {
    if (!fields.has(name)) throw new InvalidInput(`${type} has no field ${name} that sources state.`, ['filter', 'fields', String(index)]);
  }
}
