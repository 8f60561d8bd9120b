import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import type { AsOf, Call } from '../../platform/graphql/call.ts';
import { isTemporal, Node, type NodeReader, type NodeRow } from '../../platform/graphql/node.ts';
import { readMoment } from '../../platform/graphql/read-moment.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { ChainBudget, costOfChain, costOfGraph, costOfPath, LineageBudget } from './lineage-budget.ts';
import { createLineageEngine } from './lineage-engine.ts';
import type { LineageKind, LineageRef } from './lineage-kind.ts';
import { LineageDirection, LineageGraph, LineageNode, LineagePath, type LineageNodeRow } from './lineage.type.ts';

/** A type of the graph whose rows answer their lineage themselves. */
export interface LineageOwner {
  readonly type: () => new () => object;
  /** The node of a row; the row is what the type's resolvers are given. */
  ref(row: never): LineageRef;
}

/** Declares that rows of a type answer their lineage themselves. */
export function lineageOwner(type: () => new () => object, ref: LineageOwner['ref']): LineageOwner {
  return { type, ref };
}

const asOfDescription = 'The graph as it was known at this instant, which must not lie in the future. When left out: the instant of the id, which is the present unless it names a past state.';
const chainDescription = 'Everything that it derives from, down to raw observations, and last the item itself. Origins first: each item stands behind all that it derives from; by the longest way from an origin, then by id.';
const graphDescription = 'The part of the lineage graph around an item.';

/** What lineage adds to the graph, over all declared kinds. */
export function lineageResolvers(kinds: readonly LineageKind[], owners: readonly LineageOwner[], readers: readonly NodeReader[]): (new () => object)[] {
  const engine = createLineageEngine(kinds, readers);

  @Resolver()
  class LineageQueries {
    @Query(() => [LineageNode], { complexity: costOfChain as never, description: chainDescription })
    async derivationChain(
      @Ctx() call: Call,
      @Arg('of', () => ID, { description: 'Global id of the item; of an account, for its context.' }) of: string,
      @Args(() => ChainBudget) budget: ChainBudget,
      @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
    ): Promise<LineageNodeRow[]> {
      const item = engine.identify(call, of, 'of', readMoment(call, { asOf }));
      return engine.whereFound(call, item, 'of', engine.chain(call, item, budget, item.asOf));
    }

    @Query(() => LineageGraph, { complexity: costOfGraph as never, description: graphDescription })
    async lineage(
      @Ctx() call: Call,
      @Arg('of', () => ID, { description: 'Global id of the item; of an account, for its context.' }) of: string,
      @Arg('direction', () => LineageDirection, { defaultValue: 'UPSTREAM', description: 'Which way to walk.' }) direction: keyof typeof LineageDirection,
      @Args(() => LineageBudget) budget: LineageBudget,
      @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
    ): Promise<LineageGraph> {
      const item = engine.identify(call, of, 'of', readMoment(call, { asOf }));
      return engine.whereFound(call, item, 'of', engine.graph(call, item, { ...budget, direction }, item.asOf));
    }

    @Query(() => LineagePath, { complexity: costOfPath as never, description: 'How one item came to be part of another: the shortest way along edges.' })
    async lineagePath(
      @Ctx() call: Call,
      @Arg('from', () => ID, { description: 'Global id of the source.' }) from: string,
      @Arg('to', () => ID, { description: 'Global id of what may derive from it.' }) to: string,
      @Args(() => LineageBudget) budget: LineageBudget,
      @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
    ): Promise<LineagePath> {
      const instant = readMoment(call, { asOf });
      const [source, end] = [engine.identify(call, from, 'from', instant), engine.identify(call, to, 'to', instant)];
      if (isTemporal(source.type) && isTemporal(end.type) && source.asOf?.key !== end.asOf?.key) throw new InvalidInput('from and to are states at two instants. Say the instant with asOf.', ['to']);
      const path = engine.path(call, source, end, budget, source.asOf ?? end.asOf);
      return engine.whereFound(call, source, 'from', engine.whereFound(call, end, 'to', path));
    }
  }

  @Resolver(() => LineageNode)
  class LineageNodes {
    @Shows('TEXT')
    @FieldResolver(() => String, { nullable: true, description: 'What to call it; null when the item is no longer there.' })
    name(@Root() node: LineageNodeRow, @Ctx() call: Call): Promise<string | null> {
      return engine.describe(call, node).then((described) => described?.name ?? null);
    }

    @FieldResolver(() => DateTime, { nullable: true, description: 'When what it says was so; null when that is not known. UTC.' })
    occurredAt(@Root() node: LineageNodeRow, @Ctx() call: Call): Promise<string | null> {
      return engine.describe(call, node).then((described) => described?.occurredAt ?? null);
    }

    @FieldResolver(() => Node as never, { nullable: true, description: 'The item itself; null when it is no longer there.' })
    node(@Root() node: LineageNodeRow, @Ctx() call: Call): Promise<NodeRow | null> | null {
      return engine.read(call, node);
    }
  }

  const onOwners = owners.map(({ type, ref }) => {
    @Resolver(type)
    class OnOwner {
      @FieldResolver(() => [LineageNode], { complexity: costOfChain as never, description: chainDescription })
      derivationChain(@Root() row: { asOf: AsOf }, @Ctx() call: Call, @Args(() => ChainBudget) budget: ChainBudget): Promise<LineageNodeRow[]> {
        return engine.chain(call, ref(row as never), budget, row.asOf);
      }

      @FieldResolver(() => LineageGraph, { complexity: costOfGraph as never, description: graphDescription })
      lineage(
        @Root() row: { asOf: AsOf },
        @Ctx() call: Call,
        @Arg('direction', () => LineageDirection, { defaultValue: 'UPSTREAM', description: 'Which way to walk.' }) direction: keyof typeof LineageDirection,
        @Args(() => LineageBudget) budget: LineageBudget,
      ): Promise<LineageGraph> {
        return engine.graph(call, ref(row as never), { ...budget, direction }, row.asOf);
      }
    }
    return OnOwner;
  });
  return [LineageQueries, LineageNodes, ...onOwners];
}
