import { LRUCache } from 'lru-cache';
import type { AccountPlaces, VendorObject, VendorSession } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { joinReadings, type Reading } from '../reading.ts';
import { isNamed } from '../vendor-settings.ts';
import { openSlackClient, type CallSlack, type SlackAccess } from './client.ts';
import { accountOfChannel } from './message-place.ts';
import { createNames } from './names.ts';
import { readPresence, statePresence, type Presence } from './presence.ts';
import { readChannel } from './read-account.ts';
import type { ChannelPlace } from './read-channel.ts';
import { readSlackHistory } from './read-history.ts';
import type { SlackSettings } from './settings.ts';
import { readChannels, readWorkspace, type Workspace } from './workspace.ts';

/** How long a presence is kept. Milliseconds. */
const keptFor = 60_000;
/** The most channels of one account that are read at once. */
const mostChannels = 5;

/** Opens a connection to Slack. */
export async function openSlack(access: SlackAccess): Promise<VendorSession> {
  const call = await openSlackClient(access);
  const { settings } = access;
  const names = createNames(call);
  const seen = new LRUCache<string, Presence>({ max: 1_000, ttl: keptFor });
  const workspace = remember(() => readWorkspace(call, settings));
  const channels = remember(() => readChannels(call, settings));
  return {
    check: async () => ({ account: (await readWorkspace(call, settings)).name }),
    readObjects: (objects) => readPresences(call, { settings, seen }, objects),
    async readAccount(places) {
      const own = channelsOf(places, settings);
      if (own.length === 0) return null;
      const known = await workspace();
      const readings: Reading[] = [];
      for (const channel of own) readings.push(await readChannel({ call, names }, { ...placeOf(channel, settings, known), account: accountIn(channel, settings) ?? places.account }));
      return joinReadings(readings);
    },
    async readHistory(cursor) {
      const known = await workspace();
      return readSlackHistory({
        call, names, channels: await channels(),
        placeOf(channel) {
          const account = accountIn(channel, settings);
          return account && { ...placeOf(channel, settings, known), account };
        },
      }, cursor);
    },
  };
}

/** Asks once; again where that failed. */
function remember<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | null = null;
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
}

function accountIn(channel: string, settings: SlackSettings): ChannelPlace['account'] | null {
  const account = accountOfChannel(channel, settings);
  return account && { externalRef: account };
}

function placeOf(channel: string, settings: SlackSettings, { teamId, url, isOwn }: Workspace): Omit<ChannelPlace, 'account'> {
  return { channel, teamId, isOwn, settings: settings.workspaceUrl === undefined && url !== undefined ? { ...settings, workspaceUrl: url } : settings };
}

/** The channels of an account: by the settings, by what sources state, and by its own name in Slack. */
function channelsOf({ externalRefs, slackChannelId }: AccountPlaces, { channels }: SlackSettings): string[] {
  const mapped = Object.entries(channels).filter(([, reference]) => isNamed(reference, externalRefs)).map(([channel]) => channel);
  const named = externalRefs.filter(({ system }) => system === 'slack').map(({ id }) => id);
  return [...new Set([...mapped, ...(slackChannelId === null ? [] : [slackChannelId.trim()]), ...named])].filter((channel) => /^[CG][A-Z0-9]{2,20}$/.test(channel)).slice(0, mostChannels);
}

/** One reading for each object, with one call for each person. What was seen is kept for a moment, so that a rate limit in between does not start the read over. */
async function readPresences(call: CallSlack, { settings, seen }: { readonly settings: SlackSettings; readonly seen: LRUCache<string, Presence> }, objects: readonly VendorObject[]): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  for (const { kind, externalId } of objects) {
    const [, channel = '', user = ''] = /^([CG][A-Z0-9]{2,20})\/([UW][A-Z0-9]{2,20})$/.exec(externalId) ?? [];
    if (kind !== 'presence' || user === '') throw new VendorFault('REFUSED', 'Of Slack only presences are read by themselves, by channel and person, such as C024BE91L/U0SE.');
    const presence = seen.get(user) ?? (await readPresence(call, user));
    seen.set(user, presence);
    readings.push(statePresence({ channel, user, settings }, presence));
  }
  return readings;
}
