import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getVariableValues, Kind, parse, validate, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { readExamples, variablesText } from '../../src/console/graphiql/examples.ts';
import { parseSettings } from '../../src/console/settings.ts';

const folder = fileURLToPath(new URL('../../src/console/examples', import.meta.url));
const names = readdirSync(folder);
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
const examples = readExamples(
  Object.fromEntries(names.filter((name) => name.endsWith('.graphql')).map((name) => [name, textOf(name)])),
  Object.fromEntries(names.filter((name) => name.endsWith('.json')).map((name) => [name, JSON.parse(textOf(name))])),
);

const schema = buildGraph();

describe.each(examples)('the example "$title"', ({ title, description, query, variables }) => {
  const operations = parse(query).definitions.filter(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const declared = operations.flatMap(({ variableDefinitions = [] }) => variableDefinitions);

  it('has a title, a description and one named operation', () => {
    expect(title).not.toBe('');
    expect(description).not.toBe('');
    expect(operations).toHaveLength(1);
    expect(operations[0]?.name?.value).toBeTruthy();
  });

  it('is an operation of the API, with variables that it takes', () => {
    expect(validate(schema, parse(query)).map(({ message }) => message)).toEqual([]);
    expect(operations.flatMap(({ variableDefinitions = [] }) => getVariableValues(schema, variableDefinitions, variables).errors ?? [])).toEqual([]);
  });

  it('has a value for each variable that must have one, and none for others', () => {
    const required = declared.filter(({ type }) => type.kind === Kind.NON_NULL_TYPE).map(({ variable }) => variable.name.value);
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(required));
    expect(declared.map(({ variable }) => variable.name.value)).toEqual(expect.arrayContaining(Object.keys(variables)));
  });
});

describe('the variables of an example', () => {
  const example = { title: '', description: '', query: '', variables: { id: 'put an id here', first: 5 } };
  const acme = { role: 'admin', tenant: 'acme', token: 'a' };

  it("are the server's for the token's tenant where it names them, and else the file's", () => {
    const settings = parseSettings({ tokens: [acme], examples: { acme: { id: 'account-1', other: 1 }, globex: { first: 9 } } });
    expect(JSON.parse(variablesText(example, settings, acme))).toEqual({ id: 'account-1', first: 5 });
  });

  it("are the file's without a demo token", () => {
    expect(JSON.parse(variablesText(example, parseSettings({ tokens: [] }), null))).toEqual(example.variables);
  });

  it('are no text when there are none', () => {
    expect(variablesText({ ...example, variables: {} }, parseSettings({}), null)).toBe('');
  });
});

it('has no variables without an operation of the same name', () => {
  const orphans = names.filter((name) => name.endsWith('.json') && !names.includes(name.replace(/json$/, 'graphql')));
  expect(orphans).toEqual([]);
});
