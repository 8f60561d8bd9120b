import { GraphQLInt } from 'graphql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Node } from '../../platform/graphql/node.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import { AccountStatus, LifecycleStage, TicketPriority } from '../accounts/index.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { OriginClass } from '../trust/index.ts';

/** The rules that outreach keeps to. */
@ObjectType('OutreachPolicy', { implements: Node, description: 'One version of the rules that outreach keeps to; a version never changes.', simpleResolvers: true })
export class OutreachPolicyType extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => GraphQLInt, { description: 'Its version; 0 for the program\'s defaults.' })
  version!: number;

  @Shows('TEXT')
  @Field(() => [String], { description: 'Words and phrases that no draft may hold, when it is written, approved and sent: what was written under another list is refused an approval until it is edited, and what was approved is CANCELLED (`POLICY_CHANGED`); case, spacing, punctuation, letters that look alike and plain English endings do not matter.' })
  doNotSay!: string[];

  @Field(() => GraphQLInt, { description: 'E-mails for one account at most, counted when one is proposed: those that wait for a decision or are on their way, and those sent on this UTC day. Rejected, cancelled, expired and stale ones do not count. So no account is sent more on one day. A limit that is lowered holds for what is approved, too: once that many were sent on a UTC day, an approved e-mail waits for the next one (`POSTPONED`), or is CANCELLED (`LIMIT_REACHED`) where it would have expired by then.' })
  emailDailyLimit!: number;

  @Field(() => Boolean, { description: 'Whether the tenant set that limit itself; if not, it is the installation\'s (`EMAIL_DAILY_LIMIT_PER_ACCOUNT`) and follows it.' })
  emailDailyLimitIsOwn!: boolean;

  @Field(() => Boolean, { description: 'Require a second person (not the last editor) to approve a draft. The proposer of an action never approves it.' })
  fourEyes!: boolean;

  @Field(() => [AccountStatus], { description: 'Account statuses without sales outreach: nothing is proposed, approved or sent for such an account.' })
  blockedStatuses!: (keyof typeof AccountStatus)[];

  @Field(() => [LifecycleStage], { description: 'Lifecycle stages without sales outreach, as `blockedStatuses`.' })
  blockedLifecycleStages!: (keyof typeof LifecycleStage)[];

  @Field(() => [TicketPriority], { description: 'Ticket priorities that count as critical: while such a ticket of the account is open, the program proposes nothing, and what it proposed is neither approved nor sent. People may still propose.' })
  blockedTicketPriorities!: (keyof typeof TicketPriority)[];

  @Shows('TEXT')
  @Field(() => [String], { description: 'Manager flags that forbid every e-mail to the account; case and punctuation do not matter.' })
  doNotContactFlags!: string[];

  @Field(() => GraphQLInt, { description: 'Hours after a rejection, a sending, a failure or an expiry in which the program proposes nothing new for the account. After it, a new signal that raises the score is needed, too.' })
  coolDownHours!: number;

  @Field(() => GraphQLInt, { description: 'Hours between two e-mails to one person, at least, whatever account they are about. Checked when an e-mail is proposed by the program, approved and sent.' })
  hoursBetweenEmails!: number;

  @Field(() => OriginClass, { description: 'The trust floor: a proposal whose lineage holds an observation below this class has HIGH risk.' })
  trustFloor!: OriginClass;

  @Field(() => OriginClass, { description: 'A proposal whose lineage holds an observation below this class is refused; for the program, `considerations` says so.' })
  refuseBelow!: OriginClass;
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

  @Field(() => [AccountStatus], { nullable: true, description: 'Account statuses without sales outreach: nothing is proposed, approved or sent for such an account. Default CHURN and INACTIVE.' })
  blockedStatuses?: (keyof typeof AccountStatus)[] | null;

  @Field(() => [LifecycleStage], { nullable: true, description: 'Lifecycle stages without sales outreach, as `blockedStatuses`. Default none.' })
  blockedLifecycleStages?: (keyof typeof LifecycleStage)[] | null;

  @Field(() => [TicketPriority], { nullable: true, description: 'Ticket priorities that count as critical: while such a ticket of the account is open, the program proposes nothing, and what it proposed is neither approved nor sent. People may still propose. Default HIGHEST.' })
  blockedTicketPriorities?: (keyof typeof TicketPriority)[] | null;

  @Field(() => [String], { nullable: true, description: 'Manager flags that forbid every e-mail to the account; case and punctuation do not matter. At most 100; default `do_not_contact`, `do_not_email`, `no_outreach`.' })
  doNotContactFlags?: string[] | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Hours after a rejection, a sending, a failure or an expiry in which the program proposes nothing new for the account. After it, a new signal that raises the score is needed, too. 0 to 8760; default 72.' })
  coolDownHours?: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Hours between two e-mails to one person, at least, whatever account they are about. Checked when an e-mail is proposed by the program, approved and sent. 0 to 8760; default 168 (7 days).' })
  hoursBetweenEmails?: number | null;

  @Field(() => OriginClass, { nullable: true, description: 'The trust floor: a proposal whose lineage holds an observation below this class has HIGH risk. Default COLLEAGUE_TEXT.' })
  trustFloor?: OriginClass | null;

  @Field(() => OriginClass, { nullable: true, description: 'A proposal whose lineage holds an observation below this class is refused; not above `trustFloor`. Default MODEL_INFERRED, so only ANONYMOUS is refused.' })
  refuseBelow?: OriginClass | null;
}

/** What saving the policy answers. */
export const SaveOutreachPolicyResult = resultUnion('SaveOutreachPolicyResult', 'The policy now in force, or why it was refused.', [OutreachPolicyType]);
