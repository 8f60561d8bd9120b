import { ArgsType, Field } from 'type-graphql';

/** Whom to erase, and by which preview. */
@ArgsType()
export class ErasePreviewArgs {
  @Field(() => String, { description: 'The address.' })
  email!: string;

  @Field(() => String, { description: 'The digest of the erasurePreview that was looked at.' })
  previewDigest!: string;
}
