import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { SessionChangeResolver, SessionLiveResolver, SessionUpdate } from './session-live.ts';
import { SessionMutations } from './session-mutations.resolver.ts';
import { sessionById } from './session.queries.ts';
import { SessionResolver } from './session.resolver.ts';

/** What sessions add to the graph. */
export const sessionResolvers: readonly (new () => object)[] = [SessionResolver, SessionMutations, SessionChangeResolver, SessionLiveResolver];

/** What subscriptions of sessions send. */
export const sessionLiveInterfaces = [SessionUpdate];

/** How sessions are read by id. */
export const sessionNodes: readonly NodeReader[] = [{ type: 'Session', read: (call, uuid) => ask(call, sessionById, null, uuid) }];
