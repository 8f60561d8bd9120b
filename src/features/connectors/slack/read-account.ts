import { VendorFault } from '../outbound/vendor-fault.ts';
import { joinReadings, type Reading } from '../reading.ts';
import type { CallSlack } from './client.ts';
import type { Names } from './names.ts';
import { readPresence, statePresence } from './presence.ts';
import { readChannelPage, readThreadPage, type ChannelPlace } from './read-channel.ts';
import { withoutPresence } from './read-history.ts';

/** Threads of a channel whose replies are read at once, the latest first; the others by back-fill, and by events. */
const mostThreads = 20;
/** Sales engineers of a channel whose presence is asked for at once. */
const mostEngineers = 20;

/** What a channel is read with. */
export interface ChannelReader {
  readonly call: CallSlack;
  readonly names: Names;
}

/**
 * The latest messages of an account's channel, the replies to them, and whether the sales engineers in it are active. What
 * a rate limit leaves unread is said and missing, rather than that nothing is read: events bring what is new, and history is repair.
 */
export async function readChannel({ call, names }: ChannelReader, place: ChannelPlace): Promise<Reading> {
  const { reading, roots, threads } = await readChannelPage(call, place, null);
  const parts: Partial<Reading>[] = [withoutPresence(reading)];
  await unlessLimited(parts, 'Replies', async () => {
    for (const root of threads.slice(0, mostThreads)) parts.push(withoutPresence((await readThreadPage(call, place, { root, after: null })).reading));
  });
  await unlessLimited(parts, 'Presences', async () => {
    for (const user of engineersIn(parts).slice(0, mostEngineers)) parts.push(statePresence({ ...place, user }, await readPresence(call, user)));
  });
  parts.push({ records: await names.state(place, roots) });
  return joinReadings(parts);
}

async function unlessLimited(parts: Partial<Reading>[], what: string, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof VendorFault) || (error.code !== 'RATE_LIMITED' && error.code !== 'FORBIDDEN' && error.code !== 'NOT_FOUND')) throw error;
    parts.push({ ignored: [{ reason: 'NOT_READ', message: `${what} were not all read. ${error.message}`, path: ['messages'] }] });
  }
}

/** Sales engineers who write in a channel or are mentioned in it. */
function engineersIn(parts: readonly Partial<Reading>[]): string[] {
  const records = parts.flatMap(({ records: all = [] }) => all).filter(({ plural }) => plural === 'seMentions');
  return [...new Set(records.map(({ input }) => input.externalRef.id.split('/').at(-1) ?? ''))].filter((user) => user !== '');
}
