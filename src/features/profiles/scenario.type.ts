import { Field, Float, ID, InputType, Int, ObjectType } from 'type-graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { Derived } from '../../platform/graphql/derived.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { Extractor, FallbackAction, MissingReason, RequiredLevel, RequirementOrigin } from './enums.ts';

/** A situation for which something must be known. */
@ObjectType(temporalType('Scenario'), { implements: TemporalNode, simpleResolvers: true, description: 'A situation for which something must be known of a customer: an onboarding, a renewal.' })
export class Scenario extends TemporalNode {
  @Shows('TEXT')
  @Field(() => String, { description: 'What it is called; one per tenant, case ignored.' })
  name!: string;

  @Shows('TEXT')
  @Field(() => String, { description: 'In words, when it applies and what it takes; requirements are extracted from this. May be empty.' })
  conditions!: string;

  @Field(() => DateTime, { description: 'When it was last stated. UTC.' })
  recordedAt!: string;
}

/** A scenario as GraphQL is given it. */
export interface ScenarioRow extends NodeRow, ListedRow, Omit<Scenario, keyof TemporalNode> {}

/** By what a requirement was extracted. */
@ObjectType('RequirementExtraction', { description: 'By what a requirement was extracted from its scenario\'s conditions.', simpleResolvers: true })
export class RequirementExtraction {
  @Field(() => Extractor, { description: 'What kind of reader it was.' })
  extractor!: keyof typeof Extractor;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The model\'s name; `template` for plain rules.' })
  model!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The name of the prompt, also of the one that plain rules stand in for.' })
  promptName!: string;

  @Field(() => Int, { description: 'The version of the prompt.' })
  promptVersion!: number;
}

/** A field that a scenario needs. */
@ObjectType(temporalType('ScenarioRequirement'), { implements: TemporalNode, simpleResolvers: true, description: 'A field that a scenario needs.' })
export class ScenarioRequirement extends TemporalNode {
  @Derived()
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The field\'s name.' })
  fieldName!: string;

  @Derived()
  @Field(() => RequiredLevel, { description: 'How badly it is needed.' })
  requiredLevel!: RequiredLevel;

  @Derived()
  @Field(() => FallbackAction, { description: 'What to do when it is missing.' })
  fallbackAction!: FallbackAction;

  @Field(() => RequirementOrigin, { description: 'Who stated it.' })
  origin!: keyof typeof RequirementOrigin;

  @Field(() => RequirementExtraction, { nullable: true, description: 'By what it was extracted; null when a person stated it.' })
  extraction!: RequirementExtraction | null;

  @Derived()
  @Field(() => Float, { description: 'How sure that is, 0 to 1; 1 when a person stated it.' })
  confidence!: number;

  @Derived()
  @Field(() => Boolean, { description: 'Whether a person should look at it: it was extracted with a confidence below 0.8. Until accepted it does not count: not as missing, nor for filling.' })
  needsReview!: boolean;

  @Field(() => DateTime, { description: 'When it was last stated. UTC.' })
  recordedAt!: string;
}

/** A requirement as GraphQL is given it. */
export interface ScenarioRequirementRow extends NodeRow, ListedRow, Omit<ScenarioRequirement, keyof TemporalNode> {
  readonly scenarioId: string;
}

/** A required field that a profile does not meet. */
@ObjectType('MissingField', { description: 'A field that a scenario needs and a profile does not have as it is needed.', simpleResolvers: true })
export class MissingField {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The field\'s name.' })
  fieldName!: string;

  @Field(() => RequiredLevel, { description: 'How badly it is needed.' })
  requiredLevel!: RequiredLevel;

  @Field(() => FallbackAction, { description: 'What to do about it.' })
  fallbackAction!: FallbackAction;

  @Field(() => MissingReason, { description: 'Why it counts as missing.' })
  reason!: MissingReason;

  @Field(() => Boolean, { description: 'Whether the requirement was extracted and waits for review: until a person accepted it, nothing may be done because of it. Never where only reviewed ones were asked for.' })
  needsReview!: boolean;
}

/** A scenario as a caller states it. */
@InputType('ScenarioInput', { description: 'A situation for which something must be known. Found again by its id or its name, and replaced as a whole.' })
export class ScenarioInput {
  @Field(() => ID, { nullable: true, description: 'The scenario that is replaced, so that it may be renamed; found by its name when left out.' })
  id?: string | null;

  @Field(() => String, { description: 'What it is called, at most 200 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'In words, when it applies and what it takes; at most 20,000 characters.' })
  conditions?: string | null;
}

/** A requirement as a caller states it. */
@InputType('ScenarioRequirementInput', { description: 'A field that a scenario needs. The same field again replaces what was stated, extracted ones included.' })
export class ScenarioRequirementInput {
  @Field(() => ID, { description: 'The scenario.' })
  scenarioId!: string;

  @Field(() => String, { description: 'The field\'s name.' })
  fieldName!: string;

  @Field(() => RequiredLevel, { description: 'How badly it is needed.' })
  requiredLevel!: RequiredLevel;

  @Field(() => FallbackAction, { nullable: true, description: 'What to do when it is missing; ASK when left out.' })
  fallbackAction?: FallbackAction | null;
}

/** Which scenarios to list. */
@InputType('ScenarioFilter', { description: 'Which scenarios to list; conditions are joined by AND.' })
export class ScenarioFilter {
  @Field(() => String, { nullable: true, description: 'With a name that begins so, case ignored.' })
  nameStartsWith?: string | null;

  @Field(() => [String], { nullable: true, description: 'That need one of these fields.' })
  requires?: string[] | null;
}

/** Which requirements to list. */
@InputType('ScenarioRequirementFilter', { description: 'Which requirements to list; conditions are joined by AND.' })
export class ScenarioRequirementFilter {
  @Field(() => [RequiredLevel], { nullable: true, description: 'Of one of these levels.' })
  requiredLevels?: RequiredLevel[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Those that a person should look at, or the others.' })
  needsReview?: boolean | null;
}

const ScenarioOrderField = graphEnum('ScenarioOrderField', 'What a list of scenarios can be ordered by.', { NAME: 'By name, case ignored.', RECORDED_AT: 'By when they were last stated.' });
/** The orderBy input of a list of scenarios. */
export const ScenarioOrder = orderInput('Scenario', ScenarioOrderField, OrderDirection.ASC);
export type ScenarioOrder = InstanceType<typeof ScenarioOrder>;
/** The connection type of scenarios. */
export const ScenarioConnection = connectionType('Scenario', () => Scenario);

const ScenarioRequirementOrderField = graphEnum('ScenarioRequirementOrderField', 'What a list of requirements can be ordered by.', { FIELD_NAME: 'By the field\'s name.', RECORDED_AT: 'By when they were last stated.' });
/** The orderBy input of a list of requirements. */
export const ScenarioRequirementOrder = orderInput('ScenarioRequirement', ScenarioRequirementOrderField, OrderDirection.ASC);
export type ScenarioRequirementOrder = InstanceType<typeof ScenarioRequirementOrder>;
/** The connection type of requirements. */
export const ScenarioRequirementConnection = connectionType('ScenarioRequirement', () => ScenarioRequirement);

/** What stating a scenario answers. */
export const SaveScenarioResult = resultUnion('SaveScenarioResult', 'The scenario, or why it was refused.', [Scenario]);
/** What stating a requirement answers. */
export const SaveScenarioRequirementResult = resultUnion('SaveScenarioRequirementResult', 'The requirement, or why it was refused.', [ScenarioRequirement]);
