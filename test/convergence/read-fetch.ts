import { objectKinds, type HubspotKind } from '../../src/features/connectors/hubspot/object-kinds.ts';
import { readObject } from '../../src/features/connectors/hubspot/read-object.ts';
import { jiraConnectionSettings } from '../../src/features/connectors/jira/connection-settings.ts';
import { readIssues } from '../../src/features/connectors/jira/read-issues.ts';
import { deletionOf } from '../../src/features/connectors/jira/ticket.ts';
import { notionConnectionSettings, type PageKind } from '../../src/features/connectors/notion/connection-settings.ts';
import { readPage } from '../../src/features/connectors/notion/read-page.ts';
import { joinReadings, type Reading } from '../../src/features/connectors/reading.ts';
import { readFetched } from '../../src/features/connectors/salesforce/read-records.ts';
import type { CallSlack } from '../../src/features/connectors/slack/client.ts';
import { statePresence } from '../../src/features/connectors/slack/presence.ts';
import { readChannelPage, readThreadPage, type ChannelPlace } from '../../src/features/connectors/slack/read-channel.ts';
import { slackSettings } from '../../src/features/connectors/slack/settings.ts';
import { namedThread } from '../../src/features/connectors/slack/thread.ts';
import type { Ref } from './history.ts';
import { channel, vendorSettings } from './vendor-webhooks.ts';

/** What a vendor has, as its API shows it, and what else the program knows when it reads it. */
export type VendorAnswer =
  | { readonly vendor: 'salesforce'; readonly records: readonly object[] }
  /** `gone`: a key under which Jira has no issue. */
  | { readonly vendor: 'jira'; readonly issues: readonly object[]; readonly gone: string | null }
  | { readonly vendor: 'slack'; readonly messages: readonly SlackMessage[]; readonly at: string; readonly presence: 'active' | 'away' | 'GONE' | null; readonly name: string | null }
  | { readonly vendor: 'hubspot'; readonly kind: HubspotKind; readonly object: object; readonly companyId: string | null; readonly changedAt: string | null }
  | { readonly vendor: 'notion'; readonly kind: PageKind; readonly page: object; readonly account: Ref | null; readonly changedAt: string | null };

/** A message of a channel. */
type SlackMessage = Readonly<Record<string, unknown>> & { readonly ts: string };

const stages = new Map([['open', { label: 'Prospecting', closedAs: null }], ['won', { label: 'Closed Won', closedAs: 'WON' as const }], ['lost', { label: 'No budget', closedAs: 'LOST' as const }]]);
const directory = { owners: new Map([['5', { name: 'Kim', email: 'kim@example.com' }]]), stages, currency: 'EUR' };
const page = '153104cd-477e-809d-8dc4-000000000001';

/** Reads what a vendor answered, as the program does. */
export async function readAnswer(answer: VendorAnswer): Promise<Reading> {
  if (answer.vendor === 'salesforce') return readFetched({ records: answer.records, currency: null });
  if (answer.vendor === 'jira') {
    const read = readIssues(answer.issues, { settings: jiraConnectionSettings.parse(vendorSettings['jira']), site: null, unnamed: 'ENDED' });
    return joinReadings([read, { deletions: answer.gone === null ? [] : [deletionOf(answer.gone, null, 'Deleted in Jira')] }]);
  }
  if (answer.vendor === 'slack') return readSlack(answer);
  if (answer.vendor === 'hubspot') return readObject(answer.object, { kind: objectKinds[answer.kind], changedAt: answer.changedAt, companyId: answer.companyId, directory });
  return readPage(answer.page, { kind: answer.kind, changedAt: answer.changedAt, settings: notionConnectionSettings.parse({}), accounts: new Map(answer.account ? [[page, answer.account]] : []), names: new Map(), lines: [] });
}

/** A channel as a refresh reads it: its threads, the replies to them, the presence of the sales engineer, and names. */
async function readSlack({ messages, at, presence, name }: Extract<VendorAnswer, { vendor: 'slack' }>): Promise<Reading> {
  const settings = slackSettings.parse(vendorSettings['slack']);
  const place: ChannelPlace = { channel, teamId: 'T061EG9R6', account: { externalRef: settings.channels[channel] ?? { system: 'slack', id: channel } }, settings, isOwn: () => false };
  const isReply = ({ ts, thread_ts: root }: SlackMessage): boolean => root !== undefined && root !== ts;
  const call: CallSlack = (_method, { schema, args = {} }) => Promise.resolve({ answer: schema.parse({ messages: messages.filter((each) => ('ts' in args ? each['thread_ts'] === args['ts'] : !isReply(each))) }), answeredAt: at });
  const { reading, roots } = await readChannelPage(call, place, null);
  const threads = await Promise.all(messages.filter((each) => !isReply(each)).map(({ ts }) => readThreadPage(call, place, { root: ts, after: null })));
  const seen = presence === null ? [] : [statePresence({ ...place, user: 'U0SE' }, presence === 'GONE' ? 'GONE' : { status: presence, observedAt: at })];
  const names = name === null ? [] : roots.filter(({ user }) => user === 'U1').map((root) => namedThread({ ...place, path: ['user'] }, root, { name, since: null }));
  return joinReadings([reading, ...threads.map((thread) => thread.reading), ...seen, { records: names }]);
}
