import { joinReadings, type Reading } from '../reading.ts';
import { mentionsIn } from './mentions.ts';
import type { SlackMessage } from './message-event.ts';
import type { MessagePlace } from './message-place.ts';
import { originOf, rootOf, threadEvent, threadOf } from './thread.ts';

/** Subtypes that are messages of people, or of other apps. */
const messages: ReadonlySet<string> = new Set(['', 'thread_broadcast', 'file_share', 'me_message', 'bot_message']);

/** Whether a message says something: others tell that someone joined, or that a channel was renamed. */
export const isSaid = ({ subtype }: Pick<SlackMessage, 'subtype'>): boolean => messages.has(subtype ?? '');

/** A message that begins a thread is the thread; a reply is counted, and its text is not kept. `changedAt`: when it was last changed; null: it was not. */
export function readSaid(message: SlackMessage, place: MessagePlace, changedAt: string | null): Reading {
  const root = rootOf(message);
  const mentions = mentionsIn(message, place);
  if (root !== message.ts) return joinReadings([mentions, { threadEvents: [threadEvent(place, { root, event: `reply ${message.ts}`, at: message.ts })] }]);
  return joinReadings([{ records: threadOf(place, message, changedAt) }, mentions, { threadEvents: [threadEvent(place, { root, event: 'root', at: message.ts, origin: originOf(place, message) })] }]);
}
