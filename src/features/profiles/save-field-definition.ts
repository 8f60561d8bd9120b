import { isChildKey } from '../../platform/child-data.ts';
import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkText } from '../accounts/index.ts';
import type { ValidationMode } from './enums.ts';
import type { FieldDefinitionInput } from './field-definition.type.ts';
import { compilePattern } from './pattern.ts';
import { fieldDefinitionSaved, profileFieldUpdated, profileSettingsSaved } from './profiles.events.ts';

const save = statement<{ id: Id<'FieldDefinition'> }>(
  'save_field_definition',
  `insert into field_definition (tenant_id, id, agent, name, display_name, value_type, enum_values, validation_regex, is_pii, collection_prompt,
     required_verification, retention_days, freshness_days, validation_mode, recorded_at, holds_child_data, from_sessions)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
   on conflict (tenant_id, name, agent) do update set display_name = excluded.display_name, value_type = excluded.value_type, enum_values = excluded.enum_values,
     validation_regex = excluded.validation_regex, is_pii = excluded.is_pii, collection_prompt = excluded.collection_prompt,
     required_verification = excluded.required_verification, retention_days = excluded.retention_days, freshness_days = excluded.freshness_days,
     validation_mode = excluded.validation_mode, recorded_at = excluded.recorded_at, holds_child_data = excluded.holds_child_data, from_sessions = excluded.from_sessions
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
  const { isPii, isOfChildren } = classOf(input, name, path('piiClass'));
  const [saved] = await work.rows(save, [
    work.tenantId, work.newId(), optionalText(input.agent, mostOfAgent, path('agent')) ?? '', name, optionalText(input.displayName, 200, path('displayName')) ?? name, input.valueType, enumValues, regex,
    isPii, optionalText(input.collectionPrompt, 2_000, path('collectionPrompt')), input.requiredVerification ?? false,
    days(input.retentionDays, path('retentionDays')), days(input.freshnessDays, path('freshnessDays')), input.validationMode ?? null, work.now, isOfChildren, input.fromSessions ?? false,
  ]);
  if (!saved) throw new Error('the definition was not stored');
  if (isOfChildren) await markChildValues(work, name);
  work.record(fieldDefinitionSaved.fact({ accountId: null, data: { fieldDefinitionId: saved.id, name } }));
  return saved.id;
}

/** What a definition says of personal data, with what its name says. */
function classOf({ isPii, piiClass }: FieldDefinitionInput, name: string, path: readonly string[]): { readonly isPii: boolean; readonly isOfChildren: boolean } {
  if (piiClass && piiClass !== 'CHILD' && isChildKey(name)) throw new InvalidInput('This name is on the list of names that hold data of children: piiClass must be CHILD. Leave it out, or choose another name.', path);
  const stated = piiClass ?? (isPii === false ? 'NONE' : 'PERSONAL');
  if (typeof isPii === 'boolean' && isPii !== (stated !== 'NONE')) throw new InvalidInput(`isPii is ${isPii} and piiClass is ${stated}. State one of them.`, path);
  const isOfChildren = stated === 'CHILD' || isChildKey(name);
  return { isPii: stated !== 'NONE' || isOfChildren, isOfChildren };
}

const mark = statement<{ id: string; accountId: Id<'Account'> }>('mark_child_values', 'select id, account_id as "accountId" from mark_child_values($1::text[])');

/** Values that are there already, and what was derived from them, are data of children from now on. */
async function markChildValues(work: Work, name: string): Promise<void> {
  for (const [accountId, own] of Map.groupBy(await work.rows(mark, [[name]]), (row) => row.accountId)) {
    work.record(profileFieldUpdated.fact({ accountId, data: { accountId, profileFieldIds: own.map(({ id }) => id) } }));
  }
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

const saveSettings = statement<{ validationMode: ValidationMode; childDataDays: number }>(
  'save_profile_setting',
  `insert into profile_setting (tenant_id, validation_mode, recorded_at, child_data_days) values ($1, $2, $3, coalesce($4, 30))
   on conflict (tenant_id) do update set validation_mode = excluded.validation_mode, recorded_at = excluded.recorded_at, child_data_days = coalesce($4, profile_setting.child_data_days)
   returning validation_mode as "validationMode", child_data_days as "childDataDays"`,
);

/** What a tenant may decide for all its profiles. */
export interface ProfileSettingsChange {
  readonly validationMode: ValidationMode;
  /** Unchanged when null. */
  readonly childDataDays: number | null;
}

/** Decides what is done with values that do not pass, where a definition does not say, and how long data of children is kept. Returns what holds now. */
export async function saveProfileSettings(work: Work, { validationMode, childDataDays }: ProfileSettingsChange): Promise<{ validationMode: ValidationMode; childDataDays: number }> {
  if (childDataDays !== null && (childDataDays < 1 || childDataDays > 3_650)) throw new InvalidInput('childDataDays must be between 1 and 3650.', ['childDataDays']);
  const [saved] = await work.rows(saveSettings, [work.tenantId, validationMode, work.now, childDataDays]);
  if (!saved) throw new Error('the settings were not stored');
  work.record(profileSettingsSaved.fact({ accountId: null, data: saved }));
  return saved;
}
