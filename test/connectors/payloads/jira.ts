/** An event of Jira Cloud about an issue, in the shape that Atlassian documents for webhooks (`jira:issue_updated`), shortened to one custom field. */
export function jiraEvent({ name = 'jira:issue_updated', key = 'ACME-456', at = '2026-11-21T08:00:00.000Z', labels = ['account-acme'], fields = {}, changelog }: JiraEventOptions = {}): object {
  return {
    timestamp: Date.parse(at),
    webhookEvent: name,
    issue_event_type_name: name === 'jira:issue_created' ? 'issue_created' : 'issue_generic',
    user: { self: 'https://acme.atlassian.net/rest/api/2/user?accountId=557058%3Af58131cb', accountId: '557058:f58131cb', displayName: 'Priya Shah', active: true, timeZone: 'Europe/Berlin', accountType: 'atlassian' },
    issue: {
      id: `1${key.replace(/\D/g, '')}`,
      self: `https://acme.atlassian.net/rest/api/2/issue/1${key.replace(/\D/g, '')}`,
      key,
      fields: {
        summary: 'API latency concerns - need benchmarks',
        issuetype: { id: '10004', name: 'Bug', subtask: false },
        project: { id: '10000', key: key.split('-')[0], name: 'Acme', projectTypeKey: 'software' },
        status: { id: '3', name: 'In Progress', statusCategory: { id: 4, key: 'indeterminate', colorName: 'yellow', name: 'In Progress' } },
        priority: { id: '2', name: 'High', iconUrl: 'https://acme.atlassian.net/images/icons/priorities/high.svg' },
        labels,
        assignee: { accountId: '5b10ac8d82e05b22cc7d4ef5', displayName: 'John Park (SE)', active: true },
        created: '2026-11-20T07:15:00.000+0000',
        updated: at.replace('Z', '+0000'),
        resolutiondate: null,
        resolution: null,
        customfield_10020: [{ id: 1, name: 'Sprint 1', state: 'active' }],
        ...fields,
      },
    },
    ...(changelog ? { changelog } : {}),
  };
}

/** What of an event differs from the usual one. */
export interface JiraEventOptions {
  readonly name?: string;
  readonly key?: string;
  readonly at?: string;
  readonly labels?: readonly string[];
  readonly fields?: object;
  readonly changelog?: { readonly id: string; readonly items: readonly object[] };
}

/** The status of a closed issue. */
export const done = { status: { id: '10002', name: 'Done', statusCategory: { id: 3, key: 'done', colorName: 'green', name: 'Done' } }, resolution: { id: '10000', name: 'Done' } };
