import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestProgram, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
beforeAll(async () => {
  program = await startTestProgram();
});
afterAll(() => program?.close());

/** Asks for an upgrade at a path, as a stranger may write it; resolves when the connection ends. */
function upgradeAt(path: string): Promise<void> {
  const { hostname, port } = new URL(program.url);
  return new Promise((resolve) => {
    const asking = request({ hostname, port, path, headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' } });
    asking.on('error', () => resolve());
    asking.on('close', () => resolve());
    asking.on('upgrade', (_response, socket) => socket.destroy());
    asking.end();
  });
}

test('an upgrade at a path that is no path ends that connection and nothing else', async () => {
  for (const path of ['//', '///', '/%', '/graphql/..//', 'http://[', '/elsewhere']) await upgradeAt(path);
  expect((await fetch(`${program.url}/health`)).status).toBe(200);
});

test('a body of ten thousand levels is told to be too deep, at each door', async () => {
  const deep = (number: string): string => `${'{"a":'.repeat(10_000)}${number}${'}'.repeat(10_000)}`;
  const ingest = 'mutation ($payload: JSONObject) { ingestSignals(input: [{ account: { externalRef: { system: "crm", id: "1" } }, type: "a", source: "s", payload: $payload }]) { accepted } }';
  for (const [path, body] of [
    ['/graphql', (payload: string) => `{"query":${JSON.stringify(ingest)},"variables":{"payload":${payload}}}`],
    ['/api/signals', (payload: string) => `{"account":{"id":"x"},"type":"a","source":"s","payload":${payload}}`],
  ] as const) {
    for (const number of ['1', '1.10', '"\\u0041"']) {
      const response = await fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}` }, body: body(deep(number)) });
      expect([response.status, await response.text()]).toEqual([expect.toSatisfy((status: number) => status === 400 || status === 200), expect.stringMatching(/nested (too deeply|deeper)/)]);
    }
  }
});

test('a signal that is none is told what it lacks', async () => {
  const says = async (body: unknown): Promise<string> => {
    const response = await fetch(`${program.url}/api/signals`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}` }, body: JSON.stringify(body) });
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    return `${response.status} ${error.code} ${error.message}`;
  };
  const signal = { account: { id: 'x' }, type: 'a', source: 's' };
  expect(await says([])).toMatch(/^400 BAD_USER_INPUT The body must be one signal/);
  expect(await says({ type: 'a', source: 's' })).toMatch(/^400 BAD_USER_INPUT account must be an object/);
  expect(await says({ ...signal, account: { externalRef: 'x' } })).toMatch(/^400 BAD_USER_INPUT externalRef must be an object/);
  expect(await says({ ...signal, type: 1 })).toBe('400 BAD_USER_INPUT type must be a text.');
  expect(await says({ ...signal, payload: [] })).toBe('400 BAD_USER_INPUT payload must be an object.');
  expect(await says({ ...signal, foo: 1 })).toContain('foo');
});

test('text that cannot be stored is refused where it is looked for, and in a model', async () => {
  for (const filter of ['accounts(filter: { nameStartsWith: $text })', 'accounts(filter: { industries: [$text] })', 'accounts(filter: { regions: [$text] })']) {
    for (const text of ['a\0', '\ud800']) {
      const { errors } = await program.query(`query ($text: String!) { ${filter} { totalCount } }`, { text });
      expect(errors).toMatchObject([{ message: expect.stringContaining('NUL'), extensions: { code: 'BAD_USER_INPUT', inputPath: ['text'] } }]);
    }
  }
  const model = { signalTypes: [{ type: 'meeting', weight: 1, halfLifeHours: 24 }], saturation: 50, highIntentThreshold: 75, mediumShare: 0.6 };
  const publish = 'mutation ($input: ScoringModelInput!) { publishScoringModel(input: $input) { __typename ... on UserError { code message } } }';
  const refused = { publishScoringModel: { __typename: expect.not.stringMatching(/^ScoringModel$/), code: 'BAD_USER_INPUT' } };
  expect((await program.query(publish, { input: { ...model, icp: { industries: ['a\0'], regions: [], mismatchFactor: 0.5 } } })).data).toMatchObject(refused);
  expect((await program.query(publish, { input: { ...model, signalTypes: [{ type: 'meeting', weight: 1, halfLifeHours: 5e-324 }] } })).data).toMatchObject(refused);
});

test('an empty id is nobody\'s', async () => {
  expect((await program.query('{ accountBy(by: { id: "" }) { name } }')).data).toEqual({ accountBy: null });
});

test('a failure of ours is masked: no SQL, no stack, only the request id', async () => {
  const { Client } = await import('pg');
  const owner = new Client({ connectionString: program.testDatabase.adminUrl });
  await owner.connect();
  await owner.query('alter table opportunity rename to opportunity_elsewhere');
  const made = await program.query<{ upsertAccounts: { results: { id: string }[] } }, never>('mutation { upsertAccounts(input: [{ externalRef: { system: "crm", id: "m" }, name: "M" }]) { results { ... on Upserted { id } } } }');
  const { errors } = await program.query('query ($id: ID!) { account(id: $id) { opportunities(first: 1) { totalCount } } }', { id: made.data?.upsertAccounts.results[0]?.id });
  await owner.query('alter table opportunity_elsewhere rename to opportunity');
  await owner.end();
  expect(errors?.[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) });
  expect(JSON.stringify(errors)).not.toMatch(/opportunity_|relation|select|node_modules/);
  expect(program.logged.some(({ level, fields }) => level === 'error' && fields['requestId'] === errors?.[0]?.extensions['requestId'])).toBe(true);
});
