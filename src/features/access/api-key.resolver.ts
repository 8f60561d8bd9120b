import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import { NotFound } from '../../platform/errors.ts';
import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { asNode, Node, type NodeReader, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, typedResult } from '../../platform/graphql/user-error.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { createApiKey, revokeApiKey } from './api-keys.ts';
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
const RevokeApiKeyResult = resultUnion('RevokeApiKeyResult', 'The credential as revoked, or why it was refused.', [ApiKey]);

const columns = `id as uuid, name, roles, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt"`;
const keysById = statement<ApiKeyRow>('api_keys_by_id', `select ${columns} from api_key where tenant_id = $1 and id = any($2::uuid[])`);
const everyKey = statement<ApiKeyRow>('api_keys', `select ${columns} from api_key where tenant_id = $1 order by created_at desc, id desc limit 100`);
const mayKeepKeys: readonly Role[] = ['admin'];

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

  @Mutation(() => RevokeApiKeyResult as never, { description: 'Revokes a credential; it is refused everywhere within 10 seconds. For administrators.' })
  revokeApiKey(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The credential.' }) id: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayKeepKeys, 'revoke API keys');
      const parsed = parseGlobalId(id);
      if (parsed?.type !== 'ApiKey') throw new NotFound('There is no such API key.', ['id']);
      await call.transact((work) => revokeApiKey(work, parsed.id as Id<'ApiKey'>));
      const row = await ask(call, apiKeyById, null, parsed.id);
      if (!row) throw new NotFound('There is no such API key.', ['id']);
      return row;
    });
  }
}
