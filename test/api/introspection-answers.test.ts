import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createIntrospectionAnswers } from '../../src/api/graphql/introspection-answers.ts';
import { limitedSchema } from './limited-schema.ts';

const answers = createIntrospectionAnswers(limitedSchema());
const ask = (source: string, variables?: Record<string, unknown>, operationName?: string) => answers.answer({ document: parse(source), operationName, variables });

describe('operations about the schema only', () => {
  test('are executed once for each document, operation and variables', () => {
    const first = ask(getIntrospectionQuery());
    expect(first?.result.data?.['__schema']).toBeDefined();
    const second = ask(getIntrospectionQuery());
    expect(second?.result).toBe(first?.result);
    expect(second?.milliseconds).toBe(0);

    const typed = 'query A($name: String!) { __type(name: $name) { name } } query B { __schema { queryType { name } } }';
    expect(ask(typed, { name: 'Query' }, 'A')?.result.data).toEqual({ __type: { name: 'Query' } });
    expect(ask(typed, { name: 'Account' }, 'A')?.result.data).toEqual({ __type: { name: 'Account' } });
    expect(ask(typed, {}, 'B')?.result.data).toEqual({ __schema: { queryType: { name: 'Query' } } });
  });

  test('may use fragments', () => {
    expect(ask('{ ... { ...F } __typename } fragment F on Query { __schema { queryType { name } } }')?.result.data).toEqual({ __schema: { queryType: { name: 'Query' } }, __typename: 'Query' });
  });

  test.each([
    ['data beside it', '{ __schema { queryType { name } } account { id } }'],
    ['data in a fragment', '{ __schema { queryType { name } } ...F } fragment F on Query { account { id } }'],
    ['only a type name', '{ __typename }'],
    ['a mutation', 'mutation { __typename }'],
  ])('are not those with %s', (_, source) => {
    expect(ask(source)).toBeNull();
  });

  test('that fail are not kept', () => {
    const failing = 'query A($name: String!) { __type(name: $name) { name } }';
    const failed = ask(failing, {}, 'A')?.result;
    expect(failed?.errors).toHaveLength(1);
    expect(ask(failing, {}, 'A')?.result).not.toBe(failed);
  });
});
