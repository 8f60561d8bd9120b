import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { ConnectionMutationsResolver } from './connection-mutations.resolver.ts';
import { allConnections } from './connection.queries.ts';
import { ConnectionResolver, maySeeConnections } from './connection.resolver.ts';
import { backfillById } from './fetching/fetching.queries.ts';
import { BackfillResolver, ConnectionFetchingResolver } from './fetching/fetching.resolver.ts';
import { mayKeepSecrets, WebhookSecretResolver } from './webhook-secret.resolver.ts';
import { webhookSecretById } from './webhook-secret.queries.ts';

/** What connectors add to the graph. */
export const connectorResolvers: readonly (new () => object)[] = [WebhookSecretResolver, ConnectionResolver, ConnectionMutationsResolver, ConnectionFetchingResolver, BackfillResolver];

/** How secrets and connections are read by id: by those who may see them in lists. */
export const connectorNodes: readonly NodeReader[] = [
  { type: 'WebhookSecret', read: async (call, uuid, asOf) => (mayKeepSecrets.some((role) => call.roles.has(role)) ? ask(call, webhookSecretById, asOf, uuid) : null) },
  {
    type: 'Connection',
    read: async (call, uuid) => (maySeeConnections.some((role) => call.roles.has(role)) ? ((await ask(call, allConnections, null, 'all')).find((row) => row.uuid === uuid) ?? null) : null),
  },
  { type: 'ConnectionBackfill', read: async (call, uuid) => (maySeeConnections.some((role) => call.roles.has(role)) ? ask(call, backfillById, null, uuid) : null) },
];
