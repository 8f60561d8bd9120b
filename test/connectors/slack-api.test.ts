import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { VendorSession } from '../../src/features/connectors/outbound/vendor-api.ts';
import type { Reading } from '../../src/features/connectors/reading.ts';
import { slackApi } from '../../src/features/connectors/slack/api.ts';
import { readSlack } from '../../src/features/connectors/slack/read.ts';
import { edit, message, slackTime } from './payloads/slack.ts';
import { conversation, servedMessage, startSlackServer, type SlackServer } from './vendors/slack-server.ts';
import { openVendor, placesOf, type OpenVendor } from './vendors/open-vendor.ts';
import { startVendorServer } from './vendors/vendor-server.ts';

const credentials = { botToken: 'xoxb-secret' };
const account = { externalRef: { system: 'crm', id: 'acme' } };
const settings = { channels: { C024BE91L: account.externalRef }, salesEngineers: { U0SE: 'John Park' }, people: { U2147483697: 'Priya Shah' }, workspaceUrl: 'https://acme.slack.com/' };
const places = placesOf({ externalRefs: [account.externalRef] });

let server: SlackServer;
beforeAll(async () => {
  server = await startSlackServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.release();
  server.forget();
  server.tick();
  server.channels.clear();
  server.users.clear();
  Object.assign(server.workspace, { token: credentials.botToken, pageSize: 200, perMinute: Infinity, listsChannels: true, date: '2026-11-21T09:00:00.000Z' });
});

const open = (given: object = settings, more: Partial<OpenVendor> = {}): Promise<VendorSession> => openVendor(slackApi, { credentials, settings: given, baseUrl: server.url, ...more });
const stated = (reading: Reading | null) => ({ records: reading?.records.map(({ input }) => input), events: reading?.threadEvents });
const read = (body: object, given: object = settings) => stated(readSlack(body, given));
const argsOf = (method: string) => server.calls.filter(({ path }) => path === `/api/${method}`).map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
const calls = () => Object.fromEntries(Map.groupBy(server.calls, ({ path }) => path.slice('/api/'.length)).entries().map(([method, made]) => [method, made.length]));

describe('check', () => {
  test('names the workspace, refuses another one, and wants a bot token', async () => {
    expect(await (await open()).check()).toEqual({ account: 'Acme' });
    await expect((await open({ ...settings, teamId: 'T0OTHER' })).check()).rejects.toMatchObject({ code: 'REFUSED' });
    server.workspace.token = 'another';
    await expect((await open()).check()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect([{ botToken: 'xoxp-user' }, { botToken: 'xoxb-1', clientId: 'a' }, { clientId: 'a', clientSecret: 'b' }, {}].map((given) => slackApi.credentials.safeParse(given).success)).toEqual([false, false, false, false]);
    expect(slackApi.credentials.safeParse({ clientId: 'a', clientSecret: 'b', refreshToken: 'xoxe-1' }).success).toBe(true);
  });
});

describe('the channel of an account', () => {
  test('states what webhooks about its messages state', async () => {
    const { events, messages } = conversation();
    server.channels.set('C024BE91L', [...messages]);
    server.users.set('U0OTHER', { real_name: 'Sam Lee', updated: 1_700_000_000, presence: 'away' }).set('U0SE', { real_name: 'J. Park', updated: 1, presence: 'active' });
    const fetched = await (await open()).readAccount(places);
    const told = events.map((event) => read(event));
    const records = told.flatMap(({ records: all = [] }) => all);
    const own = fetched?.records.filter(({ input }) => !('status' in input && input.occurredAt === '2026-11-21T09:00:00.000Z') && input['author'] !== 'Sam Lee').map(({ input }) => input) ?? [];
    expect(own.length).toBeGreaterThan(4);
    for (const input of own) expect(records).toContainEqual(input);
    const known = new Set(told.flatMap(({ events: all = [] }) => all.map((each) => `${each.externalRef.id} ${each.event} ${each.occurredAt}`)));
    const seen = fetched?.threadEvents?.map((each) => `${each.externalRef.id} ${each.event} ${each.occurredAt}`) ?? [];
    expect(seen.filter((each) => !known.has(each))).toEqual([`C024BE91L/${slackTime(20)} ended seen 2026-11-21T09:00:00.999Z`]);
    expect(fetched).toMatchObject({ signals: [], deletions: [], fetches: [], ignored: [] });
    expect(JSON.stringify(fetched)).not.toContain('Before');
  });

  test('has the names that the settings do not have, each asked for once, as of its own time', async () => {
    server.channels.set('C024BE91L', [10, 20, 30].map((second) => servedMessage(message(second, { user: 'U0OTHER' }))).concat(servedMessage(message(40)), servedMessage(message(50, { user: 'U0GONE' }))));
    server.users.set('U0OTHER', { real_name: 'Sam Lee', updated: Date.UTC(2026, 10, 21, 8, 0, 15) / 1_000, presence: 'away' });
    const session = await open();
    for (let time = 0; time < 2; time += 1) {
      const reading = await session.readAccount(places);
      expect(reading?.records.filter(({ input }) => input['author'] === 'Sam Lee').map(({ input }) => [input.externalRef.id.split('/')[1], input.modifiedAt])).toEqual([
        [slackTime(30), '2026-11-21T08:00:30.001Z'], [slackTime(20), '2026-11-21T08:00:20.001Z'], [slackTime(10), '2026-11-21T08:00:15.000Z'],
      ]);
    }
    expect(argsOf('users.info').map(({ user }) => user)).toEqual(['U0GONE', 'U0OTHER']);
  });

  test('says whether its sales engineers are active, as of the answer of Slack', async () => {
    server.channels.set('C024BE91L', [servedMessage(message(0, { text: '<@U0SE> and <@U0TWO>' }))]);
    server.users.set('U0SE', { real_name: 'J', updated: 1, presence: 'active' }).set('U0TWO', { real_name: 'T', updated: 1, presence: 'away' });
    server.workspace.date = '2026-11-21T08:59:00.000Z';
    const reading = await (await open({ ...settings, salesEngineers: { U0SE: 'John Park', U0TWO: 'Ann Wu', U0THREE: 'Not here' } })).readAccount(places);
    expect(reading?.records.map(({ input }) => input).filter((input) => 'status' in input)).toEqual([
      { account, externalRef: { system: 'slack', id: 'C024BE91L/U0SE' }, name: 'John Park', status: 'active', lastActiveAt: '2026-11-21T08:59:00.000Z', mode: 'PATCH', source: 'slack', occurredAt: '2026-11-21T08:59:00.000Z' },
      { account, externalRef: { system: 'slack', id: 'C024BE91L/U0TWO' }, name: 'Ann Wu', status: 'away', mode: 'PATCH', source: 'slack', occurredAt: '2026-11-21T08:59:00.000Z' },
    ]);
    expect(calls()).toEqual({ 'auth.test': 1, 'conversations.history': 1, 'users.getPresence': 2 });
  });

  test('is found by the settings, by the account itself and by its name in Slack; without one nothing is asked', async () => {
    server.channels.set('C0OWN', []).set('C0STATED', []).set('C024BE91L', []);
    const session = await open();
    await session.readAccount(placesOf({ externalRefs: [{ system: 'slack', id: 'C0OWN' }, account.externalRef, { system: 'slack', id: 'not a channel' }], slackChannelId: 'C0STATED' }));
    expect(argsOf('conversations.history').map(({ channel }) => channel)).toEqual(['C024BE91L', 'C0STATED', 'C0OWN']);
    expect(await session.readAccount(placesOf({ externalRefs: [{ system: 'salesforce', id: '1' }] }))).toBeNull();
  });

  test('belongs to whom webhooks give it to; to the account itself where they ignore it', async () => {
    server.channels.set('C0STATED', [servedMessage(message(0))]);
    const accountIn = async (given: object) => (await (await open(given)).readAccount(placesOf({ slackChannelId: 'C0STATED' })))?.records[0]?.input.account;
    expect(await accountIn({})).toEqual({ externalRef: { system: 'slack', id: 'C0STATED' } });
    expect(await accountIn({ otherChannels: 'IGNORE' })).toEqual({ id: 'account-1' });
  });

  test('of an app that Slack limits to 15 messages and a call in a minute, is read as far as that goes', async () => {
    Object.assign(server.workspace, { pageSize: 15, perMinute: 1 });
    server.channels.set('C024BE91L', Array.from({ length: 20 }, (_, index) => servedMessage(message(index * 10, { text: '<@U0SE>' }))).concat([11, 21, 61, 71].map((second) => servedMessage(message(second, { thread_ts: slackTime(second - 1) })))));
    server.users.set('U0SE', { real_name: 'J', updated: 1, presence: 'away' });
    const reading = await (await open()).readAccount(places);
    expect(reading?.records.filter(({ plural }) => plural === 'threads').length).toBeGreaterThanOrEqual(15);
    expect(reading?.threadEvents?.filter(({ event }) => event.startsWith('reply'))).toHaveLength(1);
    expect(reading?.records.at(-1)?.input).toMatchObject({ status: 'away' });
    expect(reading?.ignored).toMatchObject([{ reason: 'NOT_READ', message: expect.stringContaining('too often') as string }]);
  });

  test('leaves out what is its own, what tells of members, and what has another shape', async () => {
    server.channels.set('C024BE91L', [servedMessage(message(1, { bot_id: 'B0BOT' })), servedMessage(message(2, { user: 'U0BOT' })), servedMessage(message(3, { subtype: 'channel_join' })), { type: 'message', text: 'No time' }, { ...servedMessage(message(4)), text: { blocks: [] } }, null, servedMessage(message(5))]);
    const reading = await (await open()).readAccount(places);
    expect(reading?.records).toHaveLength(1);
    expect(reading?.ignored?.map(({ reason }) => reason)).toEqual(['UNREADABLE', 'UNREADABLE', 'UNREADABLE']);
  });
});

describe('a presence', () => {
  const presence = (externalId: string) => ({ kind: 'presence', externalId });
  test('is asked for once for each person, and stated where they were mentioned', async () => {
    server.users.set('U0SE', { real_name: 'J', updated: 1, presence: 'active' });
    const readings = await (await open({ ...settings, salesEngineers: { U0SE: 'John Park', U0GONE: 'Al' } })).readObjects([presence('C024BE91L/U0SE'), presence('C0OTHER/U0SE'), presence('C024BE91L/U0GONE'), presence('C024BE91L/U0NONE')]);
    expect(readings.map(({ records, deletions, ignored }) => [records[0]?.input.account ?? null, records[0]?.input['status'] ?? null, deletions[0]?.type ?? null, ignored?.[0]?.reason ?? null])).toEqual([
      [account, 'active', null, null], [{ externalRef: { system: 'slack', id: 'C0OTHER' } }, 'active', null, null], [null, null, 'SeMention', null], [null, null, null, 'NOT_READ'],
    ]);
    expect(argsOf('users.getPresence').map(({ user }) => user)).toEqual(['U0SE', 'U0GONE', 'U0NONE']);
    await expect((await open()).readObjects([{ kind: 'file', externalId: 'F1' }])).rejects.toMatchObject({ code: 'REFUSED' });
  });
});

test('presences that were seen before a rate limit are not asked for again', async () => {
  server.users.set('U0SE', { real_name: 'J', updated: 1, presence: 'active' });
  const session = await open({ ...settings, salesEngineers: { U0SE: 'John Park', U0TWO: 'Ann Wu' } });
  const objects = ['C024BE91L/U0SE', 'C024BE91L/U0TWO'].map((externalId) => ({ kind: 'presence', externalId }));
  server.trouble((call) => (call.body.includes('U0TWO') ? { body: { ok: false, error: 'ratelimited' } } : { body: { ok: true, presence: 'active' } }), { times: 2 });
  await expect(session.readObjects(objects)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  expect(await session.readObjects(objects)).toHaveLength(2);
  expect(argsOf('users.getPresence').map(({ user }) => user)).toEqual(['U0SE', 'U0TWO', 'U0TWO']);
});

describe('history', () => {
  const readAll = async (session: VendorSession, from: string | null = null): Promise<{ readonly parts: Reading[]; readonly cursors: string[]; readonly limits: number }> => {
    const [parts, cursors]: [Reading[], string[]] = [[], []];
    let [cursor, limits] = [from, 0];
    for (let part = 0; part < 200; part += 1) {
      const page = await session.readHistory(cursor).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'RATE_LIMITED', limitScope: 'OPERATION', retryAt: new Date('2026-11-21T09:01:00.000Z') });
        return null;
      });
      if (page === null) {
        limits += 1;
        server.tick();
        // The caller remembers the limit until then.
        session = await open();
        continue;
      }
      parts.push(page.reading);
      if (page.next === null) break;
      cursors.push(page.next);
      cursor = page.next;
    }
    return { parts, cursors, limits };
  };
  const events = (parts: readonly Reading[]): string[] => parts.flatMap(({ threadEvents = [] }) => threadEvents.map(({ externalRef, event }) => `${externalRef.id} ${event}`));
  const fill = (): string[] => {
    const roots = Array.from({ length: 40 }, (_, index) => index * 100);
    const replies = [100, 2_000].flatMap((root) => Array.from({ length: 20 }, (_, index) => ({ root, second: root + index + 1 })));
    server.channels.set('C0B', [servedMessage(message(5))]);
    server.channels.set('C024BE91L', [...roots.map((second) => servedMessage(message(second))), ...replies.map(({ root, second }) => servedMessage(message(second, { thread_ts: slackTime(root) })))]);
    return [...roots.map((second) => `C024BE91L/${slackTime(second)} root`), ...replies.map(({ root, second }) => `C024BE91L/${slackTime(root)} reply ${slackTime(second)}`), `C0B/${slackTime(5)} root`].toSorted();
  };

  test.each([[200, Infinity, 0], [15, Infinity, 0], [15, 1, 4]])('comes whole in answers of %i messages at %d calls a minute', async (pageSize, perMinute, limits) => {
    Object.assign(server.workspace, { pageSize, perMinute });
    const expected = fill();
    const read = await readAll(await open());
    expect([...new Set(events(read.parts))].toSorted()).toEqual(expected);
    expect(read.limits).toBeGreaterThanOrEqual(limits);
    // One call for messages in each part, so that none is lost to a limit.
    expect(server.calls.filter(({ path }) => path.startsWith('/api/conversations.')).length).toBe(read.parts.length + read.limits);
  });

  test('goes on from any place, in another session', async () => {
    server.workspace.pageSize = 15;
    fill();
    const { parts, cursors } = await readAll(await open());
    for (const place of [0, 2, cursors.length - 1]) expect(events((await readAll(await open(), cursors[place])).parts)).toEqual(events(parts.slice(place + 1)));
    await expect((await open()).readHistory('{}')).rejects.toMatchObject({ code: 'REFUSED' });
  });

  test('skips a channel that the app is no longer in, and a thread that is gone', async () => {
    fill();
    const session = await open();
    const { cursors } = await readAll(session);
    server.channels.set('C024BE91L', []);
    expect((await session.readHistory(cursors[0] ?? null)).reading).toMatchObject({ ignored: [{ reason: 'NOT_READ' }] });
    server.channels.delete('C024BE91L');
    const { reading, next } = await session.readHistory(null);
    expect([reading.ignored, next]).toMatchObject([[{ reason: 'NOT_READ' }], expect.stringContaining('C0B')]);
  });

  test('is that of the channels which have an account', async () => {
    fill();
    server.channels.set('C0A', [servedMessage(message(7))]);
    const only = { ...settings, otherChannels: 'IGNORE' };
    expect(new Set(events((await readAll(await open(only))).parts).map((each) => each.split('/')[0]))).toEqual(new Set(['C024BE91L']));
    server.workspace.listsChannels = false;
    expect(new Set(events((await readAll(await open())).parts).map((each) => each.split('/')[0]))).toEqual(new Set(['C024BE91L']));
    server.channels.clear();
    server.workspace.listsChannels = true;
    expect(await (await open()).readHistory(null)).toEqual({ reading: expect.objectContaining({ records: [] }) as Reading, next: null, total: null });
  });
});

describe('a fault', () => {
  const ask = async (more: Partial<OpenVendor> = {}): Promise<unknown> => (await open(settings, more)).check();

  test.each([
    [{ body: { ok: false, error: 'token_revoked' } }, { code: 'UNAUTHORIZED' }], [{ body: { ok: false, error: 'missing_scope', needed: 'secret' } }, { code: 'FORBIDDEN' }], [{ body: { ok: false, error: 'channel_not_found' } }, { code: 'NOT_FOUND' }],
    [{ body: { ok: false, error: 'internal_error' } }, { code: 'UNAVAILABLE' }], [{ body: { ok: false, error: 'invalid_arguments' } }, { code: 'REFUSED' }], [{ body: { ok: false, error: 'ratelimited' } }, { code: 'RATE_LIMITED' }], [{ body: { ok: false, error: 'constructor' } }, { code: 'REFUSED' }],
    [{ status: 429, headers: { 'retry-after': '30' }, body: 'secret' }, { code: 'RATE_LIMITED', limitScope: 'OPERATION', retryAt: new Date('2026-11-21T09:00:30.000Z') }], [{ status: 429, body: 'secret' }, { code: 'RATE_LIMITED', retryAt: null }],
    [{ status: 500, body: 'secret' }, { code: 'UNAVAILABLE' }], [{ status: 403, body: 'secret' }, { code: 'FORBIDDEN' }], [{ status: 200, body: '<html>secret</html>' }, { code: 'UNREADABLE' }], [{ body: { ok: true, team: 5 } }, { code: 'UNREADABLE' }],
  ])('of %j is %j, and quotes nothing', async (trouble, expected) => {
    server.trouble(trouble);
    const fault: unknown = await ask().catch((error: unknown) => error);
    expect(fault).toMatchObject(expected);
    expect(inspect(fault, { depth: 9 })).not.toMatch(/secret|xoxb/);
    expect(server.calls).toHaveLength(1);
  });

  test('of a cut socket or a slow answer is told apart, and mended by trying again', async () => {
    for (const [trouble, code] of [['CUT', 'UNAVAILABLE'], ['CUT_BODY', 'UNAVAILABLE'], ['HANG', 'TIMEOUT']] as const) {
      server.trouble(trouble, { times: 1 });
      await expect(ask({ timeout: 300 }), code).rejects.toMatchObject({ code });
      server.release();
    }
    server.trouble('CUT', { times: 2 });
    expect(await ask({ attempts: 3 })).toEqual({ account: 'Acme' });
  });

  test('is a redirect, which is not followed', async () => {
    const elsewhere = await startVendorServer({});
    server.trouble({ status: 307, headers: { location: `${elsewhere.url}/api/auth.test` } });
    await expect(ask()).rejects.toMatchObject({ code: 'REFUSED' });
    expect(elsewhere.calls).toHaveLength(0);
    await elsewhere.stop();
  });
});

test('an app with token rotation calls with its access token', async () => {
  server.workspace.token = 'xoxe.xoxb-1';
  expect(await (await open(settings, { credentials: { clientId: 'a', clientSecret: 'b', refreshToken: 'xoxe-1' }, tokens: ['xoxe.xoxb-1'] })).check()).toEqual({ account: 'Acme' });
});

test('an edit by webhook states the mentions of its text, and who began the thread as of its beginning', () => {
  const reading = readSlack(edit(9, 0, { user: 'U0OTHER', text: '<@U0SE> please' }), settings);
  expect(reading.records.map(({ plural, input }) => [plural, input['author'] ?? null, input.modifiedAt ?? null])).toEqual([['threads', null, '2026-11-21T08:00:09.000Z'], ['threads', 'U0OTHER', null], ['seMentions', null, null]]);
});
