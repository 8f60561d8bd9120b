import { Field, Float, ID, InputType } from 'type-graphql';
import { AccountSelector } from '../accounts/index.ts';

/** An action that somebody proposes by hand. */
@InputType('ProposeActionInput', { description: 'An e-mail that somebody proposes by hand.' })
export class ProposeActionInput {
  @Field(() => AccountSelector, { description: 'The account it is for.' })
  account!: AccountSelector;

  @Field(() => ID, { nullable: true, description: 'The contact to write to; when left out, the primary champion, or else another contact who consents.' })
  contactId?: string | null;

  @Field(() => String, { description: 'Subject: one line of at most 200 characters.' })
  subject!: string;

  @Field(() => String, { description: 'Text: at most 10,000 characters.' })
  body!: string;

  @Field(() => String, { description: 'Why it is right to send it, for whoever decides; at most 10,000 characters, none of them hidden. A machine\'s holds no links, addresses or markup.' })
  reasoning!: string;

  @Field(() => Float, { description: 'How sure that is, 0 to 1; from 0.7 on the risk is MEDIUM, else HIGH. What a machine says of its own proposal is not verified by anybody: it is kept as 0.6 at most, so its risk is HIGH.' })
  confidence!: number;
}

/** An approval. */
@InputType('ApproveActionInput', { description: 'An approval of what was seen.' })
export class ApproveActionInput {
  @Field(() => ID, { description: 'The action.' })
  id!: string;

  @Field(() => String, { description: 'The `evidenceDigest` that came with what the approver saw.' })
  evidenceDigest!: string;
}

/** A rejection. */
@InputType('RejectActionInput', { description: 'A rejection with its reason.' })
export class RejectActionInput {
  @Field(() => ID, { description: 'The action.' })
  id!: string;

  @Field(() => String, { description: 'Why, in words; at most 2,000 characters. Kept sealed, as the draft is.' })
  reason!: string;
}

/** An edit. */
@InputType('EditActionInput', { description: 'New words for a draft; what is left out stays.' })
export class EditActionInput {
  @Field(() => ID, { description: 'The action.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'New subject.' })
  subject?: string | null;

  @Field(() => String, { nullable: true, description: 'New text.' })
  body?: string | null;

  @Field(() => String, { nullable: true, description: 'The `evidenceDigest` that came with what the editor saw: when another is the action\'s by now, nothing is changed and `EvidenceChanged` answers. When left out, the new words replace whatever is there.' })
  evidenceDigest?: string | null;
}
