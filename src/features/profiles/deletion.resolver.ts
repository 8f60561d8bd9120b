import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import { NotFound } from '../../platform/errors.ts';
import type { Call } from '../../platform/graphql/call.ts';
import { resultUnion, typedResult } from '../../platform/graphql/user-error.ts';
import { parseGlobalId, toGlobalId } from '../../platform/ids.ts';
import { requireRole } from '../access/index.ts';
import { deleteProfileItem, type ProfileItemType } from './delete-profile-item.ts';
import type { Dependent } from './dependents.ts';
import { mayForceDeletion, mayUpdateProfiles } from './profile.policy.ts';

/** Something that was derived from an item. */
@ObjectType('DependentItem', { description: 'Something that was derived from an item.', simpleResolvers: true })
export class DependentItem {
  @Field(() => ID, { description: 'Its global id.' })
  id!: string;

  @Field(() => String, { description: 'Its type.' })
  type!: string;

  @Field(() => String, { nullable: true, description: 'What it is called; null when it has no name.' })
  name!: string | null;
}

/** Something is gone. */
@ObjectType('DeletedNode', { description: 'The item is deleted, or after a dry run would be.', simpleResolvers: true })
export class DeletedNode {
  @Field(() => ID, { description: 'What its global id was.' })
  id!: string;

  @Field(() => Boolean, { description: 'Whether it is gone; false after a dry run.' })
  deleted!: boolean;

  @Field(() => [DependentItem], { description: 'The active fields that were derived from it, directly or by way of others however many, and have no other origin left: they are ORPHANED now; after a dry run: would be. In the order of their ids, all of them.' })
  orphaned!: DependentItem[];
}

/** Something stays, because others were derived from it. */
@ObjectType('HasDependents', { description: 'Nothing was deleted, because other items were derived from this one. An administrator may force it.', simpleResolvers: true })
export class HasDependents {
  @Field(() => String, { description: 'Always "Cannot delete: has dependents".' })
  message!: string;

  @Field(() => [DependentItem], { description: 'What was derived from it directly.' })
  dependents!: DependentItem[];
}

const DeletionResult = resultUnion('DeletionResult', 'What became of a deletion.', [DeletedNode, HasDependents]);
const forceDescription = 'Whether to delete it although others were derived from it; those without another origin are orphaned. For administrators.';
const dryRunDescription = 'Whether only to tell what would become orphaned; nothing is changed.';

/** Takes items out of profiles. */
@Resolver()
export class DeletionResolver {
  @Mutation(() => DeletionResult as never, { description: 'Deletes one version of a field. What it superseded does not come back. For agents, analysts and administrators.' })
  deleteProfileField(
    @Ctx() call: Call,
    @Arg('id', () => ID, { description: 'The version.' }) id: string,
    @Arg('force', () => Boolean, { defaultValue: false, description: forceDescription }) force: boolean,
    @Arg('dryRun', () => Boolean, { defaultValue: false, description: dryRunDescription }) dryRun: boolean,
  ): Promise<object> {
    return remove(call, 'ProfileField', id, { force, dryRun });
  }

  @Mutation(() => DeletionResult as never, { description: 'Deletes a document from a profile. For agents, analysts and administrators.' })
  deleteProfileAsset(
    @Ctx() call: Call,
    @Arg('id', () => ID, { description: 'The document.' }) id: string,
    @Arg('force', () => Boolean, { defaultValue: false, description: forceDescription }) force: boolean,
    @Arg('dryRun', () => Boolean, { defaultValue: false, description: dryRunDescription }) dryRun: boolean,
  ): Promise<object> {
    return remove(call, 'ProfileAsset', id, { force, dryRun });
  }
}

function remove(call: Call, type: ProfileItemType, globalId: string, how: { force: boolean; dryRun: boolean }): Promise<object> {
  return typedResult(async () => {
    requireRole(call, how.force ? mayForceDeletion : mayUpdateProfiles, how.force ? 'force a deletion' : 'delete from profiles');
    const parsed = parseGlobalId(globalId);
    if (parsed?.type !== type) throw new NotFound('There is no such item in any profile. Check the id.', ['id']);
    const done = await call.transact((work) => deleteProfileItem(work, { type, id: parsed.id }, how));
    if (done.outcome === 'HAS_DEPENDENTS') return { __typename: 'HasDependents', message: 'Cannot delete: has dependents', dependents: done.dependents.map(toItem) };
    return { __typename: 'DeletedNode', id: globalId, deleted: done.deleted, orphaned: done.orphaned.map(toItem) };
  });
}

function toItem({ type, id, name }: Dependent): DependentItem {
  return { id: toGlobalId(type, id), type, name };
}
