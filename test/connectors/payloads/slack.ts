/** An event of Slack's Events API about a message, in the shape that Slack documents (`event_callback`). */
export function slackEvent(event: object, envelope: object = {}): object {
  return {
    token: 'one-long-verification-token',
    team_id: 'T061EG9R6',
    api_app_id: 'A0MDYCDME',
    event: { type: 'message', channel: 'C024BE91L', channel_type: 'channel', ...event },
    type: 'event_callback',
    event_id: 'Ev0MDYGDKJ',
    event_time: 1_795_248_000,
    authorizations: [{ enterprise_id: null, team_id: 'T061EG9R6', user_id: 'U0BOT', is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: false,
    event_context: '4-eyJldCI6Im1lc3NhZ2UifQ',
    ...envelope,
  };
}

/** A time of Slack, some seconds after 8 o'clock of the day on which tests take place. */
export const slackTime = (seconds: number): string => `${Date.UTC(2026, 10, 21, 8) / 1_000 + seconds}.000100`;

/** A message of a person. */
export const message = (seconds: number, more: object = {}): object => slackEvent({ user: 'U2147483697', text: 'Acme asks for <https://benchmarks.example|benchmarks>', ts: slackTime(seconds), event_ts: slackTime(seconds), ...more });

/** An edit of a message. */
export const edit = (seconds: number, of: number, more: object = {}): object =>
  slackEvent({ subtype: 'message_changed', hidden: true, ts: slackTime(seconds), event_ts: slackTime(seconds), message: { type: 'message', user: 'U2147483697', text: 'Edited', ts: slackTime(of), edited: { user: 'U2147483697', ts: slackTime(seconds) }, ...more }, previous_message: { type: 'message', user: 'U2147483697', text: 'Acme asks', ts: slackTime(of) } });

/** A deletion of a message, of a reply where the thread is given. */
export const removal = (seconds: number, of: number, thread?: number, more: object = {}): object =>
  slackEvent({ subtype: 'message_deleted', hidden: true, ts: slackTime(seconds), event_ts: slackTime(seconds), deleted_ts: slackTime(of), previous_message: { type: 'message', user: 'U2147483697', text: 'gone', ts: slackTime(of), ...(thread === undefined ? {} : { thread_ts: slackTime(thread) }) }, ...more });
