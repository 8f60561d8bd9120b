import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, SuppressedError } from '../../platform/graphql/user-error.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { AccountSelector } from '../accounts/index.ts';
import { OriginClass, originDescription } from '../trust/index.ts';

/** A document in a profile. */
@ObjectType('ProfileAsset', { implements: Node, simpleResolvers: true, description: 'A document in a profile, which values are derived from. It never changes.' })
export class ProfileAsset extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Shows('TEXT')
  @Field(() => String, { description: 'What kind of document it is, in snake case: `identity`, `contract`. Shown to everybody, also as its name in lineage.' })
  kind!: string;

  @Field(() => DateTime, { description: 'When it was made. UTC.' })
  occurredAt!: string;

  @Field(() => DateTime, { description: 'When the system was given it. UTC.' })
  recordedAt!: string;
}

/** A document as GraphQL is given it. */
export interface ProfileAssetRow extends NodeRow, ListedRow, Omit<ProfileAsset, 'id'> {
  readonly accountId: string;
  readonly nameSealed: Buffer | null;
  readonly textSealed: Buffer | null;
  readonly wrappedKey: Buffer | null;
}

/** A document as a caller states it. */
@InputType('ProfileAssetInput', { description: 'A document that is put into a profile.' })
export class ProfileAssetInput {
  @Field(() => ID, { nullable: true, description: 'The profile. Either this or account.' })
  profileId?: string | null;

  @Field(() => AccountSelector, { nullable: true, description: 'The account whose profile it is. Either this or profileId.' })
  account?: AccountSelector | null;

  @Field(() => String, { description: 'What it is called, at most 200 characters. Kept sealed.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What kind of document it is, in snake case, at most 64 characters; `document` when left out. Shown to everybody.' })
  kind?: string | null;

  @Field(() => String, { description: 'Its text, at most 200,000 characters. Kept sealed.' })
  text!: string;

  @Field(() => String, { nullable: true, description: 'E-mail address of the person it is about, with whom it is erased; the profile itself when left out.' })
  subjectEmail?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was made; now when left out.' })
  occurredAt?: string | null;

  @Field(() => OriginClass, { nullable: true, description: originDescription })
  origin?: OriginClass | null;
}

/** Which documents to list. */
@InputType('ProfileAssetFilter', { description: 'Which documents to list; conditions are joined by AND.' })
export class ProfileAssetFilter {
  @Field(() => [String], { nullable: true, description: 'Of one of these kinds.' })
  kinds?: string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Recorded from this instant on.' })
  recordedFrom?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Recorded before this instant.' })
  recordedBefore?: string | null;
}

const ProfileAssetOrderField = graphEnum('ProfileAssetOrderField', 'What a list of documents can be ordered by.', { RECORDED_AT: 'By when the system was given them.', KIND: 'By kind.' });
/** The orderBy input of a list of documents. */
export const ProfileAssetOrder = orderInput('ProfileAsset', ProfileAssetOrderField);
export type ProfileAssetOrder = InstanceType<typeof ProfileAssetOrder>;
/** The connection type of documents. */
export const ProfileAssetConnection = connectionType('ProfileAsset', () => ProfileAsset);

/** What putting a document into a profile answers. */
export const SaveProfileAssetResult = resultUnion('SaveProfileAssetResult', 'The document, or why it was refused.', [ProfileAsset, SuppressedError]);
