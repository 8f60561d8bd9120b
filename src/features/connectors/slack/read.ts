import { InvalidInput } from '../../../platform/errors.ts';
import { joinReadings, type IgnoredItem, type Reading } from '../reading.ts';
import { shortened } from '../vendor-values.ts';
import { messageIn, readMessageEvent, type MessageEvent } from './message-event.ts';
import { accountOfChannel, type MessagePlace } from './message-place.ts';
import { isSaid, readSaid } from './read-message.ts';
import { slackSettings } from './settings.ts';
import { rootOf, threadEvent } from './thread.ts';

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
  const account = accountOfChannel(event.channel, settings);
  if (account === null) return ignored('NO_ACCOUNT', `The channel ${event.channel} belongs to no account. Add it to channels in the settings of this webhook.`);
  return readEvent(envelope, { channel: event.channel, teamId, account: { externalRef: account }, settings, isOwn: ownOf(envelope), path: ['event'] });
}

/** The type of the event, or of the body where that is none. */
function kindOf(body: unknown): string {
  if (body === null || typeof body !== 'object' || !('type' in body) || typeof body.type !== 'string') throw new InvalidInput('type must be event_callback: the body must be a request of Slack\'s Events API.', ['type']);
  if (body.type !== 'event_callback') return body.type;
  const { event } = body as { readonly event?: { readonly type?: unknown } | null };
  if (typeof event?.type !== 'string') throw new InvalidInput('event.type must be the kind of the event, such as message.', ['event', 'type']);
  return event.type;
}

function readEvent(envelope: MessageEvent, place: MessagePlace): Reading {
  const { subtype } = envelope.event;
  if (subtype === 'message_changed') return changed(envelope, place);
  if (subtype === 'message_deleted') return deleted(envelope, place);
  if (!isSaid(envelope.event)) return ignored('NOT_READ', `Messages of the subtype ${shortened(subtype ?? '', 100)} are not read.`);
  const message = messageIn(envelope);
  if (place.isOwn(message)) return ignored('OWN_MESSAGE', 'The message is this app\'s own.');
  return readSaid(message, place, null);
}

/** An edit, or what Slack leaves where a message with replies was deleted. */
function changed({ event }: MessageEvent, place: MessagePlace): Reading {
  const { message } = event;
  if (!message) throw new InvalidInput('event.message must be the message as it is after the change.', ['event', 'message']);
  if (place.isOwn(message)) return ignored('OWN_MESSAGE', 'The message is this app\'s own.');
  const root = rootOf(message);
  if (root !== message.ts) return ignored('NOT_READ', 'Replies are counted; their text is not kept.');
  const at = event.event_ts ?? event.ts;
  return message.subtype === 'tombstone' ? joinReadings([{ threadEvents: [threadEvent(place, { root, event: 'ended', at })] }]) : readSaid(message, place, at);
}

function deleted({ event }: MessageEvent, place: MessagePlace): Reading {
  const { deleted_ts: ts, previous_message: before } = event;
  if (!ts) throw new InvalidInput('event.deleted_ts must name the message that was deleted.', ['event', 'deleted_ts']);
  if (before && place.isOwn(before)) return ignored('OWN_MESSAGE', 'The message was this app\'s own.');
  const root = before?.thread_ts ?? ts;
  return joinReadings([{ threadEvents: [threadEvent(place, { root, event: root === ts ? 'ended' : `removed ${ts}`, at: event.event_ts ?? event.ts })] }]);
}

/** Events say which app they are for, and as which bot user it is in the workspace. */
function ownOf({ api_app_id: app, authorizations }: MessageEvent): MessagePlace['isOwn'] {
  return ({ app_id: by, bot_profile: profile, user }) => by === app || profile?.app_id === app || (authorizations ?? []).some(({ is_bot: isBot, user_id: own }) => isBot === true && typeof own === 'string' && own === user);
}
