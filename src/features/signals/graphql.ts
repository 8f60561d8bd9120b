import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { signalById } from './signal.queries.ts';
import { SignalIngestResolver, SignalLiveResolver, SignalUpdate } from './signal-live.ts';
import { SignalResolver, SignalsOfAccountResolver } from './signal.resolver.ts';

export { signalLineage, signalTrustOwners } from './signal-lineage.ts';

/** What signals add to the graph. */
export const signalResolvers: readonly (new () => object)[] = [SignalResolver, SignalsOfAccountResolver, SignalLiveResolver, SignalIngestResolver];

/** How signals are read by id. */
export const signalNodes: readonly NodeReader[] = [{ type: 'Signal', read: (call, uuid, asOf) => ask(call, signalById, asOf, uuid) }];

/** What subscriptions to signals send. */
export const signalLiveInterfaces = [SignalUpdate];
