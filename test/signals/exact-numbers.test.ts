import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebhookSecret } from '../../src/features/connectors/index.ts';
import { canonicalJson } from '../../src/platform/canonical-json.ts';
import { exactJson, exactNumber, parseExactJson, readJsonText } from '../../src/platform/exact-json.ts';
import { makeAccount } from '../harness/accounts.ts';
import { liveAs } from '../harness/live-client.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
beforeAll(async () => {
  program = await startTestProgram();
  await makeAccount(program, 'exact');
});
afterAll(() => program?.close());

/** Numbers that a JavaScript number changes, or prints in another form. */
const numbers = ['9007199254740993', '-9007199254740993', '12345678901234567890123', '0.1000000000000000055', '1.10', '100.00', '3.14159265358979323846'] as const;
const payloadText = `{"top":${numbers[0]},"inner":{"list":[${numbers.join(',')}],"small":7,"none":0}}`;
const account = { externalRef: { system: 'salesforce', id: 'exact' } };
const compact = (text: string): string => text.replaceAll(/\s/g, '');

async function post(path: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  const authorization = `Bearer ${await program.token('admin')}`;
  const response = await fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization, ...headers }, body });
  const text = await response.text();
  expect(response.status, text).toBeLessThan(300);
  return text;
}

/** The payload of a signal as bytes on the wire, twice: the second time the document is compiled. */
async function payloadOf(signalId: string): Promise<string> {
  const body = JSON.stringify({ query: 'query ($id: ID!) { node(id: $id) { ... on Signal { payload } } }', variables: { id: signalId } });
  const [first, second] = [await post('/graphql', body), await post('/graphql', body)];
  expect(second).toBe(first);
  return compact(first).slice('{"data":{"node":{"payload":'.length, -'}}}'.length);
}

/** The members of a payload as text; jsonb keeps them in an order of its own. */
const membersOf = (text: string): string[] => {
  const list = /"list":\[[^\]]*\]/.exec(text)?.[0] ?? '';
  const top = /"top":[^,}]+/.exec(text)?.[0] ?? '';
  return [list, top];
};

describe('numbers of a payload are kept as they were received', () => {
  test('by POST /api/signals', async () => {
    const answer = await post('/api/signals', `{"account":${JSON.stringify(account)},"type":"meeting","source":"crm","sourceEventId":"rest","payload":${payloadText}}`);
    expect(membersOf(await payloadOf((JSON.parse(answer) as { signalId: string }).signalId))).toEqual(membersOf(payloadText));
  });

  test('by a webhook', async () => {
    const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
    const webhook = await program.database.transact(caller, (work) => createWebhookSecret(work, program.seal, 'salesforce'));
    const body = `{"AccountId":"exact","Id":"006","StageName":"Proposal","top":${numbers[0]},"list":[${numbers.join(',')}]}`;
    const timestamp = String(program.clock.now().getTime() / 1_000);
    const signature = `sha256=${createHmac('sha256', webhook.secret).update(`${timestamp}.${body}`).digest('hex')}`;
    const answer = await post('/api/integrations/salesforce/webhook', body, { 'x-webhook-id': webhook.id, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signature });
    expect(membersOf(await payloadOf((JSON.parse(answer) as { signalId: string }).signalId))).toEqual(membersOf(payloadText));
  });

  const ingest = 'mutation ($input: [SignalInput!]!) { ingestSignals(input: $input) { results { __typename ... on SignalAccepted { signal { id } } } } }';

  test.each([
    ['a variable', (payload: string) => `{"query":${JSON.stringify(ingest)},"variables":{"input":[{"account":${JSON.stringify(account)},"type":"meeting","source":"crm","sourceEventId":"variable","payload":${payload}}]}}`],
    ['a literal', (payload: string) => JSON.stringify({ query: `mutation { ingestSignals(input: [{ account: { externalRef: { system: "salesforce", id: "exact" } }, type: "meeting", source: "crm", sourceEventId: "literal", payload: ${payload.replaceAll(/"(\w+)":/g, '$1:')} }]) { results { __typename ... on SignalAccepted { signal { id } } } } }` })],
    ['a variable inside a literal', (payload: string) => `{"query":${JSON.stringify('mutation ($payload: JSONObject!) { ingestSignals(input: [{ account: { externalRef: { system: "salesforce", id: "exact" } }, type: "meeting", source: "crm", sourceEventId: "inside", payload: $payload }]) { results { __typename ... on SignalAccepted { signal { id } } } } }')},"variables":{"payload":${payload}}}`],
  ])('by the graph, in %s', async (_what, bodyOf) => {
    const id = /Signal_[0-9a-f]+/.exec(await post('/graphql', bodyOf(payloadText)))?.[0] ?? '';
    expect(membersOf(await payloadOf(id))).toEqual(membersOf(payloadText));
  });

  test('by the socket, in and out', async () => {
    const client = await liveAs(program);
    try {
      const raw = exactNumber(numbers[0]);
      const sent = client.subscribe(ingest, { input: [{ account, type: 'meeting', source: 'crm', sourceEventId: 'socket', payload: { top: raw, inner: { list: numbers.map((number) => exactNumber(number)) } } }] });
      const [event] = await sent.atLeast(1);
      const id = /Signal_[0-9a-f]+/.exec(JSON.stringify(event))?.[0] ?? '';
      expect(membersOf(await payloadOf(id))).toEqual(membersOf(payloadText));
      const texts: string[] = [];
      client.socket()?.on('message', (data: Buffer) => texts.push(data.toString()));
      await client.subscribe('query ($id: ID!) { node(id: $id) { ... on Signal { payload } } }', { id }).atLeast(1);
      expect(membersOf(compact(texts.join('')))).toEqual(membersOf(payloadText));
    } finally {
      await client.close();
    }
  });

  test('a signal is looked for by such a number, and found by no near one', async () => {
    const count = async (number: string): Promise<unknown> => {
      const query = `query ($payload: JSONObject!) { accountBy(by: { externalRef: { system: "salesforce", id: "exact" } }) { signals(filter: { payloadContains: $payload }) { totalCount } } }`;
      return (JSON.parse(await post('/graphql', `{"query":${JSON.stringify(query)},"variables":{"payload":{"top":${number}}}}`)) as { data: { accountBy: { signals: { totalCount: number } } } }).data.accountBy.signals.totalCount;
    };
    expect(await count('9007199254740993')).toBeGreaterThan(0);
    expect(await count('9007199254740992')).toBe(0);
  });
});

test('content is one signal by the value of its numbers, not by how they are written', async () => {
  const told = async (number: string): Promise<{ status: string; signalId: string }> =>
    JSON.parse(await post('/api/signals', `{"account":${JSON.stringify(account)},"type":"meeting","source":"erp","occurredAt":"2026-11-20T00:00:00Z","payload":{"amount":${number}}}`)) as { status: string; signalId: string };
  const first = await told('1.10');
  expect(await told('1.1')).toEqual({ ...first, status: 'duplicate' });
  expect(await told('110e-2')).toEqual({ ...first, status: 'duplicate' });
  const large = await told('9007199254740993');
  expect((await told('9007199254740992')).signalId).not.toBe(large.signalId);
  expect(await told('9007199254740993.0')).toEqual({ ...large, status: 'duplicate' });
});

test('numbers that are no finite number are refused with their place', async () => {
  const response = await fetch(`${program.url}/api/signals`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}` }, body: `{"account":${JSON.stringify(account)},"type":"meeting","source":"crm","payload":{"a":1e400}}` });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'BAD_USER_INPUT', path: ['payload', 'a'] } }]);
});

describe('exact JSON', () => {
  const digits = fc.stringMatching(/^[0-9]{1,30}$/);
  const number = fc.tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.option(digits), fc.option(fc.integer({ min: -20, max: 20 })))
    .map(([sign, whole, fraction, exponent]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`)
    .filter((text) => Number(text) !== 0);

  test('a number goes through as its text, wherever it stands', () => {
    fc.assert(fc.property(fc.array(number, { minLength: 1, maxLength: 5 }), (list) => {
      const text = `{"a":[${list.join(',')}],"b":{"c":${list[0]}},"d":${list[0]}}`;
      // Texts whose number prints as it was written need no source.
      expect(JSON.stringify(parseExactJson(text))).toBe(text);
      expect(JSON.stringify(exactJson(readJsonText(text)))).toBe(text);
      // Other readers of the body are given plain numbers.
      expect(readJsonText(text)).toEqual(JSON.parse(text));
    }), { numRuns: 500 });
  });

  test('two texts have one canonical form exactly when they are one value', () => {
    const valueOf = (text: string): string => {
      const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e(-?\d+))?$/.exec(text) ?? [];
      // Both scaled to 10^-60: an exact integer.
      return String(BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(60 - fraction.length + Number(exponent)));
    };
    fc.assert(fc.property(number, fc.oneof(number, fc.constant(null)), fc.integer({ min: 0, max: 3 }), (one, other, zeros) => {
      const second = other ?? (one.includes('e') ? one : `${one}${one.includes('.') ? '' : '.'}${'0'.repeat(zeros + (one.includes('.') ? 0 : 1))}`);
      const same = valueOf(one) === valueOf(second);
      expect(canonicalJson(parseExactJson(`[${one}]`)) === canonicalJson(parseExactJson(`[${second}]`)), `${one} ${second}`).toBe(same);
    }), { numRuns: 500 });
  });
});
