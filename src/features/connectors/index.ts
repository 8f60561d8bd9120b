export type { Connector, InboundRequest } from './connector.ts';
export { createConnectors } from './connectors.ts';
export type { ReadInput } from './json-source.ts';
export { replayWindow, signWebhook } from './signed-webhook.ts';
export type { DeliveryResult, ItemResult } from './delivery-result.ts';
export { createDeliveryQueue, type DeliveryQueue } from './delivery-queue.ts';
export { pruneDeliveries } from './untimed-delivery.ts';
export {
  createSecretFinder, createWebhookSecret, latestWebhookSecret, revokeWebhookSecret, rotateWebhookSecret, webhookSecretCreated, webhookSecretKeys, webhookSecretRevoked, webhookSecretRotated, type FindSecret, type WebhookSecret,
} from './webhook-secrets.ts';
