import { GraphQLInt } from 'graphql';
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { readList } from '../../platform/page/list.ts';
import { requireRole } from '../access/index.ts';
import { ValidationMode } from './enums.ts';
import { definitionById, definitionList, profileSettingsOf, toDefinition, type StoredDefinition } from './field-definition.queries.ts';
import {
  FieldDefinition, FieldDefinitionConnection, FieldDefinitionFilter, FieldDefinitionInput, FieldDefinitionOrder, ProfileSettings, SaveFieldDefinitionResult, SaveProfileSettingsResult,
  type FieldDefinitionRow,
} from './field-definition.type.ts';
import { mayDefineProfiles } from './profile.policy.ts';
import { saveFieldDefinition, saveProfileSettings } from './save-field-definition.ts';

/** What may be known of customers. */
@Resolver(() => FieldDefinition)
export class FieldDefinitionResolver {
  @Query(() => FieldDefinitionConnection, { description: 'What may be known of customers: the tenant\'s definitions.' })
  async fieldDefinitions(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => FieldDefinitionFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: FieldDefinitionFilter | null,
    @Arg('orderBy', () => FieldDefinitionOrder, { nullable: true, description: 'In which order; by name when left out.' }) orderBy?: FieldDefinitionOrder | null,
  ): Promise<Page<FieldDefinitionRow>> {
    const raw = await readList<StoredDefinition & { sortValue: string }, FieldDefinitionFilter>(call, definitionList, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, null);
    return { ...raw, edges: raw.edges.map(({ cursor, node }) => ({ cursor, node: toDefinition(node, null) })) };
  }

  @Query(() => ProfileSettings, { description: 'What the tenant decided for all its profiles.' })
  profileSettings(@Ctx() call: Call): Promise<ProfileSettings> {
    return profileSettingsOf(call.read, call.tenantId);
  }

  @Mutation(() => SaveFieldDefinitionResult as never, { description: 'States what may be known of customers under a name. For administrators.' })
  saveFieldDefinition(@Ctx() call: Call, @Arg('input', () => FieldDefinitionInput, { description: 'The whole definition.' }) input: FieldDefinitionInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayDefineProfiles, 'define profile fields');
      const id = await call.transact((work) => saveFieldDefinition(work, input));
      const definition = await ask(call, definitionById, null, id);
      if (!definition) throw new Error('the definition that was just made is not there');
      return definition;
    });
  }

  @Mutation(() => SaveProfileSettingsResult as never, { description: 'Decides what is done with values that do not pass, where a definition does not say, and how long data of children is kept. For administrators.' })
  saveProfileSettings(
    @Ctx() call: Call,
    @Arg('validationMode', () => ValidationMode, { description: 'What is done with values that do not pass.' }) validationMode: ValidationMode,
    @Arg('childDataDays', () => GraphQLInt, { nullable: true, description: 'Days after which data of children is deleted, 1 to 3650; unchanged when left out.' }) childDataDays?: number | null,
  ): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayDefineProfiles, 'decide on profiles');
      return { __typename: 'ProfileSettings', ...(await call.transact((work) => saveProfileSettings(work, { validationMode, childDataDays: childDataDays ?? null }))) };
    });
  }
}
