import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import type { AsOf, Call } from '../../platform/graphql/call.ts';
import { isTemporal, Node, type NodeReader, type NodeRow } from '../../platform/graphql/node.ts';
import { readMoment } from '../../platform/graphql/read-moment.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { oneTime } from '../../platform/moment.ts';
import { ChainBudget, costOfChain, costOfGraph, costOfPath, costOfTrust, LineageBudget } from './lineage-budget.ts';
import { createLineageEngine, type TrustSource } from './lineage-engine.ts';
import type { LineageKind, LineageRef } from './lineage-kind.ts';
import { LineageDirection, LineageGraph, LineageNode, LineagePath, type LineageNodeRow } from './lineage.type.ts';
import { Trust } from './trust.type.ts';

/** A type of the graph whose rows answer their lineage themselves. */
export interface LineageOwner {
  readonly type: () => new () => object;
  /** The node of a row; the row is what the type's resolvers are given. */
  ref(row: never): LineageRef;
  /** Of a value that is computed when it is read: what it is computed from. Its trust then never lags behind it, as recorded edges do. */
  readonly sources?: TrustOwner['sources'] | undefined;
}

/** A type whose rows answer how far they can be trusted, beside those that answer their whole lineage. */
export interface TrustOwner {
  readonly type: () => new () => object;
  /** The node of a row. */
  ref(row: never): { readonly type: string; readonly id: string };
  /** Of a value that is computed when it is read: what it is computed from. */
  readonly sources?: ((row: never, call: Call) => readonly TrustSource[] | Promise<readonly TrustSource[]>) | undefined;
}

/** Declares that rows of a type answer their lineage themselves. */
export function lineageOwner(type: () => new () => object, ref: LineageOwner['ref'], sources?: TrustOwner['sources']): LineageOwner {
  return { type, ref, sources };
}

const asOfDescription = 'The graph as it was known at this instant, which must not lie in the future. When left out: the instant of the id, which is the present unless it names a past state.';
const chainDescription = 'Everything that it derives from, down to raw observations, and last the item itself. Origins first: each item stands behind all that it derives from; by the longest way from an origin, then by id.';
const trustDescription = 'How far it can be trusted: as far as the least trusted observation in its whole lineage.';
const graphDescription = 'The part of the lineage graph around an item.';

/** What lineage adds to the graph, over all declared kinds. */
export function lineageResolvers(kinds: readonly LineageKind[], owners: readonly LineageOwner[], readers: readonly NodeReader[], trusted: readonly TrustOwner[]): (new () => object)[] {
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

    @FieldResolver(() => Trust, { complexity: costOfTrust as never, description: trustDescription })
    trust(@Root() { ref, asOf }: LineageNodeRow, @Ctx() call: Call): Promise<Trust> {
      return engine.trust(call, ref, asOf);
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
        return engine.chain(call, ref(row as never), budget, oneTime(row.asOf));
      }

      @FieldResolver(() => LineageGraph, { complexity: costOfGraph as never, description: graphDescription })
      lineage(
        @Root() row: { asOf: AsOf },
        @Ctx() call: Call,
        @Arg('direction', () => LineageDirection, { defaultValue: 'UPSTREAM', description: 'Which way to walk.' }) direction: keyof typeof LineageDirection,
        @Args(() => LineageBudget) budget: LineageBudget,
      ): Promise<LineageGraph> {
        return engine.graph(call, ref(row as never), { ...budget, direction }, oneTime(row.asOf));
      }
    }
    return OnOwner;
  });
  const owned = new Set(owners.map(({ type }) => type()));
  // Recorded edges know one time. What is stated is folded for both: of a state that was learned later, too, the trust is that of its statements.
  const momentOf = ({ type }: TrustOwner, asOf: AsOf): AsOf => (owned.has(type()) ? oneTime(asOf) : asOf);
  const onTrusted = [...owners, ...trusted.filter(({ type }) => !owned.has(type()))].map((owner: TrustOwner) => {
    @Resolver(owner.type)
    class OnTrusted {
      @FieldResolver(() => Trust, { complexity: costOfTrust as never, description: trustDescription })
      async trust(@Root() row: { asOf: AsOf }, @Ctx() call: Call): Promise<Trust> {
        return owner.sources ? engine.trustOfComputed(call, owner.ref(row as never), row.asOf, await owner.sources(row as never, call)) : engine.trust(call, owner.ref(row as never), momentOf(owner, row.asOf));
      }
    }
    return OnTrusted;
  });
  return [LineageQueries, LineageNodes, ...onOwners, ...onTrusted];
}
