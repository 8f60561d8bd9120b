import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkText } from '../accounts/index.ts';
import type { ValidationMode } from './enums.ts';
import type { FieldDefinitionInput } from './field-definition.type.ts';
import { compilePattern } from './pattern.ts';
import { fieldDefinitionSaved, profileSettingsSaved } from './profiles.events.ts';

const save = statement<{ id: Id<'FieldDefinition'> }>(
  'save_field_definition',
  `insert into field_definition (tenant_id, id, agent, name, display_name, value_type, enum_values, validation_regex, is_pii, collection_prompt,
     required_verification, retention_days, freshness_days, validation_mode, recorded_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
   on conflict (tenant_id, name, agent) do update set display_name = excluded.display_name, value_type = excluded.value_type, enum_values = excluded.enum_values,
     validation_regex = excluded.validation_regex, is_pii = excluded.is_pii, collection_prompt = excluded.collection_prompt,
     required_verification = excluded.required_verification, retention_days = excluded.retention_days, freshness_days = excluded.freshness_days,
     validation_mode = excluded.validation_mode, recorded_at = excluded.recorded_at
   returning id`,
);

/** States what may be known of customers under a name; the same name and agent again replace it. Answers its id. */
export async function saveFieldDefinition(work: Work, input: FieldDefinitionInput): Promise<Id<'FieldDefinition'>> {
  const path = (field: string): string[] => ['input', field];
  const name = checkFieldName(input.name, path('name'));
  const enumValues = checkEnumValues(input, path('enumValues'));
  const regex = input.validationRegex ? checkText(input.validationRegex, path('validationRegex')) : null;
  if (regex !== null) {
    if (input.valueType === 'BOOLEAN' || input.valueType === 'JSON') throw new InvalidInput(`A field of type ${input.valueType} has no pattern.`, path('validationRegex'));
    compilePattern(regex, path('validationRegex'));
  }
  const [saved] = await work.rows(save, [
    work.tenantId, work.newId(), optionalText(input.agent, mostOfAgent, path('agent')) ?? '', name, optionalText(input.displayName, 200, path('displayName')) ?? name, input.valueType, enumValues, regex,
    input.isPii ?? true, optionalText(input.collectionPrompt, 2_000, path('collectionPrompt')), input.requiredVerification ?? false,
    days(input.retentionDays, path('retentionDays')), days(input.freshnessDays, path('freshnessDays')), input.validationMode ?? null, work.now,
  ]);
  if (!saved) throw new Error('the definition was not stored');
  work.record(fieldDefinitionSaved.fact({ accountId: null, data: { fieldDefinitionId: saved.id, name } }));
  return saved.id;
}

/** The longest name of an agent. Characters. */
export const mostOfAgent = 100;

/** Whether a text is a name that a field can have. */
export function isFieldName(name: string): boolean {
  return /^[a-z][a-z0-9_]{0,63}$/.test(name);
}

/** Checks the form of a field's name. */
export function checkFieldName(name: string, path: readonly string[]): string {
  if (!isFieldName(name)) throw new InvalidInput('A field\'s name has lower-case letters, digits and _, a letter first, at most 64 characters.', path);
  return name;
}

function checkEnumValues({ valueType, enumValues }: FieldDefinitionInput, path: readonly string[]): string[] {
  const given = enumValues ?? [];
  if (valueType !== 'ENUM' && given.length > 0) throw new InvalidInput('Only a field of type ENUM lists its values.', path);
  if (valueType === 'ENUM' && (given.length === 0 || given.length > 100)) throw new InvalidInput('A field of type ENUM lists 1 to 100 values.', path);
  if (new Set(given).size < given.length) throw new InvalidInput('A value is listed twice.', path);
  return given.map((value, index) => {
    if (value === '') throw new InvalidInput('A listed value must not be empty.', [...path, String(index)]);
    return checkText(value, [...path, String(index)], 200);
  });
}

/** A text that may be left out: null for one that is absent or blank. */
export function optionalText(given: string | null | undefined, longest: number, path: readonly string[]): string | null {
  if (given === null || given === undefined || given.trim() === '') return null;
  return checkText(given.trim(), path, longest);
}

function days(given: number | null | undefined, path: readonly string[]): number | null {
  if (given === null || given === undefined) return null;
  if (given < 1 || given > 36_500) throw new InvalidInput(`This must be 1 to 36,500 days; it is ${given}.`, path);
  return given;
}

const saveMode = statement(
  'save_profile_setting',
  'insert into profile_setting (tenant_id, validation_mode, recorded_at) values ($1, $2, $3) on conflict (tenant_id) do update set validation_mode = excluded.validation_mode, recorded_at = excluded.recorded_at',
);

/** Decides what is done with values that do not pass, where a definition does not say. */
export async function saveValidationMode(work: Work, mode: ValidationMode): Promise<void> {
  await work.rows(saveMode, [work.tenantId, mode, work.now]);
  work.record(profileSettingsSaved.fact({ accountId: null, data: { validationMode: mode } }));
}
