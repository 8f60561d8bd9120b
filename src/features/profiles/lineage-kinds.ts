import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type LineageDescription, type LineageKind, type LineageRef, type TrustDeclaration } from '../lineage/index.ts';
import { rankOf } from '../trust/index.ts';
import type { SourceItem } from './source-items.ts';

const describe = (name: string, table: string, { called = 'name', at = 'occurred_at' }: { called?: string; at?: string } = {}) =>
  datedStatement<LineageDescription>(name, 2, (of) => `select t.id, t.${called} as name, t.${at} as "occurredAt" from ${of(table)} t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

const stored = (of: string): NonNullable<TrustDeclaration['origin']> => ({ table, node }) => `select t.origin from ${table(of)} t where t.tenant_id = $1 and t.id = ${node}`;
// One that plain rules extracted only derives from its scenario.
const ofRequirement: NonNullable<TrustDeclaration['origin']> = ({ table, node }) =>
  `select case when t.origin = 'PERSON' then ${rankOf('VERIFIED_PERSON')} when t.extractor = 'MODEL' then ${rankOf('MODEL_INFERRED')} end from ${table('scenario_requirement')} t where t.tenant_id = $1 and t.id = ${node}`;

/** Versions of fields, by the field's name; never by their values. */
export const fieldLineage: LineageKind = declareLineageKind({ type: 'PROFILE_FIELD', graphqlType: 'ProfileField', describe: describe('lineage_of_profile_fields', 'profile_field'), trust: { origin: stored('profile_field') } });

/** Documents, by their kind: everybody is shown it, while their names are sealed and for those who may read personal data. */
export const assetLineage: LineageKind = declareLineageKind({ type: 'ASSET', graphqlType: 'ProfileAsset', describe: describe('lineage_of_profile_assets', 'profile_asset', { called: 'kind' }), trust: { origin: stored('profile_asset') } });

/** Scenarios, as the texts from which their requirements are extracted. */
export const scenarioLineage: LineageKind = declareLineageKind({ type: 'ASSET', graphqlType: 'Scenario', describe: describe('lineage_of_scenarios', 'scenario', { at: 'recorded_at' }), trust: { origin: () => `select ${rankOf('COLLEAGUE_TEXT')}` } });

/** Requirements, by the field's name. */
export const requirementLineage: LineageKind = declareLineageKind({ type: 'DERIVED_VALUE', graphqlType: 'ScenarioRequirement', describe: describe('lineage_of_scenario_requirements', 'scenario_requirement', { called: 'field_name', at: 'recorded_at' }), trust: { origin: ofRequirement } });

/** The node of a source that `checkSourceItems` has found to be there; signals are declared by the feature that scores them. */
export function sourceRef({ type, id }: SourceItem): LineageRef {
  return { type, id } as LineageRef;
}
