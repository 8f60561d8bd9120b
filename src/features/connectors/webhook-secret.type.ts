import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime, JsonObject } from '../../platform/graphql/scalars.ts';
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
  @Field(() => String, { description: 'Goes with each webhook as X-Webhook-Id or `?id=`; not secret.' })
  webhookId!: string;

  @Field(() => WebhookSource, { description: 'The source that signs with it.' })
  source!: string;

  @Field(() => WebhookSecretStatus, { description: 'Whether it is valid at the time of the request.' })
  status!: keyof typeof WebhookSecretStatus;

  @Field(() => Boolean, { description: 'Whether the secret is known. false: the vendor sends it with its first request, which has not arrived yet.' })
  isKnown!: boolean;

  @Shows('ADMINISTRATION')
  @Field(() => JsonObject, { description: 'How what the source delivers is read. docs/connectors.md lists the settings of each source.' })
  settings!: object;

  @Field(() => DateTime, { description: 'When it was made. UTC.' })
  createdAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'From when it is refused, UTC; null: not before it is revoked.' })
  expiresAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked, UTC; null if it was not.' })
  revokedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When a delivery that was signed with it last arrived, UTC, up to 5 seconds late; null if none has.' })
  lastEventAt!: string | null;
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
  @Field(() => ID, { description: 'Goes with each webhook as X-Webhook-Id or `?id=`; not secret.' })
  webhookId!: string;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'The secret: in hex for SALESFORCE and JSON, whose HMAC-SHA-256 key is its bytes; a text for the others. It cannot be shown again. Empty for NOTION, which sends it with its first request.' })
  secret!: string;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'What the vendor calls, behind the address of this installation: `/api/integrations/jira/webhook?id=…`. For SALESFORCE with the token of outbound messages, which is secret.' })
  requestPath!: string;

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

  @Field(() => String, { nullable: true, description: 'The new secret that the vendor made, for sources whose vendor makes it.' })
  secret?: string | null;
}

/** All settings of a secret. */
@InputType('ChangeWebhookSettingsInput', { description: 'A webhook secret and all of its settings: those that are left out have their defaults again.' })
export class ChangeWebhookSettingsInput {
  @Field(() => ID, { description: 'The secret, by its global id.' })
  id!: string;

  @Field(() => JsonObject, { description: 'The settings. docs/connectors.md lists those of each source.' })
  settings!: object;
}

/** A secret that a vendor sent. */
@ObjectType('ReceivedSecret', { description: 'A secret that a vendor sent with its first request.', simpleResolvers: true })
export class ReceivedSecret {
  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'The secret, to be entered at the vendor. It cannot be shown again.' })
  secret!: string;

  @Field(() => WebhookSecretType, { description: 'The secret as it is listed.' })
  webhookSecret!: WebhookSecretRow;
}

/** What changing settings returns. */
export const ChangeWebhookSettingsResult = resultUnion('ChangeWebhookSettingsResult', 'The secret with its new settings, or why they were refused.', [WebhookSecretType]);
/** What showing a received secret returns. */
export const ShowReceivedSecretResult = resultUnion('ShowReceivedSecretResult', 'The secret that the vendor sent, or why it is not shown.', [ReceivedSecret]);
/** What making a secret returns. */
export const CreateWebhookSecretResult = resultUnion('CreateWebhookSecretResult', 'The secret, or why it was refused.', [WebhookSecretCreated]);
/** What rotating a secret returns. */
export const RotateWebhookSecretResult = resultUnion('RotateWebhookSecretResult', 'The new secret, or why it was refused.', [WebhookSecretRotated]);
/** What revoking a secret returns. */
export const RevokeWebhookSecretResult = resultUnion('RevokeWebhookSecretResult', 'The secret as revoked, or why it was refused.', [WebhookSecretType]);
