export { profileCaches } from './profile-caches.ts';
export { profilePlace } from './profile-place.ts';
export {
  fieldDefinitionDeleted, fieldDefinitionSaved, profileAssetDeleted, profileAssetSaved, profileFieldDeleted, profileFieldErased, profileFieldExpired, profileFieldOrphaned, profileFieldUpdated, profileSettingsSaved,
  scenarioDeleted, scenarioRequirementDeleted, scenarioRequirementReviewed, scenarioRequirementsSaved, scenarioSaved,
} from './profiles.events.ts';
export { definitionFor, definitionsOf, type StoredDefinition } from './field-definition.queries.ts';
export { FieldDefinitionInput } from './field-definition.type.ts';
export { currentFieldsOf, openValue, statusAt, type StoredField } from './profile-field.queries.ts';
export { saveFieldDefinition } from './save-field-definition.ts';
export { expireChildValues } from './expire-child-values.ts';
export { expireFields, expireFieldsOf, orphanFields } from './expire-fields.ts';
export { findMissingFields, missingFields, type MissingFieldRow, type MissingFieldsQuery } from './find-missing-fields.ts';
export { assetTextsOf, type AssetText } from './profile-asset.queries.ts';
export { mayDefineProfiles, mayExpireFields, mayUpdateProfiles, readsPersonalData } from './profile.policy.ts';
export { ProfileField, type ProfileFieldRow } from './profile-field.type.ts';
export { fieldLineage } from './lineage-kinds.ts';
export { fieldById } from './profile-field.queries.ts';
export { saveProfileAsset, type AssetStatement } from './save-profile-asset.ts';
export { saveScenario, saveScenarioRequirements, type RequirementStatement, type ScenarioStatement } from './save-scenario.ts';
export { requirementsOf, scenariosOf, type StoredRequirement, type StoredScenario } from './scenario.queries.ts';
export { Scenario } from './scenario.type.ts';
export { noSuchProfile, selectProfile } from './select-profile.ts';
export type { SourceItem } from './source-items.ts';
export { mostFields, updateProfileFields, type FieldUpdate, type FieldUpdateResult } from './update-profile-fields.ts';
export { checkValue, validateValue, type CheckedValue, type ValueRule } from './validate-value.ts';
export { childKeysOf, childKeysOfTenant, declareChildData, knownChildData, readsChildData, type ChildDataScope, type KnownChildData } from './child-values.ts';
export { isOfChildren, profileSettingsOf } from './field-definition.queries.ts';
export { declareGapSource, type GapContext, type GapSource, type GapValue } from './gap-sources.ts';
export { fillGaps, type FilledGap, type GapFilling, type GapParts } from './fill-gaps.ts';
export { extractRequirements, type Extraction, type ExtractionParts } from './extract-requirements.ts';
export { extractRequirementsTask } from './schedule-extraction.ts';
