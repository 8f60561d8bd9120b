import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../src/platform/canonical-json.ts';
import type { Ref } from './history.ts';

const hour = 3_600_000;
/** The instant at which everything is delivered and read. */
export const now = '2026-11-21T09:00:00.000Z';
/** Few instants, so that statements of one instant are common. */
export const instants: readonly string[] = [0, 1, 2, 24, 48, 240].map((hours) => new Date(Date.parse(now) - hours * hour).toISOString());
/** What the accounts are called. */
export const accounts: readonly Ref[] = [{ system: 'salesforce', id: '001A' }, { system: 'salesforce', id: '001B' }, { system: 'hubspot', id: 'c-1' }];
/** The addresses of people. */
export const people = ['ada@example.com', 'bob@example.com'];
const word = fc.constantFrom('Alpha', 'Beta', 'Gamma');
const instant = fc.constantFrom('2026-11-01T00:00:00.000Z', '2026-11-10T00:00:00.000Z');

/** One of some choices, which follows from what is said. */
export function byContent<Choice>(choices: readonly [Choice, ...Choice[]], content: unknown): Choice {
  return choices[createHash('sha256').update(canonicalJson(content)).digest().readUInt8() % choices.length] ?? choices[0];
}

/** What a source says of a node, without who says it. */
export interface Stated {
  readonly fields: Record<string, unknown>;
  readonly mode: 'PATCH' | 'REPLACE';
}

/** Fields of which each may be left out; of a full state, and mostly, not those that a node must have. */
function some(fields: Record<string, fc.Arbitrary<unknown>>, required: readonly string[] = []): fc.Arbitrary<Stated> {
  const whole = fc.record({ fields: fc.record(fields, { requiredKeys: [...required] }), mode: fc.constantFrom('PATCH' as const, 'PATCH' as const, 'REPLACE' as const) });
  return fc.oneof({ weight: 4, arbitrary: whole }, { weight: 1, arbitrary: fc.record({ fields: fc.record(fields, { requiredKeys: [] }), mode: fc.constant('PATCH' as const) }) });
}

/** What is said of accounts. */
export const accountFields = some({
  name: word, industry: fc.constantFrom('Software', 'Retail', null), status: fc.constantFrom('ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'CHURN'), tier: word, employeeCount: fc.constantFrom(10, 500),
  lifecycleStage: fc.constantFrom('ONBOARDING', 'GROWTH'), revenue: fc.constantFrom({ amountMinor: 100, currency: 'EUR' }, { amountMinor: 5, currency: 'USD' }, null),
  owner: fc.constantFrom({ name: 'Kim', email: 'kim@example.com' }, { name: 'Lee' }, null), engagementScore: fc.constantFrom(10, 90.5), renewalOn: fc.constantFrom('2027-01-01', '2027-02-01'),
}, ['name']);

/** What each kind of record is made of, and by which system it is called what. */
export const kinds: Readonly<Record<string, { readonly refs: readonly Ref[]; readonly fields: fc.Arbitrary<Stated> }>> = {
  opportunities: {
    refs: [{ system: 'salesforce', id: '006A' }, { system: 'hubspot', id: 'd-1' }],
    fields: some({ name: word, stage: fc.constantFrom('Prospecting', 'Negotiation', 'Closed Won'), amount: fc.constantFrom({ amountMinor: 900, currency: 'EUR' }, null), probability: fc.constantFrom(0.1, 0.7), closeDate: fc.constantFrom('2026-12-31', null), nextStep: word }, ['name', 'stage']),
  },
  contacts: {
    refs: [{ system: 'salesforce', id: '003A' }, { system: 'salesforce', id: '003B' }, { system: 'hubspot', id: 'p-1' }],
    fields: some({ name: fc.constantFrom('Ada', 'Bob', 'Eve'), email: fc.constantFrom(...people, ...people, null), role: fc.constantFrom('Economic Buyer', 'Technical Evaluator', null), title: word }, ['name', 'email']),
  },
  tickets: {
    refs: [{ system: 'jira', id: 'T-1' }, { system: 'zendesk', id: 'T-2' }],
    fields: some({ key: word, summary: word, status: word, statusCategory: fc.constantFrom('TO_DO', 'DONE'), priority: fc.constantFrom('HIGHEST', 'LOW', 'LOW'), labels: fc.constantFrom([], ['a'], ['b', 'a']) }, ['key', 'summary', 'status', 'statusCategory']),
  },
  managerFlags: {
    refs: [{ system: 'gainsight', id: 'f-1' }, { system: 'gainsight', id: 'f-2' }],
    fields: some({ flag: fc.constantFrom('strategic_account', 'strategic_account', 'Do not contact'), setBy: word, note: word }, ['flag', 'setBy']),
  },
  notes: { refs: [{ system: 'gainsight', id: 'n-1' }, { system: 'hubspot', id: 'n-2' }], fields: some({ noteType: fc.constantFrom('QBR', 'CALL'), content: word, author: word }, ['noteType', 'content']) },
  products: { refs: [{ system: 'gainsight', id: 'pr-1' }, { system: 'hubspot', id: 'pr-2' }], fields: some({ name: word }, ['name']) },
  kpis: {
    refs: [{ system: 'gainsight', id: 'k-1' }, { system: 'gainsight', id: 'k-2' }],
    fields: some({ category: fc.constantFrom('Product Usage', 'Support'), parameter: fc.constantFrom('Weekly active users', 'NPS'), value: fc.constantFrom('82 %', '12', '3 days'), productRef: fc.constant({ system: 'gainsight', id: 'pr-1' }) }, ['category', 'parameter', 'value']),
  },
  healthTrends: {
    refs: [{ system: 'gainsight', id: 'h-1' }, { system: 'hubspot', id: 'h-2' }],
    fields: some({ year: fc.constant(2026), month: fc.constantFrom(10, 11), overallScore: fc.constantFrom(20, 55.5, 90), supportScore: fc.constantFrom(40, 60, null), productUsageScore: fc.constantFrom(10, 80) }, ['year', 'month', 'overallScore']),
  },
  threads: { refs: [{ system: 'slack', id: 't-1' }, { system: 'teams', id: 't-2' }], fields: some({ author: word, preview: word, replyCount: fc.constantFrom(0, 3), url: fc.constantFrom('https://chat.example/1', null) }, ['author', 'preview', 'replyCount']) },
  activities: { refs: [{ system: 'salesforce', id: '00TA' }, { system: 'hubspot', id: 'a-2' }], fields: some({ type: fc.constantFrom('Call', 'Email'), subject: word }, ['type', 'subject']) },
  weeklySummaries: { refs: [{ system: 'notion', id: 'w-1' }, { system: 'gainsight', id: 'w-2' }], fields: some({ weekOf: fc.constantFrom('2026-11-09', '2026-11-16'), status: fc.constantFrom('On Track', 'At Risk'), highlights: fc.constantFrom([], ['Demo']), risks: fc.constantFrom([], ['Budget', 'Time']) }, ['weekOf', 'status']) },
  seMentions: { refs: [{ system: 'slack', id: 's-1' }, { system: 'slack', id: 's-2' }], fields: some({ name: word, status: fc.constantFrom('active', 'away'), lastActiveAt: fc.option(instant) }, ['name', 'status']) },
  playbookTriggers: { refs: [{ system: 'gainsight', id: 'pt-1' }], fields: some({ playbookType: word, autoTriggerEnabled: fc.boolean() }, ['playbookType', 'autoTriggerEnabled']) },
  playbookExecutions: {
    refs: [{ system: 'gainsight', id: 'pe-1' }, { system: 'gainsight', id: 'pe-2' }],
    fields: some({ playbookId: word, playbookName: word, status: fc.constantFrom('FAILED', 'CANCELLED'), startedAt: instant, completedAt: fc.constantFrom('2026-11-20T00:00:00.000Z', null) }, ['playbookId', 'playbookName', 'status', 'startedAt']),
  },
  playbookReports: { refs: [{ system: 'gainsight', id: 'rp-1' }], fields: some({ playbookName: word, generatedAt: instant, content: word, executionRef: fc.constant({ system: 'gainsight', id: 'pe-1' }) }, ['playbookName', 'generatedAt']) },
};
