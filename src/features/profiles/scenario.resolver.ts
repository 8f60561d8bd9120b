import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { NotFound } from '../../platform/errors.ts';
import { ask, type Call, type Dated } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { hasCome } from '../../platform/graphql/read-moment.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { parseGlobalId, parseStateId, type Id } from '../../platform/ids.ts';
import { readList } from '../../platform/page/list.ts';
import { requireRole } from '../access/index.ts';
import { accountById } from '../accounts/index.ts';
import { definitionFor, definitionsByName, toDefinition } from './field-definition.queries.ts';
import { FieldDefinition, type FieldDefinitionRow } from './field-definition.type.ts';
import { findMissingFields, type MissingFieldRow } from './find-missing-fields.ts';
import { mayDefineProfiles } from './profile.policy.ts';
import { currentFields } from './profile-field.queries.ts';
import { noSuchScenario, saveScenario, saveScenarioRequirements } from './save-scenario.ts';
import { requirementById, requirementList, requirementsOfScenario, scenarioById, scenarioList, toScenario, type StoredScenario } from './scenario.queries.ts';
import {
  MissingField, SaveScenarioRequirementResult, SaveScenarioResult, Scenario, ScenarioConnection, ScenarioFilter, ScenarioInput, ScenarioOrder, ScenarioRequirement,
  ScenarioRequirementConnection, ScenarioRequirementFilter, ScenarioRequirementInput, ScenarioRequirementOrder, type ScenarioRequirementRow, type ScenarioRow,
} from './scenario.type.ts';
import { noSuchProfile } from './select-profile.ts';

/** Scenarios and what they need. */
@Resolver(() => Scenario)
export class ScenarioResolver {
  @Query(() => ScenarioConnection, { description: 'The tenant\'s scenarios.' })
  async scenarios(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ScenarioFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: ScenarioFilter | null,
    @Arg('orderBy', () => ScenarioOrder, { nullable: true, description: 'In which order; by name when left out.' }) orderBy?: ScenarioOrder | null,
  ): Promise<Page<ScenarioRow>> {
    const raw = await readList<StoredScenario & { sortValue: string }, ScenarioFilter>(call, scenarioList, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, null);
    for (const { node } of raw.edges) toScenario(node, null);
    return raw as unknown as Page<ScenarioRow>;
  }

  @FieldResolver(() => ScenarioRequirementConnection, { description: 'The fields it needs, by name.' })
  requirements(
    @Root() scenario: ScenarioRow,
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ScenarioRequirementFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: ScenarioRequirementFilter | null,
    @Arg('orderBy', () => ScenarioRequirementOrder, { nullable: true, description: 'In which order.' }) orderBy?: ScenarioRequirementOrder | null,
  ): Promise<Page<ScenarioRequirementRow>> {
    return requirementList.page(call, scenario.uuid, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, scenario.asOf);
  }

  @Query(() => [MissingField], { description: 'What a profile lacks for a scenario, at this instant: what is needed hard first, then by name. What waits for review does not count until a person accepted it.' })
  async missingFields(
    @Ctx() call: Call,
    @Arg('profileId', () => ID, { description: 'The profile, also in a past state; then everything is as known at that instant.' }) profileId: string,
    @Arg('scenarioId', () => ID, { description: 'The scenario.' }) scenarioId: string,
    @Arg('includeUnreviewed', () => Boolean, { defaultValue: false, description: 'Whether to list also what requirements lack that wait for review; those say needsReview.' }) includeUnreviewed: boolean,
  ): Promise<MissingFieldRow[]> {
    const profile = parseStateId(profileId);
    const asOf = profile?.asOf ?? null;
    const at = asOf === null ? call.clock.now().getTime() : Date.parse(asOf.at);
    if (profile?.type !== 'Profile' || !hasCome(call, asOf)) throw noSuchProfile(['profileId']);
    const scenario = keyOf('Scenario', scenarioId) ?? refuse(noSuchScenario(['scenarioId']));
    const [account, known, requirements, fields] = await Promise.all([
      ask(call, accountById, asOf, profile.id), ask(call, scenarioById, asOf, scenario), ask(call, requirementsOfScenario, asOf, scenario), ask(call, currentFields, asOf, profile.id),
    ]);
    if (!account) throw noSuchProfile(['profileId']);
    if (!known) throw noSuchScenario(['scenarioId']);
    const definitions = new Map(await Promise.all(requirements.map(async ({ fieldName }) => [fieldName, await ask(call, definitionsByName, asOf, fieldName)] as const)));
    const missing = findMissingFields({ requirements, fields, definitionOf: (name) => definitionFor(definitions.get(name), null), at, includeUnreviewed });
    return missing.map((field) => ({ ...field, asOf }));
  }

  @Mutation(() => SaveScenarioResult as never, { description: 'States a situation for which something must be known. For administrators.' })
  saveScenario(@Ctx() call: Call, @Arg('input', () => ScenarioInput, { description: 'The whole scenario.' }) input: ScenarioInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayDefineProfiles, 'state scenarios');
      const own = input.id ? (keyOf('Scenario', input.id) ?? refuse(noSuchScenario(['input', 'id']))) : null;
      const { id } = await call.transact((work) => saveScenario(work, { ...input, id: own as Id<'Scenario'> | null }));
      return (await ask(call, scenarioById, null, id)) ?? refuse(noSuchScenario(['input', 'id']));
    });
  }

  @Mutation(() => SaveScenarioRequirementResult as never, { description: 'States a field that a scenario needs. For administrators.' })
  saveScenarioRequirement(@Ctx() call: Call, @Arg('input', () => ScenarioRequirementInput, { description: 'The field.' }) input: ScenarioRequirementInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayDefineProfiles, 'state what scenarios need');
      const scenarioId = (keyOf('Scenario', input.scenarioId) ?? refuse(noSuchScenario(['input', 'scenarioId']))) as Id<'Scenario'>;
      await call.transact((work) => saveScenarioRequirements(work, scenarioId, 'PERSON', [input]));
      const own = (await ask(call, requirementsOfScenario, null, scenarioId)).find(({ fieldName }) => fieldName === input.fieldName);
      return (own && (await ask(call, requirementById, null, own.uuid))) ?? refuse(new NotFound('There is no such requirement.', ['input']));
    });
  }
}

/** What a scenario's requirement is about. */
@Resolver(() => ScenarioRequirement)
export class ScenarioRequirementResolver {
  @FieldResolver(() => Scenario, { description: 'The scenario that needs it.' })
  scenario(@Root() requirement: ScenarioRequirementRow, @Ctx() call: Call): Promise<ScenarioRow | null> {
    return ask(call, scenarioById, requirement.asOf, requirement.scenarioId);
  }
}

/** What is expected of a missing field. */
@Resolver(() => MissingField)
export class MissingFieldResolver {
  @FieldResolver(() => FieldDefinition, { nullable: true, description: 'What is expected of the field; null when nobody has defined it.' })
  definition(@Root() missing: MissingFieldRow & Dated): FieldDefinitionRow | null {
    return missing.definition ? toDefinition(missing.definition, missing.asOf) : null;
  }
}

function keyOf(type: string, globalId: string): string | null {
  const parsed = parseGlobalId(globalId);
  return parsed?.type === type ? parsed.id : null;
}

function refuse(error: Error): never {
  throw error;
}
