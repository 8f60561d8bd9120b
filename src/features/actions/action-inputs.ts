import { GraphQLInt } from 'graphql';
import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import { AccountSelector } from '../accounts/index.ts';
import { Shows } from '../../platform/graphql/shows.ts';

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

/** What outreach is bound by. */
@ObjectType('OutreachPolicy', { description: 'What outreach is bound by; a version never changes.', simpleResolvers: true })
export class OutreachPolicyType {
  @Field(() => GraphQLInt, { description: 'Its version; 0 for the program\'s defaults.' })
  version!: number;

  @Shows('TEXT')
  @Field(() => [String], { description: 'Words and phrases that no draft may hold, when it is written, approved and sent: what was written under another list is refused an approval until it is edited, and what was approved is CANCELLED (`POLICY_CHANGED`); case, spacing, punctuation, letters that look alike and plain English endings do not matter.' })
  doNotSay!: string[];

  @Field(() => GraphQLInt, { description: 'E-mails for one account at most, counted when one is proposed: those that wait for a decision or are on their way, and those sent on this UTC day. Rejected, cancelled, expired and stale ones do not count. So no account is sent more on one day. A limit that is lowered holds for what is approved, too: once that many were sent on a UTC day, an approved e-mail waits for the next one (`POSTPONED`), or is CANCELLED (`LIMIT_REACHED`) where it would have expired by then.' })
  emailDailyLimit!: number;

  @Field(() => Boolean, { description: 'Whether the tenant set that limit itself; if not, it is the installation\'s (`EMAIL_DAILY_LIMIT_PER_ACCOUNT`) and follows it.' })
  emailDailyLimitIsOwn!: boolean;

  @Field(() => Boolean, { description: 'Whether somebody else than its last editor has to approve a draft. Whoever proposed an action never approves it.' })
  fourEyes!: boolean;
}

/** A new version of the policy. */
@InputType('OutreachPolicyInput', { description: 'A new version of what outreach is bound by; what is left out stays as it is.' })
export class OutreachPolicyInput {
  @Field(() => [String], { nullable: true, description: 'The whole do-not-say list: at most 500 entries of at most 200 characters.' })
  doNotSay?: string[] | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'E-mails for one account within one UTC day, at most: 0 to 1000; null gives way to the installation\'s limit.' })
  emailDailyLimit?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether somebody else than its last editor has to approve a draft; at first: no.' })
  fourEyes?: boolean | null;
}

/** What saving the policy answers. */
export const SaveOutreachPolicyResult = resultUnion('SaveOutreachPolicyResult', 'The policy now in force, or why it was refused.', [OutreachPolicyType]);
