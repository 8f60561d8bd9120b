export type { Connector } from './connector.ts';
export type { Handshake, InboundRequest } from './inbound-request.ts';
export { createConnectors } from './connectors.ts';
export type { ReadInput } from './json-source.ts';
export { replayWindow, signWebhook } from './signed-webhook.ts';
export type { DeliveryResult, ItemResult } from './delivery-result.ts';
export { createDeliveryQueue, type DeliveryQueue } from './delivery-queue.ts';
export { pruneDeliveries } from './untimed-delivery.ts';
export {
  createWebhookSecret, keepFirstSecret, latestWebhookSecret, revokeWebhookSecret, rotateWebhookSecret, webhookSecretCreated, webhookSecretKeys, webhookSecretReceived, webhookSecretRevoked, webhookSecretRotated, webhookSecretShown, webhookSettingsChanged,
  type WebhookSecret,
} from './webhook-secrets.ts';
export { createSecretFinder, type FindSecret } from './find-secret.ts';
export { createWriterOpener } from './outbound/open-writer.ts';
export { createRecordWriting, type RecordWriting } from './outbound/record-writing.ts';
export type { OpenWriter, VendorWriter } from './outbound/vendor-writer.ts';
export { createVendorSessions, type OpenOptions, type VendorSessions } from './outbound/open-session.ts';
export type { CallPace } from './outbound/call-pace.ts';
export { connectionFailing, connectionRecovered } from './outbound/note-outcome.ts';
export { VendorFault, type VendorFaultCode } from './outbound/vendor-fault.ts';
export type { AccountPlaces, HistoryPage, VendorApi, VendorObject, VendorSession } from './outbound/vendor-api.ts';
