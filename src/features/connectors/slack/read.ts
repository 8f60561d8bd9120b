import { InvalidInput } from '../../../platform/errors.ts';
import type { OriginClass } from '../../trust/index.ts';
import { joinReadings, type IgnoredItem, type Reading, type ReadThreadEvent } from '../reading.ts';
import type { Reference } from '../vendor-settings.ts';
import { shortened } from '../vendor-values.ts';
import { instantOfSlack, messageIn, readMessageEvent, type MessageEvent, type SlackMessage } from './message-event.ts';
import { mentionsIn } from './mentions.ts';
import { slackSettings, type SlackSettings } from './settings.ts';

/** A message in a channel of an account. */
interface Told {
  readonly envelope: MessageEvent;
  readonly settings: SlackSettings;
  readonly account: Reference;
}

/** Subtypes that are messages of people, or of other apps. */
const messages: ReadonlySet<string> = new Set(['', 'thread_broadcast', 'file_share', 'me_message', 'bot_message']);
const direct: ReadonlySet<string> = new Set(['im', 'mpim', 'app_home']);

const ignored = (reason: IgnoredItem['reason'], message: string): Reading => joinReadings([{ ignored: [{ reason, message, path: [] }] }]);

/** Slack: a message that begins a thread is the thread; replies are counted, and their text is not kept. */
export function readSlack(body: unknown, given: unknown): Reading {
  const kind = kindOf(body);
  if (kind !== 'message') return ignored('NOT_READ', `Events of the kind ${shortened(kind, 100)} are not read. Subscribe the app to message.channels and message.groups.`);
  const envelope = readMessageEvent(body);
  const settings = slackSettings.parse(given);
  const { event, team_id: teamId } = envelope;
  if (settings.teamId !== undefined && settings.teamId !== teamId) return ignored('NO_ACCOUNT', 'The event is of another workspace than teamId of the settings of this webhook.');
  if (direct.has(event.channel_type ?? '')) return ignored('NOT_READ', 'Direct messages are not read.');
  const mapped = Object.hasOwn(settings.channels, event.channel) ? settings.channels[event.channel] : undefined;
  if (!mapped && settings.otherChannels === 'IGNORE') return ignored('NO_ACCOUNT', `The channel ${event.channel} belongs to no account. Add it to channels in the settings of this webhook.`);
  return readMessage({ envelope, settings, account: mapped ?? { system: 'slack', id: event.channel } });
}

/** The type of the event, or of the body where that is none. */
function kindOf(body: unknown): string {
  if (body === null || typeof body !== 'object' || !('type' in body) || typeof body.type !== 'string') throw new InvalidInput('type must be event_callback: the body must be a request of Slack\'s Events API.', ['type']);
  if (body.type !== 'event_callback') return body.type;
  const { event } = body as { readonly event?: { readonly type?: unknown } | null };
  if (typeof event?.type !== 'string') throw new InvalidInput('event.type must be the kind of the event, such as message.', ['event', 'type']);
  return event.type;
}

function readMessage(told: Told): Reading {
  const { event } = told.envelope;
  const subtype = event.subtype ?? '';
  if (subtype === 'message_changed') return changed(told);
  if (subtype === 'message_deleted') return deleted(told);
  if (!messages.has(subtype)) return ignored('NOT_READ', `Messages of the subtype ${shortened(subtype, 100)} are not read.`);
  const message = messageIn(told.envelope);
  if (isOwn(told, message)) return ignored('OWN_MESSAGE', 'The message is this app\'s own.');
  const root = rootOf(message);
  const mentions = mentionsIn(message, told);
  if (root !== message.ts) return joinReadings([mentions, { threadEvents: [threadEvent(told, { root, event: `reply ${message.ts}`, at: message.ts })] }]);
  return joinReadings([thread(told, message, null), mentions, { threadEvents: [threadEvent(told, { root, event: 'root', at: message.ts, origin: originOf(told, message) })] }]);
}

/** An edit, or what Slack leaves where a message with replies was deleted. */
function changed(told: Told): Reading {
  const { event } = told.envelope;
  const { message } = event;
  if (!message) throw new InvalidInput('event.message must be the message as it is after the change.', ['event', 'message']);
  if (isOwn(told, message)) return ignored('OWN_MESSAGE', 'The message is this app\'s own.');
  const root = rootOf(message);
  if (root !== message.ts) return ignored('NOT_READ', 'Replies are counted; their text is not kept.');
  const at = event.event_ts ?? event.ts;
  if (message.subtype === 'tombstone') return joinReadings([{ threadEvents: [threadEvent(told, { root, event: 'ended', at })] }]);
  return joinReadings([thread(told, message, at), { threadEvents: [threadEvent(told, { root, event: 'root', at: message.ts, origin: originOf(told, message) })] }]);
}

function deleted(told: Told): Reading {
  const { event } = told.envelope;
  const { deleted_ts: ts, previous_message: before } = event;
  if (!ts) throw new InvalidInput('event.deleted_ts must name the message that was deleted.', ['event', 'deleted_ts']);
  if (before && isOwn(told, before)) return ignored('OWN_MESSAGE', 'The message was this app\'s own.');
  const root = before?.thread_ts ?? ts;
  return joinReadings([{ threadEvents: [threadEvent(told, { root, event: root === ts ? 'ended' : `removed ${ts}`, at: event.event_ts ?? event.ts })] }]);
}

const rootOf = ({ ts, thread_ts: root }: SlackMessage): string => root ?? ts;

/** Whether this app wrote it: what it posts must not come back as news. */
function isOwn({ envelope: { api_app_id: app, authorizations } }: Told, { app_id: by, bot_profile: profile, user }: Pick<SlackMessage, 'app_id' | 'bot_profile' | 'user'>): boolean {
  return by === app || profile?.app_id === app || (authorizations ?? []).some(({ is_bot: isBot, user_id: own }) => isBot === true && typeof own === 'string' && own === user);
}

/** Messages of bots are THIRD_PARTY_TEXT; in a shared channel, those of people of another workspace are CUSTOMER_TEXT. */
function originOf({ envelope: { team_id: team } }: Told, { bot_id: bot, subtype, user_team: userTeam }: SlackMessage): OriginClass {
  if (bot || subtype === 'bot_message') return 'THIRD_PARTY_TEXT';
  return userTeam && userTeam !== team ? 'CUSTOMER_TEXT' : 'COLLEAGUE_TEXT';
}

const referenceOf = ({ envelope: { event } }: Told, ts: string): Reference => ({ system: 'slack', id: `${event.channel}/${ts}` });

function threadEvent(told: Told, { root, event, at, origin }: { readonly root: string; readonly event: string; readonly at: string; readonly origin?: OriginClass }): ReadThreadEvent {
  return { account: { externalRef: told.account }, externalRef: referenceOf(told, root), threadAt: instantOfSlack(root), event, occurredAt: instantOfSlack(at), ...(origin ? { origin } : {}), path: ['event'] };
}

const longestPreview = 1_000;

/** The thread that a message begins, with the time of its last change; null: it was not changed. */
function thread(told: Told, message: SlackMessage, changedAt: string | null): Partial<Reading> {
  const { settings, account, envelope: { event } } = told;
  const { ts, text, files } = message;
  const said = text?.trim() ? text : (files ?? []).map(({ title, name }) => title ?? name ?? 'a file').join(', ');
  const url = settings.workspaceUrl === undefined ? {} : { url: `${settings.workspaceUrl.replace(/\/+$/, '')}/archives/${event.channel}/p${ts.replace('.', '')}` };
  return {
    records: [{
      plural: 'threads',
      input: { account: { externalRef: account }, externalRef: referenceOf(told, ts), author: authorOf(message, settings), preview: shortened(said, longestPreview), ...url, origin: originOf(told, message), mode: 'PATCH', source: 'slack', occurredAt: instantOfSlack(ts), ...(changedAt === null ? {} : { modifiedAt: instantOfSlack(changedAt) }) },
      path: ['event'],
      names: { author: 'user', preview: 'text' },
    }],
  };
}

function authorOf({ user, username, bot_profile: profile, bot_id: bot }: SlackMessage, { salesEngineers, people }: SlackSettings): string {
  return (user && (salesEngineers[user] ?? people[user])) || username?.trim() || profile?.name?.trim() || user || bot || 'unknown';
}
