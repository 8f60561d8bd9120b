export type { Connector } from './connector.ts';
export type { Handshake, InboundRequest } from './inbound-request.ts';
export { createConnectors } from './connectors.ts';
export type { ReadInput } from './json-source.ts';
export { replayWindow, signWebhook } from './signed-webhook.ts';
export type { DeliveryResult, ItemResult } from './delivery-result.ts';
export { createDeliveryQueue, type DeliveryQueue } from './delivery-queue.ts';
export { pruneDeliveries } from './untimed-delivery.ts';
export {
  createWebhookSecret, keepFirstSecret, latestWebhookSecret, revokeWebhookSecret, rotateWebhookSecret, webhookSecretCreated, webhookSecretReceived, webhookSecretRevoked, webhookSecretRotated, webhookSecretShown, webhookSettingsChanged,
  type WebhookSecret,
} from './webhook-secrets.ts';
export { secretMakerOf } from './vendors.ts';
export { createSecretFinder, type FindSecret } from './find-secret.ts';
