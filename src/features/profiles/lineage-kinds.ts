import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type LineageDescription, type LineageKind, type LineageRef } from '../lineage/index.ts';
import type { SourceItem } from './source-items.ts';

const describe = (name: string, table: string, shown: string) =>
  datedStatement<LineageDescription>(name, 2, (of) => `select t.id, t.${shown} as name, t.occurred_at as "occurredAt" from ${of(table)} t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** Versions of fields, by the field's name; never by their values. */
export const fieldLineage: LineageKind = declareLineageKind({ type: 'PROFILE_FIELD', graphqlType: 'ProfileField', describe: describe('lineage_of_profile_fields', 'profile_field', 'name') });

/** Documents, by their kind: everybody is shown it, while their names are sealed and for those who may read personal data. */
export const assetLineage: LineageKind = declareLineageKind({ type: 'ASSET', graphqlType: 'ProfileAsset', describe: describe('lineage_of_profile_assets', 'profile_asset', 'kind') });

/** The node of a source that `checkSourceItems` has found to be there; signals are declared by the feature that scores them. */
export function sourceRef({ type, id }: SourceItem): LineageRef {
  return { type, id } as LineageRef;
}
