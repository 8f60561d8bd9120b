import type { Id } from '../../platform/ids.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { lastState, recordKinds } from '../accounts/index.ts';
import { declareLineageKind, type LineageDescription, type LineageRef } from '../lineage/index.ts';
import { derivedValueKinds } from './derived-values.ts';
import type { DerivedValueKind } from './enums.ts';
import type { EvidenceRef } from './facts.ts';

/**
 * Places of kinds in ids of derived values: the digit of the version of the account's UUID, which is 7, is replaced by one
 * of these. They are given once and never change. 7 and 8 are taken by the account and its health.
 */
const digits: Readonly<Record<DerivedValueKind, string>> = { DEAL_HEALTH: '6', LAST_CONTACT: '5', BLOCKERS: '4', SE_ASSIGNED: '3', COMPETITIVE_THREATS: '2', CONTEXT_QUALITY: '1', BRIEF: '0' };
const kindsByDigit = new Map(Object.entries(digits).map(([kind, digit]) => [digit, kind as DerivedValueKind]));

/** The key of a derived value: found from the account's without a look, and the other way round. */
export function derivedValueId(kind: DerivedValueKind, accountId: string): Id<'DerivedValue'> {
  return `${accountId.slice(0, 14)}${digits[kind]}${accountId.slice(15)}` as Id<'DerivedValue'>;
}

/** The kind and the account of a derived value; null for an id that none has. */
export function ofDerivedValue(id: string): { readonly kind: DerivedValueKind; readonly accountId: Id<'Account'> } | null {
  const kind = kindsByDigit.get(id.charAt(14));
  return kind ? { kind, accountId: `${id.slice(0, 14)}7${id.slice(15)}` as Id<'Account'> } : null;
}

const accountId = `overlay(asked.id::text placing '7' from 15 for 1)::uuid`;
const nameOfKind = `case substr(asked.id::text, 15, 1) ${derivedValueKinds.map(({ kind, name }) => `when '${digits[kind]}' then '${name}'`).join(' ')} end`;
const describe = datedStatement<LineageDescription>(
  'lineage_of_derived_values',
  2,
  (table) => `select asked.id, ${nameOfKind} || ' of ' || t.name as name, t.occurred_at as "occurredAt" from unnest($2::uuid[]) as asked(id)
    cross join lateral ${lastState(table, { of: 'account', id: accountId, columns: 't.name, t.occurred_at' })} t where ${nameOfKind} is not null`,
);

/** Derived values as lineage sees them. */
export const derivedValueLineage = declareLineageKind({ type: 'DERIVED_VALUE', graphqlType: 'DerivedValue', describe });

/** The node of a record that a value was derived from; null for an account, whose statements stand for it. */
export function evidenceLineage({ type, id }: EvidenceRef): LineageRef | null {
  return recordKinds.get(type)?.ref(id) ?? null;
}
