import { Field, ID, InputType, InterfaceType, ObjectType } from 'type-graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import type { Actor } from '../../platform/events/event.ts';

/** Who decided on a merge. */
@ObjectType('MergeActor', { description: 'Who decided on a merge.', simpleResolvers: true })
export class MergeActor {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The subject of a person\'s token, or the name of a part of the program: `matching-policy` for merges by policy.' })
  id!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: '`user` or `system`.' })
  kind!: string;
}

/** An account that a merge names; also one that counts for another. */
@ObjectType('NamedAccount', { description: 'An account as a merge names it. `id` stays what it was, whichever account it counts for; reading it returns the survivor.', simpleResolvers: true })
export class NamedAccount {
  @Field(() => ID, { description: 'Global id of the account that was named.' })
  id!: string;

  readonly uuid!: string;
}

/** A contact that a merge names; also one that counts for another. */
@ObjectType('NamedContact', { description: 'A contact as a merge names it. `id` stays what it was, whichever contact it counts for; reading it returns the survivor.', simpleResolvers: true })
export class NamedContact {
  @Field(() => ID, { description: 'Global id of the contact that was named.' })
  id!: string;

  readonly uuid!: string;
}

/** What merges of accounts and of contacts have in common. */
@InterfaceType('Merge', { implements: Node, description: 'A recorded decision that two nodes are one. It can be undone at any time, in any order.' })
export abstract class Merge extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Why; null when not stated.' })
  reason!: string | null;

  @Field(() => DateTime, { description: 'When it was decided. UTC.' })
  mergedAt!: string;

  @Field(() => MergeActor, { description: 'Who decided: a person, or the matching policy.' })
  mergedBy!: MergeActor;

  @Field(() => DateTime, { nullable: true, description: 'Since when it no longer holds; null while it holds. UTC.' })
  undoneAt!: string | null;

  @Field(() => MergeActor, { nullable: true, description: 'Who undid it; null while it holds.' })
  undoneBy!: MergeActor | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'Why it was undone; null when not stated, and while it holds.' })
  undoReason!: string | null;
}

/** A decision that two accounts are one. */
@ObjectType('AccountMerge', { implements: Merge, simpleResolvers: true, description: 'A decision that two accounts are one. It can be undone at any time, in any order; merges that hold decide which account an account counts for.' })
export class AccountMerge extends Merge {
  @Field(() => NamedAccount, { description: 'The account that the other counts for, as it was named. If it is merged itself, both count for its survivor.' })
  into!: NamedAccount;

  @Field(() => NamedAccount, { description: 'The account that counts for the other, as it was named.' })
  from!: NamedAccount;
}

/** A decision that two contacts are one person. */
@ObjectType('ContactMerge', { implements: Merge, simpleResolvers: true, description: 'A decision that two contacts are one person. It can be undone at any time, in any order. While it holds, the person\'s consent is the most restrictive of their addresses.' })
export class ContactMerge extends Merge {
  @Field(() => NamedContact, { description: 'The contact that the other counts for, as it was named. If it is merged itself, both count for its survivor.' })
  into!: NamedContact;

  @Field(() => NamedContact, { description: 'The contact that counts for the other, as it was named.' })
  from!: NamedContact;
}

/** A merge as GraphQL is given it. */
export type MergeRow = NodeRow & ListedRow & Merge & { readonly into: { readonly id: string; readonly uuid: string }; readonly from: { readonly id: string; readonly uuid: string }; readonly mergedBy: Actor; readonly undoneBy: Actor | null };

/** An account that counts for another. */
@ObjectType('MergedAccount', { description: 'An account that was merged into this one, directly or through others.', simpleResolvers: true })
export class MergedAccount extends NamedAccount {
  @Field(() => DateTime, { description: 'When it was merged. UTC.' })
  mergedAt!: string;

  @Field(() => ID, { description: 'The merge by which it counts for another; give it to `unmergeAccounts` to undo it.' })
  mergeId!: string;
}

/** A contact that counts for another. */
@ObjectType('MergedContact', { description: 'A contact that was merged into this one, directly or through others.', simpleResolvers: true })
export class MergedContact extends NamedContact {
  @Field(() => DateTime, { description: 'When it was merged. UTC.' })
  mergedAt!: string;

  @Field(() => ID, { description: 'The merge by which it counts for another; give it to `unmergeContacts` to undo it.' })
  mergeId!: string;
}

/** Which nodes to merge. */
@InputType('MergeInput', { description: 'Which two nodes are one.' })
export class MergeInput {
  @Field(() => ID, { description: 'The node that the other will count for; the survivor, unless it is merged itself.' })
  intoId!: string;

  @Field(() => ID, { description: 'The node that will count for the other, with everything that is merged into it.' })
  fromId!: string;

  @Field(() => String, { nullable: true, description: 'Why, at most 1,000 characters.' })
  reason?: string | null;
}

/** Which merge to undo. */
@InputType('UnmergeInput', { description: 'Which merge to undo.' })
export class UnmergeInput {
  @Field(() => ID, { description: 'The merge.' })
  mergeId!: string;

  @Field(() => String, { nullable: true, description: 'Why, at most 1,000 characters.' })
  reason?: string | null;
}

/** Which merges to list. */
@InputType('MergeFilter', { description: 'Which merges to list; conditions are joined by AND.' })
export class MergeFilter {
  @Field(() => Boolean, { nullable: true, description: 'true: only those that were undone; false: only those that hold.' })
  undone?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'That name this node, as the one or as the other.' })
  nodeId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Decided from this instant on.' })
  mergedFrom?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Decided before this instant.' })
  mergedBefore?: string | null;
}

const MergeOrderField = graphEnum('MergeOrderField', 'What a list of merges can be ordered by.', { MERGED_AT: 'By when they were decided.' });
/** The orderBy input of a list of merges. */
export const MergeOrder = orderInput('Merge', MergeOrderField, OrderDirection.DESC);
export type MergeOrder = InstanceType<typeof MergeOrder>;
/** The connection types of merges. */
export const AccountMergeConnection = connectionType('AccountMerge', () => AccountMerge);
export const ContactMergeConnection = connectionType('ContactMerge', () => ContactMerge);
/** What merging and unmerging answers. */
export const AccountMergeResult = resultUnion('AccountMergeResult', 'The merge, or why it was refused.', [AccountMerge]);
export const ContactMergeResult = resultUnion('ContactMergeResult', 'The merge, or why it was refused.', [ContactMerge]);
