import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader, NodeRow } from '../../platform/graphql/node.ts';
import { accountById } from '../accounts/index.ts';
import { lineageOwner, type TrustOwner } from '../lineage/index.ts';
import { DeletionResolver } from './deletion.resolver.ts';
import { definitionById } from './field-definition.queries.ts';
import { FieldDefinitionResolver } from './field-definition.resolver.ts';
import { ExtractionResolver } from './extraction.resolver.ts';
import { FillResolver } from './fill.resolver.ts';
import { fieldById } from './profile-field.queries.ts';
import { assetLineage, fieldLineage, requirementLineage, scenarioLineage } from './lineage-kinds.ts';
import { assetById } from './profile-asset.queries.ts';
import { AssetsOfProfileResolver, ProfileAssetResolver } from './profile-asset.resolver.ts';
import { requirementById, scenarioById } from './scenario.queries.ts';
import { MissingFieldResolver, ScenarioRequirementResolver, ScenarioResolver } from './scenario.resolver.ts';
import { ProfileFieldResolver, ProfileOfAccountResolver, ProfileResolver } from './profile.resolver.ts';
import { ProfileAsset, type ProfileAssetRow } from './profile-asset.type.ts';
import { Scenario, ScenarioRequirement, type ScenarioRequirementRow } from './scenario.type.ts';
import { ProfileField, type ProfileFieldRow } from './profile-field.type.ts';
import { profileOf } from './profile.type.ts';

/** What profiles add to the graph. */
export const profileResolvers: readonly (new () => object)[] = [
  ProfileOfAccountResolver, ProfileResolver, ProfileFieldResolver, FieldDefinitionResolver, AssetsOfProfileResolver, ProfileAssetResolver,
  ScenarioResolver, ScenarioRequirementResolver, MissingFieldResolver, DeletionResolver, FillResolver, ExtractionResolver,
];

/** The kinds of lineage nodes that profiles own. */
export const profileLineageKinds = [fieldLineage, assetLineage, scenarioLineage, requirementLineage];

/** The types of profiles whose rows answer their lineage themselves. */
export const profileLineageOwners = [
  lineageOwner(() => ProfileField, (row: ProfileFieldRow) => fieldLineage.ref(row.uuid)),
  lineageOwner(() => ProfileAsset, (row: ProfileAssetRow) => assetLineage.ref(row.uuid)),
  lineageOwner(() => ScenarioRequirement, (row: ScenarioRequirementRow) => requirementLineage.ref(row.uuid)),
];

/** What else of profiles answers how far it can be trusted. */
export const profileTrustOwners: readonly TrustOwner[] = [{ type: () => Scenario, ref: ({ uuid }: NodeRow) => scenarioLineage.ref(uuid) }];

/** How profiles and their parts are read by id. */
export const profileNodes: readonly NodeReader[] = [
  { type: 'Profile', read: async (call, uuid, asOf) => {
    const account = await ask(call, accountById, asOf, uuid);
    return account ? profileOf(account.uuid, asOf) : null;
  } },
  { type: 'ProfileField', read: (call, uuid, asOf) => ask(call, fieldById, asOf, uuid) },
  { type: 'FieldDefinition', read: (call, uuid, asOf) => ask(call, definitionById, asOf, uuid) },
  { type: 'ProfileAsset', read: (call, uuid, asOf) => ask(call, assetById, asOf, uuid) },
  { type: 'Scenario', read: (call, uuid, asOf) => ask(call, scenarioById, asOf, uuid) },
  { type: 'ScenarioRequirement', read: (call, uuid, asOf) => ask(call, requirementById, asOf, uuid) },
];
