import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { ContextLiveResolver, ContextLiveUpdate, ContextUpdateResolver } from './context-live.ts';
import { AccountContextResolver, ContextOfAccountResolver } from './context.resolver.ts';
import { refreshById } from './refresh.queries.ts';
import { ContextRefreshResolver } from './refresh.resolver.ts';

/** What the context adds to the graph. */
export const contextResolvers: readonly (new () => object)[] = [ContextOfAccountResolver, AccountContextResolver, ContextRefreshResolver, ContextLiveResolver, ContextUpdateResolver];

/** How refreshes are read by id. */
export const contextNodes: readonly NodeReader[] = [{ type: 'ContextRefresh', read: (call, uuid, asOf) => ask(call, refreshById, asOf, uuid) }];

/** The interface of what their subscription sends. */
export const contextLiveInterfaces = [ContextLiveUpdate];
