import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { NotFound } from '../../platform/errors.ts';
import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { asNode, Node, type NodeReader, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, typedResult } from '../../platform/graphql/user-error.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { createApiKey, revokeApiKey, rotateApiKey } from './api-keys.ts';
import { requireRole, type Role } from './roles.ts';

/** The roles by their names in the graph. */
export const RoleName = { VIEWER: 'viewer', ANALYST: 'analyst', APPROVER: 'approver', PRIVACY_OFFICER: 'privacy_officer', AGENT: 'agent', ADMIN: 'admin' } as const;
registerEnumType(RoleName, {
  name: 'Role',
  description: 'What a caller may be; no role implies another.',
  valuesConfig: {
    VIEWER: { description: 'Reads.' },
    ANALYST: { description: 'Reads and explores lineage.' },
    APPROVER: { description: 'Decides on proposed actions.' },
    PRIVACY_OFFICER: { description: 'Handles consent and erasure.' },
    AGENT: { description: 'A machine that reports signals and records.' },
    ADMIN: { description: 'Keeps the tenant: records, models, keys.' },
  },
});

/** A machine's credential, without its secret. */
@ObjectType('ApiKey', { implements: Node, simpleResolvers: true, description: 'A machine\'s credential. Its secret is shown once, when it is made.' })
export class ApiKey extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'What it is for.' })
  name!: string;

  @Field(() => [RoleName], { description: 'What its bearer may be.' })
  roles!: Role[];

  @Field(() => DateTime, { description: 'When it was made. UTC.' })
  createdAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it ends by itself; null: never.' })
  expiresAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked; null while it holds.' })
  revokedAt!: string | null;
}

interface ApiKeyRow extends NodeRow, Omit<ApiKey, 'id'> {}

/** A credential that was just made. */
@ObjectType('ApiKeyCreated', { description: 'A credential that was just made.', simpleResolvers: true })
export class ApiKeyCreated {
  @Field(() => ApiKey, { description: 'The credential.' })
  apiKey!: ApiKeyRow;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'The secret, for the header X-API-Key. It is not kept and cannot be shown again.' })
  secret!: string;
}

/** A credential that is to be made. */
@InputType('ApiKeyInput', { description: 'A credential that is to be made for a machine.' })
export class ApiKeyInput {
  @Field(() => String, { description: 'What it is for, 1 to 100 characters.' })
  name!: string;

  @Field(() => [RoleName], { description: 'What its bearer may be; at least one.' })
  roles!: Role[];

  @Field(() => DateTime, { nullable: true, description: 'When it ends by itself, in the future; never when left out.' })
  expiresAt?: string | null;
}

const CreateApiKeyResult = resultUnion('CreateApiKeyResult', 'The credential, or why it was refused.', [ApiKeyCreated]);
/** A credential that was made in place of another. */
@ObjectType('ApiKeyRotated', { description: 'A credential that was made in place of another. Both are valid until the old one expires or is revoked.', simpleResolvers: true })
export class ApiKeyRotated extends ApiKeyCreated {
  @Field(() => ApiKey, { description: 'The old credential.' })
  previous!: ApiKeyRow;
}

/** A credential that is to be replaced. */
@InputType('RotateApiKeyInput', { description: 'A credential that is to be replaced by a new one with its name, roles and expiry.' })
export class RotateApiKeyInput {
  @Field(() => ID, { description: 'The credential.' })
  id!: string;

  @Field(() => DateTime, { nullable: true, description: 'From when the old credential is refused, in the future. When left out, it stays valid until it is revoked.' })
  oldExpiresAt?: string | null;
}

const RotateApiKeyResult = resultUnion('RotateApiKeyResult', 'The new credential, or why it was refused.', [ApiKeyRotated]);
const RevokeApiKeyResult = resultUnion('RevokeApiKeyResult', 'The credential as revoked, or why it was refused.', [ApiKey]);

const columns = `id as uuid, name, roles, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt"`;
const keysById = statement<ApiKeyRow>('api_keys_by_id', `select ${columns} from api_key where tenant_id = $1 and id = any($2::uuid[])`);
const everyKey = statement<ApiKeyRow>('api_keys', `select ${columns} from api_key where tenant_id = $1 order by created_at desc, id desc limit 100`);
const mayKeepKeys: readonly Role[] = ['admin'];

function idOfKey(globalId: string): Id<'ApiKey'> {
  const parsed = parseGlobalId(globalId, ['id']);
  if (parsed?.type !== 'ApiKey') throw new NotFound('There is no such API key.', ['id']);
  return parsed.id as Id<'ApiKey'>;
}

const apiKeyById: Question<string, ApiKeyRow | null> = {
  name: 'api_keys_by_id',
  async load(call: Call, ids: readonly string[], asOf: AsOf) {
    const found = new Map((await call.read.rows(keysById, [call.tenantId, ids])).map((row) => [row.uuid, asNode('ApiKey', row, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** How credentials are read by id: by administrators alone. */
export const accessNodes: readonly NodeReader[] = [
  { type: 'ApiKey', read: async (call, uuid, asOf) => (call.roles.has('admin') ? ask(call, apiKeyById, asOf, uuid) : null) },
];

/** Credentials of machines, for administrators. */
@Resolver()
export class ApiKeyResolver {
  @Query(() => [ApiKey], { description: 'The tenant\'s latest 100 credentials of machines. For administrators.' })
  async apiKeys(@Ctx() call: Call): Promise<ApiKeyRow[]> {
    requireRole(call, mayKeepKeys, 'see API keys');
    return (await call.read.rows(everyKey, [call.tenantId])).map((row) => asNode('ApiKey', row, null));
  }

  @Mutation(() => CreateApiKeyResult as never, { description: 'Makes a credential for a machine. For administrators.' })
  createApiKey(@Ctx() call: Call, @Arg('input', () => ApiKeyInput, { description: 'The credential.' }) input: ApiKeyInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepKeys, 'make API keys');
      const expiresAt = input.expiresAt ? new Date(input.expiresAt) : null;
      const { id, key } = await call.transact((work) => createApiKey(work, { name: input.name, roles: input.roles, expiresAt }));
      return { __typename: 'ApiKeyCreated', secret: key, apiKey: await ask(call, apiKeyById, null, id) };
    });
  }

  @Mutation(() => RotateApiKeyResult as never, { description: 'Makes a new credential in place of one. The old one stays valid until `oldExpiresAt`, or until it is revoked. Requires the admin role.' })
  rotateApiKey(@Ctx() call: Call, @Arg('input', () => RotateApiKeyInput, { description: 'What to replace.' }) input: RotateApiKeyInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepKeys, 'rotate API keys');
      const old = idOfKey(input.id);
      const { id, key } = await call.transact((work) => rotateApiKey(work, { id: old, oldExpiresAt: input.oldExpiresAt ?? null }));
      return { __typename: 'ApiKeyRotated', secret: key, apiKey: await ask(call, apiKeyById, null, id), previous: await ask(call, apiKeyById, null, old) };
    });
  }

  @Mutation(() => RevokeApiKeyResult as never, { description: 'Revokes a credential; it is refused everywhere within 10 seconds. For administrators.' })
  revokeApiKey(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The credential.' }) id: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepKeys, 'revoke API keys');
      const key = idOfKey(id);
      await call.transact((work) => revokeApiKey(work, key));
      const row = await ask(call, apiKeyById, null, key);
      if (!row) throw new NotFound('There is no such API key.', ['id']);
      return row;
    });
  }
}
