import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole, type Role } from '../access/index.ts';
import { precedenceInForce } from '../sources/index.ts';
import { publishPrecedencePolicy } from './publish-precedence-policy.ts';

/** One rule of a precedence policy. */
@ObjectType('PrecedenceRule', { description: 'Which sources win for some fields of a kind of node. The first rule that covers a field decides.', simpleResolvers: true })
export class PrecedenceRuleType {
  @Shows('TEXT')
  @Field(() => String, { description: 'What it is called.' })
  name!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The GraphQL type that it covers; `*` for every one.' })
  kind!: string;

  @Shows('SYSTEM')
  @Field(() => [String], { nullable: true, description: 'The fields that it covers; null for all.' })
  fields!: string[] | null;

  @Shows('SYSTEM')
  @Field(() => [[String]], { description: 'Sources in tiers: one of an earlier tier wins. Within a tier, and among sources in none, the latest statement wins.' })
  tiers!: string[][];
}

/** A precedence policy. */
@ObjectType('PrecedencePolicy', { description: 'Which source wins where several state a field. What a person states by hand always wins.', simpleResolvers: true })
export class PrecedencePolicy {
  @Field(() => Int, { description: 'Its version; 0 for the defaults.' })
  version!: number;

  @Field(() => [PrecedenceRuleType], { description: 'Its rules, in order.' })
  rules!: PrecedenceRuleType[];

  @Field(() => DateTime, { nullable: true, description: 'When it was published; null for the defaults. UTC.' })
  publishedAt!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Who published it; null for the defaults.' })
  publishedBy!: string | null;
}

/** A rule as a caller states it. */
@InputType('PrecedenceRuleInput', { description: 'One rule of a precedence policy.' })
export class PrecedenceRuleInput {
  @Field(() => String, { description: 'What it is called, at most 100 characters.' })
  name!: string;

  @Field(() => String, { description: 'The GraphQL type that it covers, such as `Opportunity`; `*` for every one.' })
  kind!: string;

  @Field(() => [String], { nullable: true, description: 'The fields that it covers; all when left out.' })
  fields?: string[] | null;

  @Field(() => [[String]], { description: 'Sources in tiers, at most 10 of at most 50 sources.' })
  tiers!: string[][];
}

/** A policy as a caller states it. */
@InputType('PublishPrecedencePolicyInput', { description: 'A whole precedence policy.' })
export class PublishPrecedencePolicyInput {
  @Field(() => [PrecedenceRuleInput], { description: 'Its rules, at most 200; the first that covers a field decides.' })
  rules!: PrecedenceRuleInput[];
}

const PublishPrecedencePolicyResult = resultUnion('PublishPrecedencePolicyResult', 'The policy in force, or why it was refused.', [PrecedencePolicy]);
const mayPublishPolicies: readonly Role[] = ['admin'];

/** The precedence policy. */
@Resolver()
export class PrecedenceResolver {
  @Query(() => PrecedencePolicy, { description: 'The precedence policy in force.' })
  precedencePolicy(@Ctx() call: Call): Promise<object> {
    return precedenceInForce(call.read, call.tenantId);
  }

  @Mutation(() => PublishPrecedencePolicyResult as never, { description: 'Publishes a precedence policy. A job applies it to what is known. Requires the admin role.' })
  publishPrecedencePolicy(@Ctx() call: Call, @Arg('input', () => PublishPrecedencePolicyInput, { description: 'The whole policy.' }) input: PublishPrecedencePolicyInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayPublishPolicies, 'publish precedence policies');
      const published = await call.transact(async (work) => {
        await publishPrecedencePolicy(work, input.rules.map(({ name, kind, fields, tiers }) => ({ name, kind, fields: fields ?? null, tiers })));
        return precedenceInForce(work, work.tenantId);
      });
      return { ...published, __typename: 'PrecedencePolicy' };
    });
  }
}
