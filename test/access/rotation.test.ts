import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { deliver } from '../connectors/deliver.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

interface Result {
  readonly __typename: string;
  readonly id?: string;
  readonly code?: string;
  readonly path?: readonly string[];
  readonly webhookId?: string;
  readonly secret?: string;
  readonly webhookSecret?: { readonly id: string };
  readonly apiKey?: { readonly id: string; readonly name: string; readonly roles: readonly string[]; readonly expiresAt: string | null };
  readonly previous?: { readonly id: string; readonly expiresAt: string | null };
}
type Role = NonNullable<Parameters<Arranged['token']>[0]>;
const run = async (field: string, args: string, role: Role = 'admin', tenant?: string): Promise<Result> => {
  const created = /create/.test(field) ? 'Created' : 'Rotated';
  const type = /ApiKey/.test(field) ? 'ApiKey' : 'WebhookSecret';
  const shown = type === 'ApiKey' ? 'secret apiKey { id name roles expiresAt }' : 'webhookId secret webhookSecret { id source status }';
  const own = field.startsWith('revoke') ? `... on ${type} { id revokedAt }` : `... on ${type}${created} { ${shown} ${created === 'Rotated' ? 'previous { id expiresAt }' : ''} }`;
  const token = await program.token(role, tenant ? { tenant } : {});
  const { data, errors } = await program.query<Record<string, Result>, never>(`mutation { ${field}(${args}) { __typename ${own} ... on UserError { code message path } } }`, undefined, { token });
  expect(errors).toBeUndefined();
  return data?.[field] as Result;
};
const later = (): string => new Date(program.clock.now().getTime() + 60_000).toISOString();

describe('webhook secrets', () => {
  test('are listed without themselves, page by page, for administrators alone', async () => {
    const made = [await run('createWebhookSecret', 'source: SALESFORCE'), await run('createWebhookSecret', 'source: JSON'), await run('createWebhookSecret', 'source: JSON')];
    const list = 'query ($after: String, $sources: [WebhookSource!]) { webhookSecrets(first: 2, after: $after, filter: { sources: $sources }) { totalCount pageInfo { hasNextPage endCursor } edges { node { id webhookId source status createdAt expiresAt revokedAt } } } }';
    interface Listed {
      readonly webhookSecrets: { readonly totalCount: number; readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean }; readonly edges: readonly { readonly node: { readonly id: string; readonly webhookId: string } }[] };
    }
    const first = await program.query<Listed, Record<string, unknown>>(list);
    const second = await program.query<Listed, Record<string, unknown>>(list, { after: first.data?.webhookSecrets.pageInfo.endCursor });
    const ids = [...(first.data?.webhookSecrets.edges ?? []), ...(second.data?.webhookSecrets.edges ?? [])].map(({ node }) => node.webhookId);
    expect([first.data?.webhookSecrets.totalCount, ids.toSorted()]).toEqual([3, made.map(({ webhookId }) => String(webhookId)).toSorted((one, other) => one.localeCompare(other))]);
    expect((await program.query<Listed, Record<string, unknown>>(list, { sources: ['SALESFORCE'] })).data?.webhookSecrets.edges).toHaveLength(1);
    for (const { secret } of made) expect(JSON.stringify([first, second])).not.toContain(secret);
    for (const role of ['viewer', 'analyst', 'approver', 'privacy_officer', 'agent'] as const) {
      expect((await program.query(list, {}, { role })).errors?.[0]?.extensions['code'], role).toBe('FORBIDDEN');
      expect((await program.query<{ node: unknown }, { id: string }>('query ($id: ID!) { node(id: $id) { id } }', { id: made[0]?.webhookSecret?.id ?? '' }, { role })).data?.node, role).toBeNull();
      for (const [field, args] of [['createWebhookSecret', 'source: JSON'], ['rotateWebhookSecret', 'input: { id: "x" }'], ['revokeWebhookSecret', 'id: "x"']] as const) expect((await run(field, args, role)).__typename, `${role} ${field}`).toBe('ForbiddenError');
    }
    const elsewhere = await run('revokeWebhookSecret', `id: "${made[0]?.webhookSecret?.id}"`, 'admin', program.otherTenant);
    expect(elsewhere).toMatchObject({ __typename: 'NotFoundError' });
  });

  test('rotate: both are valid until the old one is revoked, and every step is a fact', async () => {
    const old = await run('createWebhookSecret', 'source: SALESFORCE');
    const fresh = await run('rotateWebhookSecret', `input: { id: "${old.webhookSecret?.id}" }`);
    expect(fresh).toMatchObject({ __typename: 'WebhookSecretRotated', previous: { id: old.webhookSecret?.id, expiresAt: null } });
    const status = async (result: Result, stage: string): Promise<number> => (await deliver(program, { source: 'salesforce', webhook: { id: result.webhookId as never, secret: Buffer.from(result.secret ?? '', 'hex') } }, { AccountId: 'r', Id: 'r', StageName: stage })).status;
    expect([await status(old, 'Prospecting'), await status(fresh, 'Qualification')]).toEqual([202, 202]);
    expect(await run('revokeWebhookSecret', `id: "${old.webhookSecret?.id}"`)).toMatchObject({ __typename: 'WebhookSecret', id: old.webhookSecret?.id });
    expect(await run('revokeWebhookSecret', `id: "${old.webhookSecret?.id}"`)).toMatchObject({ __typename: 'WebhookSecret' });
    expect([await status(old, 'Proposal'), await status(fresh, 'Proposal')]).toEqual([401, 202]);
    expect(await run('rotateWebhookSecret', `input: { id: "${old.webhookSecret?.id}" }`)).toMatchObject({ __typename: 'ConflictError', path: ['id'] });
    expect(await run('rotateWebhookSecret', `input: { id: "${fresh.webhookSecret?.id}", oldExpiresAt: "2020-01-01T00:00:00Z" }`)).toMatchObject({ __typename: 'InvalidInputError', path: ['oldExpiresAt'] });
    expect(await run('rotateWebhookSecret', 'input: { id: "nonsense" }')).toMatchObject({ __typename: 'NotFoundError' });
    expect([(await program.facts('webhook_secret.rotated')).length, (await program.facts('webhook_secret.revoked')).length]).toEqual([1, 1]);
  });
});

describe('API keys', () => {
  const post = async (key: string, id: string): Promise<number> =>
    (await fetch(`${program.url}/api/signals`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': key }, body: JSON.stringify({ account: { externalRef: { system: 'crm', id: 'k' } }, type: 'call', source: 'phone', sourceEventId: id }) })).status;

  test('rotate: the new key has the name, roles and expiry of the old, which ends at a stated instant', async () => {
    const expiresAt = new Date(program.clock.now().getTime() + 86_400_000).toISOString();
    const old = await run('createApiKey', `input: { name: "bridge", roles: [AGENT], expiresAt: "${expiresAt}" }`);
    const at = later();
    const fresh = await run('rotateApiKey', `input: { id: "${old.apiKey?.id}", oldExpiresAt: "${at}" }`);
    expect(fresh).toMatchObject({ __typename: 'ApiKeyRotated', apiKey: { name: 'bridge', roles: ['AGENT'], expiresAt }, previous: { id: old.apiKey?.id, expiresAt: at } });
    expect([await post(old.secret ?? '', '1'), await post(fresh.secret ?? '', '2')]).toEqual([202, 202]);
    program.clock.advance(71_000);
    expect([await post(old.secret ?? '', '3'), await post(fresh.secret ?? '', '4')]).toEqual([401, 202]);
    expect(await run('rotateApiKey', `input: { id: "${old.apiKey?.id}" }`)).toMatchObject({ __typename: 'ConflictError' });
    expect((await program.facts('api_key.rotated')).map(({ data }) => data)).toMatchObject([{ replacedExpiresAt: at }]);
  });

  test('are rotated by administrators of their own tenant', async () => {
    const key = await run('createApiKey', 'input: { name: "mine", roles: [AGENT] }');
    expect(await run('rotateApiKey', `input: { id: "${key.apiKey?.id}" }`, 'agent')).toMatchObject({ __typename: 'ForbiddenError' });
    expect(await run('rotateApiKey', `input: { id: "${key.apiKey?.id}" }`, 'admin', program.otherTenant)).toMatchObject({ __typename: 'NotFoundError' });
    expect(await run('rotateApiKey', `input: { id: "${key.apiKey?.id}", oldExpiresAt: "2020-01-01T00:00:00Z" }`)).toMatchObject({ __typename: 'InvalidInputError' });
    expect(await run('revokeApiKey', `id: "${key.apiKey?.id}"`)).toMatchObject({ __typename: 'ApiKey' });
  });
});
