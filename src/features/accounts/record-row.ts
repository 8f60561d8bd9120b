import type { Seal } from '../../platform/postgres/seal.ts';
import type { Written } from './columns.ts';
import type { AccountRecord } from './record.ts';
import { sealedText, toWritten } from './stated-kind.ts';
import type { NodeState } from './state-nodes.ts';

/** The fields that a record needs and nobody has stated. */
export function missingFields(record: AccountRecord, fields: NodeState['folded']['fields']): string[] {
  return [...record.fields].flatMap(([name, { required, list }]) => (required && !list && !fields.get(name)?.winner ? [name] : []));
}

/** A record as a row of its table. */
export interface ProjectedRow {
  readonly row: Written;
  /** The columns with personal data in the clear. */
  readonly clear: Written;
}

/** The row of a record that its state implies. */
export function recordRowOf(record: AccountRecord, seal: Seal, { rootId, folded, statements, keys }: NodeState, accountId: string): ProjectedRow {
  const clear: Written = { id: rootId, account_id: accountId, occurred_at: folded.occurredAt };
  for (const [name, column] of record.fields) Object.assign(clear, toWritten(column, folded.fields.get(name)?.winner?.value));
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
  const latest = (of: readonly { readonly occurredAt: string; readonly subjectId: string | null }[]): string | null => of.toSorted((one, other) => (one.occurredAt < other.occurredAt ? 1 : -1)).find(({ subjectId }) => subjectId !== null)?.subjectId ?? null;
  return winner?.statement.subjectId ?? latest(cleared.map(({ statement: each }) => each)) ?? latest(statements);
}
