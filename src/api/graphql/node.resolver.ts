import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import type { Call } from '../../platform/graphql/call.ts';
import { largestPage } from '../../platform/graphql/connection.ts';
import { Node, type NodeReader, type NodeRow } from '../../platform/graphql/node.ts';
import { parseGlobalId } from '../../platform/ids.ts';

/** The queries `node` and `nodes` over all types of nodes. */
export function nodeResolver(readers: readonly NodeReader[]): new () => object {
  const byType = new Map(readers.map((reader) => [reader.type, reader]));
  const read = async (call: Call, globalId: string): Promise<NodeRow | null> => {
    const parsed = parseGlobalId(globalId);
    const reader = parsed && byType.get(parsed.type);
    return reader ? reader.read(call, parsed.id, null) : null;
  };

  @Resolver()
  class NodeResolver {
    @Query(() => Node as never, { nullable: true, description: 'Any node by its id; null when the tenant has none of that id.' })
    node(@Ctx() call: Call, @Arg('id', () => ID, { description: 'Global id.' }) id: string): Promise<NodeRow | null> {
      return read(call, id);
    }

    @Query(() => [Node as never], { nullable: 'items', description: 'Nodes by their ids, in the order asked for; null where the tenant has none of that id.' })
    nodes(@Ctx() call: Call, @Arg('ids', () => [ID], { description: 'Global ids, at most 100.' }) ids: string[]): Promise<(NodeRow | null)[]> {
      if (ids.length > largestPage) throw new InvalidInput(`At most ${largestPage} ids at once; these are ${ids.length}.`, ['ids']);
      return Promise.all(ids.map((id) => read(call, id)));
    }
  }
  return NodeResolver;
}
