import { GraphQLInt } from 'graphql';
import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime, Json, JsonObject } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, SuppressedError } from '../../platform/graphql/user-error.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { AccountSelector } from '../accounts/index.ts';
import { FieldFreshness, FieldSource, FieldStatus, FieldValueType, ValidationState } from './enums.ts';
import type { StoredField } from './profile-field.queries.ts';
import { OriginClass, originDescription } from '../trust/index.ts';

/** What the checks said of a value. */
@ObjectType('FieldValidation', { description: 'What the checks said of a value when it was stated.', simpleResolvers: true })
export class FieldValidation {
  @Field(() => ValidationState, { description: 'Whether it passed.' })
  state!: ValidationState;

  @Shows('SYSTEM')
  @Field(() => [String], { description: 'What is wrong with it, without repeating it; empty when nothing is.' })
  errors!: readonly string[];
}

/** One version of a field of a profile. */
@ObjectType(temporalType('ProfileField'), { implements: TemporalNode, simpleResolvers: true, description: 'One version of a field of a profile. A new value makes a new version; none is overwritten.' })
export class ProfileField extends TemporalNode {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The field\'s name.' })
  name!: string;

  @Field(() => FieldValueType, { description: 'What kind of value it holds.' })
  valueType!: FieldValueType;

  @Field(() => FieldStatus, { description: 'What this version is at the instant read for.' })
  status!: FieldStatus;

  @Field(() => FieldSource, { description: 'Who or what stated it.' })
  source!: FieldSource;

  @Field(() => Float, { description: 'How sure the source was, 0 to 1.' })
  confidence!: number;

  @Field(() => GraphQLInt, { description: 'Its place among the versions of the field, from 1.' })
  version!: number;

  @Field(() => FieldFreshness, { description: 'Whether it is recent enough at the instant read for.' })
  freshness!: keyof typeof FieldFreshness;

  @Field(() => DateTime, { nullable: true, description: 'When it becomes stale; null: never. UTC.' })
  staleAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it expires; null: never. UTC.' })
  expiresAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When somebody verified it; null: nobody has. UTC.' })
  verifiedAt!: string | null;

  @Field(() => DateTime, { description: 'When it was true. UTC.' })
  occurredAt!: string;

  @Field(() => DateTime, { description: 'When the system learned it. UTC.' })
  recordedAt!: string;
}

/** A version as GraphQL is given it. */
export interface ProfileFieldRow extends NodeRow, ListedRow, Omit<ProfileField, keyof TemporalNode>, Omit<StoredField, 'uuid' | keyof ProfileField> {}

/** A value as a caller states it. */
@InputType('ProfileFieldInput', { description: 'A new value of a field of a profile.' })
export class ProfileFieldInput {
  @Field(() => ID, { nullable: true, description: 'The profile. Either this or account.' })
  profileId?: string | null;

  @Field(() => AccountSelector, { nullable: true, description: 'The account whose profile it is. Either this or profileId.' })
  account?: AccountSelector | null;

  @Field(() => String, { nullable: true, description: 'The agent whose definition holds, at most 100 characters; the one for all agents when left out.' })
  agent?: string | null;

  @Field(() => String, { description: 'The field\'s name: lower-case letters, digits and `_`.' })
  name!: string;

  @Field(() => Json, { description: 'The value, at most 64 KiB; not null.' })
  value!: unknown;

  @Field(() => FieldValueType, { nullable: true, description: 'What kind of value it is, where nobody has defined the field; by its form when left out. A definition\'s own type goes before it.' })
  valueType?: FieldValueType | null;

  @Field(() => FieldSource, { nullable: true, description: 'Who or what states it; USER when left out.' })
  source?: FieldSource | null;

  @Field(() => ID, { nullable: true, description: 'What it was derived from: a document or field of the same profile, a signal, or another node that lineage knows. Nothing when left out.' })
  sourceItemId?: string | null;

  @Field(() => JsonObject, { nullable: true, description: 'More about the source, at most 16 KiB: `{"tool": "ocr"}`. Kept sealed.' })
  sourceMetadata?: Record<string, unknown> | null;

  @Field(() => Float, { nullable: true, description: 'How sure the source is, 0 to 1; 1 when left out.' })
  confidence?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether somebody has verified it; false when left out. Stated by a person with the role analyst, approver, privacy_officer or admin; refused from machines and from agents.' })
  verified?: boolean | null;

  @Field(() => String, { nullable: true, description: 'E-mail address of the person it is about, with whom it is erased. When left out: the person whose data it was derived from, the address itself for an EMAIL, the profile for everything else. What would be of several persons is refused.' })
  subjectEmail?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was true; now when left out.' })
  occurredAt?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it expires, in the future; by the definition\'s retentionDays when left out.' })
  expiresAt?: string | null;

  @Field(() => OriginClass, { nullable: true, description: originDescription })
  origin?: OriginClass | null;
}

/** Which versions to list. */
@InputType('ProfileFieldFilter', { description: 'Which versions of fields to list; conditions are joined by AND.' })
export class ProfileFieldFilter {
  @Field(() => [String], { nullable: true, description: 'Of fields of one of these names.' })
  names?: string[] | null;

  @Field(() => [FieldStatus], { nullable: true, description: 'In one of these statuses, as last noted: a version whose time is over is noted within five minutes.' })
  statuses?: FieldStatus[] | null;

  @Field(() => [FieldSource], { nullable: true, description: 'From one of these sources.' })
  sources?: FieldSource[] | null;

  @Field(() => [ValidationState], { nullable: true, description: 'Of which the checks said one of these.' })
  validationStates?: ValidationState[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Only the latest version of each field.' })
  currentOnly?: boolean | null;

  @Field(() => DateTime, { nullable: true, description: 'Recorded from this instant on.' })
  recordedFrom?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Recorded before this instant.' })
  recordedBefore?: string | null;
}

const ProfileFieldOrderField = graphEnum('ProfileFieldOrderField', 'What a list of versions can be ordered by.', {
  RECORDED_AT: 'By when the system learned them.',
  VERSION: 'By their place among the versions of their field.',
  NAME: 'By the field\'s name.',
});
/** The orderBy input of a list of versions. */
export const ProfileFieldOrder = orderInput('ProfileField', ProfileFieldOrderField);
export type ProfileFieldOrder = InstanceType<typeof ProfileFieldOrder>;
/** The connection type of versions. */
export const ProfileFieldConnection = connectionType('ProfileField', () => ProfileField);

/** What stating a value answers. */
export const UpdateProfileFieldResult = resultUnion('UpdateProfileFieldResult', 'The new version, or why it was refused.', [ProfileField, SuppressedError]);
