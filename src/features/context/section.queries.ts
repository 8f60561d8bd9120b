import { ask, type Call } from '../../platform/graphql/call.ts';
import { currentContextRules } from './context-rules.queries.ts';
import { contextOfAccount } from './context.queries.ts';
import type { ContextRow } from './context.type.ts';
import { instantOf } from './derived.queries.ts';
import { statesOfSections, type SectionState } from './sections.ts';

/** The sections of a context, judged by the freshness rules of the instant read for. */
export async function sectionStates(call: Call, { accountId, asOf }: ContextRow): Promise<readonly SectionState[]> {
  const [{ records: { sections } }, { FRESHNESS }] = await Promise.all([ask(call, contextOfAccount, asOf, accountId), ask(call, currentContextRules, asOf, 'in_force')]);
  const { salesforceHours, jiraHours, slackHours, notionHours } = FRESHNESS.parameters;
  return statesOfSections(sections, { SALESFORCE: salesforceHours, JIRA: jiraHours, SLACK: slackHours, NOTION: notionHours }, instantOf(call, asOf));
}
