import type { OriginClass } from '../../trust/index.ts';
import type { ReadRecord, ReadThreadEvent } from '../reading.ts';
import type { Reference } from '../vendor-settings.ts';
import { shortened } from '../vendor-values.ts';
import { instantOfSlack, type SlackMessage } from './message-event.ts';
import type { MessagePlace } from './message-place.ts';
import type { SlackSettings } from './settings.ts';

/** The time of the message that begins the thread of a message. */
export const rootOf = ({ ts, thread_ts: root }: SlackMessage): string => root ?? ts;

/** Messages of bots are THIRD_PARTY_TEXT; in a shared channel, those of people of another workspace are CUSTOMER_TEXT. */
export function originOf({ teamId }: MessagePlace, { bot_id: bot, subtype, user_team: userTeam }: SlackMessage): OriginClass {
  if (bot || subtype === 'bot_message') return 'THIRD_PARTY_TEXT';
  return userTeam && userTeam !== teamId ? 'CUSTOMER_TEXT' : 'COLLEAGUE_TEXT';
}

const referenceOf = ({ channel }: MessagePlace, ts: string): Reference => ({ system: 'slack', id: `${channel}/${ts}` });

/** What happened to a thread, by times of Slack. */
interface Happening {
  readonly root: string;
  readonly event: string;
  readonly at: string;
  readonly origin?: OriginClass;
}

/** Something that happened to a thread. */
export function threadEvent(place: MessagePlace, { root, event, at, origin }: Happening): ReadThreadEvent {
  return { account: place.account, externalRef: referenceOf(place, root), threadAt: instantOfSlack(root), event, occurredAt: instantOfSlack(at), ...(origin ? { origin } : {}), path: place.path };
}

const longestPreview = 1_000;

/**
 * The thread that a message begins, with the time of its last change; null: it was not changed. Who began it does not
 * change: an author of whom the id alone is known is stated as of the beginning, so that an edit does not hide a name.
 */
export function threadOf(place: MessagePlace, message: SlackMessage, changedAt: string | null): ReadRecord[] {
  const { settings, channel } = place;
  const { ts, text, files } = message;
  const said = text?.trim() ? text : (files ?? []).map(({ title, name }) => title ?? name ?? 'a file').join(', ');
  const url = settings.workspaceUrl === undefined ? {} : { url: `${settings.workspaceUrl.replace(/\/+$/, '')}/archives/${channel}/p${ts.replace('.', '')}` };
  const named = authorOf(message, settings);
  const author = { author: named ?? idOf(message) };
  const isApart = named === null && changedAt !== null;
  const record = stateThread(place, message);
  return [
    record({ ...(isApart ? {} : author), preview: shortened(said, longestPreview), ...url }, changedAt === null ? null : instantOfSlack(changedAt)),
    ...(isApart ? [record(author, null)] : []),
  ];
}

/** The name of who began a thread, as Slack has it since an instant. It counts for more than the id that messages hold, whenever they are read. */
export function namedThread(place: MessagePlace, message: SlackMessage, { name, since }: { readonly name: string; readonly since: string | null }): ReadRecord {
  const earliest = new Date(Date.parse(instantOfSlack(message.ts)) + 1).toISOString();
  return stateThread(place, message)({ author: shortened(name, 200) }, since !== null && since > earliest ? since : earliest);
}

function stateThread(place: MessagePlace, message: SlackMessage): (fields: object, modifiedAt: string | null) => ReadRecord {
  return (fields, modifiedAt) => ({
    plural: 'threads',
    input: { account: place.account, externalRef: referenceOf(place, message.ts), ...fields, origin: originOf(place, message), mode: 'PATCH', source: 'slack', occurredAt: instantOfSlack(message.ts), ...(modifiedAt === null ? {} : { modifiedAt }) },
    path: place.path,
    names: { author: 'user', preview: 'text' },
  });
}

/** The name of who wrote a message; null where its id alone is known. */
export function authorOf({ user, username, bot_profile: profile }: SlackMessage, { salesEngineers, people }: SlackSettings): string | null {
  return (user && (salesEngineers[user] ?? people[user])) || username?.trim() || profile?.name?.trim() || null;
}

const idOf = ({ user, bot_id: bot }: SlackMessage): string => user || bot || 'unknown';
