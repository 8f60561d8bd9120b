import { describe, expect, test } from 'vitest';
import { slack } from '../../src/features/connectors/slack/connector.ts';
import { readSlack } from '../../src/features/connectors/slack/read.ts';
import { edit, message, removal, slackEvent, slackTime } from './payloads/slack.ts';

const account = { externalRef: { system: 'crm', id: 'acme' } };
const settings = { channels: { C024BE91L: account.externalRef }, salesEngineers: { U0SE: 'John Park' }, people: { U2147483697: 'Priya Shah' }, workspaceUrl: 'https://acme.slack.com/' };
const read = (body: object, given: object = settings) => readSlack(body, given);
const thread = { system: 'slack', id: `C024BE91L/${slackTime(0)}` };

describe('a message in a channel', () => {
  test('that begins a thread is the thread', () => {
    expect(read(message(0))).toMatchObject({
      records: [{ plural: 'threads', input: { account, externalRef: thread, author: 'Priya Shah', preview: 'Acme asks for <https://benchmarks.example|benchmarks>', url: `https://acme.slack.com/archives/C024BE91L/p${slackTime(0).replace('.', '')}`, origin: 'COLLEAGUE_TEXT', source: 'slack', occurredAt: '2026-11-21T08:00:00.000Z' } }],
      threadEvents: [{ account, externalRef: thread, threadAt: '2026-11-21T08:00:00.000Z', event: 'root', occurredAt: '2026-11-21T08:00:00.000Z' }],
      signals: [], deletions: [], ignored: [],
    });
  });

  test('that is a reply is counted, and its text is not kept', () => {
    const reading = read(message(5, { thread_ts: slackTime(0), text: 'secret words' }));
    expect(reading).toMatchObject({ records: [], threadEvents: [{ externalRef: thread, threadAt: '2026-11-21T08:00:00.000Z', event: `reply ${slackTime(5)}`, occurredAt: '2026-11-21T08:00:05.000Z' }] });
    expect(JSON.stringify(reading)).not.toContain('secret words');
    expect(read(message(5, { thread_ts: slackTime(0), subtype: 'thread_broadcast' })).threadEvents).toEqual(reading.threadEvents);
  });

  test('belongs to the account of its channel, else to one that the channel names, or to nobody', () => {
    expect(read(message(0), {}).records[0]?.input.account).toEqual({ externalRef: { system: 'slack', id: 'C024BE91L' } });
    expect(read(message(0), { otherChannels: 'IGNORE' })).toMatchObject({ records: [], ignored: [{ reason: 'NO_ACCOUNT' }] });
    expect(read(message(0), { ...settings, teamId: 'T0OTHER' })).toMatchObject({ records: [], ignored: [{ reason: 'NO_ACCOUNT' }] });
  });

  test('that was edited states its text as of the edit; one that was deleted ends', () => {
    expect(read(edit(9, 0))).toMatchObject({ records: [{ input: { externalRef: thread, preview: 'Edited', occurredAt: '2026-11-21T08:00:00.000Z', modifiedAt: '2026-11-21T08:00:09.000Z' } }] });
    expect(read(removal(9, 0))).toMatchObject({ records: [], threadEvents: [{ externalRef: thread, event: 'ended', occurredAt: '2026-11-21T08:00:09.000Z' }] });
    expect(read(edit(9, 0, { subtype: 'tombstone', text: 'This message was deleted.' }))).toMatchObject({ records: [], threadEvents: [{ externalRef: thread, event: 'ended' }] });
    expect(read(removal(9, 5, 0))).toMatchObject({ threadEvents: [{ externalRef: thread, event: `removed ${slackTime(5)}`, occurredAt: '2026-11-21T08:00:09.000Z' }] });
    expect(read(edit(9, 5, { thread_ts: slackTime(0) }))).toMatchObject({ records: [], ignored: [{ reason: 'NOT_READ' }] });
  });

  test('of this app is dropped, whichever way Slack says that it is', () => {
    for (const own of [{ app_id: 'A0MDYCDME' }, { bot_id: 'B1', bot_profile: { app_id: 'A0MDYCDME' } }, { user: 'U0BOT' }]) {
      expect(read(message(0, own))).toMatchObject({ records: [], threadEvents: [], ignored: [{ reason: 'OWN_MESSAGE' }] });
      expect(read(edit(1, 0, own))).toMatchObject({ records: [], threadEvents: [], ignored: [{ reason: 'OWN_MESSAGE' }] });
    }
  });

  test('is trusted as far as its writer', () => {
    const originOf = (more: object) => read(message(0, more)).records[0]?.input.origin;
    expect([originOf({}), originOf({ user_team: 'T061EG9R6' }), originOf({ user_team: 'T0CUSTOMER' }), originOf({ subtype: 'bot_message', bot_id: 'B9', username: 'deploys' })]).toEqual(['COLLEAGUE_TEXT', 'COLLEAGUE_TEXT', 'CUSTOMER_TEXT', 'THIRD_PARTY_TEXT']);
  });

  test('of a sales engineer shows that they are active; one that mentions them asks for their presence', () => {
    expect(read(message(0, { user: 'U0SE' })).records).toMatchObject([{ plural: 'threads', input: { author: 'John Park' } }, { plural: 'seMentions', input: { account, externalRef: { system: 'slack', id: 'C024BE91L/U0SE' }, name: 'John Park', status: 'active', lastActiveAt: '2026-11-21T08:00:00.000Z' } }]);
    const mention = read(message(0, { text: '<@U0SE> and <@U0SE|john>, <@U2147483697> asks' }));
    expect(mention.records.map(({ plural }) => plural)).toEqual(['threads', 'seMentions']);
    expect(mention.records[1]?.input).not.toHaveProperty('status');
    expect(mention.fetches).toEqual([{ kind: 'presence', externalId: 'C024BE91L/U0SE', occurredAt: '2026-11-21T08:00:00.000Z', path: ['event'] }]);
  });

  test('without words shows its files', () => {
    expect(read(message(0, { subtype: 'file_share', text: '', files: [{ id: 'F1', title: 'Benchmarks.pdf' }] })).records[0]?.input['preview']).toBe('Benchmarks.pdf');
    expect(String(read(message(0, { text: '😀'.repeat(3_000) })).records[0]?.input['preview']).isWellFormed()).toBe(true);
  });
});

test.each([
  [message(0, { channel_type: 'im' })], [message(0, { subtype: 'channel_join' })], [slackEvent({ type: 'reaction_added' })], [{ type: 'app_rate_limited', team_id: 'T1', minute_rate_limited: 1, api_app_id: 'A1' }],
])('what is not read is said so, and is no fault: %#', (body) => {
  expect(read(body)).toMatchObject({ records: [], threadEvents: [], ignored: [{ reason: 'NOT_READ' }] });
});

test.each([
  [null, ['type']], [{}, ['type']], [{ type: 'event_callback' }, ['event', 'type']], [message(0, { ts: 'now' }), ['event', 'ts']], [message(0, { text: 5 }), ['event', 'text']], [message(0, { channel: 'general' }), ['event', 'channel']],
  [slackEvent({ subtype: 'message_changed', ts: slackTime(0) }), ['event', 'message']], [slackEvent({ subtype: 'message_deleted', ts: slackTime(0) }), ['event', 'deleted_ts']],
])('a malformed event is refused with the place of the fault: %#', (body, path) => {
  expect(() => readSlack(body, settings)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: path }) as Error);
});

test('the check of the endpoint is answered with its challenge', () => {
  expect(slack.handshake?.({ token: 'x', challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P', type: 'url_verification' })).toEqual({ status: 200, contentType: 'text/plain; charset=utf-8', body: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P' });
  expect(slack.handshake?.(message(0))).toBeNull();
});
