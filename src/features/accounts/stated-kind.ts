import type { Seal, SubjectKey } from '../../platform/postgres/seal.ts';
import type { SourceStatement, StoredStatement } from '../sources/index.ts';
import type { Column, Written } from './columns.ts';

/** What the fold and the projection need of a field. */
export type StatedColumn = Pick<Column, 'sql' | 'required' | 'list' | 'sealed' | 'write'>;

/** A kind of node whose rows are projections of statements: accounts, and each kind of record. */
export interface StatedKind {
  /** The GraphQL type. */
  readonly type: string;
  readonly table: string;
  readonly fields: ReadonlyMap<string, StatedColumn>;
  /** Of records: `required` where it is when the thing itself took place. */
  readonly occurredAt?: { readonly required: boolean };
}

/** What a field's columns hold, as a statement keeps it. */
export function toStated({ sql }: StatedColumn, written: Written): unknown {
  const names = Object.keys(sql);
  const [name = ''] = names;
  if (names.length === 1) return written[name] ?? null;
  return names.every((each) => (written[each] ?? null) === null) ? null : Object.fromEntries(names.map((each) => [each, written[each] ?? null]));
}

/** The columns of a stated value; of none, what the kind stores for an absent field. */
export function toWritten(column: StatedColumn, value: unknown): Written {
  if (value === null || value === undefined) return column.write(null, []);
  const names = Object.keys(column.sql);
  const [name = ''] = names;
  return names.length === 1 ? { [name]: value } : (value as Written);
}

const sealedFields = ({ fields }: StatedKind): string[] => [...fields].flatMap(([name, { sealed }]) => (sealed ? [name] : []));

/** A stored statement with its personal data in the clear; null where its person was erased. */
export function openStatement(kind: StatedKind, stored: StoredStatement, seal: Seal): SourceStatement {
  const fields = { ...stored.fields };
  for (const name of sealedFields(kind)) {
    const held = fields[name];
    if (typeof held === 'string') fields[name] = seal.open(stored.wrappedKey, Buffer.from(held.slice(2), 'hex'));
  }
  return { ...stored, fields };
}

/** A statement as it is stored. */
export function sealStatement(kind: StatedKind, statement: SourceStatement, seal: Seal, key: SubjectKey | null): SourceStatement {
  const sealed = sealedFields(kind);
  if (sealed.length === 0) return statement;
  const fields = { ...statement.fields };
  for (const name of sealed) {
    const held = fields[name];
    if (typeof held !== 'string') continue;
    if (!key) throw new Error(`a statement about a ${kind.type} has no subject`);
    fields[name] = sealedText(seal, key, held);
  }
  return { ...statement, fields };
}

/** A text sealed under a subject's key, as PostgreSQL reads bytea. */
export function sealedText(seal: Seal, key: SubjectKey, text: string): string {
  return `\\x${seal.seal(key, text).toString('hex')}`;
}
