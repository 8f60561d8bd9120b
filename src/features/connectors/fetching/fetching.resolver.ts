import { GraphQLInt } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { Conflict, NotFound } from '../../../platform/errors.ts';
import { ask, type Call } from '../../../platform/graphql/call.ts';
import { checkPageSize } from '../../../platform/graphql/connection.ts';
import { typedResult } from '../../../platform/graphql/user-error.ts';
import { parseGlobalId, type Id } from '../../../platform/ids.ts';
import { requireRole } from '../../access/index.ts';
import { parseConnectionId } from '../connection-id.ts';
import { allConnections } from '../connection.queries.ts';
import { ConnectionType, type ConnectionRow } from '../connection.type.ts';
import { mayKeepSecrets } from '../webhook-secret.resolver.ts';
import { BackfillConnectionResult, CancelBackfillResult, ConnectionBackfill, type BackfillRow } from './backfill.type.ts';
import { cancelBackfill } from './cancel-backfill.ts';
import { backfillById, latestBackfillOf, unreadObjectsOf } from './fetching.queries.ts';
import { retryFetches } from './retry-fetches.ts';
import { startBackfill } from './start-backfill.ts';
import { RetryFetchesResult, UnreadObject } from './unread-object.type.ts';

/** What is read with a connection. */
@Resolver(() => ConnectionType)
export class ConnectionFetchingResolver {
  @FieldResolver(() => ConnectionBackfill, { nullable: true, description: 'The latest job that reads the history of the vendor; null if there was none.' })
  backfill(@Root() { uuid }: ConnectionRow, @Ctx() call: Call): Promise<BackfillRow | null> {
    return ask(call, latestBackfillOf, null, uuid);
  }

  @FieldResolver(() => [UnreadObject], { description: 'Objects that could not be read after many attempts and are not tried again, those that were given up last first. A later event about an object asks for it again, as does `retryFetches`.' })
  unreadObjects(@Root() { source }: ConnectionRow, @Ctx() call: Call, @Arg('first', () => GraphQLInt, { defaultValue: 20, description: 'How many at most: 1 to 100.' }) first: number): Promise<readonly UnreadObject[]> {
    checkPageSize(first);
    return ask(call, unreadObjectsOf, null, { source, first });
  }
}

/** Jobs that read the history of vendors, and other attempts to read objects. */
@Resolver(() => ConnectionBackfill)
export class BackfillResolver {
  @FieldResolver(() => ConnectionType, { nullable: true, description: 'The connection whose vendor is read.' })
  connection(@Root() { connectionId }: BackfillRow, @Ctx() call: Call): Promise<ConnectionRow | null> {
    return connectionOf(call, connectionId);
  }

  @Mutation(() => BackfillConnectionResult as never, { description: 'Reads the history of a vendor in the background; read its progress by `node` or in `connections`. While a back-fill runs, returns that one. One that failed or was cancelled goes on where it ended, unless the connection was removed since. Requires the admin role.' })
  backfillConnection(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The connection, by its global id.' }) globalId: string, @Arg('fromStart', () => Boolean, { defaultValue: false, description: 'Whether to begin anew where the last back-fill failed or was cancelled.' }) fromStart: boolean): Promise<object | null> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'read the history of vendors');
      const { source } = parseConnectionId(call.tenantId, globalId, ['id']);
      const id = await call.transact((work) => startBackfill(work, { source, fromStart }));
      return ask(call, backfillById, null, id);
    });
  }

  @Mutation(() => CancelBackfillResult as never, { description: 'Ends a back-fill. What was read stays. Requires the admin role.' })
  cancelBackfill(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The back-fill, by its global id.' }) globalId: string): Promise<object | null> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'cancel back-fills');
      const parsed = parseGlobalId(globalId, ['id']);
      const cancelled = parsed?.type === 'ConnectionBackfill' && (await call.transact((work) => cancelBackfill(work, parsed.id as Id<'ConnectionBackfill'>)));
      const found = parsed?.type === 'ConnectionBackfill' ? await ask(call, backfillById, null, parsed.id) : null;
      if (!found) throw new NotFound('There is no such back-fill.', ['id']);
      if (!cancelled) throw new Conflict('The back-fill has ended already.', ['id']);
      return found;
    });
  }

  @Mutation(() => RetryFetchesResult as never, { description: 'Reads the objects of a vendor again that could not be read: those that were given up, and those that wait for another attempt. Requires the admin role.' })
  retryFetches(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The connection, by its global id.' }) globalId: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'have objects read again');
      const { id, source } = parseConnectionId(call.tenantId, globalId, ['id']);
      const objects = await call.transact((work) => retryFetches(work, source));
      return { __typename: 'FetchesRetried', objects, connection: await connectionOf(call, id) };
    });
  }
}

async function connectionOf(call: Call, id: string): Promise<ConnectionRow | null> {
  return (await ask(call, allConnections, null, 'all')).find(({ uuid }) => uuid === id) ?? null;
}
