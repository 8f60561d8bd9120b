import type { Role } from '../../src/features/access/index.ts';
import type { ProgramOptions } from '../../src/app/compose.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';

type Input = Record<string, unknown>;

/** What a mutation on profiles answers: its own type, or an expected failure. */
export interface Answer extends Record<string, unknown> {
  readonly __typename: string;
  readonly id: string;
  readonly code?: string;
  readonly message?: string;
  readonly path?: readonly string[];
}

/** A program with short words for what tests do with profiles. */
export interface Vault extends Arranged {
  mutate(field: string, args: readonly (readonly [name: string, type: string, value: unknown])[], fields: string, options?: { role?: Role; token?: string }): Promise<Answer>;
  define(input: Input, options?: { role?: Role; token?: string }): Promise<Answer>;
  /** Gives a field of an account's profile a value, as an agent unless said otherwise. */
  put(account: string, name: string, value: unknown, more?: Input, options?: { role?: Role; token?: string }): Promise<Answer>;
  asset(account: string, input: Input, options?: { role?: Role; token?: string }): Promise<Answer>;
  /** Asks in a role; fails on errors. */
  ask<Data>(query: string, variables?: Input, role?: Role): Promise<Data>;
  /** The latest version of each field, by name. */
  fields(account: string, options?: { asOf?: string; role?: Role }): Promise<Record<string, Input>>;
}

/** The selection of a version that tests look at. */
export const fieldShape = 'id name value masked valueType status source confidence version freshness staleAt expiresAt verifiedAt sourceMetadata validation { state errors } supersedes { id value }';
const failure = '... on UserError { message code path }';

/** Starts the program for tests of profiles. */
export async function openVault(options: Partial<ProgramOptions> = {}): Promise<Vault> {
  const program = await arrange(options);
  const mutate: Vault['mutate'] = async (field, args, fields, { role = 'agent', token } = {}) => {
    const query = `mutation(${args.map(([name, type]) => `$${name}: ${type}`).join(', ')}) { answer: ${field}(${args.map(([name]) => `${name}: $${name}`).join(', ')}) { __typename ${fields} ${failure} } }`;
    const variables = Object.fromEntries(args.map(([name, , value]) => [name, value]));
    return dataOf(await program.query<{ answer: Answer }, Input>(query, variables, { role, ...(token ? { token } : {}) })).answer;
  };
  return {
    ...program,
    mutate,
    define: (input, how = {}) => mutate('saveFieldDefinition', [['input', 'FieldDefinitionInput!', input]], '... on FieldDefinition { id agent name displayName valueType enumValues validationRegex isPii collectionPrompt requiredVerification retentionDays freshnessDays validationMode }', { role: 'admin', ...how }),
    put: (account, name, value, more = {}, how = {}) => mutate('updateProfileField', [['input', 'ProfileFieldInput!', { profileId: account.replace('Account_', 'Profile_'), name, value, ...more }]], `... on ProfileField { ${fieldShape} }`, how),
    asset: (account, input, how = {}) => mutate('saveProfileAsset', [['input', 'ProfileAssetInput!', { account: { id: account }, ...input }]], '... on ProfileAsset { id name kind text occurredAt profile { id } }', how),
    ask: async <Data>(query: string, variables: Input = {}, role: Role = 'agent') => dataOf(await program.query<Data, Input>(query, variables, { role })),
    async fields(account, { asOf, role = 'agent' } = {}) {
      const query = `query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { profile { fields { ${fieldShape} } } } }`;
      const { account: read } = dataOf(await program.query<{ account: { profile: { fields: (Input & { name: string })[] } } }, Input>(query, { id: account, asOf: asOf ?? null }, { role }));
      return Object.fromEntries(read.profile.fields.map((field) => [field.name, field]));
    },
  };
}

/** The key inside a global id. */
export const uuidOf = (globalId: string): string => parseGlobalId(globalId)?.id ?? '';
