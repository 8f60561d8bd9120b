export type { Connector } from './connector.ts';
export { secretIdOf, type Handshake, type InboundRequest } from './inbound-request.ts';
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
export { measureConnections } from './connection-metrics.ts';
export { countDelivery, countRefusedItems, latestChange, measureLag } from './event-metrics.ts';
export { createLastEvents, type LastEvents } from './last-events.ts';
export { connectionEvents } from './connection.events.ts';
export { connectionKeys } from './connection-credentials.ts';
export { connectionIdOf } from './connection-id.ts';
export { createSecretFinder, type FindSecret } from './find-secret.ts';
export { createWriterOpener } from './outbound/open-writer.ts';
export { createConnectionContexts, createCopiesOpener, type OpenCopies } from './outbound/connection-contexts.ts';
export { copySessions } from './copying/copy-sessions.ts';
export { copySessionsTask, wakeDueCopies } from './copying/wake-copies.ts';
export { createRecordWriting, type RecordWriting } from './outbound/record-writing.ts';
export type { OpenWriter, VendorWriter } from './outbound/vendor-writer.ts';
export { readSource, type ReadOrder } from './fetching/read-source.ts';
export type { OpenSession, ReaderParts } from './fetching/reader-run.ts';
export { readSourceTask, wakeDueReaders, wakeReader } from './fetching/wake-reader.ts';
export { fetchingEvents } from './fetching/backfill.events.ts';
export { startBackfill } from './fetching/start-backfill.ts';
export { cancelBackfill } from './fetching/cancel-backfill.ts';
export { retryFetches } from './fetching/retry-fetches.ts';
export { createVendorSessions, type OpenOptions, type VendorSessions } from './outbound/open-session.ts';
export type { CallPace } from './outbound/call-pace.ts';
export { connectionFailing, connectionRecovered } from './outbound/note-outcome.ts';
export { VendorFault, type VendorFaultCode } from './outbound/vendor-fault.ts';
export type { AccountPlaces, HistoryPage, VendorApi, VendorObject, VendorSession } from './outbound/vendor-api.ts';
export { createSectionFetchers, type FetcherParts } from './fetching/section-fetchers.ts';
