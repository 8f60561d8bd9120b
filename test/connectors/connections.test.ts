import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Read } from '../../src/platform/postgres/read.ts';
import { VendorFault } from '../../src/features/connectors/outbound/vendor-fault.ts';
import { arrange, type Arranged, type FactRow } from '../accounts/arrange.ts';
import { noteReads } from '../harness/note-reads.ts';
import { until } from '../harness/program.ts';
import { jiraEvent } from './payloads/jira.ts';
import { deliverAs, vendorSecret } from './vendor-requests.ts';
import { fakeVendor, registerVendors } from './vendors/fake-vendor.ts';

const [jira, hubspot] = [fakeVendor('jira'), fakeVendor('hubspot')];
let program: Arranged;
beforeAll(async () => {
  registerVendors([jira.api, hubspot.api]);
  program = await arrange();
});
afterAll(() => program.close());

interface Shown {
  readonly id: string;
  readonly source: string;
  readonly status: string;
  readonly lastEventAt: string | null;
}
type Role = NonNullable<Parameters<Arranged['token']>[0]>;
type Result = Record<string, unknown> & { readonly __typename: string };

const fields = 'id source status failingSince lastEventAt lagMs lastError { code message advice occurredAt } rateLimit { limitedUntil reason } deadLetters waitingFetches { count since } settings vendorAccount testedAt createdAt pausedAt webhookSecrets { webhookId status lastEventAt }';
const connections = async (role: Role = 'admin', tenant: string = program.tenant): Promise<readonly Shown[]> => {
  const { data, errors } = await program.query<{ connections: readonly Shown[] }, never>(`{ connections { ${fields} } }`, undefined, { token: await program.token(role, { tenant }) });
  expect(errors).toBeUndefined();
  return data?.connections ?? [];
};
const jiraOf = async (role?: Role): Promise<Shown> => {
  const found = (await connections(role)).find(({ source }) => source === 'JIRA');
  if (!found) throw new Error('Jira is not listed');
  return found;
};

const results: Readonly<Record<string, string>> = {
  addConnection: `... on ConnectionAdded { connection { ${fields} } webhook { webhookId secret requestPath } }`,
  testConnection: `... on ConnectionTest { vendorAccount failure { code message advice } connection { ${fields} } }`,
};

async function mutate(field: string, given: string | object, { role = 'admin', tenant = program.tenant }: { readonly role?: Role; readonly tenant?: string } = {}): Promise<Result> {
  const [name, type] = typeof given === 'string' ? ['id', 'ID!'] : ['input', `${field[0]?.toUpperCase()}${field.slice(1)}Input!`];
  const document = `mutation($given: ${type}) { result: ${field}(${name}: $given) { __typename ${results[field] ?? `... on Connection { ${fields} }`} ... on UserError { message code path } } }`;
  const { data, errors } = await program.query<{ result: Result }, Record<string, unknown>>(document, { given }, { token: await program.token(role, { tenant }) });
  expect(errors).toBeUndefined();
  if (!data) throw new Error('the mutation returned nothing');
  return data.result;
}

const credentials = { email: 'bot@acme.example', apiToken: 'ATATT3xFfGF0-first' };
const replaced = { email: 'bot@acme.example', apiToken: 'ATATT3xFfGF0-second' };
const secrets = [credentials.apiToken, replaced.apiToken, 'Basic-of-the-vendor'];

describe('one connection, from nothing to removed and back', () => {
  let id = '';
  let webhook = { webhookId: '', secret: '', requestPath: '' };
  const added = (settings: object = {}) => mutate('addConnection', { source: 'JIRA', credentials, settings, webhookSecret: {} });

  test('every vendor is listed before it is connected, under the id that it keeps', async () => {
    const listed = await connections();
    expect(listed.map(({ source, status }) => [source, status])).toEqual([['JIRA', 'DISABLED'], ['HUBSPOT', 'DISABLED']]);
    ({ id } = await jiraOf());
    expect(await jiraOf()).toEqual({ id, source: 'JIRA', status: 'DISABLED', failingSince: null, lastEventAt: null, lagMs: null, lastError: null, rateLimit: null, deadLetters: 0, waitingFetches: { count: 0, since: null }, settings: null, vendorAccount: null, testedAt: null, createdAt: null, pausedAt: null, webhookSecrets: [] });
    for (const field of ['testConnection', 'pauseConnection', 'resumeConnection', 'removeConnection']) expect(await mutate(field, id), field).toMatchObject({ __typename: 'NotFoundError', message: 'This vendor is not connected. Connect it with addConnection.' });
  });

  test('is added with its webhook in one step', async () => {
    const result = await added({ projects: { ACME: { system: 'salesforce', id: '001' } }, pageSize: 20 });
    expect(result).toMatchObject({
      __typename: 'ConnectionAdded',
      connection: { id, status: 'ACTIVE', createdAt: program.clock.now().toISOString(), vendorAccount: null, settings: { projects: { ACME: { system: 'salesforce', id: '001' } }, pageSize: 20 } },
      webhook: { secret: expect.stringMatching(/^[0-9a-f]{64}$/) as string, requestPath: expect.stringMatching(/^\/api\/integrations\/jira\/webhook\?id=/) as string },
    });
    webhook = result['webhook'] as typeof webhook;
    // What both halves read alike is entered once; what only calls need is no setting of the webhook.
    expect((await program.rows('select settings from webhook_secret where id = $1', [webhook.webhookId]))[0]).toEqual({ settings: { projects: { ACME: { system: 'salesforce', id: '001' } } } });
    expect(await added()).toMatchObject({ __typename: 'ConflictError', path: ['input', 'source'] });
  });

  test('shows the first event that came', async () => {
    const answer = await deliverAs(program, { vendor: 'jira', webhook: { id: webhook.webhookId as never, secret: Buffer.from(webhook.secret) } }, jiraEvent({ at: new Date(program.clock.now().getTime() - 1_500).toISOString() }));
    expect(answer.status).toBe(202);
    const shown = await until('the event is shown', async () => ((await jiraOf()).lastEventAt === null ? null : jiraOf()), 15_000);
    expect(shown).toMatchObject({ lastEventAt: program.clock.now().toISOString(), lagMs: 1_500, webhookSecrets: [{ webhookId: webhook.webhookId, status: 'VALID', lastEventAt: program.clock.now().toISOString() }] });
    await expect(program.count('select from webhook_last_event where tenant_id <> $1', [program.tenant])).resolves.toBe(0);
  });

  test('is tested: the vendor says as whom it is called', async () => {
    expect(await mutate('testConnection', id)).toMatchObject({ __typename: 'ConnectionTest', vendorAccount: 'Site of jira', failure: null, connection: { id, status: 'ACTIVE', vendorAccount: 'Site of jira', testedAt: program.clock.now().toISOString() } });
    expect(jira.opened).toEqual([credentials]);
  });

  test('is tested: what is wrong, and what to do', async () => {
    jira.check = () => Promise.reject(new VendorFault('UNAUTHORIZED', 'Jira does not accept the credentials.', { cause: new Error('Basic-of-the-vendor') }));
    const result = await mutate('testConnection', id);
    expect(result).toMatchObject({ __typename: 'ConnectionTest', vendorAccount: null, failure: { code: 'UNAUTHORIZED', message: 'Jira does not accept the credentials.', advice: expect.stringContaining('changeConnection') as string } });
    expect(await jiraOf()).toMatchObject({ status: 'FAILING', failingSince: program.clock.now().toISOString(), lastError: { code: 'UNAUTHORIZED', message: 'Jira does not accept the credentials.', occurredAt: program.clock.now().toISOString() }, vendorAccount: 'Site of jira' });
  });

  test('an analyst sees how it fares, and neither messages nor settings nor secrets', async () => {
    expect(await jiraOf('analyst')).toMatchObject({ status: 'FAILING', lastError: { code: 'UNAUTHORIZED', message: null, advice: expect.any(String) as string }, settings: null, webhookSecrets: null, vendorAccount: 'Site of jira' });
    for (const role of ['viewer', 'approver', 'privacy_officer', 'agent'] as const) {
      expect((await program.query(`{ connections { id } }`, undefined, { role })).errors?.[0]?.extensions['code'], role).toBe('FORBIDDEN');
      expect((await program.query<{ node: unknown }, { id: string }>('query($id: ID!) { node(id: $id) { id } }', { id }, { role })).data?.node, role).toBeNull();
    }
    const given: Readonly<Record<string, string | object>> = { addConnection: { source: 'JIRA', credentials }, changeConnection: { id, settings: {} }, testConnection: id, pauseConnection: id, resumeConnection: id, removeConnection: id };
    for (const [field, argument] of Object.entries(given)) expect(await mutate(field, argument, { role: 'analyst' }), field).toMatchObject({ __typename: 'ForbiddenError' });
  });

  test('is one tenant\'s: another has its own, and does not know this one', async () => {
    const other = (await connections('admin', program.otherTenant)).find(({ source }) => source === 'JIRA');
    expect(other).toMatchObject({ status: 'DISABLED', lastEventAt: null });
    expect(other?.id).not.toBe(id);
    for (const field of ['testConnection', 'pauseConnection', 'removeConnection']) expect(await mutate(field, id, { tenant: program.otherTenant }), field).toMatchObject({ __typename: 'NotFoundError', path: ['id'] });
    expect((await program.query<{ node: unknown }, { id: string }>('query($id: ID!) { node(id: $id) { id } }', { id }, { token: await program.token('admin', { tenant: program.otherTenant }) })).data?.node).toBeNull();
    expect((await program.query<{ node: unknown }, { id: string }>('query($id: ID!) { node(id: $id) { id ... on Connection { status } } }', { id })).data?.node).toEqual({ id, status: 'FAILING' });
  });

  test('other credentials end the failure, and are those that are used', async () => {
    jira.check = async () => ({ account: 'Another site' });
    expect(await mutate('changeConnection', { id, credentials: replaced })).toMatchObject({ __typename: 'Connection', status: 'ACTIVE', failingSince: null, vendorAccount: null, testedAt: null, lastError: { code: 'UNAUTHORIZED' }, settings: { pageSize: 20 } });
    expect(await mutate('testConnection', id)).toMatchObject({ vendorAccount: 'Another site', failure: null });
    expect(jira.opened.at(-1)).toEqual(replaced);
    expect(await mutate('changeConnection', { id, settings: { pageSize: 30 } })).toMatchObject({ __typename: 'Connection', vendorAccount: 'Another site', settings: { pageSize: 30 } });
    expect(await mutate('changeConnection', { id })).toMatchObject({ __typename: 'InvalidInputError', path: ['input'] });
  });

  test('settings that webhooks have, too, follow those of the connection until a webhook is given its own', async () => {
    const settingsOf = async () => (await program.rows('select settings from webhook_secret where id = $1', [webhook.webhookId]))[0]?.['settings'];
    expect(await settingsOf()).toEqual({});
    await mutate('changeConnection', { id, settings: { pageSize: 40, blockerLabels: ['p0'] } });
    expect(await settingsOf()).toEqual({ blockerLabels: ['p0'] });
    const change = 'mutation($input: ChangeWebhookSettingsInput!) { changeWebhookSettings(input: $input) { ... on WebhookSecret { settings } } }';
    await program.query(change, { input: { id: `WebhookSecret_${webhook.webhookId.replaceAll('-', '')}`, settings: { blockerLabels: ['sev1'] } } });
    await mutate('changeConnection', { id, settings: { pageSize: 30 } });
    expect(await settingsOf()).toEqual({ blockerLabels: ['sev1'] });
    expect((await program.facts('webhook_secret.settings_changed')).map(({ data }) => data['secretId'])).toEqual([webhook.webhookId, webhook.webhookId, webhook.webhookId]);
  });

  test('is paused and resumed', async () => {
    expect(await mutate('pauseConnection', id)).toMatchObject({ status: 'PAUSED', pausedAt: program.clock.now().toISOString() });
    expect(await mutate('pauseConnection', id)).toMatchObject({ status: 'PAUSED' });
    expect(await mutate('testConnection', id)).toMatchObject({ failure: null, connection: { status: 'PAUSED' } });
    expect(await mutate('resumeConnection', id)).toMatchObject({ status: 'ACTIVE', pausedAt: null });
    expect(await mutate('resumeConnection', id)).toMatchObject({ status: 'ACTIVE' });
  });

  test('is removed: its credentials are gone at once, its webhooks go on', async () => {
    expect(await mutate('removeConnection', id)).toMatchObject({ id, status: 'DISABLED', settings: null, vendorAccount: null, createdAt: null, webhookSecrets: [{ status: 'VALID' }] });
    expect(await mutate('removeConnection', id)).toMatchObject({ id, status: 'DISABLED' });
    expect(await program.rows('select wrapped_key, encrypted_credentials from connection')).toEqual([{ wrapped_key: null, encrypted_credentials: null }]);
    for (const field of ['testConnection', 'changeConnection'] as const) expect(await mutate(field, field === 'testConnection' ? id : { id, credentials }), field).toMatchObject({ __typename: field === 'testConnection' ? 'NotFoundError' : 'ConflictError' });
    expect((await deliverAs(program, { vendor: 'jira', webhook: { id: webhook.webhookId as never, secret: Buffer.from(webhook.secret) } }, jiraEvent({ key: 'ACME-457' }))).status).toBe(202);
    expect(await mutate('addConnection', { source: 'JIRA', credentials })).toMatchObject({ connection: { id, status: 'ACTIVE', settings: {}, lastError: { code: 'UNAUTHORIZED' } }, webhook: null });
    expect(await mutate('testConnection', id)).toMatchObject({ failure: null });
    expect(jira.opened.at(-1)).toEqual(credentials);
  });

  test('leaves a fact of every step, and its credentials in no place', async () => {
    const facts: FactRow[] = [];
    for (const step of ['added', 'changed', 'tested', 'paused', 'resumed', 'removed']) facts.push(...(await program.facts(`connection.${step}`)));
    expect(facts.map(({ kind, data }) => [kind, data['changed'] ?? data['outcome'] ?? null])).toEqual([
      ['connection.added', null], ['connection.added', null], ['connection.changed', ['CREDENTIALS']], ['connection.changed', ['SETTINGS']], ['connection.changed', ['SETTINGS']], ['connection.changed', ['SETTINGS']],
      ['connection.tested', 'OK'], ['connection.tested', 'UNAUTHORIZED'], ['connection.tested', 'OK'], ['connection.tested', 'OK'], ['connection.tested', 'OK'],
      ['connection.paused', null], ['connection.resumed', null], ['connection.removed', null],
    ]);
    const dump = JSON.stringify([await program.rows('select * from connection'), await program.rows('select * from connection_state'), await program.rows('select * from audit_logs'), await program.rows('select * from outbox'), await program.rows('select * from webhook_secret'), await connections(), program.logged]);
    for (const secret of secrets) for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64')]) expect(dump, form).not.toContain(form);
  });
});

describe('what cannot be taken', () => {
  test.each([
    ['a form that is not complete', { email: 'bot@acme.example' }, ['input', 'credentials', 'apiToken'], 'apiToken is required. Find it at your security settings.'],
    ['another form that is not complete', { clientId: 'a', clientSecret: 'AKIA-secret' }, ['input', 'credentials', 'refreshToken'], 'refreshToken is required. Find it at the app.'],
    ['a value that is too short', { email: 'bot@acme.example', apiToken: 'AKIA' }, ['input', 'credentials', 'apiToken'], 'apiToken must have 10 characters or more.'],
    ['a secret in the place of a name', { email: 'bot@acme.example', apiToken: '0123456789', AKIA: 'x' }, ['input', 'credentials'], 'There is a field that is not known here. docs/connectors.md lists the fields of each vendor.'],
    ['nothing', {}, ['input', 'credentials', 'email'], 'email is required. Find it at your profile.'],
    ['a NUL', { email: 'bot@acme.example', apiToken: '0123456789\0' }, ['input', 'credentials', 'apiToken'], 'A text must not contain a NUL character (U+0000) or half a surrogate pair.'],
  ])('credentials: %s', async (_what, given, path, message) => {
    const refused = await mutate('addConnection', { source: 'HUBSPOT', credentials: given });
    expect(refused).toEqual({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path, message });
    expect(JSON.stringify(refused)).not.toContain('AKIA');
  });

  test('settings, the secret of the webhook, and vendors that this program cannot call; nothing is stored', async () => {
    const given = { source: 'HUBSPOT', credentials: { email: 'bot@acme.example', apiToken: '0123456789' } };
    expect(await mutate('addConnection', { ...given, settings: { pageSize: 'many' } })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'settings', 'pageSize'], message: 'pageSize must be a whole number.' });
    expect(await mutate('addConnection', { ...given, webhookSecret: {} })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'webhookSecret', 'secret'] });
    expect(await mutate('addConnection', { ...given, webhookSecret: { secret: 'the client secret of the app', settings: { portalId: 'x' } } })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'webhookSecret', 'settings', 'portalId'] });
    expect(await mutate('addConnection', { ...given, source: 'NOTION' })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'source'] });
    expect(await mutate('pauseConnection', 'nonsense')).toMatchObject({ __typename: 'NotFoundError', path: ['id'] });
    expect(await program.count(`select from connection where source in ('hubspot', 'notion')`)).toBe(0);
    expect(await program.count(`select from webhook_secret where source in ('hubspot', 'notion')`)).toBe(0);
  });
});

test('all connections with everything below them are three statements, whatever their number', async () => {
  const reads: Read[] = [];
  const stop = noteReads(program.database, reads);
  expect(await connections()).toHaveLength(2);
  stop();
  expect(reads.flatMap(({ asked }) => asked).toSorted()).toEqual(['connections', 'source_fetch_figures', 'webhook_secrets_by_source']);
});

test('what waits to be read and what was given up is counted', async () => {
  const secret = await vendorSecret(program, 'hubspot');
  const asked = (minutes: number): Date => new Date(program.clock.now().getTime() - minutes * 60_000);
  const values = [['1', 30, null, null], ['2', 20, null, null], ['3', 10, asked(10), null], ['4', 40, null, asked(1)]] as const;
  for (const [id, minutes, fetched, dead] of values) await program.rows(`insert into source_fetch (tenant_id, source, secret_id, kind, external_id, wanted_at, asked_at, fetched_at, dead_at) values ($1, 'hubspot', $2, 'contact', $3, $4, $4, $5, $6)`, [program.tenant, secret.id, id, asked(minutes), fetched, dead]);
  const hubspotOf = async (tenant: string) => (await connections('admin', tenant)).find(({ source }) => source === 'HUBSPOT');
  expect(await hubspotOf(program.tenant)).toMatchObject({ status: 'DISABLED', deadLetters: 1, waitingFetches: { count: 2, since: asked(30).toISOString() } });
  expect(await hubspotOf(program.otherTenant)).toMatchObject({ deadLetters: 0, waitingFetches: { count: 0, since: null } });
});

test('a limit of the vendor is shown until it ends', async () => {
  await program.rows(`update connection_state set limited_until = $1, limit_reason = 'jira-quota-tenant-based'`, [new Date(program.clock.now().getTime() + 60_000)]);
  expect(await jiraOf()).toMatchObject({ status: 'ACTIVE', rateLimit: { limitedUntil: new Date(program.clock.now().getTime() + 60_000).toISOString(), reason: 'jira-quota-tenant-based' } });
  program.clock.advance(60_000);
  expect(await jiraOf()).toMatchObject({ rateLimit: null });
});
