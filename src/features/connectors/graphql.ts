import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { mayKeepSecrets, WebhookSecretResolver } from './webhook-secret.resolver.ts';
import { webhookSecretById } from './webhook-secret.queries.ts';

/** What connectors add to the graph. */
export const connectorResolvers: readonly (new () => object)[] = [WebhookSecretResolver];

/** How secrets are read by id: by administrators alone, and without themselves. */
export const connectorNodes: readonly NodeReader[] = [
  { type: 'WebhookSecret', read: async (call, uuid, asOf) => (mayKeepSecrets.some((role) => call.roles.has(role)) ? ask(call, webhookSecretById, asOf, uuid) : null) },
];
