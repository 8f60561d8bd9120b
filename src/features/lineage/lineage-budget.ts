import { GraphQLInt } from 'graphql';
import { ArgsType, Field } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';

/** The most levels that one answer may reach from its root. */
export const deepest = 1_000;
/** The most nodes of one answer, and of one chain. */
export const mostNodes = 2_000;
/** The most edges of one answer, for each node that its budget allows. */
export const edgesPerNode = 20;

/** How far a graph may reach. */
@ArgsType()
export class LineageBudget {
  @Field(() => GraphQLInt, { defaultValue: 10, description: `Levels away from the item, at most: 1 to ${deepest}.` })
  maxDepth!: number;

  @Field(() => GraphQLInt, { defaultValue: 200, description: `Items in all, at most: 1 to ${mostNodes}. The nearest are shown; of one level, in the order of what they hang on, then of ids.` })
  maxNodes!: number;
}

/** How far a chain may reach. */
@ArgsType()
export class ChainBudget {
  @Field(() => GraphQLInt, { defaultValue: deepest, description: `Levels away from the item, at most: 1 to ${deepest}.` })
  maxDepth!: number;

  @Field(() => GraphQLInt, { defaultValue: 100, description: `Items in all, at most: 1 to ${mostNodes}. The nearest are shown; \`more\` says at which the chain was cut.` })
  maxNodes!: number;
}

/** Refuses budgets outside what is stated. */
export function checkBudget({ maxDepth, maxNodes }: LineageBudget): void {
  if (maxDepth < 1 || maxDepth > deepest) throw new InvalidInput(`maxDepth must be between 1 and ${deepest}; it is ${maxDepth}.`, ['maxDepth']);
  if (maxNodes < 1 || maxNodes > mostNodes) throw new InvalidInput(`maxNodes must be between 1 and ${mostNodes}; it is ${maxNodes}.`, ['maxNodes']);
}

/** What a chain costs: one for each item that it may have, and what is asked of it. */
export function costOfChain({ args, childComplexity }: { args: Partial<LineageBudget>; childComplexity: number }): number {
  return (args.maxNodes ?? 100) * (1 + childComplexity);
}

/** What a graph costs: the items that it may look at, and what is asked of them; its lists are counted as long as the budget is, and not as lists are elsewhere (10). */
export function costOfGraph({ args, childComplexity }: { args: Partial<LineageBudget>; childComplexity: number }): number {
  const most = args.maxNodes ?? 200;
  return most + Math.ceil((childComplexity * most) / 10);
}

/** What trust costs: everything above the item is looked at. */
export function costOfTrust({ childComplexity }: { childComplexity: number }): number {
  return 10 + childComplexity;
}

/** What a way costs: it is looked for from both ends. */
export function costOfPath(asked: { args: Partial<LineageBudget>; childComplexity: number }): number {
  return 2 * costOfGraph(asked);
}
