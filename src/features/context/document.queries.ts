import { ask, type Call } from '../../platform/graphql/call.ts';
import { accountById, type AccountRow } from '../accounts/index.ts';
import type { ContextRecords } from './context-records.ts';
import { contextOfAccount } from './context.queries.ts';
import type { ContextRow } from './context.type.ts';
import { derivedContextOf, instantOf } from './derived.queries.ts';
import type { DerivedValues } from './derived-values.ts';
import { buildDocument, type DocumentDerived } from './document.ts';
import { oneLine } from './one-line.ts';
import { viewOf } from './document-view.ts';

/** The document of a context, as the caller may see it. */
export async function documentOf(call: Call, { accountId, asOf }: ContextRow): Promise<object> {
  const [{ records, facts }, { values }] = await Promise.all([ask(call, contextOfAccount, asOf, accountId), derivedContextOf(call, accountId, asOf)]);
  // A retired account has no row; its own fields are the last that were known, as everywhere in the graph.
  const account = facts === null ? lastFields(records, await ask(call, accountById, asOf, accountId)) : records.account;
  return buildDocument({ ...records, account }, { at: instantOf(call, asOf), view: viewOf(call), derived: derivedIn(values), blockerCount: values.blockers.length, opportunityId: values.deal?.id ?? null });
}

function lastFields({ account }: ContextRecords, last: AccountRow | null): ContextRecords['account'] {
  if (!last) return account;
  const { name, industry, employeeCount, website, owner, jiraProjectKey, slackChannelId, notionPageId } = last;
  return { name, industry, employeeCount, website, ownerName: owner?.name ?? null, ownerEmail: owner?.email ?? null, jiraProjectKey, slackChannelId, notionPageId };
}

function derivedIn({ dealHealth, lastContact, blockers: [blocker], engineer, threats }: DerivedValues): DocumentDerived {
  return {
    deal_health: dealHealth.value.toLowerCase(),
    days_since_last_contact: lastContact?.days ?? null,
    has_active_blocker: blocker !== undefined,
    primary_blocker: blocker ? oneLine(`${blocker.key}: ${blocker.summary}`) : null,
    se_assigned: engineer?.name ?? null,
    se_available_now: engineer?.availableNow ?? null,
    competitive_threat: threats[0]?.name ?? null,
    competitive_threats: threats.map(({ name }) => name),
  };
}
