import { GraphQLInt } from 'graphql';
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { readMoment } from '../../platform/graphql/read-moment.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import type { ContextRuleSet } from './context-rules.ts';
import { contextRuleKinds, contextRuleVersion, currentContextRules } from './context-rules.queries.ts';
import { ContextRuleSetType, PublishContextRulesInput, PublishContextRulesResult } from './context-rules.type.ts';
import { ContextRuleKind } from './enums.ts';
import { publishContextRules } from './publish-context-rules.ts';
import { mayPublishContextRules } from './rules.policy.ts';

/** The field of the graph that holds the rules of a kind. */
const fieldOf = { DEAL_HEALTH: 'dealHealth', BLOCKER: 'blocker', COMPETITOR: 'competitor', CALL_VALIDATION: 'callValidation', FRESHNESS: 'freshness' } as const satisfies Record<ContextRuleKind, keyof PublishContextRulesInput>;

function toRow({ kind, version, digest, publishedAt, parameters }: ContextRuleSet): object {
  const none = Object.fromEntries(Object.values(fieldOf).map((field) => [field, null]));
  return { __typename: 'ContextRuleSet', kind, version, digest, publishedAt, ...none, [fieldOf[kind]]: parameters };
}

/** The rules of the account context. */
@Resolver()
export class ContextRulesResolver {
  @Query(() => [ContextRuleSetType], { description: 'The rule sets of the account context in force, one of each kind.' })
  async contextRules(
    @Ctx() call: Call,
    @Arg('asOf', () => DateTime, { nullable: true, description: 'Those in force at this instant, which must not lie in the future. Now when left out.' }) asOf?: string | null,
  ): Promise<object[]> {
    const rules = await ask(call, currentContextRules, readMoment(call, { asOf }), 'in_force');
    return contextRuleKinds.map((kind) => toRow(rules[kind]));
  }

  @Query(() => ContextRuleSetType, { nullable: true, description: 'One version of a rule set of the account context; null if there is no such version.' })
  async contextRuleSet(
    @Ctx() call: Call,
    @Arg('kind', () => ContextRuleKind, { description: 'Which rule set.' }) kind: ContextRuleKind,
    @Arg('version', () => GraphQLInt, { description: 'Which version; 0 is the default.' }) version: number,
  ): Promise<object | null> {
    const found = await ask(call, contextRuleVersion, null, { kind, version });
    return found && toRow(found);
  }

  @Mutation(() => PublishContextRulesResult as never, { description: 'Publishes a new version of one rule set of the account context. Reads follow at once; a job then records the lineage of what changes. Requires the admin role.' })
  publishContextRules(@Ctx() call: Call, @Arg('input', () => PublishContextRulesInput, { description: 'The rule set.' }) input: PublishContextRulesInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayPublishContextRules, 'publish context rules');
      const given = contextRuleKinds.filter((kind) => input[fieldOf[kind]] !== undefined && input[fieldOf[kind]] !== null);
      const [kind] = given;
      if (!kind || given.length > 1) throw new InvalidInput(`Give exactly one of ${Object.values(fieldOf).join(', ')}.`, ['input']);
      const parameters = plainOf(input[fieldOf[kind]]);
      return toRow(await call.transact((work) => publishContextRules(work, { kind, parameters, basedOn: input.basedOn ?? null, path: ['input', fieldOf[kind]] })));
    });
  }
}

/** Rules as plain JSON; nullable fields that were left out are null. */
function plainOf(rules: unknown): unknown {
  const nullable = { contactYellowDays: null, contactRedDays: null, closePassedYellowDays: null, closePassedRedDays: null, stageYellowDays: null, stageRedDays: null, cautionsForRed: null };
  const plain = JSON.parse(JSON.stringify(rules)) as Record<string, unknown>;
  return 'blockerEffect' in plain ? { ...nullable, ...plain } : plain;
}
