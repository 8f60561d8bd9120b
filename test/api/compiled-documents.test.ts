import { readdirSync, readFileSync } from 'node:fs';
import { createClient } from 'graphql-ws';
import { getNamedType, isEnumType, isInputObjectType, isInputType, isListType, isNonNullType, Kind, NoUnusedFragmentsRule, OperationTypeNode, parse, specifiedRules, typeFromAST, validate, type DocumentNode, type GraphQLInputType, type OperationDefinitionNode } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createRunCompiled } from '../../src/api/graphql/compile-operations.ts';
import * as consoleDocuments from '../../src/console/generated/operations.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { mockGraph } from './mock-graph.ts';

const schema = mockGraph();

/** Some value of an input type; what may be left out is left out. */
function valueOf(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return [valueOf(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) return Object.fromEntries(Object.values(type.getFields()).filter((field) => isNonNullType(field.type)).map((field) => [field.name, valueOf(field.type)]));
  const name = getNamedType(type).name;
  return { Int: 5, Float: 1.5, Boolean: true, DateTime: '2026-11-21T09:00:00Z', Date: '2026-11-21' }[name] ?? 'text';
}

function variablesOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  return Object.fromEntries(variableDefinitions.map((each) => {
    const type = typeFromAST(schema, each.type as never);
    return [each.variable.name.value, isInputType(type) ? valueOf(type) : null];
  }));
}

const read = (folder: string): DocumentNode[] =>
  readdirSync(new URL(folder, import.meta.url)).filter((file) => file.endsWith('.graphql')).map((file) => parse(readFileSync(new URL(`${folder}${file}`, import.meta.url), 'utf8')));
const ofConsole = Object.values(consoleDocuments).filter((each): each is typeof each & DocumentNode => typeof each === 'object' && 'kind' in each && each.kind === Kind.DOCUMENT);

const rules = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule);
/** Not with fields that later rooms add: such operations are no operations of this schema yet. */
const isOfSchema = (document: DocumentNode, operation: OperationDefinitionNode): boolean =>
  validate(schema, { ...document, definitions: [operation, ...document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)] }, rules).length === 0;
const operations = [...read('../acceptance/'), ...read('../operations/'), ...read('../../src/console/examples/'), ...ofConsole].flatMap((document) =>
  document.definitions
    .filter((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION && each.operation === OperationTypeNode.QUERY && isOfSchema(document, each))
    .map((operation) => ({ name: operation.name?.value ?? '', document, operation })));

describe('operations of client teams and of the console are compiled', () => {
  test('there are such operations', () => expect(operations.length).toBeGreaterThan(20));

  test.each(operations)('$name', async ({ name, document, operation }) => {
    const run = createRunCompiled(schema);
    const execution = { document, operationName: name, variables: variablesOf(operation), contextValue: { seed: 1, faults: 0 } };
    expect(await run(execution)).toBeNull();
    expect(await run(execution)).not.toBeNull();
  });
});

describe('on the program', () => {
  let program: Arranged;
  let id = '';
  beforeAll(async () => {
    program = await arrange();
    id = await program.account('acme', { name: 'Acme' });
    await program.upsert('contacts', [1, 2, 3].map((n) => ({ account: { externalRef: crm('acme') }, externalRef: crm(String(n)), name: `Person ${n}` })));
  });
  afterAll(() => program.close());

  const spread = 'query Q($id: ID!, $f: Boolean!) { a: account(id: $id) { ...f @skip(if: $f) id } b: account(id: $id) { ...f @include(if: $f) id } } fragment f on Account { name status }';
  const cases: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ['one fragment under two conditions, true', spread, { f: true }],
    ['one fragment under two conditions, false', spread, { f: false }],
    ['a fragment with and without a condition', 'query Q($id: ID!, $f: Boolean!) { account(id: $id) { ...f @include(if: $f) ...f } } fragment f on Account { name contacts(first: 1) { edges { node { name } } } }', { f: false }],
    ['an alias that is the prototype', 'query Q($id: ID!) { account(id: $id) { __proto__: name constructor: status toString: id } }', {}],
    ['null for a variable with a default', 'query Q($id: ID!, $n: Int = 2) { account(id: $id) { name contacts(first: $n) { totalCount } } }', { n: null }],
    ['a default', 'query Q($id: ID!, $n: Int = 2) { account(id: $id) { name contacts(first: $n) { edges { node { name } } } } }', {}],
    ['a condition that is null', 'query Q($id: ID!, $f: Boolean = true) { account(id: $id) { id name @include(if: $f) } }', { f: null }],
    ['a condition that is missing', 'query Q($id: ID!, $f: Boolean!) { account(id: $id) { id name @include(if: $f) } }', {}],
    ['nothing left', 'query Q($id: ID!, $f: Boolean!) { account(id: $id) { name @skip(if: $f) } }', { f: true }],
    ['a missing variable in an input object', 'query Q($id: ID!, $roles: [String!]) { account(id: $id) { contacts(filter: { roles: $roles }) { totalCount } } }', {}],
    ['an argument that is refused', 'query Q($id: ID!) { account(id: $id) { name contacts(first: 0) { totalCount } } }', {}],
    ['an error beside data', 'query Q($id: ID!) { account(id: $id) { name auditEvents { totalCount } } }', {}],
    ['two operations', 'query P { __typename } query Q($id: ID!) { node(id: $id) { __typename ... on Account { name } ... on Contact { title } } }', {}],
  ];

  /** An answer without what differs from request to request. */
  const shown = (answer: object): string => JSON.stringify(answer).replaceAll(/"requestId":"[^"]*"/g, '"requestId":""');

  test.each(cases)('%s gives the same answer at every request, over HTTP and over a socket', async (_name, query, more) => {
    const variables = { id, ...more };
    const post = async () => {
      const response = await fetch(`${program.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('viewer')}` }, body: JSON.stringify({ query, variables, operationName: 'Q' }) });
      return shown((await response.json()) as object);
    };
    const first = await post();
    expect([await post(), await post()]).toEqual([first, first]);
    const client = createClient({ url: `${program.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${await program.token('viewer')}` }, retryAttempts: 0 });
    const overSocket = await new Promise<unknown>((resolve) => {
      client.subscribe({ query, variables, operationName: 'Q' }, { next: resolve, error: (errors) => resolve({ errors }), complete: () => undefined });
    });
    await client.dispose();
    const parsed = JSON.parse(first) as { data?: unknown; errors?: unknown };
    const { data, errors } = JSON.parse(shown(overSocket as object)) as { data?: unknown; errors?: unknown };
    expect(JSON.stringify({ data: data ?? null, errors })).toBe(JSON.stringify({ data: parsed.data ?? null, errors: parsed.errors }));
  });

  test('the fragment of one field is not lost, whichever condition holds', async () => {
    for (const f of [true, false, true, false, true]) {
      const { data } = await program.query<Record<string, object>, Record<string, unknown>>(spread, { id, f }, { role: 'viewer' });
      expect(data).toEqual({ a: f ? { id } : { name: 'Acme', status: 'ACTIVE', id }, b: f ? { name: 'Acme', status: 'ACTIVE', id } : { id } });
    }
  });
});
