import { z } from 'zod';
import type { HistoryPage } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { joinReadings, type Reading } from '../reading.ts';
import type { CallSlack } from './client.ts';
import type { Names } from './names.ts';
import { readChannelPage, readThreadPage, type ChannelPlace, type ReadMessages } from './read-channel.ts';

const time = z.string().regex(/^\d{1,12}\.\d{1,9}$/);
/** Where a part of the history begins. */
const cursorShape = z.strictObject({
  channel: z.string(),
  /** The messages before this time come next; null: the latest do. */
  before: time.nullable(),
  /** Whether all messages of the channel were read. */
  isRead: z.boolean(),
  /** Threads whose replies come first. */
  threads: z.array(time),
  /** The reply of the first of them after which the next one comes. */
  after: time.nullable(),
});
type Cursor = z.output<typeof cursorShape>;

/** What history is read with. */
export interface HistoryReader {
  readonly call: CallSlack;
  /** The channels of accounts, in order. */
  readonly channels: readonly string[];
  readonly names: Names;
  placeOf(channel: string): ChannelPlace | null;
}

/**
 * Reads a part of the history: the messages of one channel after the other, the latest first, and the replies of each
 * thread. Each part makes one call for messages, so that one which has to wait for a rate limit, of one call in a minute for some apps, loses nothing.
 */
export async function readSlackHistory(reader: HistoryReader, text: string | null): Promise<HistoryPage> {
  const cursor = text === null ? beginOf(reader.channels[0]) : readCursor(text);
  const place = cursor && reader.placeOf(cursor.channel);
  if (cursor === null) return { reading: joinReadings([]), next: null, total: null };
  const { reading, ...moved } = place ? await readOn(reader, cursor, place) : { ...cursor, reading: joinReadings([]), isRead: true, threads: [] };
  const isDone = moved.isRead && moved.threads.length === 0;
  const next = isDone ? beginOf(reader.channels.find((channel) => channel > cursor.channel)) : moved;
  return { reading, next: next && JSON.stringify(next), total: null };
}

const beginOf = (channel: string | undefined): Cursor | null => (channel === undefined ? null : { channel, before: null, isRead: false, threads: [], after: null });

function readCursor(text: string): Cursor {
  try {
    return cursorShape.parse(JSON.parse(text));
  } catch {
    throw new VendorFault('REFUSED', 'The place in the history cannot be read. Start the back-fill again.');
  }
}

type Step = Cursor & { readonly reading: Reading };

async function readOn(reader: HistoryReader, cursor: Cursor, place: ChannelPlace): Promise<Step> {
  const [root, ...others] = cursor.threads;
  try {
    if (root !== undefined) {
      const read = await readThreadPage(reader.call, place, { root, after: cursor.after });
      return { ...cursor, ...(read.next === null ? { threads: others, after: null } : { after: read.next }), reading: withoutPresence(read.reading) };
    }
    const read = await readChannelPage(reader.call, place, cursor.before);
    return { ...cursor, before: read.next, isRead: read.next === null, threads: [...read.threads], reading: await named(reader, place, read) };
  } catch (error) {
    if (!(error instanceof VendorFault) || (error.code !== 'NOT_FOUND' && error.code !== 'FORBIDDEN')) throw error;
    // A thread or a channel that is gone, or closed to the app, does not end the history of the others.
    if (root !== undefined) return { ...cursor, threads: others, after: null, reading: skipped(`A thread of the channel ${cursor.channel} cannot be read.`) };
    return { ...cursor, isRead: true, reading: skipped(`The channel ${cursor.channel} cannot be read. ${error.message}`) };
  }
}

const skipped = (message: string): Reading => joinReadings([{ ignored: [{ reason: 'NOT_READ', message, path: ['messages'] }] }]);

async function named({ names }: HistoryReader, place: ChannelPlace, { reading, roots }: ReadMessages): Promise<Reading> {
  return joinReadings([withoutPresence(reading), { records: await names.state(place, roots) }]);
}

/** Who was mentioned long ago need not be asked for. */
export const withoutPresence = (reading: Reading): Reading => ({ ...reading, fetches: [] });
