import { isEnumType, isInputObjectType, isIntrospectionType, isSpecifiedScalarType, isInterfaceType, isObjectType, type GraphQLArgument, type GraphQLNamedType } from 'graphql';
import { expect, test } from 'vitest';
import { textFields } from '../../src/api/graphql/roles-document.ts';
import { buildGraph } from '../../src/api/graphql/schema.ts';

const schema = buildGraph();
const own = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
const roots = new Set(['Query', 'Mutation', 'Subscription']);

function undescribed(type: GraphQLNamedType): string[] {
  const missing = type.description || roots.has(type.name) ? [] : [type.name];
  if (isEnumType(type)) return [...missing, ...type.getValues().filter((value) => !value.description).map((value) => `${type.name}.${value.name}`)];
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return missing;
  for (const field of Object.values(type.getFields())) {
    if (!field.description) missing.push(`${type.name}.${field.name}`);
    const args: readonly GraphQLArgument[] = 'args' in field ? field.args : [];
    missing.push(...args.filter((arg) => !arg.description).map((arg) => `${type.name}.${field.name}(${arg.name})`));
  }
  return missing;
}

test('every type, field, argument, input and enum value is described', () => {
  expect(own.flatMap(undescribed)).toEqual([]);
});

test('every connection pages alike: first and after, edges, page info, count', () => {
  const wrong = own.filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => String(field.type).match(/\w+Connection\b/))
      .filter((field) => !['first', 'after'].every((name) => field.args.some((arg) => arg.name === name)))
      .map((field) => `${type.name}.${field.name}`),
  );
  expect(wrong).toEqual([]);
});

test('everything with an id is a Node', () => {
  const withId = own.filter(isObjectType).filter((type) => String(type.getFields()['id']?.type) === 'ID!' && !['Upserted', 'DeletedNode', 'DependentItem', 'LineageNode', 'KeptRecord', 'RetiredRecord', 'SnapshotKpi', 'NamedAccount', 'NamedContact', 'MergedAccount', 'MergedContact'].includes(type.name));
  expect(withId.filter((type) => !type.getInterfaces().some((each) => each.name === 'Node')).map((type) => type.name)).toEqual([]);
});

test('every field that holds text declares what it can show of people', () => {
  expect(textFields(schema).filter(({ shows }) => shows === null).map(({ name }) => name)).toEqual([]);
});
