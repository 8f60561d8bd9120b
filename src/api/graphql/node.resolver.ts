import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import type { Call } from '../../platform/graphql/call.ts';
import { largestPage } from '../../platform/graphql/connection.ts';
import { isTemporal, Node, type NodeReader, type NodeRow } from '../../platform/graphql/node.ts';
import { asOfDescription, hasCome, readMoment, validAtDescription, type AskedMoment } from '../../platform/graphql/read-moment.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { parseStateId } from '../../platform/ids.ts';
import type { Moment } from '../../platform/moment.ts';

/** What types without past states call the instant at which a row was recorded or made. */
const instantsOfMaking: ReadonlySet<string> = new Set(['recordedAt', 'decidedAt', 'createdAt', 'completedAt', 'startedAt', 'publishedAt']);

/** Whether a row of a type without past states was recorded, or made, after the moment. */
function isLater(row: NodeRow, { knownAt }: Moment): boolean {
  const made = Object.entries(row).find(([field]) => instantsOfMaking.has(field))?.[1];
  return typeof made === 'string' && Date.parse(made) > Date.parse(knownAt);
}

/** The queries `node` and `nodes` over all types of nodes. */
export function nodeResolver(readers: readonly NodeReader[]): new () => object {
  const byType = new Map(readers.map((reader) => [reader.type, reader]));
  const read = async (call: Call, globalId: string, asked: AskedMoment): Promise<NodeRow | null> => {
    const parsed = parseStateId(globalId);
    const moment = readMoment(call, asked, parsed?.asOf);
    const reader = parsed && byType.get(parsed.type);
    if (!reader || !hasCome(call, parsed.asOf) || (parsed.asOf !== null && !isTemporal(parsed.type))) return null;
    const row = await reader.read(call, parsed.id, moment);
    return row !== null && moment !== null && !isTemporal(parsed.type) && isLater(row, moment) ? null : row;
  };

  @Resolver()
  class NodeResolver {
    @Query(() => Node as never, { nullable: true, description: 'Any node by its id, also a past state; null when the tenant has none of that id.' })
    node(
      @Ctx() call: Call,
      @Arg('id', () => ID, { description: 'Global id, also of a past state; then that state is read, unless asOf or validAt say another.' }) id: string,
      @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
      @Arg('validAt', () => DateTime, { nullable: true, description: validAtDescription }) validAt?: string | null,
    ): Promise<NodeRow | null> {
      return read(call, id, { asOf, validAt });
    }

    @Query(() => [Node as never], { nullable: 'items', description: 'Nodes by their ids, in the order asked for; null where the tenant has none of that id.' })
    nodes(
      @Ctx() call: Call,
      @Arg('ids', () => [ID], { description: 'Global ids, at most 100, also of past states; these are read, unless asOf or validAt say another.' }) ids: string[],
      @Arg('asOf', () => DateTime, { nullable: true, description: asOfDescription }) asOf?: string | null,
      @Arg('validAt', () => DateTime, { nullable: true, description: validAtDescription }) validAt?: string | null,
    ): Promise<(NodeRow | null)[]> {
      if (ids.length > largestPage) throw new InvalidInput(`At most ${largestPage} ids at once; these are ${ids.length}.`, ['ids']);
      return Promise.all(ids.map((id) => read(call, id, { asOf, validAt })));
    }
  }
  return NodeResolver;
}
