import { z } from 'zod';
import { readAnswer, type CallJira } from './client.ts';

/** The fields of an issue that are read. */
const fields: readonly string[] = ['summary', 'status', 'priority', 'labels', 'assignee', 'created', 'updated', 'resolutiondate', 'resolution'];
/** Issues of one answer; Jira may send fewer. */
const pageSize = 100;
/** The most issues that Jira returns by their keys in one answer. */
const mostKeys = 100;

const page = z.looseObject({ issues: z.array(z.unknown()), nextPageToken: z.string().nullish(), isLast: z.boolean().nullish() });
const bulk = z.looseObject({ issues: z.array(z.unknown()) });

/** A part of what a search found. */
export interface FoundIssues {
  readonly issues: readonly unknown[];
  /** What the next part is asked for with; null: this was the last. Jira keeps it for 7 days. */
  readonly next: string | null;
}

/** Searches for issues. */
export async function searchIssues(call: CallJira, { jql, token }: { readonly jql: string; readonly token: string | null }): Promise<FoundIssues> {
  const answer = await call('search_issues', ({ searchAndReconsileIssuesUsingJqlPost: search }, client) => search(client, { jql, fields: [...fields], maxResults: pageSize, ...(token === null ? {} : { nextPageToken: token }) }));
  const { issues, nextPageToken, isLast } = readAnswer(page, answer);
  return { issues, next: isLast === true ? null : (nextPageToken ?? null) };
}

/** Issues by their keys or ids; those that do not exist, or are not shown, are left out. One that was moved comes under its new key. */
export async function fetchIssues(call: CallJira, keys: readonly string[]): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (let start = 0; start < keys.length; start += mostKeys) {
    const answer = await call('read_issues', ({ bulkFetchIssues }, client) => bulkFetchIssues(client, { issueIdsOrKeys: keys.slice(start, start + mostKeys), fields: [...fields] }));
    found.push(...readAnswer(bulk, answer).issues);
  }
  return found;
}

/** About how many issues a search finds. */
export async function countIssues(call: CallJira, jql: string): Promise<number> {
  const answer = await call('count_issues', (endpoints, client) => endpoints.countIssues(client, { jql }));
  return readAnswer(z.looseObject({ count: z.number().int().nonnegative() }), answer).count;
}

/** The site. Jira tells it to anyone; so first who calls. */
export async function readSite(call: CallJira): Promise<string> {
  const user = await call('check', ({ getCurrentUser }, client) => getCurrentUser(client));
  readAnswer(z.looseObject({ accountId: z.string() }), user);
  const info = await call('check', ({ getServerInfo }, client) => getServerInfo(client));
  return readAnswer(z.looseObject({ baseUrl: z.url({ protocol: /^https?$/ }) }), info).baseUrl;
}
