/** The document that clients know, with its account as four sources would state it. */
export const sampleDocument = {
  account_id: 'acme_corp_12345',
  cached_at: '2024-12-10T14:32:15Z',
  ttl_seconds: 300,
  salesforce: {
    account_name: 'Acme Corp',
    industry: 'Manufacturing',
    employee_count: 2500,
    website: 'acme.com',
    owner: { name: 'Sarah Chen', email: 'sarah.chen@parable.com' },
    opportunity: {
      id: 'opp_789xyz', name: 'Acme Corp - Enterprise License', stage: 'Demo', amount: 150000, close_date: '2025-01-31', probability: 40, next_step: 'Technical deep-dive scheduled', days_in_stage: 12,
    },
    contacts: [
      { name: 'Jane Martinez', title: 'CTO', email: 'jane.martinez@acme.com', role: 'Economic Buyer' },
      { name: 'Bob Wilson', title: 'VP Engineering', email: 'bob.wilson@acme.com', role: 'Technical Evaluator' },
    ],
    last_activity: { type: 'Call', date: '2024-12-07', subject: 'Discovery call - API requirements' },
  },
  jira: {
    project_key: 'ACME',
    open_tickets: [
      { key: 'ACME-456', summary: 'API latency concerns - need benchmarks', status: 'In Progress', assignee: 'John Park (SE)', priority: 'High', created: '2024-12-05', labels: ['blocker', 'technical'] },
      { key: 'ACME-423', summary: 'SSO integration questions', status: 'Done', assignee: 'Mike Torres (SE)', priority: 'Medium', resolved: '2024-12-08' },
    ],
    blocker_count: 1,
  },
  slack: {
    channel_id: 'C_acme_deal',
    recent_threads: [
      { timestamp: '2024-12-09T16:45:00Z', author: 'John Park', preview: 'Finished the API benchmark doc, ready for Sarah to send', thread_reply_count: 3 },
      { timestamp: '2024-12-08T11:20:00Z', author: 'Sarah Chen', preview: 'Jane mentioned they\'re comparing us to Gong - need competitive positioning', thread_reply_count: 7 },
    ],
    se_mentions: [{ se_name: 'John Park', last_active: '2024-12-10T14:15:00Z', status: 'active' }],
  },
  notion: {
    account_page_id: 'notion_abc123',
    manager_flags: [{ flag: 'strategic_account', set_by: 'David Kim (Sales Director)', note: 'Logo win important for manufacturing vertical' }],
    weekly_summary: {
      week_of: '2024-12-09', status: 'On Track',
      highlights: ['Technical concerns being addressed by SE team', 'Budget confirmed, procurement timeline unclear'],
      risks: ['Competitor (Gong) also in evaluation'],
    },
  },
  derived: {
    deal_health: 'yellow', days_since_last_contact: 3, has_active_blocker: true, primary_blocker: 'ACME-456: API latency concerns', se_assigned: 'John Park', se_available_now: true, competitive_threat: 'Gong',
  },
} as const;

/** When the sample was made. */
export const sampleInstant = '2024-12-10T14:32:15.000Z';

const account = { externalRef: { system: 'salesforce', id: 'acme_corp_12345' } };
const at = (system: string, id: string) => ({ account, externalRef: { system, id } });

/** What each source states, in the inputs of the upsert mutations: by mutation, in the order of delivery. */
export const sampleStatements: readonly (readonly [plural: string, input: readonly Record<string, unknown>[]])[] = [
  ['accounts', [
    { ...account, name: 'Acme Corp', industry: 'Manufacturing', employeeCount: 2500, website: 'acme.com', owner: { name: 'Sarah Chen', email: 'sarah.chen@parable.com' } },
    { ...account, source: 'jira', jiraProjectKey: 'ACME' },
    { ...account, source: 'slack', slackChannelId: 'C_acme_deal' },
    { ...account, source: 'notion', notionPageId: 'notion_abc123' },
  ]],
  ['opportunities', [{ ...at('salesforce', 'opp_789xyz'), name: 'Acme Corp - Enterprise License', stage: 'Demo', amount: { amountMinor: 15_000_000, currency: 'USD' }, closeDate: '2025-01-31', probability: 0.4, nextStep: 'Technical deep-dive scheduled', stageSince: '2024-11-28T09:00:00Z' }]],
  ['contacts', [
    { ...at('salesforce', '003-jane'), name: 'Jane Martinez', title: 'CTO', email: 'jane.martinez@acme.com', role: 'Economic Buyer' },
    { ...at('salesforce', '003-bob'), name: 'Bob Wilson', title: 'VP Engineering', email: 'bob.wilson@acme.com', role: 'Technical Evaluator' },
  ]],
  ['activities', [{ ...at('salesforce', 'act-1'), type: 'Call', subject: 'Discovery call - API requirements', occurredAt: '2024-12-07T15:00:00Z' }]],
  ['tickets', [
    { ...at('jira', 'ACME-456'), key: 'ACME-456', summary: 'API latency concerns - need benchmarks', status: 'In Progress', statusCategory: 'IN_PROGRESS', assignee: 'John Park (SE)', priority: 'HIGH', createdOn: '2024-12-05', labels: ['blocker', 'technical'] },
    { ...at('jira', 'ACME-423'), key: 'ACME-423', summary: 'SSO integration questions', status: 'Done', statusCategory: 'DONE', assignee: 'Mike Torres (SE)', priority: 'MEDIUM', resolvedOn: '2024-12-08' },
  ]],
  ['threads', [
    { ...at('slack', 'T1'), occurredAt: '2024-12-09T16:45:00Z', author: 'John Park', preview: 'Finished the API benchmark doc, ready for Sarah to send', replyCount: 3 },
    { ...at('slack', 'T2'), occurredAt: '2024-12-08T11:20:00Z', author: 'Sarah Chen', preview: 'Jane mentioned they\'re comparing us to Gong - need competitive positioning', replyCount: 7 },
  ]],
  ['seMentions', [{ ...at('slack', 'john-park'), name: 'John Park', lastActiveAt: '2024-12-10T14:15:00Z', status: 'active', occurredAt: '2024-12-10T14:15:00Z' }]],
  ['managerFlags', [{ ...at('notion', 'flag-1'), flag: 'strategic_account', setBy: 'David Kim (Sales Director)', note: 'Logo win important for manufacturing vertical' }]],
  ['weeklySummaries', [{ ...at('notion', 'week-1'), weekOf: '2024-12-09', status: 'On Track', highlights: ['Technical concerns being addressed by SE team', 'Budget confirmed, procurement timeline unclear'], risks: ['Competitor (Gong) also in evaluation'] }]],
];
