import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

const ofFields = z.strictObject({
  accountId: z.uuid(),
  /** The versions that it happened to. */
  profileFieldIds: z.array(z.uuid()),
});

/** Fields of a profile were given new values. */
export const profileFieldUpdated = defineEvent('profile_field.updated', 1, 'Fields of a profile were given values: each is a new version, and the one before is superseded.', ofFields);

/** Fields of a profile came to their end. */
export const profileFieldExpired = defineEvent('profile_field.expired', 1, 'Fields of a profile came to the end of the time they were kept for.', ofFields);

/** Fields of a profile lost what they were derived from. */
export const profileFieldOrphaned = defineEvent('profile_field.orphaned', 1, 'What fields of a profile were derived from is gone.', ofFields);

/** Fields of a profile were deleted. */
export const profileFieldDeleted = defineEvent('profile_field.deleted', 1, 'Fields of a profile were deleted.', ofFields);

/** Fields of a profile lost their values. */
export const profileFieldErased = defineEvent('profile_field.erased', 1, 'A person was erased whose data fields of a profile held or named, or data of children came to the end of the time it is kept for: the values are gone.', ofFields);

const ofAsset = z.strictObject({ accountId: z.uuid(), profileAssetId: z.uuid() });

/** A document was put into a profile. */
export const profileAssetSaved = defineEvent('profile_asset.saved', 1, 'A document was put into a profile.', ofAsset);

/** A document was taken out of a profile. */
export const profileAssetDeleted = defineEvent('profile_asset.deleted', 1, 'A document was deleted from a profile.', ofAsset);

/** What may be known of customers changed. */
export const fieldDefinitionSaved = defineEvent(
  'field_definition.saved',
  1,
  'The definition of a profile field was made or replaced.',
  z.strictObject({
    fieldDefinitionId: z.uuid(),
    /** The field's name, which is no personal data. */
    name: z.string(),
  }),
);

/** What was known of a field is taken back. */
export const fieldDefinitionDeleted = defineEvent(
  'field_definition.deleted',
  1,
  'The definition of a profile field was deleted; values of it stay.',
  z.strictObject({ fieldDefinitionId: z.uuid(), /** The field's name, which is no personal data. */ name: z.string() }),
);

/** A scenario is gone. */
export const scenarioDeleted = defineEvent('scenario.deleted', 1, 'A scenario was deleted, and its requirements with it.', z.strictObject({ scenarioId: z.uuid(), scenarioRequirementIds: z.array(z.uuid()) }));

/** A scenario does not need a field any more. */
export const scenarioRequirementDeleted = defineEvent('scenario_requirement.deleted', 1, 'A requirement of a scenario was deleted.', z.strictObject({ scenarioId: z.uuid(), scenarioRequirementId: z.uuid() }));

/** A scenario was stated. */
export const scenarioSaved = defineEvent(
  'scenario.saved',
  1,
  'A scenario was made or replaced.',
  z.strictObject({
    scenarioId: z.uuid(),
    /** Whether its conditions are new, so that what it requires may have changed. */
    conditionsChanged: z.boolean(),
  }),
);

/** What a scenario requires changed. */
export const scenarioRequirementsSaved = defineEvent(
  'scenario_requirements.saved',
  1,
  'What a scenario requires was stated anew, in part or whole.',
  z.strictObject({ scenarioId: z.uuid(), scenarioRequirementIds: z.array(z.uuid()) }),
);

/** A person decided about an extracted requirement. */
export const scenarioRequirementReviewed = defineEvent(
  'scenario_requirement.reviewed',
  1,
  'A person accepted or rejected a requirement that was extracted from a scenario.',
  z.strictObject({ scenarioId: z.uuid(), scenarioRequirementId: z.uuid(), decision: z.enum(['ACCEPT', 'REJECT']) }),
);

/** A tenant decided something for all its profiles. */
export const profileSettingsSaved = defineEvent(
  'profile_settings.saved',
  1,
  'What is done with profile values that do not pass their checks, where a definition does not say, and how long data of children is kept was decided.',
  z.strictObject({ validationMode: z.enum(['STRICT', 'WARN', 'DISABLED']), /** Days after which data of children is deleted. */ childDataDays: z.int().optional() }),
);
