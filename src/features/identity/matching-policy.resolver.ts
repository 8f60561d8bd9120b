import { GraphQLInt } from 'graphql';
import { Arg, Ctx, Field, Float, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import { maySetMatchingPolicy } from './matching.policy.ts';
import { MatchRule, type MatchRuleName } from './match-rules.ts';
import { matchingPolicy, publishMatchingPolicy, type MatchingPolicy } from './matching-policy.ts';

/** What the policy says about one rule. */
@ObjectType('MatchRuleSetting', { description: 'What a matching policy says about one rule.', simpleResolvers: true })
export class MatchRuleSetting {
  @Field(() => MatchRule, { description: 'The rule.' })
  rule!: MatchRuleName;

  @Field(() => Boolean, { description: 'Whether the rule is used.' })
  enabled!: boolean;

  @Field(() => Float, { description: 'How sure the rule alone makes it that two nodes are one: 0 to 1.' })
  confidence!: number;

  @Field(() => Boolean, { description: 'Whether pairs with this evidence are merged by the policy, without a person.' })
  autoMerge!: boolean;
}

/** One version of the policy. */
@ObjectType('MatchingPolicy', { description: 'One version of how duplicates are found; a version never changes.', simpleResolvers: true })
export class MatchingPolicyType {
  @Field(() => GraphQLInt, { description: 'Its version; 0 for the program\'s defaults.' })
  version!: number;

  @Field(() => Float, { description: 'Rules of this confidence or more propose pairs: 0 to 1. The others only add to the confidence of proposed pairs.' })
  proposeFrom!: number;

  @Field(() => [MatchRuleSetting], { description: 'Every rule.' })
  rules!: MatchRuleSetting[];

  @Field(() => DateTime, { nullable: true, description: 'When it was published; null for the program\'s defaults. UTC.' })
  publishedAt!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Who published it, by id; null for the program\'s defaults.' })
  publishedBy!: string | null;
}

/** A change of one rule. */
@InputType('MatchRuleInput', { description: 'A change of one rule; what is left out stays as it is.' })
export class MatchRuleInput {
  @Field(() => MatchRule, { description: 'The rule.' })
  rule!: MatchRuleName;

  @Field(() => Boolean, { nullable: true, description: 'Whether the rule is used.' })
  enabled?: boolean | null;

  @Field(() => Float, { nullable: true, description: 'How sure the rule alone makes it that two nodes are one: 0 to 1.' })
  confidence?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether pairs with this evidence are merged by the policy. Only for SAME_REFERENCE, SAME_DOMAIN and SAME_EMAIL; off by default.' })
  autoMerge?: boolean | null;
}

/** A new version of the policy. */
@InputType('MatchingPolicyInput', { description: 'A new version of the matching policy; what is left out stays as it is.' })
export class MatchingPolicyInput {
  @Field(() => Float, { nullable: true, description: 'Rules of this confidence or more propose pairs: 0 to 1; default 0.5.' })
  proposeFrom?: number | null;

  @Field(() => [MatchRuleInput], { nullable: true, description: 'The rules to change, each once.' })
  rules?: MatchRuleInput[] | null;
}

const PublishResult = resultUnion('PublishMatchingPolicyResult', 'The policy now in force, or why it was refused.', [MatchingPolicyType]);

/** The matching policy. */
@Resolver()
export class MatchingPolicyResolver {
  @Query(() => MatchingPolicyType, { description: 'The matching policy in force.' })
  matchingPolicy(@Ctx() call: Call): Promise<MatchingPolicy> {
    return matchingPolicy(call.read);
  }

  @Mutation(() => PublishResult as never, { description: 'Publishes a new version of the matching policy. All accounts and contacts are matched by it shortly after. Requires the admin role.' })
  publishMatchingPolicy(@Ctx() call: Call, @Arg('input', () => MatchingPolicyInput, { description: 'What is to be different.' }) input: MatchingPolicyInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, maySetMatchingPolicy, 'set the matching policy');
      return { __typename: 'MatchingPolicy', ...(await call.transact((work) => publishMatchingPolicy(work, input))) };
    });
  }
}
