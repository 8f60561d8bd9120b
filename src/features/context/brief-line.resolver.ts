import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { recordKinds } from '../accounts/index.ts';
import { costOfGraph, directLineage, LineageBudget, LineageGraph } from '../lineage/index.ts';
import { derivedValueLineage } from './derived-lineage.ts';
import { BriefLineType, type LineRow } from './derived.type.ts';
import { evidenceNodes } from './evidence-nodes.ts';

/** A line of a brief with what shows it. */
@Resolver(() => BriefLineType)
export class BriefLineResolver {
  @FieldResolver(() => [Node as never], { description: 'The account and the records that it was written from; empty where their absence is what it says.' })
  evidence(@Root() { evidence, brief: { asOf } }: LineRow, @Ctx() call: Call, @Info() info: GraphQLResolveInfo): Promise<NodeRow[]> {
    return evidenceNodes(call, evidence, asOf, info);
  }

  @FieldResolver(() => LineageGraph, { complexity: costOfGraph as never, description: 'The records that this line alone was written from, with the rule. `Brief.node` has the lineage of the whole brief.' })
  lineage(@Root() { evidence, brief: { uuid, asOf, rule } }: LineRow, @Args(() => LineageBudget) budget: LineageBudget): LineageGraph {
    const sources = evidence.flatMap(({ type, id }) => { const kind = recordKinds.get(type); return kind ? [{ kind, id, relation: 'DERIVED' }] : []; });
    return directLineage({ kind: derivedValueLineage, id: uuid, sources, rule }, budget, asOf);
  }
}
