import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';

const text = z.string('must be a text');
const time = text.regex(/^\d{1,12}\.\d{1,9}$/, 'must be a time of Slack such as 1355517523.000005');

const message = z.looseObject({
  ts: time,
  thread_ts: time.nullish(),
  user: text.nullish(),
  username: text.nullish(),
  text: text.nullish(),
  subtype: text.nullish(),
  bot_id: text.nullish(),
  app_id: text.nullish(),
  bot_profile: z.looseObject({ app_id: text.nullish(), name: text.nullish() }).nullish(),
  user_team: text.nullish(),
  files: z.array(z.looseObject({ title: text.nullish(), name: text.nullish() })).nullish(),
  edited: z.looseObject({ ts: time.nullish() }).nullish(),
  reply_count: z.number().nullish(),
});
/** A message as Slack shows it. */
export type SlackMessage = z.output<typeof message>;

const envelope = z.looseObject({
  type: z.literal('event_callback'),
  team_id: text,
  api_app_id: text,
  event_id: text,
  authorizations: z.array(z.looseObject({ user_id: text.nullish(), is_bot: z.boolean().nullish() })).nullish(),
  event: z.looseObject({
    type: z.literal('message'),
    channel: text.regex(/^[A-Z][A-Z0-9]{2,20}$/, 'must be the id of a channel such as C024BE91L'),
    channel_type: text.nullish(),
    subtype: text.nullish(),
    ts: time,
    event_ts: time.nullish(),
    deleted_ts: time.nullish(),
    message: message.nullish(),
    previous_message: message.partial({ ts: true }).nullish(),
  }),
});
/** An event about a message. */
export type MessageEvent = z.output<typeof envelope>;

/** Reads an event about a message. Throws `InvalidInput` with the place of the fault. */
export function readMessageEvent(body: unknown): MessageEvent {
  const read = envelope.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw new InvalidInput(`${path.length === 0 ? 'The body' : path.join('.')} ${issue?.message ?? 'cannot be read'}. The body must be an event of Slack's Events API about a message.`, path);
}

/** The message that an event of no subtype, or of one that is a message, is itself. Throws `InvalidInput`. */
export function messageIn({ event }: MessageEvent): SlackMessage {
  return readMessage(event, ['event']);
}

/** Reads a message. Throws `InvalidInput` with the place of the fault. */
export function readMessage(value: unknown, path: readonly string[]): SlackMessage {
  const read = message.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = [...path, ...(issue?.path.map(String) ?? [])];
  throw new InvalidInput(`${place.join('.')} ${issue?.message ?? 'cannot be read'}.`, place);
}

/** A time of Slack as an instant, in milliseconds: `1355517523.000005`. */
export function instantOfSlack(slackTime: string): string {
  return new Date(Math.floor(Number(slackTime) * 1_000)).toISOString();
}
