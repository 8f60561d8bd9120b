import type { AsOf } from '../../platform/graphql/call.ts';
import type { Sql } from '../../platform/postgres/statement.ts';
import type { FallbackAction, MissingReason, RequiredLevel } from './enums.ts';
import { definitionFor, definitionsOf, type StoredDefinition } from './field-definition.queries.ts';
import { currentFieldsOf, statusAt, type StoredField } from './profile-field.queries.ts';
import { requirementsOf, type StoredRequirement } from './scenario.queries.ts';

/** A field that a scenario needs and a profile does not have as it is needed. */
export interface MissingFieldRow {
  readonly fieldName: string;
  readonly requiredLevel: RequiredLevel;
  readonly fallbackAction: FallbackAction;
  readonly reason: MissingReason;
  /** Whether it was extracted and nobody has accepted it yet: then nothing may be done because of it. */
  readonly needsReview: boolean;
  readonly definition: StoredDefinition | null;
}

/** What is known of a profile and asked of it. */
export interface Situation {
  readonly requirements: readonly StoredRequirement[];
  /** The current version of each field. */
  readonly fields: readonly StoredField[];
  readonly definitionOf: (name: string) => StoredDefinition | null;
  /** The instant, in epoch milliseconds. */
  readonly at: number;
  /** Whether requirements that wait for review are among them; left out: they do not count until a person accepted them. */
  readonly includeUnreviewed?: boolean;
}

/** What is unmet, in the order of the requirements. Pure. */
export function findMissingFields({ requirements, fields, definitionOf, at, includeUnreviewed = false }: Situation): MissingFieldRow[] {
  const byName = new Map(fields.map((field) => [field.name, field]));
  return requirements.flatMap(({ fieldName, requiredLevel, fallbackAction, needsReview }) => {
    if (needsReview && !includeUnreviewed) return [];
    const definition = definitionOf(fieldName);
    const reason = reasonFor(byName.get(fieldName), definition, at);
    return reason ? [{ fieldName, requiredLevel, fallbackAction, reason, needsReview, definition }] : [];
  });
}

function reasonFor(field: StoredField | undefined, definition: StoredDefinition | null, at: number): MissingReason | null {
  if (!field) return 'ABSENT';
  const status = statusAt(field, at);
  if (status === 'SUPERSEDED') return 'ABSENT';
  if (status !== 'ACTIVE') return status;
  if (field.valueSealed === null || field.wrappedKey === null) return 'ERASED';
  if (field.validationState === 'INVALID') return 'INVALID';
  if (field.staleAt !== null && Date.parse(field.staleAt) <= at) return 'STALE';
  return definition?.requiredVerification && field.verifiedAt === null ? 'UNVERIFIED' : null;
}

/** Which fields of which profile are asked about, for which scenario. */
export interface MissingFieldsQuery {
  readonly tenantId: string;
  /** The account, which is its profile. */
  readonly accountId: string;
  readonly scenarioId: string;
  /** The instant to ask for; epoch milliseconds. */
  readonly at: number;
  readonly agent?: string | null;
  readonly asOf?: AsOf;
}

/** What a profile lacks for a scenario, read anew: three statements, inside a Work or a Read. */
export async function missingFields(sql: Sql, { tenantId, accountId, scenarioId, at, agent = null, asOf = null }: MissingFieldsQuery): Promise<MissingFieldRow[]> {
  const requirements = (await requirementsOf(sql, tenantId, [scenarioId], asOf)).get(scenarioId) ?? [];
  const fields = (await currentFieldsOf(sql, tenantId, [accountId], asOf)).get(accountId) ?? [];
  const definitions = await definitionsOf(sql, tenantId, requirements.map(({ fieldName }) => fieldName), asOf);
  return findMissingFields({ requirements, fields, definitionOf: (name) => definitionFor(definitions.get(name), agent), at });
}
