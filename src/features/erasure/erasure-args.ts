import { ArgsType, Field, ID } from 'type-graphql';

/** Whom to erase, and by which preview. */
@ArgsType()
export class ErasePreviewArgs {
  @Field(() => String, { nullable: true, description: 'The address; or contactId.' })
  email?: string | null;

  @Field(() => ID, { nullable: true, description: 'The contact\'s global id, for somebody who has no address; or email.' })
  contactId?: string | null;

  @Field(() => String, { description: 'The digest of the erasurePreview that was looked at.' })
  previewDigest!: string;
}

/** Who is meant. */
@ArgsType()
export class SubjectArgs {
  @Field(() => String, { nullable: true, description: 'The address; earlier and later ones of the same contact are found, while its name stayed the same. Or contactId: exactly one of them.' })
  email?: string | null;

  @Field(() => ID, { nullable: true, description: 'The contact\'s global id, for somebody who has no address. Or email.' })
  contactId?: string | null;
}
