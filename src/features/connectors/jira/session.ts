import type { VendorObject, VendorSession } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { joinReadings, type Reading } from '../reading.ts';
import { openJiraClient, type CallJira, type JiraAccess } from './client.ts';
import { jqlOfAccount, projectOfAccount } from './jql.ts';
import { readJiraHistory } from './read-history.ts';
import { readIssues, type IssueReader } from './read-issues.ts';
import { fetchIssues, readSite, searchIssues } from './search-issues.ts';
import { deletionOf } from './ticket.ts';

/** The most parts of an account's issues that are read at once; the latest changes are in the first. */
const mostPages = 10;

/** Opens a connection to Jira Cloud. */
export async function openJira(access: JiraAccess): Promise<VendorSession> {
  const call = await openJiraClient(access);
  const siteOf = rememberSite(access, call);
  const reader = async (more: Pick<IssueReader, 'unnamed' | 'ofProject'>): Promise<IssueReader> => ({ settings: access.settings, site: await siteOf(), ...more });
  return {
    check: async () => ({ account: new URL(await readSite(call)).host }),
    readObjects: async (objects) => readObjects(call, objects, await reader({ unnamed: 'ENDED' })),
    async readAccount(places) {
      const jql = jqlOfAccount(places, access.settings);
      if (jql === null) return null;
      const key = projectOfAccount(places);
      return readAccount(call, jql, await reader({ unnamed: 'IGNORED', ofProject: key === null ? undefined : { key, account: places.account } }));
    },
    readHistory: async (cursor) => readJiraHistory(call, await reader({ unnamed: 'IGNORED' }), cursor),
  };
}

/** Issues that are read through the gateway of OAuth bear its address, not that of their site, which is asked for once. */
function rememberSite({ credentials }: JiraAccess, call: CallJira): () => Promise<string | null> {
  let known: string | null = null;
  return async () => {
    if (!('site' in credentials)) known ??= await readSite(call);
    return known;
  };
}

async function readAccount(call: CallJira, jql: string, reader: IssueReader): Promise<Reading> {
  const readings: Partial<Reading>[] = [];
  let token: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const { issues, next } = await searchIssues(call, { jql, token });
    readings.push(readIssues(issues, reader));
    if (next === null) return joinReadings(readings);
    token = next;
  }
  return joinReadings([...readings, { ignored: [{ reason: 'NOT_READ', message: `The account has more than ${mostPages * 100} issues. Those that were not changed lately are read by backfillConnection.`, path: ['issues'] }] }]);
}

/** One reading for each object. A key under which Jira has no issue has ended: the issue was deleted, moved, or is no longer shown. */
async function readObjects(call: CallJira, objects: readonly VendorObject[], reader: IssueReader): Promise<readonly Reading[]> {
  if (objects.some(({ kind, externalId }) => kind !== 'issue' || !/-\d+$/.test(externalId))) throw new VendorFault('REFUSED', 'Of Jira only issues are read by themselves, by their keys, such as ACME-1.');
  const found = await fetchIssues(call, [...new Set(objects.map(({ externalId }) => externalId))]);
  const byName = new Map(found.flatMap((issue) => namesOf(issue).map((name) => [name, issue] as const)));
  const asked = new Set(objects.map(({ externalId }) => externalId.toUpperCase()));
  const moved = found.filter((issue) => !namesOf(issue).some((name) => asked.has(name)));
  let isFirst = true;
  return objects.map(({ externalId }): Reading => {
    const issue = byName.get(externalId.toUpperCase());
    if (issue !== undefined) return readIssues([issue], reader);
    // Jira does not say which key became which: what was moved is read with the first that is gone.
    const newcomers = isFirst ? moved : [];
    isFirst = false;
    return joinReadings([{ deletions: [{ ...deletionOf(externalId, null, 'Deleted in Jira, moved, or no longer shown to the connection'), path: ['issues'] }] }, readIssues(newcomers, reader)]);
  });
}

/** What an issue may be asked for by. */
function namesOf(issue: unknown): string[] {
  if (issue === null || typeof issue !== 'object') return [];
  return [...('key' in issue && typeof issue.key === 'string' ? [issue.key.toUpperCase()] : []), ...('id' in issue && typeof issue.id === 'string' ? [issue.id] : [])];
}
