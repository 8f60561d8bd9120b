import type { Id } from '../../platform/ids.ts';
import type { Sql } from '../../platform/postgres/statement.ts';
import type { MissingReason } from './enums.ts';
import { definitionFor, definitionsOf, type StoredDefinition } from './field-definition.queries.ts';
import { findMissingFields } from './find-missing-fields.ts';
import { currentFieldsOf, type StoredField } from './profile-field.queries.ts';
import { noSuchScenario } from './save-scenario.ts';
import { requirementsOf, scenariosOf } from './scenario.queries.ts';
import type { WantedField } from './template-value.ts';
import type { ValueRule } from './validate-value.ts';

/** A field that a scenario requires and a profile does not have as it should. */
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
  /** The current version of every field, by name. */
  readonly fields: ReadonlyMap<string, StoredField>;
  /** What is expected of the required fields and of those that are there, by name. */
  readonly definitions: ReadonlyMap<string, StoredDefinition>;
}

/** Which profile and scenario, and at which instant (RFC 3339). */
export interface GapQuestion {
  readonly tenantId: string;
  readonly accountId: Id<'Account'>;
  readonly scenarioId: string;
  readonly now: string;
}

/** What a profile lacks for a scenario; HARD requirements first. Throws `NotFound` when there is no such scenario. */
export async function surveyGaps(sql: Sql, { tenantId, accountId, scenarioId, now }: GapQuestion): Promise<GapSurvey> {
  if (!(await scenariosOf(sql, tenantId, [scenarioId])).has(scenarioId)) throw noSuchScenario(['scenarioId']);
  const requirements = (await requirementsOf(sql, tenantId, [scenarioId])).get(scenarioId) ?? [];
  const current = (await currentFieldsOf(sql, tenantId, [accountId])).get(accountId) ?? [];
  const fields = new Map(current.map((field) => [field.name, field]));
  const known = await definitionsOf(sql, tenantId, [...requirements.map(({ fieldName }) => fieldName), ...fields.keys()]);
  const definitions = new Map([...known].flatMap(([name, each]): [string, StoredDefinition][] => {
    const chosen = definitionFor(each, null);
    return chosen ? [[name, chosen]] : [];
  }));
  const missing = findMissingFields({ requirements, fields: current, definitionOf: (name) => definitions.get(name) ?? null, at: Date.parse(now) });
  const gaps = missing.map(({ fieldName: name, reason, definition }): Gap => ({ name, reason, wanted: wantedField(name, definition), since: fields.get(name)?.occurredAt ?? null }));
  return { gaps, fields, definitions };
}

/** What is looked for; a field that nobody has defined is one line of text. */
function wantedField(name: string, definition: StoredDefinition | null): Gap['wanted'] {
  return definition ?? { name, displayName: name.replaceAll('_', ' '), valueType: 'STRING', enumValues: [], collectionPrompt: null, validationRegex: null };
}
