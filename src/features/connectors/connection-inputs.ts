import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { JsonObject } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import { ConnectionFailure, ConnectionType, type ConnectionRow } from './connection.type.ts';
import { VendorSource } from './connection-source.ts';
import { WebhookSecretCreated } from './webhook-secret.type.ts';

/** The webhook of a vendor that is connected. */
@InputType('ConnectionWebhookInput', { description: 'The webhook of a vendor that is connected, as in `createWebhookSecret`.' })
export class ConnectionWebhookInput {
  @Field(() => String, { nullable: true, description: 'The secret that the vendor made: the signing secret of a Slack app, the client secret of a HubSpot app, the secret of a Chatwoot webhook. For Jira any text of 16 characters or more; one is made when left out. Leave it out for other vendors.' })
  secret?: string | null;

  @Field(() => JsonObject, { nullable: true, description: 'How what the vendor delivers is read. When left out, those settings of the connection that webhooks have, too.' })
  settings?: object | null;
}

/** A vendor to connect. */
@InputType('AddConnectionInput', { description: 'A vendor to connect.' })
export class AddConnectionInput {
  @Field(() => VendorSource, { description: 'The vendor.' })
  source!: string;

  @Field(() => JsonObject, { description: 'The credentials. docs/connectors.md lists what each vendor needs and where to find it. They are stored encrypted and cannot be read again. Send them as variables, so that they are not part of the document.' })
  credentials!: object;

  @Field(() => JsonObject, { nullable: true, description: 'The settings; those that are left out have their defaults.' })
  settings?: object | null;

  @Field(() => ConnectionWebhookInput, { nullable: true, description: 'Makes a webhook secret, too. When left out or null, none is made.' })
  webhookSecret?: ConnectionWebhookInput | null;
}

/** What to change of a connection. */
@InputType('ChangeConnectionInput', { description: 'What to change of a connection: credentials, settings or both.' })
export class ChangeConnectionInput {
  @Field(() => ID, { description: 'The connection, by its global id.' })
  id!: string;

  @Field(() => JsonObject, { nullable: true, description: 'New credentials, complete. When left out, they stay as they are.' })
  credentials?: object | null;

  @Field(() => JsonObject, { nullable: true, description: 'All settings: those that are left out have their defaults again. When this field is left out, they stay as they are.' })
  settings?: object | null;
}

/** A vendor that was connected. */
@ObjectType('ConnectionAdded', { description: 'A vendor that was connected. Test the connection with `testConnection`.', simpleResolvers: true })
export class ConnectionAdded {
  @Field(() => ConnectionType, { description: 'The connection.' })
  connection!: ConnectionRow;

  @Field(() => WebhookSecretCreated, { nullable: true, description: 'The webhook secret; null if none was asked for.' })
  webhook!: object | null;
}

/** How a test of a connection ended. */
@ObjectType('ConnectionTest', { description: 'How a test of a connection ended.', simpleResolvers: true })
export class ConnectionTest {
  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'The organization, site or workspace, as the vendor names it; null if the test failed.' })
  vendorAccount!: string | null;

  @Field(() => ConnectionFailure, { nullable: true, description: 'Why the test failed; null if the connection works.' })
  failure!: ConnectionFailure | null;

  @Field(() => ConnectionType, { description: 'The connection after the test.' })
  connection!: ConnectionRow;
}

/** What connecting a vendor returns. */
export const AddConnectionResult = resultUnion('AddConnectionResult', 'The connection, or why it was refused.', [ConnectionAdded]);
/** What changing a connection returns. */
export const ChangeConnectionResult = resultUnion('ChangeConnectionResult', 'The changed connection, or why the change was refused.', [ConnectionType]);
/** What testing a connection returns. */
export const TestConnectionResult = resultUnion('TestConnectionResult', 'How the test ended, or why there was none.', [ConnectionTest]);
/** What pausing a connection returns. */
export const PauseConnectionResult = resultUnion('PauseConnectionResult', 'The paused connection, or why it was not paused.', [ConnectionType]);
/** What resuming a connection returns. */
export const ResumeConnectionResult = resultUnion('ResumeConnectionResult', 'The resumed connection, or why it was not resumed.', [ConnectionType]);
/** What removing a connection returns. */
export const RemoveConnectionResult = resultUnion('RemoveConnectionResult', 'The removed connection, which is DISABLED now, or why it was not removed.', [ConnectionType]);
