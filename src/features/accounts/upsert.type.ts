import { GraphQLInt } from 'graphql';
import { Field, ID, ObjectType } from 'type-graphql';
import { ProductError } from '../../platform/errors.ts';
import { resultUnion, SuppressedError, toUserError } from '../../platform/graphql/user-error.ts';
import type { UpsertResult } from './upsert-records.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';

const UpsertChange = graphEnum('UpsertChange', 'What an upsert did to one item.', {
  CREATED: 'It is new.',
  UPDATED: 'It changed; the version before is kept.',
  UNCHANGED: 'What the graph shows did not change.',
});

/** How much an upsert states. */
export const UpsertMode = graphEnum('UpsertMode', 'How much of each item an upsert states.', {
  PATCH: 'Only the fields that are given: one that is left out stays as it is, null says that there is no value.',
  REPLACE: 'All of it: a field that is left out has no value.',
});

const NotAppliedReason = graphEnum('NotAppliedReason', 'Why a statement that was kept does not show.', {
  OLDER_THAN_CURRENT: 'The same source stated something later about everything in it. It can be read with validAt.',
  INCOMPLETE: 'Required fields of the record are not known yet. It shows once they are.',
  RETIRED: 'The record, or its account, is retired.',
});

/** One item that was taken in. */
@ObjectType('Upserted', { description: 'One item that was taken in.', simpleResolvers: true })
export class Upserted {
  @Field(() => ID, { description: 'Its global id.' })
  id!: string;

  @Field(() => UpsertChange, { description: 'What was done to it.' })
  change!: keyof typeof UpsertChange;

  @Field(() => Boolean, { description: 'Whether the statement shows, or may show: it is what its source says now. Where sources disagree, the precedence policy decides; see `contradictions`.' })
  applied!: boolean;

  @Field(() => NotAppliedReason, { nullable: true, description: 'Why it does not show; null if applied.' })
  reason!: keyof typeof NotAppliedReason | null;

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
    if (!(result instanceof ProductError)) return { __typename: 'Upserted', id: result.globalId, change: result.change, applied: result.reason === null, reason: result.reason, suppressed: result.suppressed };
    const refused = toUserError(result);
    if (!refused) throw result;
    return refused;
  });
  const rejected = results.filter((result) => result instanceof ProductError).length;
  return { accepted: results.length - rejected, rejected, results: shown };
}
