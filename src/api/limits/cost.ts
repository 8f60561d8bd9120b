import {
  getNamedType,
  getNullableType,
  isListType,
  Kind,
  valueFromASTUntyped,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type OperationDefinitionNode,
} from 'graphql';
import type { AssumedSizes } from './policy.ts';

/**
 * What a selection costs, before anything runs. The unit is one object looked at:
 *
 *     cost(operation) = Σ cost(root field)
 *     cost(field)     = items × (own + Σ cost(field below))
 *
 * own: 1 for a field with fields below it, 0 for a leaf; or the number in the field's extension `complexity`.
 * items: 1 for a field that is no list; for a list the first of these that is there: its own `first` or `last`
 * (the larger; from the variables, else from the defaults), or the assumed page if it has such arguments; the same of
 * the field directly above it, which is how `edges` and `nodes` get the page of their connection; the assumed list.
 *
 * A function in `complexity` is asked for the whole cost of its field instead: `({ args, childComplexity }) => number`,
 * where childComplexity is Σ cost(field below). Selections on different types of a union are added up, though an object
 * is only of one. Nothing costs more than `mostCost`, so no figure overflows.
 */
export interface Cost {
  /** What is there once, whatever the page above. */
  readonly once: number;
  /** What each item of the page above costs; its length is not known inside a fragment. */
  readonly perItem: number;
}

/** The cost of an empty selection. */
export const nothing: Cost = { once: 0, perItem: 0 };

const mostCost = 1e15;

/** Adds two costs without ever leaving the range of exact numbers. */
export function plus(a: number, b: number): number {
  return Math.min(mostCost, a + b);
}

/** A field with what is known of it. */
export interface CostedField {
  readonly node: FieldNode;
  /** Undefined when the schema has no such field. */
  readonly field: GraphQLField<unknown, unknown> | undefined;
  /** The cost of what is selected below it. */
  readonly below: Cost;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly sizes: AssumedSizes;
}

/** The cost of one field, by the formula above; `variable` tells whether variables had a say. */
export function costOfField(costed: CostedField): { cost: Cost; variable: boolean } {
  const { node, field, below, sizes } = costed;
  const { list, introspection, complexity, pages } = field ? traitsOf(field) : unknownField;
  const page = pageOf(pages, costed);
  const items = page.size !== null && !list ? page.size : introspection ? sizes.introspectionList : sizes.list;
  const children = plus(below.once, below.perItem * items);

  const stated = isComplexity(complexity) ? wholeCost(complexity, children, costed) : null;
  if (stated !== null) return { cost: { once: stated, perItem: 0 }, variable: true };

  const own = isCost(complexity) ? complexity : node.selectionSet ? 1 : 0;
  const item = plus(own, children);
  const once = !list ? item : page.size === null ? 0 : Math.min(mostCost, item * page.size);
  return { cost: { once, perItem: list && page.size === null ? item : 0 }, variable: page.variable };
}

interface Traits {
  readonly list: boolean;
  readonly introspection: boolean;
  readonly complexity: unknown;
  /** Its arguments `first` and `last`, as far as it has them. */
  readonly pages: readonly GraphQLArgument[];
}

const unknownField: Traits = { list: false, introspection: false, complexity: undefined, pages: [] };

/** What the schema says of a field does not change, and asking graphql-js for it takes most of the time. */
const traits = new WeakMap<GraphQLField<unknown, unknown>, Traits>();

function traitsOf(field: GraphQLField<unknown, unknown>): Traits {
  const known = traits.get(field);
  if (known) return known;
  const found: Traits = {
    list: isListType(getNullableType(field.type)),
    introspection: getNamedType(field.type).name.startsWith('__'),
    complexity: field.extensions['complexity'],
    pages: field.args.filter(({ name }) => name === 'first' || name === 'last'),
  };
  traits.set(field, found);
  return found;
}

function isCost(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

type Complexity = (asked: { readonly args: Readonly<Record<string, unknown>>; readonly childComplexity: number }) => unknown;

function isComplexity(value: unknown): value is Complexity {
  return typeof value === 'function';
}

function wholeCost(complexity: Complexity, childComplexity: number, { node, field, operation, variables }: CostedField): number | null {
  const args = Object.fromEntries((field?.args ?? []).map((argument) => [argument.name, argumentValue(argument, node, operation, variables)]));
  const cost = complexity({ args, childComplexity });
  return isCost(cost) ? Math.min(mostCost, cost) : null;
}

/** What an argument is given: in the document, by a variable or its default, or by the schema. Not checked against its type. */
function argumentValue(argument: GraphQLArgument, node: FieldNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): unknown {
  const given = node.arguments?.find((each) => each.name.value === argument.name)?.value;
  if (given === undefined) return argument.defaultValue;
  if (given.kind !== Kind.VARIABLE) return valueFromASTUntyped(given);
  // A variable that is not given, and has no default, leaves the argument to the schema's.
  const value = variableValue(given.name.value, operation, variables);
  return value === undefined ? argument.defaultValue : value;
}

/** The page that a field asks for; its size is null when it does not page. */
function pageOf(pages: readonly GraphQLArgument[], { node, operation, variables, sizes }: CostedField): { size: number | null; variable: boolean } {
  let size: number | null = null;
  let variable = false;
  for (const argument of pages) {
    const given = node.arguments?.find((each) => each.name.value === argument.name)?.value;
    if (given?.kind === Kind.VARIABLE) variable = true;
    const value = argumentValue(argument, node, operation, variables);
    if (isCost(value)) size = Math.max(size ?? 0, Math.min(mostCost, value));
  }
  return { size: pages.length > 0 ? (size ?? sizes.page) : null, variable };
}

function variableValue(name: string, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): unknown {
  if (Object.hasOwn(variables, name)) return variables[name];
  const definition = operation.variableDefinitions?.find((each) => each.variable.name.value === name);
  return definition?.defaultValue && valueFromASTUntyped(definition.defaultValue);
}
