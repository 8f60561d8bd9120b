import { Arg, Ctx, Field, ID, Mutation, ObjectType, registerEnumType, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole, type Role } from '../access/index.ts';
import { createWebhookSecret } from './webhook-secrets.ts';

const WebhookSource = { SALESFORCE: 'salesforce' } as const;
registerEnumType(WebhookSource, {
  name: 'WebhookSource',
  description: 'A source that can send webhooks.',
  valuesConfig: { SALESFORCE: { description: 'Salesforce, to /api/integrations/salesforce/webhook.' } },
});

/** A webhook's secret that was just made. */
@ObjectType('WebhookSecretCreated', { description: 'A secret with which a source signs its webhooks.', simpleResolvers: true })
export class WebhookSecretCreated {
  @Field(() => ID, { description: 'Goes with each webhook as X-Webhook-Id; no secret.' })
  webhookId!: string;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'The secret in hex: the key of the HMAC-SHA-256. It cannot be shown again.' })
  secret!: string;
}

const CreateWebhookSecretResult = resultUnion('CreateWebhookSecretResult', 'The secret, or why it was refused.', [WebhookSecretCreated]);
const mayKeepSecrets: readonly Role[] = ['admin'];

/** Secrets of webhooks, for administrators. */
@Resolver()
class WebhookSecretResolver {
  @Mutation(() => CreateWebhookSecretResult as never, { description: 'Makes a secret with which a source signs its webhooks for the tenant. For administrators.' })
  createWebhookSecret(@Ctx() call: Call, @Arg('source', () => WebhookSource, { description: 'The source.' }) source: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'make webhook secrets');
      const { id, secret } = await call.transact((work) => createWebhookSecret(work, call.seal, source));
      return { __typename: 'WebhookSecretCreated', webhookId: id, secret: secret.toString('hex') };
    });
  }
}

/** What connectors add to the graph. */
export const connectorResolvers: readonly (new () => object)[] = [WebhookSecretResolver];
