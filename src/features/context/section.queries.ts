import { ask, type Call } from '../../platform/graphql/call.ts';
import { contextOfAccount } from './context.queries.ts';
import type { ContextRow } from './context.type.ts';
import { defaultContextRules } from './context-rules.ts';
import { statesOfSections, type SectionState } from './sections.ts';

/** The instant that a context is about. RFC 3339. */
export const instantOf = ({ asOf }: ContextRow, call: Call): string => asOf?.at ?? call.clock.now().toISOString();

/** The sections of a context, judged by the freshness rules that held then. */
export async function sectionStates(call: Call, context: ContextRow): Promise<readonly SectionState[]> {
  const { sections } = await ask(call, contextOfAccount, context.asOf, context.accountId);
  const { salesforceHours, jiraHours, slackHours, notionHours } = defaultContextRules.FRESHNESS;
  return statesOfSections(sections, { SALESFORCE: salesforceHours, JIRA: jiraHours, SLACK: slackHours, NOTION: notionHours }, instantOf(context, call));
}
