import { registerEnumType } from 'type-graphql';

/** The sources of webhooks by their names in the graph: every registered connector. */
export const WebhookSource = { SALESFORCE: 'salesforce', JSON: 'json' } as const;
registerEnumType(WebhookSource, {
  name: 'WebhookSource',
  description: 'A source that can send webhooks.',
  valuesConfig: {
    SALESFORCE: { description: 'Salesforce, to /api/integrations/salesforce/webhook.' },
    JSON: { description: 'Any system that sends the documented JSON, to /api/integrations/json/webhook.' },
  },
});
