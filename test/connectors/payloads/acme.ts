import { done, jiraEvent, type JiraEventOptions } from './jira.ts';
import { slackEvent } from './slack.ts';

/** Where the account of the sample is at Jira and Slack, as an administrator enters it. Its channel has an id as Slack makes them. */
export const acmeSettings = {
  salesforce: { currency: 'USD' },
  jira: { projects: { ACME: { system: 'salesforce', id: 'acme_corp_12345' } } },
  slack: { channels: { C0ACMEDEAL: { system: 'salesforce', id: 'acme_corp_12345' } }, salesEngineers: { U0JOHN: 'John Park' }, people: { U0SARAH: 'Sarah Chen', U0DAVID: 'David Kim' }, workspaceUrl: 'https://parable.slack.com' },
} as const;

const record = (type: string, id: string, SystemModstamp: string, fields: object): object => ({ attributes: { type, url: `/services/data/v62.0/sobjects/${type}/${id}` }, Id: id, SystemModstamp, ...fields });
const AccountId = 'acme_corp_12345';
const at = (instant: string): string => instant.replace('Z', '.000+0000');

/** What Salesforce knows of the account of the sample, as Apex serialises it: an organisation of one currency, which it does not send. */
export const acmeRecords: readonly object[] = [
  record('Account', AccountId, at('2024-12-01T09:00:00Z'), { Name: 'Acme Corp', Industry: 'Manufacturing', NumberOfEmployees: 2500, Website: 'acme.com', Owner: { attributes: { type: 'User' }, Name: 'Sarah Chen', Email: 'sarah.chen@parable.com' } }),
  record('Opportunity', 'opp_789xyz', at('2024-12-09T17:00:00Z'), {
    AccountId, Name: 'Acme Corp - Enterprise License', StageName: 'Demo', Amount: 150000.0, CloseDate: '2025-01-31', Probability: 40.0, NextStep: 'Technical deep-dive scheduled', LastStageChangeDate: at('2024-11-28T09:00:00Z'), IsClosed: false, IsWon: false,
  }),
  record('Contact', '003Hs00002abcdEIAQ', at('2024-12-02T09:00:00Z'), { AccountId, FirstName: 'Jane', LastName: 'Martinez', Title: 'CTO', Email: 'jane.martinez@acme.com' }),
  record('Contact', '003Hs00002abcdFIAQ', at('2024-12-02T08:00:00Z'), { AccountId, FirstName: 'Bob', LastName: 'Wilson', Title: 'VP Engineering', Email: 'bob.wilson@acme.com' }),
  // Salesforce keeps the part that a contact plays beside it; these were made before the contacts changed last.
  record('OpportunityContactRole', '00KHs00000aaaaaMAA', at('2024-11-28T09:05:00Z'), { OpportunityId: 'opp_789xyz', ContactId: '003Hs00002abcdEIAQ', Role: 'Economic Buyer', IsPrimary: true, Contact: { attributes: { type: 'Contact' }, AccountId } }),
  record('AccountContactRelation', '07kHs00000bbbbbIAQ', at('2024-11-28T09:05:00Z'), { AccountId, ContactId: '003Hs00002abcdFIAQ', Roles: 'Technical Evaluator', IsActive: true, IsDirect: true }),
  record('Task', '00THs00000ccccdMAA', at('2024-12-07T15:30:00Z'), { AccountId, WhoId: '003Hs00002abcdEIAQ', Subject: 'Discovery call - API requirements', TaskSubtype: 'Call', Status: 'Completed', IsClosed: true, ActivityDate: '2024-12-07' }),
];

const issue = (key: string, instant: string, labels: readonly string[], fields: object): JiraEventOptions => ({ name: 'jira:issue_updated', key, at: instant, labels, fields });

/** What is particular of the issues of the sample. */
export const acmeIssueOptions: readonly JiraEventOptions[] = [
  issue('ACME-456', '2024-12-09T10:00:00.000Z', ['blocker', 'technical'], { summary: 'API latency concerns - need benchmarks', created: '2024-12-05T08:00:00.000+0000' }),
  issue('ACME-423', '2024-12-08T16:00:00.000Z', [], {
    summary: 'SSO integration questions', ...done, priority: { id: '3', name: 'Medium' }, assignee: { accountId: '5b10ac8d82e05b22cc7d4ef6', displayName: 'Mike Torres (SE)', active: true }, created: '2024-12-02T08:00:00.000+0000', resolutiondate: '2024-12-08T16:00:00.000+0000',
  }),
];
/** The issues of the sample. */
export const acmeIssues: readonly object[] = acmeIssueOptions.map(jiraEvent);

const slackTime = (instant: string, number = 0): string => `${Date.parse(instant) / 1_000}.0001${String(number).padStart(2, '0')}`;
const said = (user: string, instant: string, text: string, thread?: string): object => slackEvent({ channel: 'C0ACMEDEAL', user, text, ts: slackTime(instant), event_ts: slackTime(instant), ...(thread === undefined ? {} : { thread_ts: slackTime(thread), parent_user_id: 'U0JOHN' }) });
const [benchmarks, rivals] = ['2024-12-09T16:45:00Z', '2024-12-08T11:20:00Z'];

/** The messages of the sample: two threads, and their replies, the last by the sales engineer. */
export const acmeMessages: readonly object[] = [
  said('U0SARAH', rivals, 'Jane mentioned they\'re comparing us to Gong - need competitive positioning'),
  ...[21, 22, 23, 24, 25, 26, 27].map((minute) => said('U0DAVID', `2024-12-08T11:${minute}:00Z`, 'Noted', rivals)),
  said('U0JOHN', benchmarks, 'Finished the API benchmark doc, ready for Sarah to send'),
  said('U0SARAH', '2024-12-09T16:50:00Z', 'Thanks', benchmarks),
  said('U0SARAH', '2024-12-10T09:00:00Z', 'Sent', benchmarks),
  said('U0JOHN', '2024-12-10T14:15:00Z', 'Great', benchmarks),
];
