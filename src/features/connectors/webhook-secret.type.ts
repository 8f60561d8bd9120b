import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { WebhookSource } from './webhook-source.ts';

/** Whether a secret is valid. */
export const WebhookSecretStatus = graphEnum('WebhookSecretStatus', 'Whether webhooks signed with a secret are accepted.', {
  VALID: 'They are.',
  EXPIRED: 'It was rotated and its time is over.',
  REVOKED: 'It was revoked.',
});

/** A secret, without itself. */
@ObjectType('WebhookSecret', { implements: Node, simpleResolvers: true, description: 'A secret with which a source signs its webhooks. The secret itself is shown once, when it is made.' })
export class WebhookSecretType extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Goes with each webhook as X-Webhook-Id; not secret.' })
  webhookId!: string;

  @Field(() => WebhookSource, { description: 'The source that signs with it.' })
  source!: string;

  @Field(() => WebhookSecretStatus, { description: 'Whether it is valid at the time of the request.' })
  status!: keyof typeof WebhookSecretStatus;

  @Field(() => DateTime, { description: 'When it was made. UTC.' })
  createdAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'From when it is refused, UTC; null: not before it is revoked.' })
  expiresAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked, UTC; null if it was not.' })
  revokedAt!: string | null;
}

/** A secret's row as GraphQL is given it. */
export interface WebhookSecretRow extends NodeRow, ListedRow, Omit<WebhookSecretType, 'id'> {}

/** The connection type of secrets. */
export const WebhookSecretConnection = connectionType('WebhookSecret', () => WebhookSecretType);

/** Which secrets to list. */
@InputType('WebhookSecretFilter', { description: 'Which webhook secrets to list; conditions are joined by AND.' })
export class WebhookSecretFilter {
  @Field(() => [WebhookSource], { nullable: true, description: 'Of one of these sources.' })
  sources?: string[] | null;
}

/** A webhook's secret that was just made. */
@ObjectType('WebhookSecretCreated', { description: 'A secret that was just made.', simpleResolvers: true })
export class WebhookSecretCreated {
  @Field(() => ID, { description: 'Goes with each webhook as X-Webhook-Id; not secret.' })
  webhookId!: string;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'The secret in hex: the key of the HMAC-SHA-256. It cannot be shown again.' })
  secret!: string;

  @Field(() => WebhookSecretType, { description: 'The secret as it is listed.' })
  webhookSecret!: WebhookSecretRow;
}

/** A secret that was made in place of another. */
@ObjectType('WebhookSecretRotated', { description: 'A secret that was made in place of another. Both are valid until the old one expires or is revoked.', simpleResolvers: true })
export class WebhookSecretRotated extends WebhookSecretCreated {
  @Field(() => WebhookSecretType, { description: 'The old secret.' })
  previous!: WebhookSecretRow;
}

/** A secret that is to be replaced. */
@InputType('RotateWebhookSecretInput', { description: 'A webhook secret that is to be replaced by a new one.' })
export class RotateWebhookSecretInput {
  @Field(() => ID, { description: 'The secret, by its global id.' })
  id!: string;

  @Field(() => DateTime, { nullable: true, description: 'From when the old secret is refused, in the future. When left out, it stays valid until it is revoked.' })
  oldExpiresAt?: string | null;
}

/** What making a secret returns. */
export const CreateWebhookSecretResult = resultUnion('CreateWebhookSecretResult', 'The secret, or why it was refused.', [WebhookSecretCreated]);
/** What rotating a secret returns. */
export const RotateWebhookSecretResult = resultUnion('RotateWebhookSecretResult', 'The new secret, or why it was refused.', [WebhookSecretRotated]);
/** What revoking a secret returns. */
export const RevokeWebhookSecretResult = resultUnion('RevokeWebhookSecretResult', 'The secret as revoked, or why it was refused.', [WebhookSecretType]);
