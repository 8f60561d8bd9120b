import { jiraEvent, type JiraEventOptions } from '../payloads/jira.ts';
import { startVendorServer, type ArrivedCall, type VendorAnswer, type VendorRoute, type VendorServer } from './vendor-server.ts';

/** An issue as Jira's REST API shows it. */
export interface ServedIssue {
  readonly id: string;
  readonly key: string;
  readonly self: string;
  readonly fields: { readonly labels: readonly string[]; readonly updated: string; readonly status: { readonly statusCategory: { readonly key: string } } } & Readonly<Record<string, unknown>>;
}

/** The issue of an event as the REST API shows it: version 3, without custom fields. */
export function servedIssue(options: JiraEventOptions): ServedIssue {
  const { issue } = jiraEvent(options) as { readonly issue: ServedIssue & { readonly fields: object } };
  const { customfield_10020: _, issuetype: __, project: ___, ...fields } = issue.fields;
  return { ...issue, expand: 'operations,changelog', self: issue.self.replace('/rest/api/2/', '/rest/api/3/'), fields } as ServedIssue;
}

/** How a site answers. */
interface Site {
  /** Issues in one answer. */
  pageSize: number;
  /** From when `-90d` counts. */
  now: string;
  /** The authorization that is accepted. */
  authorization: string;
}

/** A site of Jira Cloud. */
export interface JiraServer extends VendorServer {
  /** What searches find; a test may put anything there. */
  readonly issues: unknown[];
  /** Keys that issues had before they were moved. */
  readonly moved: Map<string, string>;
  readonly site: Site;
  /** Jira keeps tokens of pages for 7 days. */
  forgetTokens(): void;
}

const root = '/rest/api/3';
const shared = { accountId: '5b10a2844c20165700ede21g', displayName: 'Connector', emailAddress: 'connector@example.com', active: true, accountType: 'atlassian' };

/** Starts a site. `prefix`: where the gateway of OAuth has it. */
export async function startJiraServer(prefix = ''): Promise<JiraServer> {
  const issues: unknown[] = [];
  const moved = new Map<string, string>();
  const site: Site = { pageSize: 100, now: '2026-11-21T09:00:00.000Z', authorization: '' };
  const tokens = new Map<string, { readonly jql: string; readonly from: number }>();
  const known = (route: VendorRoute): VendorRoute => (call) => (call.headers['authorization'] === site.authorization ? route(call) : { status: 401, body: { message: 'Client must be authenticated to access this resource.', 'status-code': 401 } });
  const bodyOf = ({ body }: ArrivedCall) => JSON.parse(body) as { readonly jql?: string; readonly nextPageToken?: string; readonly issueIdsOrKeys?: readonly string[]; readonly fields?: readonly string[] };

  const search = (call: ArrivedCall): VendorAnswer => {
    const { jql = '', nextPageToken, fields } = bodyOf(call);
    const page = nextPageToken === undefined ? { jql, from: 0 } : tokens.get(nextPageToken);
    if (page?.jql !== jql || fields === undefined) return { status: 400, body: { errorMessages: ['The provided next page token is invalid.'], errors: {} } };
    const found = matching(issues, jql, site.now);
    const next = page.from + site.pageSize < found.length ? `${tokens.size}-${page.from}` : null;
    if (next) tokens.set(next, { jql, from: page.from + site.pageSize });
    return { body: { issues: found.slice(page.from, page.from + site.pageSize), ...(next ? { nextPageToken: next } : {}), isLast: next === null } };
  };
  const bulk = (call: ArrivedCall): VendorAnswer => {
    const asked = new Set((bodyOf(call).issueIdsOrKeys ?? []).map((key) => (moved.get(key.toUpperCase()) ?? key).toUpperCase()));
    if (asked.size > 100) return { status: 400, body: { errorMessages: ['At most 100 issues'], errors: {} } };
    return { body: { expand: '', issues: issues.filter((issue) => asked.has((issue as ServedIssue).key.toUpperCase())).toSorted((one, other) => Number((one as ServedIssue).id) - Number((other as ServedIssue).id)), issueErrors: [] } };
  };
  const server = await startVendorServer({
    [`GET ${prefix}${root}/myself`]: known(() => ({ body: { self: 'https://acme.atlassian.net/rest/api/3/user', ...shared } })),
    [`GET ${prefix}${root}/serverInfo`]: () => ({ body: { baseUrl: 'https://acme.atlassian.net', deploymentType: 'Cloud', serverTitle: 'Jira', version: '1001.0.0-SNAPSHOT' } }),
    [`POST ${prefix}${root}/search/jql`]: known(search),
    [`POST ${prefix}${root}/search/approximate-count`]: known((call) => ({ body: { count: matching(issues, bodyOf(call).jql ?? '', site.now).length } })),
    [`POST ${prefix}${root}/issue/bulkfetch`]: known(bulk),
  }, { status: 404, body: { errorMessages: ['Not found'], errors: {} } });
  return Object.assign(server, { issues, moved, site, forgetTokens: () => tokens.clear() });
}

const listOf = (jql: string, field: string): string[] => [...(new RegExp(`${field} in \\(([^()]*)\\)`).exec(jql)?.[1] ?? '').matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'));

/** The issues that a query of the kinds that are used finds, in its order. */
function matching(issues: readonly unknown[], jql: string, now: string): unknown[] {
  const [projects, labels] = [listOf(jql, 'project'), listOf(jql, 'labels')];
  const since = /^updated >= "(\d{4}-\d{2}-\d{2})"/.exec(jql)?.[1];
  const lately = new Date(Date.parse(now) - 90 * 86_400_000).toISOString();
  // A test may serve anything: what is no issue is found by every query.
  const isIssue = (issue: unknown): issue is ServedIssue => issue !== null && typeof issue === 'object' && 'fields' in issue && 'updated' in (issue.fields as object);
  const found = issues.filter((issue) => {
    if (!isIssue(issue)) return true;
    const { key, fields } = issue;
    if (since !== undefined) return fields.updated >= since;
    const isOwn = projects.includes(key.split('-')[0] ?? '') || fields.labels.some((label) => labels.includes(label));
    return isOwn && (fields.status.statusCategory.key !== 'done' || fields.updated >= lately);
  });
  const updatedOf = (issue: unknown): string => (isIssue(issue) ? issue.fields.updated : '');
  const ascending = found.toSorted((one, other) => (updatedOf(one) < updatedOf(other) ? -1 : updatedOf(one) > updatedOf(other) ? 1 : 0));
  return / ORDER BY updated DESC/.test(jql) ? ascending.toReversed() : ascending;
}
