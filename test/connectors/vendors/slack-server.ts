import { message, removal, edit, slackTime } from '../payloads/slack.ts';
import { startVendorServer, type ArrivedCall, type VendorAnswer, type VendorServer } from './vendor-server.ts';

/** A message as the Web API shows it. */
export interface ServedMessage {
  readonly ts: string;
  readonly thread_ts?: string;
  readonly subtype?: string;
  readonly [field: string]: unknown;
}

/** The message of an event as the Web API shows it afterwards: without the channel and the times of the event. */
export function servedMessage(event: object): ServedMessage {
  const { event: { channel: _, channel_type: __, event_ts: ___, message: edited, ...own } } = event as { readonly event: Record<string, unknown> };
  return { type: 'message', ...(edited === undefined ? own : (edited as object)) } as unknown as ServedMessage;
}

/** Someone in the workspace. */
interface ServedUser {
  readonly real_name: string;
  readonly updated: number;
  readonly presence: 'active' | 'away';
}

/** How a workspace answers. */
interface Settings {
  token: string;
  /** The most messages in one answer, and how often a minute each channel method may be called; an app outside the Marketplace has 15 and 1. */
  pageSize: number;
  perMinute: number;
  /** Whether the token may list channels. */
  listsChannels: boolean;
  /** The clock of Slack. */
  date: string;
  /** The refresh token that gives the next token, and is replaced by it; empty where tokens do not rotate. */
  refreshToken: string;
}

/** A workspace. */
export interface SlackServer extends VendorServer {
  /** The messages of each channel that the app is in, replies too, in any order. */
  readonly channels: Map<string, unknown[]>;
  readonly users: Map<string, ServedUser>;
  readonly workspace: Settings;
  /** The next minute begins. */
  tick(): void;
}

const answer = (body: object): VendorAnswer => ({ body: { ok: true, ...body } });
const refused = (error: string): VendorAnswer => ({ body: { ok: false, error } });
const later = (one: unknown, other: unknown): number => timeOf(other) - timeOf(one);
const timeOf = (item: unknown): number => Number((item as { readonly ts?: string } | null)?.ts ?? 0);
const rootOf = (item: unknown): string | undefined => (item as ServedMessage | null)?.thread_ts;

/** Starts a workspace with one channel, C024BE91L. */
export async function startSlackServer(): Promise<SlackServer> {
  const channels = new Map<string, unknown[]>();
  const users = new Map<string, ServedUser>();
  const workspace: Settings = { token: '', pageSize: 200, perMinute: Infinity, listsChannels: true, date: '2026-11-21T09:00:00.000Z', refreshToken: '' };
  const calls = new Map<string, number>();

  const page = (found: readonly unknown[], limit: string | undefined): VendorAnswer => {
    const size = Math.min(Number(limit ?? 100), workspace.pageSize);
    return answer({ messages: found.slice(0, size), has_more: found.length > size, response_metadata: { next_cursor: found.length > size ? 'bmV4dA==' : '' } });
  };
  const methods: Readonly<Record<string, (args: Readonly<Record<string, string | undefined>>) => VendorAnswer>> = {
    'auth.test': () => answer({ url: 'https://acme.slack.com/', team: 'Acme', user: 'connector', team_id: 'T061EG9R6', user_id: 'U0BOT', bot_id: 'B0BOT', is_enterprise_install: false }),
    'users.conversations': ({ cursor, limit }) => {
      if (!workspace.listsChannels) return { body: { ok: false, error: 'missing_scope', needed: 'channels:read', provided: 'channels:history' } };
      const [ids, from, size] = [[...channels.keys()], Number(cursor || 0), Math.min(Number(limit), 2)];
      return answer({ channels: ids.slice(from, from + size).map((id) => ({ id, name: id.toLowerCase(), is_channel: true })), response_metadata: { next_cursor: from + size < ids.length ? String(from + size) : '' } });
    },
    'conversations.history': ({ channel = '', latest, limit }) => {
      const found = channels.get(channel);
      if (!found) return refused(channel.startsWith('G') ? 'channel_not_found' : 'not_in_channel');
      const roots = found.filter((item) => { const root = rootOf(item); return root === undefined || root === (item as ServedMessage).ts || (item as ServedMessage).subtype === 'thread_broadcast'; });
      const shown = roots.map((item) => {
        const replies = found.filter((each) => rootOf(each) !== undefined && rootOf(each) === (item as ServedMessage | null)?.ts && each !== item);
        return replies.length === 0 ? item : { ...(item as object), thread_ts: (item as ServedMessage).ts, reply_count: replies.length, latest_reply: (replies.toSorted(later)[0] as ServedMessage).ts };
      });
      return page(shown.filter((item) => latest === undefined || timeOf(item) < Number(latest)).toSorted(later), limit);
    },
    'conversations.replies': ({ channel = '', ts, oldest, limit }) => {
      const root = channels.get(channel)?.find((item) => (item as ServedMessage).ts === ts);
      if (!root) return refused('thread_not_found');
      const replies = (channels.get(channel) ?? []).filter((item) => rootOf(item) === ts && item !== root && timeOf(item) > Number(oldest ?? 0)).toSorted((one, other) => later(other, one));
      return page([{ ...(root as object), thread_ts: ts, reply_count: replies.length }, ...replies], String(Number(limit) + 1));
    },
    'users.info': ({ user = '' }) => {
      const found = users.get(user);
      return found ? answer({ user: { id: user, team_id: 'T061EG9R6', name: user.toLowerCase(), real_name: found.real_name, updated: found.updated, is_bot: false, profile: { real_name: found.real_name, display_name: found.real_name.split(' ')[0] } } }) : refused('user_not_found');
    },
    'users.getPresence': ({ user = '' }) => {
      const found = users.get(user);
      return found ? answer({ presence: found.presence }) : refused('user_not_found');
    },
  };
  const rotate = (args: URLSearchParams): VendorAnswer => {
    if (workspace.refreshToken === '' || args.get('refresh_token') !== workspace.refreshToken) return refused('invalid_refresh_token');
    const number = Number(workspace.refreshToken.split('-').at(-1)) + 1;
    Object.assign(workspace, { token: `xoxe.xoxb-${number}`, refreshToken: `xoxe-${number}` });
    return answer({ access_token: workspace.token, expires_in: 43_200, refresh_token: workspace.refreshToken, token_type: 'bot', app_id: 'A0MDYCDME', team: { id: 'T061EG9R6', name: 'Acme' } });
  };
  const route = ({ body, params: { method = '' }, headers }: ArrivedCall): VendorAnswer => {
    const date = { date: new Date(workspace.date).toUTCString() };
    if (method === 'oauth.v2.access') return rotate(new URLSearchParams(body));
    if (headers['authorization'] !== `Bearer ${workspace.token}`) return { ...refused('invalid_auth'), headers: date };
    const made = (calls.get(method) ?? 0) + 1;
    calls.set(method, made);
    if (method.startsWith('conversations.') && made > workspace.perMinute) return { status: 429, headers: { ...date, 'retry-after': '60' }, body: { ok: false, error: 'ratelimited' } };
    return { ...(methods[method]?.(Object.fromEntries(new URLSearchParams(body))) ?? refused('unknown_method')), headers: date };
  };
  const server = await startVendorServer({ 'POST /api/:method': route });
  return Object.assign(server, { channels, users, workspace, tick: () => calls.clear() });
}

/** A message with replies, one edited and one deleted with its replies, as webhooks told it and as the channel shows it afterwards. */
export function conversation(channel = 'C024BE91L'): { readonly events: readonly object[]; readonly messages: readonly ServedMessage[] } {
  const events = [
    message(0, { channel, text: '<@U0SE> Acme asks' }),
    message(1, { channel, thread_ts: slackTime(0) }),
    message(2, { channel, thread_ts: slackTime(0), user: 'U0SE' }),
    removal(3, 1, 0, { channel }),
    message(10, { channel, user: 'U0OTHER', text: 'Before' }),
    edit(14, 10, { user: 'U0OTHER', text: 'After <@U0SE>' }),
    message(20, { channel, text: 'Gone soon' }),
    message(21, { channel, thread_ts: slackTime(20) }),
    edit(25, 20, { subtype: 'tombstone', user: 'USLACKBOT', text: 'This message was deleted.', thread_ts: slackTime(20) }),
    message(30, { channel, bot_id: 'B9', subtype: 'bot_message', username: 'deploys', text: 'Deployed' }),
  ].map((event) => ({ ...event, event: { ...(event as { readonly event: object }).event, channel } }));
  const [root, , reply, , , edited, , last, tombstone, bot] = events;
  return { events, messages: [root, reply, edited, last, tombstone, bot].map((event) => servedMessage(event ?? {})) };
}
