import { NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement, type Statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { removeDerivations, type LineageKind } from '../lineage/index.ts';
import { directDependents, type Dependent } from './dependents.ts';
import { recordEnded } from './expire-fields.ts';
import { assetLineage, fieldLineage } from './lineage-kinds.ts';
import { orphanFieldsOf, orphansBelow } from './origins.ts';
import { profileAssetDeleted, profileFieldDeleted, profileFieldOrphaned } from './profiles.events.ts';

/** What can be deleted from a profile. */
export type ProfileItemType = 'ProfileField' | 'ProfileAsset';

/** What became of a deletion; `deleted` is false after a dry run. */
export type Deletion =
  | { readonly outcome: 'DELETED'; readonly deleted: boolean; readonly orphaned: readonly Dependent[] }
  | { readonly outcome: 'HAS_DEPENDENTS'; readonly dependents: readonly Dependent[] };

interface Deletable {
  readonly kind: LineageKind;
  readonly account: Statement<{ accountId: Id<'Account'> }>;
  readonly remove: Statement<{ id: string }>;
}

const deletable: Readonly<Record<ProfileItemType, Deletable>> = {
  ProfileField: {
    kind: fieldLineage,
    account: statement('profile_of_field', 'select account_id as "accountId" from profile_field where tenant_id = $1 and id = $2'),
    remove: statement('delete_profile_field', 'delete from profile_field where tenant_id = $1 and id = $2 returning id'),
  },
  ProfileAsset: {
    kind: assetLineage,
    account: statement('profile_of_asset', 'select account_id as "accountId" from profile_asset where tenant_id = $1 and id = $2'),
    remove: statement('delete_profile_asset', 'delete from profile_asset where tenant_id = $1 and id = $2 returning id'),
  },
};

const settle = statement(
  'settle_profile',
  'select settle_profile_fields(array_agg(id)) from node_identity where tenant_id = $1 and survivor_id = $2 having count(*) > 1',
);

/**
 * Deletes a version of a field, or a document. With dependents it is refused, unless forced: then the active fields that
 * have no other origin left, however far below, are orphaned. A dry run only tells. Its past stays readable as of then.
 */
export async function deleteProfileItem(work: Work, { type, id }: { type: ProfileItemType; id: string }, { force, dryRun }: { force: boolean; dryRun: boolean }): Promise<Deletion> {
  const { kind, account, remove } = deletable[type];
  const [row] = await work.rows(account, [work.tenantId, id]);
  if (!row) throw new NotFound('There is no such item in any profile. Check the id.', ['id']);
  // Whoever derives something from it must take this lock too.
  await lockAccounts(work, [row.accountId]);
  const item = kind.ref(id);
  const dependents = await directDependents(work, item);
  if (dependents.length > 0 && !force) return { outcome: 'HAS_DEPENDENTS', dependents };
  const orphans = dependents.length > 0 ? (await orphansBelow(work, item)).map((each): Dependent => ({ type: 'ProfileField', ...each })) : [];
  if (dryRun) return { outcome: 'DELETED', deleted: false, orphaned: orphans };
  const [removed] = await work.rows(remove, [work.tenantId, id]);
  if (!removed) throw new NotFound('There is no such item in any profile. Check the id.', ['id']);
  // Of accounts that are one, another's value may be the latest now.
  if (type === 'ProfileField') await work.rows(settle, [work.tenantId, row.accountId]);
  await removeDerivations(work, [item]);
  const orphaned = await orphanFieldsOf(work, orphans.map((each) => each.id));
  const { accountId } = row;
  if (type === 'ProfileField') work.record(profileFieldDeleted.fact({ accountId, data: { accountId, profileFieldIds: [id] } }));
  else work.record(profileAssetDeleted.fact({ accountId, data: { accountId, profileAssetId: id } }));
  recordEnded(work, orphaned, profileFieldOrphaned);
  return { outcome: 'DELETED', deleted: true, orphaned: orphans };
}
