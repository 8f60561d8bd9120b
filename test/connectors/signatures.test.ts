import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { InboundRequest } from '../../src/features/connectors/index.ts';
import { authenticateChatwoot, tokenOf } from '../../src/features/connectors/chatwoot/authenticate.ts';
import { authenticateHubspot } from '../../src/features/connectors/hubspot/authenticate.ts';
import { authenticateJira } from '../../src/features/connectors/jira/authenticate.ts';
import type { Authentication } from '../../src/features/connectors/inbound-request.ts';
import { authenticateNotion } from '../../src/features/connectors/notion/authenticate.ts';
import { authenticateSlack } from '../../src/features/connectors/slack/authenticate.ts';
import { jiraToken } from './vendor-requests.ts';

const id = '01a1fd8c-6900-70ee-b0c2-badc54e13795';
const now = new Date('2026-11-21T09:00:00.000Z');

/** A request with what a vendor sent. */
function requestOf({ headers = {}, body = '', query = { id } as Readonly<Record<string, string>>, url = '', publicUrl = 'https://graph.example' as string | null, at = now }): InboundRequest {
  return { header: (name) => (headers as Readonly<Record<string, string>>)[name] ?? null, query: (name) => query[name] ?? null, method: 'POST', path: url, publicUrl, body: Buffer.from(body), now: at };
}

/** Whether a request is accepted. */
async function verdict(authenticate: (request: InboundRequest) => Authentication, request: InboundRequest, secret: string, settings: object = {}): Promise<string> {
  try {
    const { verify, isProof } = authenticate(request);
    await verify(Buffer.from(secret), settings);
    return isProof ? 'accepted' : 'accepted, not proven';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe('Jira', () => {
  // The example of GitHub's documentation, whose scheme Jira's is: key, body and signature are theirs.
  const [secret, body, signature] = ["It's a Secret to Everybody", 'Hello, World!', 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'];
  test.each([
    ['as documented', secret, { 'x-hub-signature': signature }, body, 'accepted'],
    ['another secret', `${secret}!`, { 'x-hub-signature': signature }, body, 'UNAUTHENTICATED'],
    ['another body', secret, { 'x-hub-signature': signature }, `${body} `, 'UNAUTHENTICATED'],
    ['SHA-1', secret, { 'x-hub-signature': 'sha1=d29c2d3b' }, body, 'UNAUTHENTICATED'],
    ['an empty signature beside a JWT', secret, { 'x-hub-signature': '', authorization: 'JWT a.b.c' }, body, 'UNAUTHENTICATED'],
    ['nothing', secret, {}, body, 'UNAUTHENTICATED'],
    ['a basic credential', secret, { authorization: 'Basic YTpi' }, body, 'UNAUTHENTICATED'],
  ])('%s', async (_what, key, headers, sent, expected) => {
    expect(await verdict(authenticateJira, requestOf({ headers, body: sent }), key)).toBe(expected);
  });

  test('takes the JWT of an app while it holds, in HS256 alone', async () => {
    const key = 'the client secret of the app, 32 bytes and more';
    const of = async (token: string, at = now): Promise<string> => verdict(authenticateJira, requestOf({ headers: { authorization: `JWT ${token}` }, body: '{}', at }), key);
    const token = await jiraToken(Buffer.from(key), new Date(now.getTime() + 180_000));
    expect(await of(token)).toBe('accepted');
    expect(await of(token, new Date(now.getTime() + 300_000))).toBe('UNAUTHENTICATED');
    expect(await of(await jiraToken(Buffer.from(`${key}!`), new Date(now.getTime() + 180_000)))).toBe('UNAUTHENTICATED');
    expect(await of(await jiraToken(Buffer.from(key.repeat(2)), new Date(now.getTime() + 180_000), 'HS512'))).toBe('UNAUTHENTICATED');
    const [, payload] = token.split('.');
    expect(await of(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`)).toBe('UNAUTHENTICATED');
    expect(await of(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.AA`)).toBe('UNAUTHENTICATED');
  });
});

test('the secret is named by the header or by the URL, and by both only alike', () => {
  const named = (headers: object, query: Readonly<Record<string, string>>): string => authenticateJira(requestOf({ headers: { 'x-hub-signature': 'sha256=00', ...headers }, query })).secretId;
  expect([named({ 'x-webhook-id': id }, {}), named({}, { id }), named({ 'x-webhook-id': id }, { id })]).toEqual([id, id, id]);
  for (const [headers, query] of [[{}, {}], [{}, { id: 'nonsense' }], [{ 'x-webhook-id': id }, { id: id.replace('0', '1') }]] as const) expect(() => named(headers, query)).toThrow('X-Webhook-Id');
});

describe('Slack', () => {
  // The example of Slack's documentation: secret, time, body and signature are theirs.
  const secret = '8f742231b10e8888abcd99yyyzzz85a5';
  const body = 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const [timestamp, signature] = ['1531420618', 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503'];
  const at = (seconds: number): Date => new Date((Number(timestamp) + seconds) * 1_000);
  test.each([
    ['as documented', { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature }, body, at(0), 'accepted'],
    ['five minutes late', { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature }, body, at(300), 'accepted'],
    ['later', { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature }, body, at(301), 'UNAUTHENTICATED'],
    ['too early', { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature }, body, at(-301), 'UNAUTHENTICATED'],
    ['another time', { 'x-slack-request-timestamp': '1531420619', 'x-slack-signature': signature }, body, at(0), 'UNAUTHENTICATED'],
    ['another body', { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature }, `${body}&`, at(0), 'UNAUTHENTICATED'],
    ['another version', { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature.replace('v0', 'v1') }, body, at(0), 'UNAUTHENTICATED'],
    ['no time', { 'x-slack-signature': signature }, body, at(0), 'UNAUTHENTICATED'],
    ['no signature', { 'x-slack-request-timestamp': timestamp }, body, at(0), 'UNAUTHENTICATED'],
  ])('%s', async (_what, headers, sent, when, expected) => {
    expect(await verdict(authenticateSlack, requestOf({ headers, body: sent, at: when }), secret)).toBe(expected);
  });
});

describe('Notion', () => {
  const [secret, body] = ['secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl', '{"type":"page.created"}'];
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  test.each([
    ['signed with the token', { 'x-notion-signature': signature }, body, 'accepted'],
    ['another body', { 'x-notion-signature': signature }, `${body} `, 'UNAUTHENTICATED'],
    ['another token', { 'x-notion-signature': `sha256=${createHmac('sha256', 'x').update(body).digest('hex')}` }, body, 'UNAUTHENTICATED'],
    ['unsigned', {}, body, 'UNAUTHENTICATED'],
  ])('%s', async (_what, headers, sent, expected) => {
    expect(await verdict(authenticateNotion, requestOf({ headers, body: sent }), secret)).toBe(expected);
  });

  test('the first request brings the token, unsigned', () => {
    expect(authenticateNotion(requestOf({ body: JSON.stringify({ verification_token: secret }) }))).toMatchObject({ firstSecret: secret, isProof: false });
    for (const token of ['', 'short', 'with blanks in it, which no token has', 5, 'x'.repeat(600)]) expect(() => authenticateNotion(requestOf({ body: JSON.stringify({ verification_token: token }) }))).toThrow('X-Notion-Signature');
    expect(() => authenticateNotion(requestOf({ body: JSON.stringify({ verification_token: secret, more: 'x'.repeat(2_000) }) }))).toThrow('X-Notion-Signature');
  });
});

describe('Chatwoot', () => {
  const secret = 'the secret of the webhook';
  const [body, timestamp] = ['{"event":"message_created"}', String(now.getTime() / 1_000)];
  const signed = (text = `${timestamp}.${body}`, key = secret): string => `sha256=${createHmac('sha256', key).update(text).digest('hex')}`;
  const right = { 'x-chatwoot-timestamp': timestamp, 'x-chatwoot-signature': signed() };
  const token = tokenOf(Buffer.from(secret));
  const at = (seconds: number) => { const time = String(now.getTime() / 1_000 + seconds); return { 'x-chatwoot-timestamp': time, 'x-chatwoot-signature': signed(`${time}.${body}`) }; };
  test.each([
    ['as documented', right, {}, 'accepted'],
    ['over the body alone', { ...right, 'x-chatwoot-signature': signed(body) }, {}, 'UNAUTHENTICATED'],
    ['another secret', { ...right, 'x-chatwoot-signature': signed(undefined, `${secret}!`) }, {}, 'UNAUTHENTICATED'],
    ['another time', { ...right, 'x-chatwoot-timestamp': String(Number(timestamp) + 1) }, {}, 'UNAUTHENTICATED'],
    ['five minutes ago', at(-300), {}, 'accepted'],
    ['longer ago', at(-301), {}, 'UNAUTHENTICATED'],
    ['later than in five minutes', at(301), {}, 'UNAUTHENTICATED'],
    ['without a time', { ...right, 'x-chatwoot-timestamp': null as unknown as string }, {}, 'UNAUTHENTICATED'],
    ['unsigned', {}, {}, 'UNAUTHENTICATED'],
    ['unsigned with the token, where settings do not allow it', {}, { token }, 'UNAUTHENTICATED'],
  ])('%s', async (_what, headers, query, expected) => {
    expect(await verdict(authenticateChatwoot, requestOf({ headers, body, query: { id, ...query } }), secret)).toBe(expected);
  });

  test.each([
    ['the token', {}, { token }, 'accepted'],
    ['no token', {}, {}, 'UNAUTHENTICATED'],
    ['another token', {}, { token: tokenOf(Buffer.from('another')) }, 'UNAUTHENTICATED'],
    ['a wrong signature beside the token', { ...right, 'x-chatwoot-signature': 'sha256=00' }, { token }, 'UNAUTHENTICATED'],
    ['a signature without the token', right, {}, 'accepted'],
  ])('from a server that signs nothing, where settings allow it: %s', async (_what, headers, query, expected) => {
    expect(await verdict(authenticateChatwoot, requestOf({ headers, body, query: { id, ...query } }), secret, { unsigned: true })).toBe(expected);
  });
});

describe('HubSpot', () => {
  const [secret, body] = ['39c27b7e-9d5c-4f1b-8f6c-1f5a9e0d3a55', '[{"eventId":1}]'];
  const timestamp = String(now.getTime());
  const url = `/api/integrations/hubspot/webhook?id=${id}&note=a%20b%3Ac%2Fd%40e%26f`;
  // The escapes %3A, %2F and %40 are taken back before signing; %20 and %26 are not.
  const signed = (uri: string, time = timestamp, method = 'POST') => createHmac('sha256', secret).update(`${method}${uri}${body}${time}`).digest('base64');
  const uri = `https://graph.example/api/integrations/hubspot/webhook?id=${id}&note=a%20b:c/d@e%26f`;
  const right = { 'x-hubspot-request-timestamp': timestamp, 'x-hubspot-signature-v3': signed(uri) };
  test.each([
    ['as documented', right, {}, 'accepted'],
    ['with the escapes that HubSpot takes back', { ...right, 'x-hubspot-signature-v3': signed(`https://graph.example${url}`) }, {}, 'UNAUTHENTICATED'],
    ['over the address behind the proxy', { ...right, 'x-hubspot-signature-v3': signed(uri.replace('https://graph.example', 'http://10.0.0.7:4000')) }, {}, 'UNAUTHENTICATED'],
    ['with another method', { ...right, 'x-hubspot-signature-v3': signed(uri, timestamp, 'GET') }, {}, 'UNAUTHENTICATED'],
    ['without PUBLIC_URL', right, { publicUrl: null }, 'UNAUTHENTICATED'],
    ['another body', right, { body: `${body} ` }, 'UNAUTHENTICATED'],
    ['another time', { ...right, 'x-hubspot-request-timestamp': String(now.getTime() + 1) }, {}, 'UNAUTHENTICATED'],
    ['five minutes late', right, { at: new Date(now.getTime() + 300_000) }, 'accepted'],
    ['later', right, { at: new Date(now.getTime() + 300_001) }, 'UNAUTHENTICATED'],
    ['too early', right, { at: new Date(now.getTime() - 300_001) }, 'UNAUTHENTICATED'],
    ['seconds for milliseconds', { 'x-hubspot-request-timestamp': timestamp.slice(0, -3), 'x-hubspot-signature-v3': signed(uri, timestamp.slice(0, -3)) }, {}, 'UNAUTHENTICATED'],
    ['version 1', { 'x-hubspot-signature': createHmac('sha256', secret).update(body).digest('hex') }, {}, 'UNAUTHENTICATED'],
  ])('%s', async (_what, headers, more, expected) => {
    expect(await verdict(authenticateHubspot, requestOf({ headers, body, url, ...more }), secret)).toBe(expected);
  });
});
