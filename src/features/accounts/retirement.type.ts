import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';

/** Why an account is retired. */
@ObjectType('Retirement', { description: 'Since when, why and by whom something is retired.', simpleResolvers: true })
export class Retirement {
  @Field(() => DateTime, { description: 'Since when it is retired. UTC.' })
  at!: string;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'The reason that was given; null when none was.' })
  reason!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The source that ended it; `manual` for a person.' })
  source!: string;

  @Field(() => DateTime, { description: 'When the system learned it. UTC.' })
  recordedAt!: string;
}

/** What is to be retired. */
@InputType('RetireRecordsInput', { description: 'Accounts, contacts and other records to retire.' })
export class RetireRecordsInput {
  @Field(() => [ID], { description: 'Their ids, 1 to 100, of any kind. All are stated as retired, or none.' })
  ids!: string[];

  @Field(() => String, { description: 'Why, at most 1,000 characters.' })
  reason!: string;

  @Field(() => String, { nullable: true, description: 'The source in which they ended. A person may leave it out: then only a person brings them back. A machine must name it.' })
  source?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When they ended; now when left out.' })
  occurredAt?: string | null;
}

/** What is to be restored. */
@InputType('RestoreRecordsInput', { description: 'Accounts, contacts and other records that a person retired and that are to come back.' })
export class RestoreRecordsInput {
  @Field(() => [ID], { description: 'Their ids, 1 to 100, of any kind. All are restored, or none.' })
  ids!: string[];
}

/** A record that was retired or restored. */
@ObjectType('RetiredRecord', { description: 'An account, contact or other record by its id.', simpleResolvers: true })
export class RetiredRecord {
  @Field(() => ID, { description: 'Its global id. In the present a retired account can be read by it with its last state; other retired records only with asOf.' })
  id!: string;
}

/** Why a record goes on. */
export const KeptReason = { OLDER_THAN_CURRENT: 'OLDER_THAN_CURRENT', OUTRANKED: 'OUTRANKED' } as const;
registerEnumType(KeptReason, {
  name: 'KeptReason',
  description: 'Why a record is not retired although a source says that it ended.',
  valuesConfig: {
    OLDER_THAN_CURRENT: { description: 'The same source stated the record later. The end is kept as history; read it with validAt.' },
    OUTRANKED: { description: 'Another source that goes before by the precedence policy says that the record exists. Name that source, or retire the record by hand, without a source.' },
  },
});

/** A record that goes on. */
@ObjectType('KeptRecord', { description: 'An account, contact or other record that is not retired although a source says that it ended.', simpleResolvers: true })
export class KeptRecord {
  @Field(() => ID, { description: 'Its global id.' })
  id!: string;

  @Field(() => KeptReason, { description: 'Why it is not retired.' })
  reason!: keyof typeof KeptReason;
}

/** What was retired. */
@ObjectType('RetiredRecords', { description: 'What was retired: it left lists, counts, scores, health and new snapshots. History, asOf and old snapshots keep it.', simpleResolvers: true })
export class RetiredRecords {
  @Field(() => [RetiredRecord], { description: 'In the order of the input.' })
  retired!: RetiredRecord[];

  @Field(() => [KeptRecord], { description: 'Those that go on, since another statement says so. Empty where a person retires without a source.' })
  kept!: KeptRecord[];
}

/** What was restored. */
@ObjectType('RestoredRecords', { description: 'What a person brought back. What its source ended stays retired until the source states it again.', simpleResolvers: true })
export class RestoredRecords {
  @Field(() => [RetiredRecord], { description: 'In the order of the input.' })
  restored!: RetiredRecord[];
}

/** The results of `retireRecords`. */
export const RetireRecordsResult = resultUnion('RetireRecordsResult', 'What was retired, or why nothing was.', [RetiredRecords]);
/** The results of `restoreRecords`. */
export const RestoreRecordsResult = resultUnion('RestoreRecordsResult', 'What was restored, or why nothing was.', [RestoredRecords]);
