import { GraphQLInt } from 'graphql';
import { Field, ID, ObjectType } from 'type-graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime, JsonObject } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import type { StayingText, TextChange } from '../../platform/postgres/personal-place.ts';
import { resultUnion, UserError } from '../../platform/graphql/user-error.ts';
import type { ErasureItem, ErasurePreview, PreviewItem, StayingItem } from './preview-erasure.ts';

/** How much of a kind is held on a person, and what becomes of it. */
@ObjectType('ErasureItem', { simpleResolvers: true, description: 'How much of one kind is held on a person, and what becomes of it.' })
export class ErasureItemType {
  @Shows('ERASURE')
  @Field(() => String, { description: 'What it is: `CONTACT`, `CONSENT`, `PROFILE_FIELD`, `SUBJECT_KEY`; `NOTE_MENTION`, `SIGNAL_MENTION` and the like where texts about something else name the person.' })
  kind!: string;

  @Field(() => GraphQLInt, { description: 'How many rows.' })
  count!: number;

  @Field(() => Boolean, { description: 'Whether the rows stay, without the person; false: what they held is gone.' })
  kept!: boolean;

  @Shows('ERASURE')
  @Field(() => String, { description: 'How it is erased, or why it stays and what is taken out of it.' })
  reason!: string;
}

/** What an erasure makes of one text. */
@ObjectType('ErasureChange', { simpleResolvers: true, description: 'What an erasure makes of one text about something else.' })
export class ErasureChange {
  @Field(() => ID, { description: 'The row that it stands in: a UUID.' })
  rowId!: string;

  @Field(() => ID, { nullable: true, description: 'The account\'s UUID, where the row is of one.' })
  accountId!: string | null;

  @Shows('ERASURE')
  @Field(() => String, { description: 'The part of the row.' })
  field!: string;

  @Shows('ERASURE')
  @Field(() => String, { description: 'What it says now: 400 characters about the first change.' })
  before!: string;

  @Shows('ERASURE')
  @Field(() => String, { nullable: true, description: 'What is left of it, likewise; null where nothing is.' })
  after!: string | null;
}

/** An item of a preview. */
@ObjectType('ErasurePreviewItem', { simpleResolvers: true, description: 'How much of one kind is held on a person, what becomes of it, and which texts change how.' })
export class ErasurePreviewItem extends ErasureItemType {
  @Field(() => [ErasureChange], { description: 'How texts about something else change: of the first 20 rows. Look at them before you erase: names can be words.' })
  changes!: readonly TextChange[];

  @Field(() => GraphQLInt, { description: 'In how many rows texts about something else change; 0 for what is the person\'s own.' })
  changesTotal!: number;
}

/** Why an occurrence of a name stays. */
export const ErasureStayReason = graphEnum('ErasureStayReason', 'Why text that may name a person is not erased.', {
  SHORT_NAME: 'A short name in lower case: it may be a word of the language.',
  ORDINARY_WORD: 'The name is also a word of the language.',
  SHARED_NAME: 'Other people in the accounts of this person have the same name.',
  NAME_OF_A_THING: 'An account, a product or a scenario has the same name.',
  PART_OF_LONGER_NAME: 'Another part of a name stands beside it: it may be another person.',
  PART_OF_A_WORD: 'In a script without spaces, the characters may be part of other words.',
  OTHER_PERSON_IN_PAYLOAD: 'An IP address or telephone number in a payload that names other people too, or does not name this person as its subject.',
});

/** A text that may name a person and stays. */
@ObjectType('ErasureStayingText', { simpleResolvers: true, description: 'A text that may name the person and is not erased.' })
export class ErasureStayingText {
  @Field(() => ID, { description: 'The row that holds the text: a UUID. Pass it in `includeRows` to erase it.' })
  rowId!: string;

  @Field(() => ID, { nullable: true, description: 'UUID of the account; null if the row belongs to no account.' })
  accountId!: string | null;

  @Shows('ERASURE')
  @Field(() => String, { description: 'The field of the row.' })
  field!: string;

  @Shows('ERASURE')
  @Field(() => String, { description: 'The words that may name the person, as written.' })
  found!: string;

  @Field(() => ErasureStayReason, { description: 'Why they stay.' })
  reason!: string;

  @Shows('ERASURE')
  @Field(() => String, { description: 'Up to 400 characters of the text around them.' })
  text!: string;
}

/** Texts of one kind that may name a person and stay. */
@ObjectType('ErasureStaying', { simpleResolvers: true, description: 'Texts of one kind that may name the person and are not erased.' })
export class ErasureStaying {
  @Shows('ERASURE')
  @Field(() => String, { description: 'The kind, as in `ErasureItem.kind`.' })
  kind!: string;

  @Field(() => GraphQLInt, { description: 'Number of rows.' })
  count!: number;

  @Field(() => [ErasureStayingText], { description: 'Occurrences in the first 20 rows.' })
  texts!: readonly StayingText[];
}

/** What erasing a person would do. */
@ObjectType('ErasurePreview', { simpleResolvers: true, description: 'What erasing a person would do, if it were done now.' })
export class ErasurePreviewType {
  @Shows('ERASURE')
  @Field(() => String, { description: 'What eraseSubject is bound to: it changes with whatever is held on the person, and with what that says. HMAC-SHA-256, hexadecimal.' })
  digest!: string;

  @Shows('ERASURE')
  @Field(() => [String], { description: 'Every address that is taken for the person\'s, and erased with them: a contact that changed its address and kept its name leads from one to the other. Look at them before you erase.' })
  emails!: readonly string[];

  @Shows('ERASURE')
  @Field(() => [String], { description: 'Words of their names, in lower case, that are left where they stand alone, because others near them bear them, or they are ordinary or short words. Beside an address of theirs, as a whole member of JSON, they are taken out.' })
  keptWords!: readonly string[];

  @Field(() => [ErasurePreviewItem], { description: 'By kind; empty when nothing is held.' })
  items!: readonly PreviewItem[];

  @Field(() => [ErasureStaying], { description: 'Texts that may name the person and are not erased, by kind, with the reason. A person decides: pass their rows in `includeRows`.' })
  staying!: readonly StayingItem[];

  @Shows('ERASURE')
  @Field(() => [String], { description: 'Names that are not searched everywhere, each with the reason in one sentence.' })
  notSearched!: readonly string[];
}

/** The proof that a person was erased. */
@ObjectType('ErasureReceipt', { implements: Node, simpleResolvers: true, description: 'The signed proof that a person was erased. It names them only by ids of keys that no longer exist.' })
export class ErasureReceipt extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => DateTime, { description: 'When the erasure was committed. UTC.' })
  completedAt!: string;

  @Shows('ERASURE')
  @Field(() => String, { description: 'The digest of the preview it was bound to.' })
  previewDigest!: string;

  @Field(() => [ErasureItemType], { description: 'What was erased and what stays, by kind.' })
  items!: readonly ErasureItem[];

  @Shows('ERASURE')
  @Field(() => String, { description: 'The text that is signed: canonical JSON with receiptId, tenantId, completedAt, previewDigest, subjectIds and items.' })
  statement!: string;

  @Shows('ERASURE')
  @Field(() => String, { description: 'Ed25519 signature (RFC 8032) over the UTF-8 bytes of the statement; base64.' })
  signature!: string;

  @Shows('ERASURE')
  @Field(() => String, { description: 'The public key to verify it with: the base64url of its 32 bytes. Whether it is this installation\'s, `GET /.well-known/signing-keys` tells.' })
  publicKey!: string;

  @Shows('ERASURE')
  @Field(() => String, { description: 'The first 16 hex digits of SHA-256 over the public key.' })
  keyId!: string;

  @Field(() => Boolean, { description: 'Whether the signature is that of the statement by a key that this installation believes; verified now.' })
  verified!: boolean;
}

/** A receipt as GraphQL is given it. */
export interface ErasureReceiptRow extends NodeRow, Omit<ErasureReceipt, 'id'> {}

/** Another erasure, or new data, came between preview and erasure. */
@ObjectType('ErasurePreviewOutdated', { implements: UserError, simpleResolvers: true, description: 'What is held on the person is no longer what the preview showed; nothing was erased.' })
export class ErasurePreviewOutdated extends UserError {
  @Field(() => ErasurePreviewType, { description: 'What would be erased now.' })
  preview!: ErasurePreview;
}

/** What eraseSubject answers. */
export const EraseSubjectResult = resultUnion('EraseSubjectResult', 'The receipt, or why nothing was erased.', [ErasureReceipt, ErasurePreviewOutdated]);

/** Everything held on a person. */
@ObjectType('SubjectExport', { simpleResolvers: true, description: 'Everything held on a person, in the clear.' })
export class SubjectExportType {
  @Shows('ERASURE')
  @Field(() => String, { nullable: true, description: 'The address that was asked for; null where a contact was.' })
  email!: string | null;

  @Shows('ERASURE')
  @Field(() => [String], { description: 'Every address that it covers.' })
  emails!: readonly string[];

  @Field(() => DateTime, { description: 'When it was put together. UTC.' })
  exportedAt!: string;

  @Shows('ERASURE')
  @Field(() => JsonObject, { description: 'By kind, lists of what is held: contacts with every version, profileFields, documents, consents with their terms, and mentions: texts about something else that name the person. Kinds of which nothing is held are left out.' })
  data!: object;
}

/** What exportSubject answers. */
export const ExportSubjectResult = resultUnion('ExportSubjectResult', 'What is held on the person, or why it is not handed out.', [SubjectExportType]);

/** What a list of receipts can be ordered by. */
export const ErasureReceiptOrderField = graphEnum('ErasureReceiptOrderField', 'What a list of receipts can be ordered by.', { COMPLETED_AT: 'By when the erasure was committed.' });
/** The orderBy input of a list of receipts. */
export const ErasureReceiptOrder = orderInput('ErasureReceipt', ErasureReceiptOrderField, OrderDirection.DESC);
export type ErasureReceiptOrder = InstanceType<typeof ErasureReceiptOrder>;
/** The connection type of receipts. */
export const ErasureReceiptConnection = connectionType('ErasureReceipt', () => ErasureReceipt);
