import { GraphQLInt } from 'graphql';
import { Field, InputType, ObjectType } from 'type-graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { FieldValueType, PiiClass, ValidationMode } from './enums.ts';

/** What may be known of a customer under one name. */
@ObjectType(temporalType('FieldDefinition'), { implements: TemporalNode, simpleResolvers: true, description: 'What may be known of a customer under one name, and how a value is checked, asked for, kept and shown.' })
export class FieldDefinition extends TemporalNode {
  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'The agent it holds for, before one that holds for all; null: for all agents.' })
  agent!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The field\'s name, in snake case.' })
  name!: string;

  @Shows('TEXT')
  @Field(() => String, { description: 'What people call it.' })
  displayName!: string;

  @Field(() => FieldValueType, { description: 'What kind of value it holds.' })
  valueType!: FieldValueType;

  @Shows('TEXT')
  @Field(() => [String], { description: 'What an ENUM may be; empty for every other type.' })
  enumValues!: string[];

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'A pattern in RE2\'s syntax that a value must contain, after the check of its type; null: none.' })
  validationRegex!: string | null;

  @Field(() => Boolean, { description: 'Whether values are personal: viewers are not shown them.' })
  isPii!: boolean;

  @Field(() => PiiClass, { description: 'What kind of personal data values are. CHILD also for a name of the built-in list: `child_name`, `kids_ages` (docs/sessions.md).' })
  piiClass!: PiiClass;

  @Field(() => Boolean, { description: 'Whether a value that an agent session states under this name becomes a value of the profile when the session ends.' })
  fromSessions!: boolean;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'How to ask for it, or what to look for in a text; null: nobody said.' })
  collectionPrompt!: string | null;

  @Field(() => Boolean, { description: 'Whether a value counts for a scenario only once a person has verified it.' })
  requiredVerification!: boolean;

  @Field(() => GraphQLInt, { nullable: true, description: 'Days from its recording after which a value expires; null: it does not.' })
  retentionDays!: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Days from when it was true (occurredAt) after which a value is stale; null: it never is.' })
  freshnessDays!: number | null;

  @Field(() => ValidationMode, { nullable: true, description: 'What is done with a value that does not pass; null: as the tenant decided, WARN unless it did.' })
  validationMode!: ValidationMode | null;

  @Field(() => DateTime, { description: 'When it was last stated. UTC.' })
  recordedAt!: string;
}

/** A definition as GraphQL is given it. */
export interface FieldDefinitionRow extends NodeRow, ListedRow, Omit<FieldDefinition, keyof TemporalNode> {}

/** A definition as a caller states it. */
@InputType('FieldDefinitionInput', { description: 'What may be known of a customer under one name. The same name and agent again replace the whole definition; values that are there already are not checked anew.' })
export class FieldDefinitionInput {
  @Field(() => String, { nullable: true, description: 'The agent it holds for, at most 100 characters; all agents when left out.' })
  agent?: string | null;

  @Field(() => String, { description: 'The field\'s name: lower-case letters, digits and `_`, a letter first, at most 64 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What people call it; the name when left out.' })
  displayName?: string | null;

  @Field(() => FieldValueType, { description: 'What kind of value it holds.' })
  valueType!: FieldValueType;

  @Field(() => [String], { nullable: true, description: 'What an ENUM may be: 1 to 100 texts. For no other type.' })
  enumValues?: string[] | null;

  @Field(() => String, { nullable: true, description: 'A pattern in RE2\'s syntax, at most 500 characters, that a value must contain; use ^ and $ for the whole of it. Not for BOOLEAN and JSON. Held against texts of at most 10,000 characters; the larger its counts in braces, the shorter: `^.{1,500}$` against about 1,000.' })
  validationRegex?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether values are personal, so that viewers are not shown them; true when left out.' })
  isPii?: boolean | null;

  @Field(() => PiiClass, { nullable: true, description: 'What kind of personal data values are; by isPii when left out, and CHILD for a name of the built-in list. Values that are CHILD stay so when the definition is changed.' })
  piiClass?: PiiClass | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether a key of this name in the persistent context of an agent session becomes a value of the profile when a session that states it ends and the value passes the checks; false when left out.' })
  fromSessions?: boolean | null;

  @Field(() => String, { nullable: true, description: 'How to ask for it, or what to look for in a text; at most 2,000 characters.' })
  collectionPrompt?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether a value counts for a scenario only once a person has verified it; false when left out.' })
  requiredVerification?: boolean | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Days from its recording after which a value expires, 1 to 36,500; it does not when left out.' })
  retentionDays?: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Days from when it was true (occurredAt) after which a value is stale, 1 to 36,500; it never is when left out.' })
  freshnessDays?: number | null;

  @Field(() => ValidationMode, { nullable: true, description: 'What is done with a value that does not pass; as the tenant decided when left out.' })
  validationMode?: ValidationMode | null;
}

/** Which definitions to list. */
@InputType('FieldDefinitionFilter', { description: 'Which definitions to list; conditions are joined by AND.' })
export class FieldDefinitionFilter {
  @Field(() => [String], { nullable: true, description: 'Of one of these names.' })
  names?: string[] | null;

  @Field(() => [FieldValueType], { nullable: true, description: 'Of one of these types.' })
  valueTypes?: FieldValueType[] | null;

  @Field(() => [String], { nullable: true, description: 'For one of these agents; the empty text stands for those that hold for all.' })
  agents?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Personal ones, or the others.' })
  isPii?: boolean | null;

  @Field(() => [PiiClass], { nullable: true, description: 'Of one of these classes.' })
  piiClasses?: PiiClass[] | null;
}

const FieldDefinitionOrderField = graphEnum('FieldDefinitionOrderField', 'What a list of definitions can be ordered by.', {
  NAME: 'By name.',
  RECORDED_AT: 'By when they were last stated.',
});
/** The orderBy input of a list of definitions. */
export const FieldDefinitionOrder = orderInput('FieldDefinition', FieldDefinitionOrderField, OrderDirection.ASC);
export type FieldDefinitionOrder = InstanceType<typeof FieldDefinitionOrder>;
/** The connection type of definitions. */
export const FieldDefinitionConnection = connectionType('FieldDefinition', () => FieldDefinition);

/** What stating a definition answers. */
export const SaveFieldDefinitionResult = resultUnion('SaveFieldDefinitionResult', 'The definition, or why it was refused.', [FieldDefinition]);

/** What a tenant decided for all its profiles. */
@ObjectType('ProfileSettings', { description: 'What the tenant decided for all its profiles.', simpleResolvers: true })
export class ProfileSettings {
  @Field(() => ValidationMode, { description: 'What is done with a value that does not pass, where its definition does not say.' })
  validationMode!: ValidationMode;

  @Field(() => GraphQLInt, { description: 'Days after which data of children is deleted from profiles and sessions; 30 unless decided.' })
  childDataDays!: number;
}

/** What a change of the settings answers. */
export const SaveProfileSettingsResult = resultUnion('SaveProfileSettingsResult', 'The settings, or why they were refused.', [ProfileSettings]);
