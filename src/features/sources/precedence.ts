import { z } from 'zod';
import { enrichmentSource, manualSource } from './source-statement.ts';

/** Which sources win for some fields of a kind of node: those of an earlier tier before those of a later one; within a tier, and among sources in none, the latest. */
export interface PrecedenceRule {
  readonly name: string;
  /** The GraphQL type; `*` for every type. */
  readonly kind: string;
  /** Null: every field. */
  readonly fields: readonly string[] | null;
  readonly tiers: readonly (readonly string[])[];
}

/** A tenant's rules in force. Version 0 is the defaults. */
export interface Precedence {
  readonly version: number;
  readonly rules: readonly PrecedenceRule[];
}

const source = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/);

/** The stored form of rules. */
export const precedenceRules = z.array(
  z.strictObject({ name: z.string().min(1).max(100), kind: z.string().min(1).max(64), fields: z.array(z.string().min(1).max(64)).nullable(), tiers: z.array(z.array(source).min(1).max(50)).min(1).max(10) }),
).max(200);

/** Systems of record for deals and commercial facts. */
const crm = ['salesforce', 'hubspot', 'dynamics', 'pipedrive', 'zoho'];
/** Customer success tools. */
const success = ['gainsight', 'totango', 'planhat', 'vitally', 'churnzero', 'catalyst'];
/** Issue trackers and help desks. */
const tickets = ['jira', 'zendesk', 'freshdesk', 'intercom', 'servicenow', 'linear', 'chatwoot'];
const chat = ['slack', 'teams'];
const documents = ['notion', 'confluence'];

/** Every source that the defaults name, and the sources of the product's own doors. */
export const knownSources: ReadonlySet<string> = new Set([...crm, ...success, ...tickets, ...chat, ...documents, 'json', 'import', enrichmentSource, manualSource]);

const successFields = ['status', 'tier', 'csm', 'csmManager', 'lifecycleStage', 'onboardingStatus', 'lastQbrOn', 'nextQbrOn', 'engagementScore', 'primaryChampionId', 'championStatus', 'stakeholderCount'];

/** The rules of a tenant that published none: the CRM for commercial facts, the success tool for success, the issue tracker for tickets. */
export const defaultPrecedence: Precedence = {
  version: 0,
  rules: [
    { name: 'Jira project', kind: 'Account', fields: ['jiraProjectKey'], tiers: [['jira'], crm] },
    { name: 'Slack channel', kind: 'Account', fields: ['slackChannelId'], tiers: [['slack'], crm] },
    { name: 'Notion page', kind: 'Account', fields: ['notionPageId'], tiers: [['notion'], crm] },
    { name: 'success fields', kind: 'Account', fields: successFields, tiers: [success, crm] },
    { name: 'commercial fields', kind: 'Account', fields: null, tiers: [crm, success] },
    { name: 'deals', kind: 'Opportunity', fields: null, tiers: [crm] },
    { name: 'people', kind: 'Contact', fields: null, tiers: [crm, success] },
    { name: 'activities', kind: 'Activity', fields: null, tiers: [crm] },
    { name: 'tickets', kind: 'Ticket', fields: null, tiers: [tickets, crm] },
    { name: 'threads', kind: 'Thread', fields: null, tiers: [chat] },
    { name: 'presence', kind: 'SeMention', fields: null, tiers: [chat] },
    { name: 'weekly summaries', kind: 'WeeklySummary', fields: null, tiers: [documents, success] },
    ...['Product', 'Kpi', 'HealthTrend', 'PlaybookTrigger', 'PlaybookExecution', 'PlaybookReport'].map((kind) => ({ name: 'customer success', kind, fields: null, tiers: [success, crm] })),
  ],
};

/** The first rule that covers a field; null where none does. */
export function ruleFor({ rules }: Precedence, kind: string, field: string): PrecedenceRule | null {
  return rules.find((rule) => (rule.kind === '*' || rule.kind === kind) && (rule.fields === null || rule.fields.includes(field))) ?? null;
}

const ranks = new WeakMap<Precedence, Map<string, ReadonlyMap<string, number>>>();

/** How a field ranks sources: 0 for a person's own value, then by tier; sources in no tier share the last rank but one, and what a provider sold has the last. */
export function rankSource(precedence: Precedence, kind: string, field: string): (source: string) => number {
  const known = ranks.get(precedence) ?? new Map<string, ReadonlyMap<string, number>>();
  ranks.set(precedence, known);
  const key = `${kind} ${field}`;
  let byField = known.get(key);
  if (!byField) known.set(key, (byField = new Map([...(ruleFor(precedence, kind, field)?.tiers.flatMap((tier, index) => tier.map((each) => [each, index + 1] as const)) ?? []), [manualSource, 0] as const])));
  const ranked = byField;
  return (each) => ranked.get(each) ?? (each === enrichmentSource ? 1_001 : 1_000);
}
