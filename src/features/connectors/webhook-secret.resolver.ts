import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { NotFound } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { requireRole, type Role } from '../access/index.ts';
import { webhookSecretById, webhookSecrets } from './webhook-secret.queries.ts';
import {
  CreateWebhookSecretResult, RevokeWebhookSecretResult, RotateWebhookSecretInput, RotateWebhookSecretResult, WebhookSecretConnection, WebhookSecretFilter, type WebhookSecretRow,
} from './webhook-secret.type.ts';
import { createWebhookSecret, revokeWebhookSecret, rotateWebhookSecret, type WebhookSecret } from './webhook-secrets.ts';
import { WebhookSource } from './webhook-source.ts';

/** Secrets of webhooks are for administrators. */
export const mayKeepSecrets: readonly Role[] = ['admin'];

/** Secrets of webhooks, for administrators. */
@Resolver()
export class WebhookSecretResolver {
  @Query(() => WebhookSecretConnection, { description: 'The tenant\'s webhook secrets, without the secrets themselves, the newest first. Requires the admin role.' })
  async webhookSecrets(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => WebhookSecretFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: WebhookSecretFilter | null,
  ): Promise<Page<WebhookSecretRow>> {
    requireRole(call, mayKeepSecrets, 'see webhook secrets');
    return webhookSecrets(call, { ...page, filter: filter ?? null });
  }

  @Mutation(() => CreateWebhookSecretResult as never, { description: 'Makes a secret with which a source signs its webhooks for the tenant. Requires the admin role.' })
  createWebhookSecret(@Ctx() call: Call, @Arg('source', () => WebhookSource, { description: 'The source.' }) source: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'make webhook secrets');
      const made = await call.transact((work) => createWebhookSecret(work, call.seal, source));
      return { __typename: 'WebhookSecretCreated', ...(await shown(call, made)) };
    });
  }

  @Mutation(() => RotateWebhookSecretResult as never, { description: 'Makes a new secret in place of one. The old one stays valid until `oldExpiresAt`, or until it is revoked. Requires the admin role.' })
  rotateWebhookSecret(@Ctx() call: Call, @Arg('input', () => RotateWebhookSecretInput, { description: 'What to replace.' }) input: RotateWebhookSecretInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'rotate webhook secrets');
      const old = idOfSecret(input.id);
      const made = await call.transact((work) => rotateWebhookSecret(work, call.seal, { id: old, oldExpiresAt: input.oldExpiresAt ?? null }));
      return { __typename: 'WebhookSecretRotated', ...(await shown(call, made)), previous: await ask(call, webhookSecretById, null, old) };
    });
  }

  @Mutation(() => RevokeWebhookSecretResult as never, { description: 'Revokes a webhook secret: webhooks signed with it are refused at once. Requires the admin role.' })
  revokeWebhookSecret(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The secret, by its global id.' }) id: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'revoke webhook secrets');
      const secretId = idOfSecret(id);
      await call.transact((work) => revokeWebhookSecret(work, secretId));
      const row = await ask(call, webhookSecretById, null, secretId);
      if (!row) throw new NotFound('There is no such webhook secret.', ['id']);
      return row;
    });
  }
}

async function shown(call: Call, { id, secret }: WebhookSecret): Promise<object> {
  return { webhookId: id, secret: secret.toString('hex'), webhookSecret: await ask(call, webhookSecretById, null, id) };
}

function idOfSecret(globalId: string): Id<'WebhookSecret'> {
  const parsed = parseGlobalId(globalId, ['id']);
  if (parsed?.type !== 'WebhookSecret') throw new NotFound('There is no such webhook secret.', ['id']);
  return parsed.id as Id<'WebhookSecret'>;
}
