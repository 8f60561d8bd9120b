import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { SourceStatement } from '../sources/index.ts';
import type { Written } from './columns.ts';
import type { AccountRecord } from './record.ts';
import { sealedText, toWritten } from './stated-kind.ts';
import type { NodeState } from './state-nodes.ts';

/** The fields that a record needs and nobody has stated. */
export function missingFields(record: AccountRecord, fields: NodeState['folded']['fields']): string[] {
  return [...record.fields].flatMap(([name, { required, list }]) => (required && !list && name !== record.namedBy && !fields.get(name)?.winner ? [name] : []));
}

const firstReferences = statement<{ nodeId: string; name: string }>(
  'first_references_of_nodes',
  'select distinct on (node_id) node_id as "nodeId", external_id as name from external_ref where tenant_id = $1 and node_type = $2 and node_id = any($3::uuid[]) order by node_id, system, external_id',
);

/** What records are called that no source has named yet: as a stub account, by their reference, of several the smallest. No statement where all are named. */
export async function namesOfUnnamed(sql: Sql, tenantId: string, record: AccountRecord, states: readonly Pick<NodeState, 'rootId' | 'folded'>[]): Promise<ReadonlyMap<string, string>> {
  const { namedBy } = record;
  const unnamed = namedBy === undefined ? [] : states.filter(({ folded }) => folded.retired === null && !folded.fields.get(namedBy)?.winner);
  if (unnamed.length === 0) return new Map();
  return new Map((await sql.rows(firstReferences, [tenantId, record.type, unnamed.map(({ rootId }) => rootId)])).map(({ nodeId, name }) => [nodeId, name]));
}

/** A record as a row of its table. */
export interface ProjectedRow {
  readonly row: Written;
  /** The columns with personal data in the clear. */
  readonly clear: Written;
}

/** The row of a record that its state implies. */
export function recordRowOf(record: AccountRecord, seal: Seal, { rootId, folded, statements, keys }: NodeState, { accountId, unnamed }: { readonly accountId: string; readonly unnamed: string | null }): ProjectedRow {
  const clear: Written = { id: rootId, account_id: accountId, occurred_at: folded.occurredAt };
  for (const [name, column] of record.fields) Object.assign(clear, toWritten(column, folded.fields.get(name)?.winner?.value ?? (name === record.namedBy ? unnamed : null)));
  if (!record.subjectField) return { row: clear, clear };
  const subjectId = subjectOf(record.subjectField, { folded, statements });
  const key = subjectId === null ? undefined : keys.get(subjectId);
  const sealed = [...record.fields.values()].flatMap((column) => (column.sealed ? Object.keys(column.sql) : []));
  const row: Written = { ...clear, subject_id: subjectId };
  // Nothing can be sealed for a person who was erased; nothing of theirs can be read either.
  for (const column of sealed) row[column] = key && typeof clear[column] === 'string' ? sealedText(seal, key, clear[column]) : null;
  row['digest'] = `\\x${key ? seal.digest(key, JSON.stringify(sealed.map((column) => clear[column]))).toString('hex') : ''}`;
  return { row, clear };
}

/** Whose data a record is: of the address that holds, else of whoever the latest statement is about. */
function subjectOf(field: string, { folded, statements }: Pick<NodeState, 'folded' | 'statements'>): string | null {
  const { winner, cleared } = folded.fields.get(field) ?? { winner: null, cleared: [] };
  return winner?.statement.subjectId ?? latestSubject(cleared.map(({ statement: each }) => each)) ?? latestSubject(statements);
}

/** Of statements of one instant the content decides: the order of delivery does not. */
function latestSubject(statements: readonly SourceStatement[]): string | null {
  const orderOf = ({ occurredAt, modifiedAt, source, mode, fields }: SourceStatement): string => canonicalJson([occurredAt, modifiedAt ?? '', source, mode, fields]);
  const about = statements.flatMap((each) => (each.subjectId === null ? [] : [{ subjectId: each.subjectId, order: orderOf(each) }]));
  return about.toSorted((one, other) => (one.order < other.order ? 1 : one.order > other.order ? -1 : 0))[0]?.subjectId ?? null;
}
