import {
  getNamedType, getNullableType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isObjectType, isUnionType, isInterfaceType,
  type GraphQLArgument, type GraphQLField, type GraphQLInputType, type GraphQLSchema,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { liveAs } from '../harness/live-client.ts';
import { openQueue, type Customer, type Queue } from '../actions/queue.ts';

const schema: GraphQLSchema = buildGraph();
let program: Queue;
let customer: Customer;
let action: string;
beforeAll(async () => {
  program = await openQueue();
  customer = await program.customer();
  action = await program.propose(customer);
});
afterAll(() => program?.close());

/** What exists, so that one bad text is all that is wrong with an input. */
function existing(name: string): unknown {
  if (name === 'id' || name === 'actionId') return action;
  if (name === 'contactId') return customer.contact;
  if (/email/i.test(name)) return 'ada@acme.example';
  return name === 'account' ? { id: customer.account } : undefined;
}

/** A value of an input type, with nothing wrong in it: what is required, and no more. */
function plain(type: GraphQLInputType, name = ''): unknown {
  if (!isNonNullType(type)) return null;
  const inner = getNullableType(type);
  const known = existing(name);
  if (known !== undefined) return known;
  if (isListType(inner)) return [plain(inner.ofType)];
  if (isEnumType(inner)) return inner.getValues()[0]?.name;
  if (isInputObjectType(inner)) return Object.fromEntries(Object.values(inner.getFields()).filter(({ type: of }) => isNonNullType(of)).map((field) => [field.name, plain(field.type, field.name)]));
  return { Int: 1, Float: 0.5, Boolean: true, DateTime: '2026-11-20T00:00:00Z', Date: '2026-11-20', JSON: 1, JSONObject: {} }[inner.name] ?? 'a';
}

/** Every value of an input type that differs from the plain one by one bad text, with its place. */
function spoiled(type: GraphQLInputType, bad: string, depth = 0): { readonly place: string; readonly value: unknown }[] {
  const inner = getNullableType(type);
  if (isListType(inner)) return spoiled(inner.ofType, bad, depth).map(({ place, value }) => ({ place: `[]${place}`, value: [value] }));
  if (isInputObjectType(inner)) {
    if (depth > 3) return [];
    const whole = Object.fromEntries(Object.values(inner.getFields()).filter(({ type: of }) => isNonNullType(of)).map((field) => [field.name, plain(field.type, field.name)]));
    return Object.values(inner.getFields()).flatMap((field) => spoiled(field.type, bad, depth + 1).map(({ place, value }) => ({ place: `.${field.name}${place}`, value: { ...whole, [field.name]: value } })));
  }
  if (!isLeafType(inner)) return [];
  if (inner.name === 'String' || inner.name === 'ID') return [{ place: '', value: bad }];
  if (inner.name === 'JSON') return [{ place: '', value: bad }, { place: ' in JSON', value: { a: [bad] } }, { place: ' as a key', value: { [bad]: 1 } }];
  if (inner.name === 'JSONObject') return [{ place: ' in JSON', value: { a: [bad] } }, { place: ' as a key', value: { [bad]: 1 } }];
  return [];
}

/** A selection that is valid on any result, with what refusals say. */
function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return '';
  return isUnionType(type) || isInterfaceType(type) || isObjectType(type) ? `{ __typename ${isUnionType(type) ? '... on UserError { code message path }' : ''} }` : '';
}

function operation(kind: string, field: GraphQLField<unknown, unknown>, args: readonly GraphQLArgument[]): string {
  return `${kind} (${args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')}) { ${field.name}(${args.map(({ name }) => `${name}: $${name}`).join(', ')}) ${selectionOf(field)} }`;
}

const bads = ['a\0b', 'a\ud800b'] as const;
const rootFields = (type: { getFields(): Record<string, GraphQLField<unknown, unknown>> } | null | undefined) => Object.values(type?.getFields() ?? {}).filter(({ args }) => args.length > 0);

/** The operations of a field, one for each place of a bad text. */
function cases(kind: string, field: GraphQLField<unknown, unknown>): { readonly place: string; readonly query: string; readonly variables: Record<string, unknown> }[] {
  return bads.flatMap((bad) =>
    field.args.flatMap((argument) =>
      spoiled(argument.type, bad).map(({ place, value }) => {
        const others = field.args.filter(({ name, type }) => name !== argument.name && isNonNullType(type));
        const variables = Object.fromEntries([...others.map(({ name, type }) => [name, plain(type, name)] as const), [argument.name, value] as const]);
        return { place: `${argument.name}${place}`, query: operation(kind, field, [argument, ...others]), variables };
      })));
}

const expected = new Set(['BAD_USER_INPUT', 'NOT_FOUND', 'FORBIDDEN', 'CONFLICT', 'LIMIT_EXCEEDED']);

describe('a text with a NUL or half a surrogate pair is refused, never an error of ours', () => {
  test.each(rootFields(schema.getQueryType()).map((field) => [field.name, field] as const))('query %s', async (_name, field) => {
    for (const { place, query, variables } of cases('query', field)) {
      const { errors } = await program.query(query, variables);
      expect(errors?.map(({ extensions }) => extensions['code']), place).toEqual(['BAD_USER_INPUT']);
    }
  });

  test.each(rootFields(schema.getMutationType()).map((field) => [field.name, field] as const))('mutation %s', async (_name, field) => {
    for (const { place, query, variables } of cases('mutation', field)) {
      const { data, errors } = await program.query<Record<string, unknown>, Record<string, unknown>>(query, variables);
      for (const { extensions } of errors ?? []) expect([...expected], `${place} ${JSON.stringify(errors)}`).toContain(extensions['code']);
      expect(errors ?? data?.[field.name], place).toBeTruthy();
    }
  });

  test('every subscription', async () => {
    const client = await liveAs(program);
    try {
      for (const field of rootFields(schema.getSubscriptionType())) {
        for (const { place, query, variables } of cases('subscription', field)) {
          expect((await client.subscribe(query, variables).refused()).extensions['code'], `${field.name} ${place}`).toBe('BAD_USER_INPUT');
        }
      }
    } finally {
      await client.close();
    }
  });

  test('an approval is refused at the place of the fault, and nothing is decided', async () => {
    const approve = 'mutation ($input: ApproveActionInput!) { approveAction(input: $input) { __typename ... on UserError { code path } } }';
    for (const bad of bads) {
      const { data } = await program.query<{ approveAction: object }, { input: object }>(approve, { input: { id: action, evidenceDigest: bad } }, { role: 'approver' });
      expect(data?.approveAction).toEqual({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path: ['input', 'evidenceDigest'] });
    }
    expect(await program.status(action)).toBe('PENDING');
  });

  test('literals, of fields below the root too', async () => {
    const { errors } = await program.query(String.raw`{ accounts(first: 1) { edges { node { contacts(filter: { roles: ["a\u0000"] }) { totalCount } } } } }`);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('by REST', () => {
  const id = `Action_${'0'.repeat(32)}`;
  const send = async (method: string, path: string, body?: object): Promise<readonly [number, string | undefined]> => {
    const authorization = `Bearer ${await program.token('admin')}`;
    const response = await fetch(`${program.url}${path}`, { method, headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) });
    const { error } = (await response.json()) as { error?: { code: string } };
    return [response.status, error?.code];
  };

  test.each([
    ['POST', '/api/signals', { account: { externalRef: { system: 'a', id: '?' } }, type: 'a', source: 's' }],
    ['POST', '/api/signals', { account: { externalRef: { system: 'a', id: 'b' } }, type: 'a', source: 's', payload: { deep: ['?'] } }],
    ['POST', `/api/actions/${id}/approve`, { evidenceDigest: '?' }],
    ['POST', `/api/actions/${id}/reject`, { reason: '?' }],
    ['POST', '/api/account-snapshots/create', { reason: '?' }],
    ['POST', '/api/account-snapshots/create', { account_id: '?' }],
    ['POST', '/api/consent', { email: '?', purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', source: 's' }],
    ['POST', '/api/consent', { email: 'ada@acme.example', purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', source: '?' }],
  ])('%s %s %j', async (method, path, body) => {
    for (const bad of bads) {
      const spoilt = JSON.parse(JSON.stringify(body).replaceAll('?', JSON.stringify(bad).slice(1, -1))) as object;
      expect(await send(method, path, spoilt)).toEqual([400, 'BAD_USER_INPUT']);
    }
  });

  test.each([
    ['GET', '/api/actions/pending?after=%00'],
    ['GET', '/api/consent/%00'],
    ['DELETE', '/api/consent/ada@acme.example?source=%00'],
    ['DELETE', '/api/consent/ada@acme.example?purpose=%00'],
    ['GET', '/api/subjects/%00/export'],
    ['GET', '/api/contacts/%00/export'],
    ['GET', '/api/audit/export?from=%00'],
    ['POST', '/api/actions/%00/approve'],
  ])('%s %s', async (method, path) => {
    expect(await send(method, path, method === 'POST' ? {} : undefined)).toEqual([400, 'BAD_USER_INPUT']);
  });
});
