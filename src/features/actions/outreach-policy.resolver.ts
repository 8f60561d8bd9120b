import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Call, Question } from '../../platform/graphql/call.ts';
import { asNode, type NodeRow } from '../../platform/graphql/node.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import { maySetOutreachPolicy } from './action.policy.ts';
import { outreachPolicies, outreachPolicy, saveOutreachPolicy, type OutreachPolicy } from './outreach-policy.ts';
import { OutreachPolicyInput, OutreachPolicyType, SaveOutreachPolicyResult } from './outreach-policy.type.ts';

/** The outreach policy. */
@Resolver()
export class OutreachPolicyResolver {
  @Query(() => OutreachPolicyType, { description: 'The outreach policy in force.' })
  async outreachPolicy(@Ctx() call: Call): Promise<OutreachPolicy & NodeRow> {
    return asNode('OutreachPolicy', await outreachPolicy(call.read), null);
  }

  @Mutation(() => SaveOutreachPolicyResult as never, { description: 'Publishes a new outreach policy version. Requires the admin role.' })
  saveOutreachPolicy(@Ctx() call: Call, @Arg('input', () => OutreachPolicyInput, { description: 'What is to be different.' }) input: OutreachPolicyInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, maySetOutreachPolicy, 'set the outreach policy');
      return asNode('OutreachPolicy', await call.transact((work) => saveOutreachPolicy(work, input)), null);
    });
  }
}

/** The policy of an id; null where the tenant has none. */
export const outreachPolicyById: Question<string, (OutreachPolicy & NodeRow) | null> = {
  name: 'outreach_policies_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await outreachPolicies(call.read, ids)).map((policy) => [policy.uuid, asNode('OutreachPolicy', policy, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};
