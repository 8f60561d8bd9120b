import { registerEnumType } from 'type-graphql';

/** The sources of webhooks by their names in the graph: every registered connector. */
export const WebhookSource = { SALESFORCE: 'salesforce', JIRA: 'jira', SLACK: 'slack', NOTION: 'notion', HUBSPOT: 'hubspot', CHATWOOT: 'chatwoot', JSON: 'json' } as const;
registerEnumType(WebhookSource, {
  name: 'WebhookSource',
  description: 'A source that can send webhooks.',
  valuesConfig: {
    SALESFORCE: { description: 'Salesforce, to /api/integrations/salesforce/webhook.' },
    JIRA: { description: 'Jira Cloud, to /api/integrations/jira/webhook.' },
    SLACK: { description: 'Slack, to /api/integrations/slack/webhook.' },
    NOTION: { description: 'Notion, to /api/integrations/notion/webhook.' },
    HUBSPOT: { description: 'HubSpot, to /api/integrations/hubspot/webhook.' },
    CHATWOOT: { description: 'Chatwoot, to /api/integrations/chatwoot/webhook.' },
    JSON: { description: 'Any system that sends the documented JSON, to /api/integrations/json/webhook.' },
  },
});
