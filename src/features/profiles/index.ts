export { profileCaches } from './profile-caches.ts';
export {
  fieldDefinitionSaved, profileAssetDeleted, profileAssetSaved, profileFieldDeleted, profileFieldExpired, profileFieldOrphaned, profileFieldUpdated, profileSettingsSaved,
  scenarioRequirementsSaved, scenarioSaved,
} from './profiles.events.ts';
export { definitionFor, definitionsOf, type StoredDefinition } from './field-definition.queries.ts';
export { FieldDefinitionInput } from './field-definition.type.ts';
export { currentFieldsOf, openValue, statusAt, type StoredField } from './profile-field.queries.ts';
export { saveFieldDefinition } from './save-field-definition.ts';
export type { SourceItem } from './source-items.ts';
export { updateProfileFields, type FieldUpdate, type FieldUpdateResult } from './update-profile-fields.ts';
export { checkValue, validateValue, type CheckedValue, type ValueRule } from './validate-value.ts';
