import { GraphQLInt } from 'graphql';
import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import type { StageMeaning } from './stage-catalogue.ts';
import { CatalogueStageKind } from './stage-kind.ts';

/** A stage of a catalogue. */
@ObjectType('CatalogueStage', { description: 'A stage of a stage catalogue.', simpleResolvers: true })
export class CatalogueStageType {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Its name, as the CRM calls it. Compared without case and blanks.' })
  name!: string;

  @Field(() => CatalogueStageKind, { description: 'What it means.' })
  kind!: StageMeaning;
}

/** A tenant's stages. */
@ObjectType('StageCatalogue', { description: 'The stages of deals, in order. It decides what a change of stage means. A version never changes.', simpleResolvers: true })
export class StageCatalogueType {
  @Field(() => GraphQLInt, { description: 'The version. 0: the default, the standard stages of Salesforce and HubSpot.' })
  version!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it was published, UTC; null for the default.' })
  publishedAt!: string | null;

  @Field(() => [CatalogueStageType], { description: 'The stages in order: an open deal that moves to a later open stage advances.' })
  stages!: readonly CatalogueStageType[];
}

/** A stage that the catalogue does not name. */
@ObjectType('UnknownStage', { description: 'A stage that deals are or were in and that the catalogue does not name. Changes to and from it are neutral until it is named.', simpleResolvers: true })
export class UnknownStage {
  @Shows('TEXT', { atRow: true })
  @Field(() => String, { description: 'Its name, in one of the spellings that were delivered.' })
  name!: string;

  @Field(() => GraphQLInt, { description: 'How many deals are in it now.' })
  opportunities!: number;

  @Field(() => GraphQLInt, { description: 'How many webhooks reported it.' })
  reports!: number;

  @Field(() => DateTime, { description: 'When it was last reported, or the last change of a deal in it, UTC.' })
  lastSeenAt!: string;
}

/** A stage that is to be in a catalogue. */
@InputType('CatalogueStageInput', { description: 'A stage of a stage catalogue.' })
export class CatalogueStageInput {
  @Field(() => String, { description: 'Its name, as the CRM calls it, at most 160 characters. Compared without case and blanks.' })
  name!: string;

  @Field(() => CatalogueStageKind, { description: 'What it means.' })
  kind!: StageMeaning;
}

/** A new version of the catalogue. */
@InputType('StageCatalogueInput', { description: 'A new version of the stage catalogue.' })
export class StageCatalogueInput {
  @Field(() => [CatalogueStageInput], { description: 'All stages, in order: 1 to 500.' })
  stages!: CatalogueStageInput[];

  @Field(() => GraphQLInt, { nullable: true, description: 'The version that this one was made from. If another is in force meanwhile, the result is a ConflictError.' })
  basedOn?: number | null;
}

/** What publishing a catalogue returns. */
export const PublishStageCatalogueResult = resultUnion('PublishStageCatalogueResult', 'The catalogue now in force, or why it was refused.', [StageCatalogueType]);
