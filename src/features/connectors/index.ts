export { salesforceSignal } from './salesforce-event.ts';
export { createWebhookSecret, findWebhookSecret, webhookSecretCreated, type WebhookSecret } from './webhook-secrets.ts';
export { checkWebhook, signWebhook } from './webhook-signature.ts';
