export { salesforceSignal } from './salesforce-event.ts';
export { createWebhookSecret, findWebhookSecret, latestWebhookSecret, webhookSecretCreated, webhookSecretKeys, type WebhookSecret } from './webhook-secrets.ts';
export { checkWebhook, signWebhook } from './webhook-signature.ts';
