import { z } from 'zod';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { CallSlack } from './client.ts';
import type { MessagePlace } from './message-place.ts';
import { accountOfChannel } from './message-place.ts';
import type { SlackSettings } from './settings.ts';

const identity = z.looseObject({ team: z.string(), team_id: z.string(), url: z.string().nullish(), user_id: z.string().nullish(), bot_id: z.string().nullish() });

/** The workspace of a token, and who the app is in it. */
export interface Workspace {
  readonly name: string;
  readonly teamId: string;
  /** Where people open it: `https://acme.slack.com/`. */
  readonly url: string | undefined;
  readonly isOwn: MessagePlace['isOwn'];
}

/** Asks whose token it is. Throws `VendorFault` if it is one of another workspace than the settings name. */
export async function readWorkspace(call: CallSlack, settings: SlackSettings): Promise<Workspace> {
  const { answer: { team, team_id: teamId, url, user_id: user, bot_id: bot } } = await call('auth.test', { schema: identity });
  if (settings.teamId !== undefined && settings.teamId !== teamId) throw new VendorFault('REFUSED', 'The token is one of another workspace than teamId of the settings. Change one of them.');
  const isThis = (own: string | null | undefined, by: string | null | undefined): boolean => typeof own === 'string' && own === by;
  return { name: team, teamId, url: url?.startsWith('https://') ? url : undefined, isOwn: (message) => isThis(bot, message.bot_id) || isThis(user, message.user) };
}

const channelPage = z.looseObject({ channels: z.array(z.looseObject({ id: z.string() })), response_metadata: z.looseObject({ next_cursor: z.string().nullish() }).nullish() });
/** The most pages of channels that are read. */
const mostPages = 50;

/** The channels of accounts that the app is in, in the order of their ids. Without the scope for the list, those that the settings name. */
export async function readChannels(call: CallSlack, settings: SlackSettings): Promise<readonly string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  try {
    for (let page = 0; page < mostPages; page += 1) {
      const { answer: { channels, response_metadata: more } } = await call('users.conversations', { schema: channelPage, args: { types: 'public_channel,private_channel', exclude_archived: true, limit: 200, cursor } });
      found.push(...channels.map(({ id }) => id));
      cursor = more?.next_cursor || undefined;
      if (cursor === undefined) break;
    }
  } catch (error) {
    if (!(error instanceof VendorFault) || error.code !== 'FORBIDDEN') throw error;
    found.push(...Object.keys(settings.channels));
  }
  return [...new Set(found)].filter((channel) => accountOfChannel(channel, settings) !== null).toSorted();
}
