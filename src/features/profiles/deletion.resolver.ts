import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import { NotFound } from '../../platform/errors.ts';
import type { Call } from '../../platform/graphql/call.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, typedResult } from '../../platform/graphql/user-error.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { parseGlobalId, toGlobalId } from '../../platform/ids.ts';
import { requireRole } from '../access/index.ts';
import { deleteFieldDefinition, deleteScenario, deleteScenarioRequirement } from './delete-statement.ts';
import { deleteProfileItem, type Deletion, type ProfileItemType } from './delete-profile-item.ts';
import type { Dependent } from './dependents.ts';
import { mayDefineProfiles, mayForceDeletion, mayUpdateProfiles } from './profile.policy.ts';

/** Something that was derived from an item. */
@ObjectType('DependentItem', { description: 'Something that was derived from an item.', simpleResolvers: true })
export class DependentItem {
  @Field(() => ID, { description: 'Its global id.' })
  id!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Its type.' })
  type!: string;

  @Shows('TEXT')
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
  @Shows('SYSTEM')
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

  @Mutation(() => DeletionResult as never, { description: 'Takes back what may be known of customers under a name. Values stay, with what the checks said of them; where no other definition of the name is left, later ones are UNCHECKED, and all are personal. For administrators.' })
  deleteFieldDefinition(
    @Ctx() call: Call,
    @Arg('id', () => ID, { description: 'The definition.' }) id: string,
    @Arg('force', () => Boolean, { defaultValue: false, description: 'Whether to delete the last definition of a name although scenarios need the field; they go on needing it.' }) force: boolean,
  ): Promise<object> {
    return takeBack(call, { type: 'FieldDefinition', id, does: (work, key) => deleteFieldDefinition(work, key, { force }) });
  }

  @Mutation(() => DeletionResult as never, { description: 'Deletes a scenario, and its requirements with it. For administrators.' })
  deleteScenario(
    @Ctx() call: Call,
    @Arg('id', () => ID, { description: 'The scenario.' }) id: string,
    @Arg('force', () => Boolean, { defaultValue: false, description: 'Whether to delete it although something other than its requirements was derived from it.' }) force: boolean,
  ): Promise<object> {
    return takeBack(call, { type: 'Scenario', id, does: (work, key) => deleteScenario(work, key, { force }) });
  }

  @Mutation(() => DeletionResult as never, { description: 'Deletes a requirement of a scenario. One that was extracted is not proposed again; one that a person stated may be found by extraction. For administrators.' })
  deleteScenarioRequirement(
    @Ctx() call: Call,
    @Arg('id', () => ID, { description: 'The requirement.' }) id: string,
    @Arg('force', () => Boolean, { defaultValue: false, description: 'Whether to delete it although something was derived from it.' }) force: boolean,
  ): Promise<object> {
    return takeBack(call, { type: 'ScenarioRequirement', id, does: (work, key) => deleteScenarioRequirement(work, key, { force }) });
  }
}

function remove(call: Call, type: ProfileItemType, globalId: string, how: { force: boolean; dryRun: boolean }): Promise<object> {
  return typedResult(async () => {
    requireRole(call, how.force ? mayForceDeletion : mayUpdateProfiles, how.force ? 'force a deletion' : 'delete from profiles');
    const parsed = parseGlobalId(globalId, ['id']);
    if (parsed?.type !== type) throw new NotFound('There is no such item in any profile. Check the id.', ['id']);
    return answer(globalId, await call.transact((work) => deleteProfileItem(work, { type, id: parsed.id }, how)));
  });
}

interface TakenBack {
  readonly type: string;
  readonly id: string;
  readonly does: (work: Work, key: string) => Promise<Deletion>;
}

function takeBack(call: Call, { type, id, does }: TakenBack): Promise<object> {
  return typedResult(async () => {
    requireRole(call, mayDefineProfiles, 'take back what profiles and scenarios are made of');
    const parsed = parseGlobalId(id, ['id']);
    if (parsed?.type !== type) throw new NotFound('There is no such item. Check the id.', ['id']);
    return answer(id, await call.transact((work) => does(work, parsed.id)));
  });
}

function answer(globalId: string, done: Deletion): object {
  if (done.outcome === 'HAS_DEPENDENTS') return { __typename: 'HasDependents', message: 'Cannot delete: has dependents', dependents: done.dependents.map(toItem) };
  return { __typename: 'DeletedNode', id: globalId, deleted: done.deleted, orphaned: done.orphaned.map(toItem) };
}

function toItem({ type, id, name }: Dependent): DependentItem {
  return { id: toGlobalId(type, id), type, name };
}
