import { ArgsType, Field, ID } from 'type-graphql';

const includeRows = 'Row ids from `staying`: in these rows, text that only may name the person is erased too. At most 1,000. Pass the same ids to erasurePreview and eraseSubject.';

/** Whom to erase, and by which preview. */
@ArgsType()
export class ErasePreviewArgs {
  @Field(() => String, { nullable: true, description: 'The address; or contactId.' })
  email?: string | null;

  @Field(() => ID, { nullable: true, description: 'The contact\'s global id, for somebody who has no address; or email.' })
  contactId?: string | null;

  @Field(() => [ID], { nullable: true, description: includeRows })
  includeRows?: string[] | null;

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

/** Who is meant, and what is erased on a person's decision. */
@ArgsType()
export class PreviewArgs extends SubjectArgs {
  @Field(() => [ID], { nullable: true, description: includeRows })
  includeRows?: string[] | null;
}
