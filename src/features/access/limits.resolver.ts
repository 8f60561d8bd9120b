import { Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';

/** What a caller may ask. */
@ObjectType('Limits', { description: 'What the caller may ask at once and over time. The rules are in docs/limits.md.', simpleResolvers: true })
export class Limits {
  @Field(() => Int, { description: 'Levels of fields of one operation. `__schema` and `__type` have a limit of their own.' })
  maxDepth!: number;

  @Field(() => Int, { description: 'Estimated cost of one operation, in objects. Send `"extensions": {"cost": true}` to see the cost of an operation.' })
  maxCost!: number;

  @Field(() => Int, { description: 'Aliases in one operation.' })
  maxAliases!: number;

  @Field(() => Int, { description: 'The largest `first` of a connection.' })
  maxPageSize!: number;

  @Field(() => Int, { description: 'Requests of the least charge that remain until `resetsAt`. Requests of a higher cost use up more.' })
  requestsRemaining!: number;

  @Field(() => DateTime, { description: 'When the rate limit of the caller is full again.' })
  resetsAt!: string;
}

/** Tells callers their limits. */
@Resolver()
export class LimitsResolver {
  @Query(() => Limits, { description: 'The limits of the caller, after this request was charged.' })
  limits(@Ctx() call: Call): Limits {
    return call.limits();
  }
}
