import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { ReadRecord } from '../reading.ts';
import type { CallSlack } from './client.ts';
import type { SlackMessage } from './message-event.ts';
import type { MessagePlace } from './message-place.ts';
import { authorOf, namedThread } from './thread.ts';

const user = z.looseObject({ user: z.looseObject({ name: z.string().nullish(), real_name: z.string().nullish(), updated: z.number().nullish(), profile: z.looseObject({ real_name: z.string().nullish(), display_name: z.string().nullish() }).nullish() }) });

/** A person's name, and since when Slack has it. */
interface KnownName {
  readonly name: string | null;
  readonly since: string | null;
}

/** Names of those whose ids alone are in messages. */
export interface Names {
  /** What the names of those who began threads state; nothing for whom the settings name, and for whom Slack does not. */
  state(place: Omit<MessagePlace, 'path'>, roots: readonly SlackMessage[]): Promise<readonly ReadRecord[]>;
}

/** How long a name is remembered. Milliseconds. */
const rememberedFor = 60 * 60_000;

/** Looks names up, each once. A fault ends the look-up and nothing else: ids are shown meanwhile. */
export function createNames(call: CallSlack): Names {
  const known = new LRUCache<string, KnownName>({ max: 2_000, ttl: rememberedFor });
  const look = async (id: string): Promise<KnownName> => {
    const found = known.get(id);
    if (found) return found;
    const read = await readName(call, id);
    known.set(id, read);
    return read;
  };
  return {
    async state(place, roots) {
      const stated: ReadRecord[] = [];
      try {
        for (const message of roots) {
          if (!message.user || authorOf(message, place.settings) !== null) continue;
          const { name, since } = await look(message.user);
          if (name !== null) stated.push(namedThread({ ...place, path: ['user'] }, message, { name, since }));
        }
      } catch (error) {
        if (!(error instanceof VendorFault)) throw error;
      }
      return stated;
    },
  };
}

async function readName(call: CallSlack, id: string): Promise<KnownName> {
  try {
    const { answer: { user: { profile, updated, ...own } } } = await call('users.info', { schema: user, args: { user: id } });
    const name = [profile?.real_name, own.real_name, profile?.display_name, own.name].find((each) => each?.trim())?.trim() ?? null;
    const seconds = typeof updated === 'number' && updated > 0 && updated < 1e10 ? updated : null;
    return { name, since: seconds === null ? null : new Date(Math.floor(seconds) * 1_000).toISOString() };
  } catch (error) {
    if (error instanceof VendorFault && error.code === 'NOT_FOUND') return { name: null, since: null };
    throw error;
  }
}
