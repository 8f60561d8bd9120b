import type { EventKind } from '../platform/events/event.ts';
import { apiKeyCreated, apiKeyRevoked, apiKeyRotated } from '../features/access/index.ts';
import { actionEvents } from '../features/actions/index.ts';
import { auditAnchored, auditExported, restoreAccepted } from '../features/audit/index.ts';
import { accountEvents, precedencePolicyPublished } from '../features/accounts/index.ts';
import { contextEvents } from '../features/context/index.ts';
import { consentGranted, consentRevoked, suppressionLifted } from '../features/consent/index.ts';
import { identityEvents } from '../features/identity/index.ts';
import { connectionEvents, connectionFailing, connectionRecovered, fetchingEvents, webhookSecretCreated, webhookSecretReceived, webhookSecretRevoked, webhookSecretRotated, webhookSecretShown, webhookSettingsChanged } from '../features/connectors/index.ts';
import { erasureRequested, subjectErased, subjectExported } from '../features/erasure/index.ts';
import { healthModelPublished, healthUpdated } from '../features/health/index.ts';
import {
  fieldDefinitionDeleted, fieldDefinitionSaved, profileAssetDeleted, profileAssetSaved, profileFieldDeleted, profileFieldErased, profileFieldExpired, profileFieldOrphaned, profileFieldUpdated, profileSettingsSaved,
  scenarioDeleted, scenarioRequirementDeleted, scenarioRequirementReviewed, scenarioRequirementsSaved, scenarioSaved,
} from '../features/profiles/index.ts';
import { enrichmentEvents } from '../features/enrichment/index.ts';
import { laboratoryEvents } from '../features/laboratory/index.ts';
import { sessionEvents } from '../features/sessions/index.ts';
import { contextUpdated, scoringModelPublished } from '../features/scoring/index.ts';
import { snapshotEvents } from '../features/snapshots/index.ts';
import { signalIngested, signalRestored, signalWithdrawn } from '../features/signals/index.ts';
import { stageCataloguePublished } from '../features/stages/index.ts';

/** Every kind of event there is; each is a topic of the bus. */
export const events: readonly EventKind<never>[] = [
  ...accountEvents,
  ...actionEvents,
  apiKeyCreated,
  apiKeyRevoked,
  apiKeyRotated,
  auditAnchored,
  auditExported,
  restoreAccepted,
  ...connectionEvents,
  connectionFailing,
  connectionRecovered,
  consentGranted,
  consentRevoked,
  ...contextEvents,
  contextUpdated,
  ...fetchingEvents,
  ...enrichmentEvents,
  fieldDefinitionDeleted,
  fieldDefinitionSaved,
  healthModelPublished,
  healthUpdated,
  ...identityEvents,
  ...laboratoryEvents,
  precedencePolicyPublished,
  profileAssetDeleted,
  profileAssetSaved,
  profileFieldDeleted,
  profileFieldErased,
  profileFieldExpired,
  profileFieldOrphaned,
  profileFieldUpdated,
  profileSettingsSaved,
  scenarioDeleted,
  scenarioRequirementDeleted,
  scenarioRequirementReviewed,
  scenarioRequirementsSaved,
  scenarioSaved,
  scoringModelPublished,
  ...sessionEvents,
  signalIngested,
  signalRestored,
  signalWithdrawn,
  stageCataloguePublished,
  ...snapshotEvents,
  erasureRequested,
  subjectErased,
  subjectExported,
  suppressionLifted,
  webhookSecretCreated,
  webhookSecretReceived,
  webhookSecretRevoked,
  webhookSecretRotated,
  webhookSecretShown,
  webhookSettingsChanged,
] as unknown as readonly EventKind<never>[];
