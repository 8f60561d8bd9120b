import { NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { MissingReason } from './enums.ts';
import { definitionFor, definitionsOf, type StoredDefinition } from './field-definition.queries.ts';
import { currentFieldsOf, openValue, statusAt, type StoredField } from './profile-field.queries.ts';
import type { WantedField } from './template-value.ts';
import type { ValueRule } from './validate-value.ts';

/** A field that a scenario requires and the profile does not have as it should. */
export interface Gap {
  readonly name: string;
  readonly reason: MissingReason;
  readonly wanted: WantedField & ValueRule;
  /** When the value was true that no longer counts; null when there is none. RFC 3339. */
  readonly since: string | null;
}

/** What a profile lacks for a scenario, and what it has. */
export interface GapSurvey {
  readonly gaps: readonly Gap[];
  readonly required: readonly string[];
  /** The current version of every field, by name. */
  readonly fields: ReadonlyMap<string, StoredField>;
  readonly definitions: ReadonlyMap<string, StoredDefinition>;
}

const requirements = statement<{ name: string | null }>(
  'fields_required_to_fill',
  `select r.field_name as name from scenario s left join scenario_requirement r on r.tenant_id = s.tenant_id and r.scenario_id = s.id
   where s.tenant_id = $1 and s.id = $2 order by r.required_level, r.field_name`,
);

/** What a profile lacks for a scenario at an instant; HARD requirements first. Throws `NotFound` when there is no such scenario. */
export async function surveyGaps(sql: Sql, seal: Seal, about: { readonly tenantId: string; readonly accountId: Id<'Account'>; readonly scenarioId: string; readonly now: string }): Promise<GapSurvey> {
  const { tenantId, accountId, scenarioId, now } = about;
  const rows = await sql.rows(requirements, [tenantId, scenarioId]);
  if (rows.length === 0) throw new NotFound('There is no such scenario. Check the id.', ['scenarioId']);
  const required = rows.flatMap(({ name }) => name ?? []);
  const current = (await currentFieldsOf(sql, tenantId, [accountId])).get(accountId) ?? [];
  const fields = new Map(current.map((field) => [field.name, field]));
  const known = await definitionsOf(sql, tenantId, [...required, ...fields.keys()]);
  const definitions = new Map([...known].flatMap(([name, each]): [string, StoredDefinition][] => {
    const chosen = definitionFor(each, null) ?? each[0];
    return chosen ? [[name, chosen]] : [];
  }));
  const gaps = required.flatMap((name): Gap[] => {
    const field = fields.get(name);
    const definition = definitions.get(name);
    const reason = whyMissing(field, definition, { seal, at: Date.parse(now) });
    return reason === null ? [] : [{ name, reason, wanted: wantedField(name, definition), since: field?.occurredAt ?? null }];
  });
  return { gaps, required, fields, definitions };
}

function wantedField(name: string, definition: StoredDefinition | undefined): Gap['wanted'] {
  if (definition) return definition;
  return { name, displayName: name.replaceAll('_', ' '), valueType: 'STRING', enumValues: [], collectionPrompt: null, validationRegex: null };
}

function whyMissing(field: StoredField | undefined, definition: StoredDefinition | undefined, { seal, at }: { seal: Seal; at: number }): MissingReason | null {
  if (!field) return 'ABSENT';
  const status = statusAt(field, at);
  if (status === 'EXPIRED' || status === 'ORPHANED') return status;
  if (status !== 'ACTIVE') return 'ABSENT';
  if (openValue(seal, field) === undefined) return 'ERASED';
  if (field.validationState === 'INVALID') return 'INVALID';
  if (field.staleAt !== null && Date.parse(field.staleAt) <= at) return 'STALE';
  return definition?.requiredVerification && field.verifiedAt === null ? 'UNVERIFIED' : null;
}
