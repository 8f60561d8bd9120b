import type { ReadFetch, Reading, ReadRecord } from '../reading.ts';
import { instantOfSlack, type SlackMessage } from './message-event.ts';
import type { MessagePlace } from './message-place.ts';

/** Sales engineers in a message: who writes is active; whether one who is mentioned is so has to be asked of Slack. */
export function mentionsIn(message: SlackMessage, { channel, settings: { salesEngineers }, account, path }: MessagePlace): Partial<Reading> {
  const at = instantOfSlack(message.ts);
  const known = (user: string | null | undefined): string | undefined => (user && Object.hasOwn(salesEngineers, user) ? salesEngineers[user] : undefined);
  const mentioned = [...new Set([...(message.text ?? '').matchAll(/<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/g)].map(([, user = '']) => user))].filter((user) => user !== message.user && known(user) !== undefined);
  const record = (user: string, more: object): ReadRecord => ({
    plural: 'seMentions', input: { account, externalRef: { system: 'slack', id: `${channel}/${user}` }, name: known(user), ...more, mode: 'PATCH', source: 'slack', occurredAt: at }, path,
  });
  return {
    records: [...(known(message.user) === undefined ? [] : [record(String(message.user), { status: 'active', lastActiveAt: at })]), ...mentioned.map((user) => record(user, {}))],
    fetches: mentioned.map((user): ReadFetch => ({ kind: 'presence', externalId: `${channel}/${user}`, occurredAt: at, path })),
  };
}
