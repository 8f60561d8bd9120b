import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { InvalidInput, ProductError } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { Derived } from '../../platform/graphql/derived.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { idAt } from '../../platform/graphql/node.ts';
import { requireRole } from '../access/index.ts';
import { Account, accountById, type AccountRow } from '../accounts/index.ts';
import { selectNamedProfile, sourceItemOf } from './select-profile.ts';
import { readsChildData } from './child-values.ts';
import { definitionOfField, definitionsByName, isOfChildren, isPersonal } from './field-definition.queries.ts';
import { FieldDefinition, type FieldDefinitionRow } from './field-definition.type.ts';
import { logWarned } from './log-warned.ts';
import { mayUpdateProfiles, readsPersonalData, refuseUnverifiable } from './profile.policy.ts';
import { currentFields, fieldById, openMetadata, openValue, toField, versionsOfField, versionsOfProfile } from './profile-field.queries.ts';
import { FieldValidation, ProfileField, ProfileFieldConnection, ProfileFieldFilter, ProfileFieldInput, ProfileFieldOrder, UpdateProfileFieldResult, type ProfileFieldRow } from './profile-field.type.ts';
import { Profile, profileOf, type ProfileRow } from './profile.type.ts';
import { updateProfileFields } from './update-profile-fields.ts';
import { Json, JsonObject } from '../../platform/graphql/scalars.ts';

/** The profile of an account. */
@Resolver(() => Account)
export class ProfileOfAccountResolver {
  @FieldResolver(() => Profile, { description: 'What the tenant has learned about the customer, field by field.' })
  profile(@Root() account: AccountRow): ProfileRow {
    return profileOf(account.uuid, account.asOf);
  }
}

/** A profile: its fields and their past. */
@Resolver(() => Profile)
export class ProfileResolver {
  @FieldResolver(() => Account, { description: 'The account whose profile it is.' })
  account(@Root() profile: ProfileRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, profile.asOf, profile.uuid);
  }

  @FieldResolver(() => [ProfileField], { description: 'The latest version of every field, by name; at most 200. One whose status is not ACTIVE has no value that holds.' })
  async fields(
    @Root() profile: ProfileRow,
    @Ctx() call: Call,
    @Arg('names', () => [String], { nullable: true, description: 'Only these; all when left out.' }) names?: string[] | null,
  ): Promise<ProfileFieldRow[]> {
    const stored = await ask(call, currentFields, profile.asOf, profile.uuid);
    return stored.filter(({ name }) => !names || names.includes(name)).map((row) => toField(row, call, profile.asOf));
  }

  @FieldResolver(() => ProfileFieldConnection, { description: 'Every version of every field, the latest first.' })
  history(
    @Root() profile: ProfileRow,
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ProfileFieldFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: ProfileFieldFilter | null,
    @Arg('orderBy', () => ProfileFieldOrder, { nullable: true, description: 'In which order.' }) orderBy?: ProfileFieldOrder | null,
  ): Promise<Page<ProfileFieldRow>> {
    return versionsOfProfile.page(call, profile.uuid, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, profile.asOf);
  }
}

/** Whether a caller may see a field's values. Whose roles may is asked of the present, also for the past. */
async function isMasked(call: Call, { name, holdsChildData }: ProfileFieldRow): Promise<boolean> {
  if (readsPersonalData(call) && readsChildData(call)) return false;
  if (holdsChildData) return true;
  const definitions = await ask(call, definitionsByName, null, name);
  return isOfChildren(name, definitions) ? !readsChildData(call) : !readsPersonalData(call) && isPersonal(definitions);
}

/** A version of a field: its value for those who may see it, and its surroundings. */
@Resolver(() => ProfileField)
export class ProfileFieldResolver {
  @Derived()
  @Shows('PROFILE_VALUE')
  @FieldResolver(() => Json, { nullable: true, description: 'The value. Null where it is masked from the caller, and once the person it was about was erased.' })
  async value(@Root() field: ProfileFieldRow, @Ctx() call: Call): Promise<unknown> {
    return (await isMasked(call, field)) ? null : (openValue(call.seal, field) ?? null);
  }

  @FieldResolver(() => Boolean, { description: 'Whether the value is personal, or data of children, and the caller\'s roles do not show it.' })
  masked(@Root() field: ProfileFieldRow, @Ctx() call: Call): Promise<boolean> {
    return isMasked(call, field);
  }

  // Whatever the field is about: it may quote a document, in which anything may stand beside the value.
  @Shows('PROFILE_VALUE')
  @FieldResolver(() => JsonObject, { nullable: true, description: 'More about the source, a quote of a document for instance; null where nothing was said, for callers whose roles do not show personal data, and once erased.' })
  async sourceMetadata(@Root() field: ProfileFieldRow, @Ctx() call: Call): Promise<unknown> {
    return readsPersonalData(call) && !(await isMasked(call, field)) ? (openMetadata(call.seal, field) ?? null) : null;
  }

  @FieldResolver(() => ID, { nullable: true, description: 'Global id of what it was derived from first of all; null where nothing was named. Everything it derives from is in its derivationChain.' })
  sourceItemId(@Root() field: ProfileFieldRow): string | null {
    return field.sourceItemType === null || field.sourceItemId === null ? null : idAt(field.sourceItemType, field.sourceItemId, field.asOf);
  }

  @FieldResolver(() => FieldValidation, { description: 'What the checks said of it when it was stated.' })
  validation(@Root() field: ProfileFieldRow): FieldValidation {
    return { state: field.validationState, errors: field.validationErrors };
  }

  @FieldResolver(() => FieldDefinition, { nullable: true, description: 'What is expected of the field: of the definitions of its name the one for all agents, else the first; but one that calls the values personal goes before one that does not, for it masks them. Null when nobody has defined it. It need not be the one that this version was checked by.' })
  definition(@Root() field: ProfileFieldRow, @Ctx() call: Call): Promise<FieldDefinitionRow | null> {
    return definitionOfField(call, field.name, field.asOf);
  }

  @FieldResolver(() => ProfileField, { nullable: true, description: 'The version whose place it took; null for the first, and when that one was deleted.' })
  supersedes(@Root() field: ProfileFieldRow, @Ctx() call: Call): Promise<ProfileFieldRow | null> | null {
    return field.supersedesId === null ? null : ask(call, fieldById, field.asOf, field.supersedesId);
  }

  @FieldResolver(() => Profile, { description: 'The profile it belongs to.' })
  profile(@Root() field: ProfileFieldRow): ProfileRow {
    return profileOf(field.accountId, field.asOf);
  }

  @FieldResolver(() => ProfileFieldConnection, { description: 'Every version of the field, this one among them, the latest first.' })
  history(
    @Root() field: ProfileFieldRow,
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ProfileFieldFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: ProfileFieldFilter | null,
    @Arg('orderBy', () => ProfileFieldOrder, { nullable: true, description: 'In which order.' }) orderBy?: ProfileFieldOrder | null,
  ): Promise<Page<ProfileFieldRow>> {
    return versionsOfField.page(call, field.seriesId, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, field.asOf);
  }

  @Mutation(() => UpdateProfileFieldResult as never, { description: 'Gives a field of a profile a new value; the one before is superseded and kept. For agents, analysts and administrators.' })
  updateProfileField(@Ctx() call: Call, @Arg('input', () => ProfileFieldInput, { description: 'The value.' }) input: ProfileFieldInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayUpdateProfiles, 'update profiles');
      const path = ['input'];
      if (input.verified) refuseUnverifiable(call, [...path, 'verified']);
      const sourceItem = sourceItemOf(input.sourceItemId, [...path, 'sourceItemId']);
      const [result] = await call.transact(async (work) => {
        const accountId = await selectNamedProfile(work, work.tenantId, input, path);
        return updateProfileFields(work, call.seal, [{ ...input, accountId, source: input.source ?? 'USER', sourceItems: sourceItem ? [sourceItem] : [], path }]);
      });
      if (!result) throw new InvalidInput('There is no value.', path);
      if (result instanceof ProductError) throw result;
      logWarned(call, result);
      const field = await ask(call, fieldById, null, result.id);
      if (!field) throw new Error('the version that was just made is not there');
      return field;
    });
  }
}
