import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import type { Call } from '../../platform/graphql/call.ts';
import { largestPage } from '../../platform/graphql/connection.ts';
import { isTemporal, Node, type NodeReader, type NodeRow } from '../../platform/graphql/node.ts';
import { parseStateId } from '../../platform/ids.ts';

/** Whether a type has states of the past, and the instant is past. */
const isReadable = (call: Call, type: string, asOf: string): boolean => isTemporal(type) && Date.parse(asOf) <= call.clock.now().getTime();

/** The queries `node` and `nodes` over all types of nodes. */
export function nodeResolver(readers: readonly NodeReader[]): new () => object {
  const byType = new Map(readers.map((reader) => [reader.type, reader]));
  const read = async (call: Call, globalId: string): Promise<NodeRow | null> => {
    const parsed = parseStateId(globalId);
    const reader = parsed && byType.get(parsed.type);
    if (!reader || (parsed.asOf !== null && !isReadable(call, parsed.type, parsed.asOf))) return null;
    return reader.read(call, parsed.id, parsed.asOf);
  };

  @Resolver()
  class NodeResolver {
    @Query(() => Node as never, { nullable: true, description: 'Any node by its id, also a past state; null when the tenant has none of that id.' })
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
