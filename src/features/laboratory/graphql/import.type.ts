import { GraphQLInt } from 'graphql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { graphEnum } from '../../../platform/graphql/graph-enum.ts';
import { MoneyInput } from '../../../platform/graphql/money.ts';
import { DateTime } from '../../../platform/graphql/scalars.ts';
import { resultUnion } from '../../../platform/graphql/user-error.ts';
import { AccountSelector } from '../../accounts/index.ts';

/** How a deal ended. */
export const DealResult = graphEnum('DealResult', 'How a deal ended.', { WON: 'It was won.', LOST: 'It was lost.' });
/** What became of a row that was not refused. */
export const ImportedRowChange = graphEnum('ImportedRowChange', 'What became of a row that can be taken.', { TAKEN: 'It was stored.', DUPLICATE: 'The same is there already. Nothing changed.' });

/** A closed deal. */
@InputType('ImportOutcomeInput', { description: 'A deal that was closed.' })
export class ImportOutcomeInput {
  @Field(() => AccountSelector, { description: 'The account.' })
  account!: AccountSelector;

  @Field(() => String, { description: 'Id of the deal in its system, at most 200 characters. A deal of the same id takes the place of the one that was imported before.' })
  externalId!: string;

  @Field(() => DealResult, { description: 'How it ended.' })
  result!: keyof typeof DealResult;

  @Field(() => DateTime, { nullable: true, description: 'When it was closed; a row without it is refused. Not in the future.' })
  closedAt?: string | null;

  @Field(() => MoneyInput, { nullable: true, description: 'Its size; unknown when left out.' })
  amount?: MoneyInput | null;
}

/** A signal of before. */
@InputType('ImportHistorySignalInput', { description: 'A signal of before the program was there, for experiments alone: no score of production counts it.' })
export class ImportHistorySignalInput {
  @Field(() => AccountSelector, { description: 'The account.' })
  account!: AccountSelector;

  @Field(() => String, { description: 'Its type, as the scoring model names types.' })
  type!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it occurred; a row without it is refused. Not in the future.' })
  occurredAt?: string | null;

  @Field(() => String, { nullable: true, description: 'Its id in its system, at most 200 characters; without one, account, type and instant identify it.' })
  eventId?: string | null;
}

/** A row that was not refused. */
@ObjectType('ImportedRow', { description: 'A row that can be taken.', simpleResolvers: true })
export class ImportedRowResult {
  @Field(() => ImportedRowChange, { description: 'What became of it.' })
  change!: keyof typeof ImportedRowChange;
}

/** What became of one row. */
export const ImportRowResult = resultUnion('ImportRowResult', 'What became of one row: taken, or refused and why.', [ImportedRowResult]);

/** What became of an import. */
@ObjectType('ImportedHistory', { description: 'What became of an import. Refused rows do not hold up the others.', simpleResolvers: true })
export class ImportedHistory {
  @Field(() => ID, { description: 'Identifies the import in the log of the laboratory.' })
  importId!: string;

  @Field(() => GraphQLInt, { description: 'Rows that were stored.' })
  taken!: number;

  @Field(() => GraphQLInt, { description: 'Rows that were there already.' })
  duplicates!: number;

  @Field(() => GraphQLInt, { description: 'Rows that were refused.' })
  refused!: number;

  @Field(() => [ImportRowResult as never], { description: 'One result per row, in order.' })
  results!: object[];
}

/** What importing returns. */
export const ImportHistoryResult = resultUnion('ImportHistoryResult', 'What became of the rows, or why none was looked at.', [ImportedHistory]);
