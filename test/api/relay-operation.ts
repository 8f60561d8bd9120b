import {
  getNamedType, isAbstractType, isCompositeType, isListType, isNonNullType, isObjectType, Kind, parse, print, TypeInfo, visit, visitWithTypeInfo,
  type FieldNode, type GraphQLCompositeType, type GraphQLOutputType, type GraphQLSchema, type SelectionSetNode, type ValueNode,
} from 'graphql';
import type { ConcreteRequest } from 'relay-runtime';

type Json = Record<string, unknown>;

/**
 * What relay's compiler makes of an operation, as far as the store needs it: `id` and `__typename` are added as the
 * compiler adds them, and the selections become the normalisation AST. Of fragments only inline ones are known.
 */
export function relayOperation(schema: GraphQLSchema, source: string): ConcreteRequest {
  const info = new TypeInfo(schema);
  const completed = visit(parse(source), visitWithTypeInfo(info, {
    SelectionSet: {
      leave(set, _key, parent) {
        if (parent && 'kind' in parent && parent.kind === Kind.OPERATION_DEFINITION) return undefined;
        const type = info.getParentType();
        const has = (name: string): boolean => set.selections.some((each) => each.kind === Kind.FIELD && each.name.value === name && !each.alias);
        const hasId = type && 'getFields' in type && type.getFields()['id'];
        const added = [...(hasId && !has('id') ? ['id'] : []), ...(isAbstractType(type) && !has('__typename') ? ['__typename'] : [])];
        return { ...set, selections: [...set.selections, ...added.map((name): FieldNode => ({ kind: Kind.FIELD, name: { kind: Kind.NAME, value: name } }))] };
      },
    },
  }));
  const operation = completed.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) throw new Error('there is no operation');
  const name = operation.name?.value ?? 'Operation';
  const argumentDefinitions = (operation.variableDefinitions ?? []).map(({ variable }) => ({ defaultValue: null, kind: 'LocalArgument', name: variable.name.value }));
  const selections = selectionsOf(schema, root, operation.selectionSet);
  return {
    kind: 'Request',
    fragment: { argumentDefinitions, kind: 'Fragment', metadata: null, name, selections, type: root.name, abstractKey: null },
    operation: { argumentDefinitions, kind: 'Operation', name, selections },
    params: { cacheID: name, id: null, metadata: {}, name, operationKind: operation.operation, text: print(completed) },
  } as unknown as ConcreteRequest;
}

function selectionsOf(schema: GraphQLSchema, parent: GraphQLCompositeType, { selections }: SelectionSetNode): Json[] {
  return selections.map((selection): Json => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new Error('name no fragment; write it inline');
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : parent;
      if (!isObjectType(type)) throw new Error('an inline fragment is on an object type here');
      return { kind: 'InlineFragment', selections: selectionsOf(schema, type, selection.selectionSet), type: type.name, abstractKey: null };
    }
    return fieldOf(schema, parent, selection);
  });
}

function fieldOf(schema: GraphQLSchema, parent: GraphQLCompositeType, { name, alias, arguments: given = [], selectionSet }: FieldNode): Json {
  const args = given.length === 0 ? null : given.map((each) => ({ name: each.name.value, ...literal(each.value) })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const shared = { alias: alias?.value ?? null, args, name: name.value, storageKey: null };
  const type = name.value === '__typename' || !('getFields' in parent) ? undefined : parent.getFields()[name.value]?.type;
  const named = type && getNamedType(type);
  if (!type || !isCompositeType(named) || !selectionSet) return { ...shared, kind: 'ScalarField' };
  return { ...shared, concreteType: isObjectType(named) ? named.name : null, kind: 'LinkedField', plural: isPlural(type), selections: selectionsOf(schema, named, selectionSet) };
}

const isPlural = (type: GraphQLOutputType): boolean => (isNonNullType(type) ? isPlural(type.ofType) : isListType(type));

function literal(value: ValueNode): Json {
  if (value.kind === Kind.VARIABLE) return { kind: 'Variable', variableName: value.name.value };
  if (value.kind === Kind.INT) return { kind: 'Literal', value: Number(value.value) };
  if (value.kind === Kind.STRING) return { kind: 'Literal', value: value.value };
  throw new Error('arguments are variables, numbers and texts here');
}
