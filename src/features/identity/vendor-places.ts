import type { MatchedAccount, ReferenceOfNode } from './load-nodes.ts';

/** One form for each spelling of a place at a vendor: connectors name accounts of channels, projects and pages by them. */
const forms: Readonly<Record<string, (id: string) => string>> = {
  slack: (channel) => channel.trim().toUpperCase(),
  'jira-project': (key) => key.trim().toUpperCase(),
  notion: (page) => page.trim().toLowerCase().replaceAll('-', ''),
};

function place(vendor: string, id: string | null): string | null {
  const form = Object.hasOwn(forms, vendor) ? forms[vendor]?.(id ?? '') : undefined;
  return form ? `${vendor}:${form}` : null;
}

/** The place at a vendor that a reference of an account names; null where it names none. */
export const placeOfReference = ({ system, id }: Pick<ReferenceOfNode, 'system' | 'id'>): string | null => (id.startsWith('erased:') ? null : place(system, id));

/** The places at vendors that sources state of an account, each with its text for people. */
export function placesOfAccount({ slackChannelId, jiraProjectKey, notionPageId }: Pick<MatchedAccount, 'slackChannelId' | 'jiraProjectKey' | 'notionPageId'>): readonly (readonly [place: string | null, text: string])[] {
  const stated = [['slack', slackChannelId], ['jira-project', jiraProjectKey], ['notion', notionPageId]] as const;
  return stated.flatMap(([vendor, id]) => (id === null ? [] : [[place(vendor, id), `${vendor}:${id}`] as const]));
}
