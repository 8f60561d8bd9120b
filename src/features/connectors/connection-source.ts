import { registerEnumType } from 'type-graphql';

/** Vendors that can be connected, by their names in the graph. */
export const VendorSource = { SALESFORCE: 'salesforce', JIRA: 'jira', SLACK: 'slack', NOTION: 'notion', HUBSPOT: 'hubspot', CHATWOOT: 'chatwoot' } as const;
registerEnumType(VendorSource, {
  name: 'VendorSource',
  description: 'A vendor that this program can call.',
  valuesConfig: {
    SALESFORCE: { description: 'Salesforce.' },
    JIRA: { description: 'Jira Cloud.' },
    SLACK: { description: 'Slack.' },
    NOTION: { description: 'Notion.' },
    HUBSPOT: { description: 'HubSpot.' },
    CHATWOOT: { description: 'Chatwoot.' },
  },
});
