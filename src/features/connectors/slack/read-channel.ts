import { z } from 'zod';
import { readEach } from '../read-items.ts';
import type { Reading } from '../reading.ts';
import type { CallSlack } from './client.ts';
import { readMessage, type SlackMessage } from './message-event.ts';
import type { MessagePlace } from './message-place.ts';
import { isSaid, readSaid } from './read-message.ts';
import { rootOf, threadEvent } from './thread.ts';

/** A channel that is read; the place of each message in the answer is added. */
export type ChannelPlace = Omit<MessagePlace, 'path'>;

/** Messages of one answer. Of apps that are sold outside the Marketplace Slack returns 15 at most. */
const pageSize = 200;
const page = z.looseObject({ messages: z.array(z.unknown()), has_more: z.boolean().nullish() });

/** Messages that were read together. */
export interface ReadMessages {
  readonly reading: Reading;
  /** Those that begin a thread, for which names are looked up. */
  readonly roots: readonly SlackMessage[];
  /** Threads that have replies. */
  readonly threads: readonly string[];
  /** The time of the last message; null where there is none, or where no more follow. */
  readonly next: string | null;
}

/**
 * A part of a channel's messages, the latest first: those before a time. Times of messages stay what they are, whereas
 * Slack forgets cursors; so a part can be asked for at any time later.
 */
export async function readChannelPage(call: CallSlack, place: ChannelPlace, before: string | null): Promise<ReadMessages> {
  const { answer, answeredAt } = await call('conversations.history', { schema: page, args: { channel: place.channel, limit: pageSize, ...(before === null ? {} : { latest: before, inclusive: false }) } });
  return readMessages(answer, place, answeredAt);
}

/** A part of the replies in a thread, the earliest first: those after a time. The message that begins it comes with each part, and was read with the channel. */
export async function readThreadPage(call: CallSlack, place: ChannelPlace, { root, after }: { readonly root: string; readonly after: string | null }): Promise<ReadMessages> {
  const { answer, answeredAt } = await call('conversations.replies', { schema: page, args: { channel: place.channel, ts: root, limit: pageSize, ...(after === null ? {} : { oldest: after, inclusive: false }) } });
  const replies = answer.messages.filter((item) => timeOf(item) !== root);
  return readMessages({ ...answer, messages: replies }, place, answeredAt);
}

function readMessages({ messages, has_more: hasMore }: z.output<typeof page>, place: ChannelPlace, answeredAt: string | null): ReadMessages {
  const roots: SlackMessage[] = [];
  const threads: string[] = [];
  const reading = readEach(messages.map((item, index) => ({ item, path: ['messages', String(index)] })), (item, path) => {
    const message = readMessage(item, path);
    const at = { ...place, path };
    const isRoot = rootOf(message) === message.ts;
    if (isRoot && (message.reply_count ?? 0) > 0) threads.push(message.ts);
    // Slack keeps the place of a message with replies that was deleted, and does not say since when.
    if (message.subtype === 'tombstone') return { threadEvents: isRoot && answeredAt !== null ? [endedBy(at, message, answeredAt)] : [] };
    if (!isSaid(message) || place.isOwn(message)) return {};
    if (isRoot) roots.push(message);
    return readSaid(message, at, message.edited?.ts ?? null);
  });
  return { reading, roots, threads, next: hasMore === true ? lastTime(messages) : null };
}

/** Slack's clock shows seconds: what it answered within one is later than every change in it. */
const endedBy = (place: MessagePlace, { ts }: SlackMessage, answeredAt: string) => ({ ...threadEvent(place, { root: ts, event: 'ended seen', at: ts }), occurredAt: new Date(Date.parse(answeredAt) + 999).toISOString() });

/** The time of the last message that has one. */
function lastTime(messages: readonly unknown[]): string | null {
  return messages.map(timeOf).findLast((time) => time !== null) ?? null;
}

function timeOf(message: unknown): string | null {
  return message !== null && typeof message === 'object' && 'ts' in message && typeof message.ts === 'string' && /^\d{1,12}\.\d{1,9}$/.test(message.ts) ? message.ts : null;
}
