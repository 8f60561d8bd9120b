import { ask, type Call } from '../../platform/graphql/call.ts';
import { accountKind, statedNodes, statementLineage } from '../accounts/index.ts';
import type { TrustSource } from '../lineage/index.ts';
import { derivedValueId, derivedValueLineage, evidenceLineage } from './derived-lineage.ts';
import { declarationOf, type DerivedContext, type DerivedValueRow } from './derived.queries.ts';
import type { DerivedValueDeclaration } from './derived-values.ts';

/**
 * What a derived value was computed from at this reading: recorded edges follow a change only once its event has come, and
 * know nothing of what was learned later about the instant read for. They are the same once that has happened.
 */
export async function derivedSources({ kind, derived }: DerivedValueRow, call: Call): Promise<readonly TrustSource[]> {
  const { folded } = await ask(call, statedNodes(accountKind), derived.asOf, derived.accountId);
  const winner = (field: string): string | undefined => folded.fields.get(field)?.winner?.statement.id;
  return sourcesOf(declarationOf(kind), derived, winner);
}

function sourcesOf({ inputs, accountFields, from }: DerivedValueDeclaration, derived: DerivedContext, winner: (field: string) => string | undefined): readonly TrustSource[] {
  const records = new Map(inputs(derived.values).map((ref) => [ref.id, ref]));
  const statements = new Set(accountFields.flatMap((field) => winner(field) ?? []));
  return [
    ...[...records.values()].flatMap((ref) => evidenceLineage(ref) ?? []),
    ...[...statements].map((id) => statementLineage.ref(id)),
    ...from.map((kind) => ({ ...derivedValueLineage.ref(derivedValueId(kind, derived.accountId)), sources: sourcesOf(declarationOf(kind), derived, winner) })),
  ];
}
