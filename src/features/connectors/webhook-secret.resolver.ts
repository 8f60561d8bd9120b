import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { NotFound } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { JsonObject } from '../../platform/graphql/scalars.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { requireRole, type Role } from '../access/index.ts';
import { webhookSecretById, webhookSecrets } from './webhook-secret.queries.ts';
import {
  ChangeWebhookSettingsInput, ChangeWebhookSettingsResult, CreateWebhookSecretResult, RevokeWebhookSecretResult, RotateWebhookSecretInput, RotateWebhookSecretResult, ShowReceivedSecretResult, WebhookSecretConnection, WebhookSecretFilter,
  type WebhookSecretRow,
} from './webhook-secret.type.ts';
import { changeWebhookSettings, createWebhookSecret, revokeWebhookSecret, rotateWebhookSecret, showReceivedSecret, type WebhookSecret } from './webhook-secrets.ts';
import { checkSettings, secretMakerOf, webhookPath } from './vendors.ts';
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

  @Mutation(() => CreateWebhookSecretResult as never, { description: 'Makes a secret with which a source signs its webhooks for the tenant, or keeps the one that the vendor made. Requires the admin role.' })
  createWebhookSecret(
    @Ctx() call: Call,
    @Arg('source', () => WebhookSource, { description: 'The source.' }) source: string,
    @Arg('secret', () => String, { nullable: true, description: 'The secret that the vendor made: the signing secret of a Slack app, the client secret of a HubSpot app, the secret of a Chatwoot webhook. For Jira any text of 16 characters or more; one is made when left out. Leave it out for other sources.' }) secret?: string | null,
    @Arg('settings', () => JsonObject, { nullable: true, description: 'How what the source delivers is read, such as which channel belongs to which account. docs/connectors.md lists the settings of each source.' }) settings?: object | null,
  ): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'make webhook secrets');
      const options = { maker: secretMakerOf(source), given: secret ?? null, settings: checkSettings(source, settings ?? {}) };
      const made = await call.transact((work) => createWebhookSecret(work, call.seal, source, options));
      return { __typename: 'WebhookSecretCreated', ...(await shownSecret(call, made, source)) };
    });
  }

  @Mutation(() => ChangeWebhookSettingsResult as never, { description: 'Changes how what a source delivers is read from now on; what was delivered before stays as it was read. Requires the admin role.' })
  changeWebhookSettings(@Ctx() call: Call, @Arg('input', () => ChangeWebhookSettingsInput, { description: 'The secret and all of its settings.' }) { id, settings }: ChangeWebhookSettingsInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'change webhook settings');
      const secretId = idOfSecret(id);
      await call.transact((work) => changeWebhookSettings(work, call.seal, { id: secretId, check: (source) => checkSettings(source, settings, ['input', 'settings']) }));
      return listed(call, secretId);
    });
  }

  @Mutation(() => ShowReceivedSecretResult as never, { description: 'Returns the secret that a vendor sent with its first request, for entering it at the vendor: Notion\'s verification token. It is returned once. Requires the admin role.' })
  showReceivedSecret(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The webhook secret, by its global id.' }) id: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'see received secrets');
      const secretId = idOfSecret(id);
      const secret = await call.transact((work) => showReceivedSecret(work, call.seal, { id: secretId, makerOf: secretMakerOf }));
      return { __typename: 'ReceivedSecret', secret, webhookSecret: await listed(call, secretId) };
    });
  }

  @Mutation(() => RotateWebhookSecretResult as never, { description: 'Makes a new secret in place of one. The old one stays valid until `oldExpiresAt`, or until it is revoked. Requires the admin role.' })
  rotateWebhookSecret(@Ctx() call: Call, @Arg('input', () => RotateWebhookSecretInput, { description: 'What to replace.' }) input: RotateWebhookSecretInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'rotate webhook secrets');
      const old = idOfSecret(input.id);
      const made = await call.transact((work) => rotateWebhookSecret(work, call.seal, { id: old, oldExpiresAt: input.oldExpiresAt ?? null, given: input.secret ?? null, makerOf: secretMakerOf }));
      const previous = await listed(call, old);
      return { __typename: 'WebhookSecretRotated', ...(await shownSecret(call, made, previous.source)), previous };
    });
  }

  @Mutation(() => RevokeWebhookSecretResult as never, { description: 'Revokes a webhook secret: webhooks signed with it are refused at once. Requires the admin role.' })
  revokeWebhookSecret(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The secret, by its global id.' }) id: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepSecrets, 'revoke webhook secrets');
      const secretId = idOfSecret(id);
      await call.transact((work) => revokeWebhookSecret(work, secretId));
      return listed(call, secretId);
    });
  }
}

/** A secret that was just made, as it is shown once. */
export async function shownSecret(call: Call, { id, secret, isText }: WebhookSecret, source: string): Promise<object> {
  const text = secret.length === 0 ? null : secret.toString(isText ? 'utf8' : 'hex');
  const webhookSecret = await listed(call, id);
  return { webhookId: id, secret: text ?? '', requestPath: webhookPath(source, id, { secret, settings: webhookSecret.settings }), webhookSecret };
}

async function listed(call: Call, id: Id<'WebhookSecret'>): Promise<WebhookSecretRow> {
  const row = await ask(call, webhookSecretById, null, id);
  if (!row) throw new NotFound('There is no such webhook secret.', ['id']);
  return row;
}

function idOfSecret(globalId: string): Id<'WebhookSecret'> {
  const parsed = parseGlobalId(globalId, ['id']);
  if (parsed?.type !== 'WebhookSecret') throw new NotFound('There is no such webhook secret.', ['id']);
  return parsed.id as Id<'WebhookSecret'>;
}
