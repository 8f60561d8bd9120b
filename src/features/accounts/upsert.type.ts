import { GraphQLInt } from 'graphql';
import { Field, ID, ObjectType } from 'type-graphql';
import { ProductError } from '../../platform/errors.ts';
import { resultUnion, SuppressedError, toUserError } from '../../platform/graphql/user-error.ts';
import type { UpsertResult } from './upsert-records.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';

const UpsertChange = graphEnum('UpsertChange', 'What an upsert did to one item.', {
  CREATED: 'It is new.',
  UPDATED: 'It was replaced; the version before is kept.',
  UNCHANGED: 'It says what was known already.',
});

/** One item that was taken in. */
@ObjectType('Upserted', { description: 'One item that was taken in.', simpleResolvers: true })
export class Upserted {
  @Field(() => ID, { description: 'Its global id.' })
  id!: string;

  @Field(() => UpsertChange, { description: 'What was done to it.' })
  change!: keyof typeof UpsertChange;

  @Field(() => Boolean, { description: 'Whether it held addresses of people who were erased: they were replaced by `[erased]`, or emptied, before it was stored.' })
  suppressed!: boolean;
}

/** What became of one item. */
export const UpsertItemResult = resultUnion('UpsertResult', 'What became of one item: taken in, or refused and why.', [Upserted, SuppressedError]);

/** What became of a bulk upsert. */
@ObjectType('UpsertPayload', { description: 'What became of a bulk upsert; refused items do not hold up the others.', simpleResolvers: true })
export class UpsertPayload {
  @Field(() => GraphQLInt, { description: 'How many were taken in, unchanged ones among them.' })
  accepted!: number;

  @Field(() => GraphQLInt, { description: 'How many were refused.' })
  rejected!: number;

  @Field(() => [UpsertItemResult as never], { description: 'One result per input, in order.' })
  results!: object[];
}

/** The payload of some results. */
export function toUpsertPayload(results: readonly UpsertResult[]): UpsertPayload {
  const shown = results.map((result) => {
    if (!(result instanceof ProductError)) return { __typename: 'Upserted', id: result.globalId, change: result.change, suppressed: result.suppressed };
    const refused = toUserError(result);
    if (!refused) throw result;
    return refused;
  });
  const rejected = results.filter((result) => result instanceof ProductError).length;
  return { accepted: results.length - rejected, rejected, results: shown };
}
