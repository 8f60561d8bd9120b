import * as fc from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  parse,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { expect, test } from 'vitest';
import { measureOperation } from '../../src/api/limits/measure-operation.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { limitedSchema } from './limited-schema.ts';

const schema = limitedSchema();
const { sizes } = defaultLimits;
const fragmentNames = ['F0', 'F1', 'F2', 'F3'];
const types = ['Query', 'Account', 'Contact', 'Node', 'Found', 'AccountConnection', 'Unheard'];
const leaves = ['id', 'name', 'tags', '__typename', 'unheard'];
const branches = ['account', 'accounts', 'everyone', 'top', 'node', 'nodes', 'edges', 'contacts', 'lines', 'search', 'unheard'];

const anyPage = fc.oneof(fc.constant(''), fc.integer({ min: -2, max: 200 }).map((n) => `(first: ${n})`), fc.constantFrom('(first: $n)', '(last: $m)', '(first: null)', '(first: "x")'));

/** Text of a selection set; `spreads` are the fragments that it may use. */
function anySelections(spreads: readonly string[], depth = 3): fc.Arbitrary<string> {
  const leaf = fc.constantFrom(...leaves, ...leaves.map((name) => `x: ${name}`), ...spreads.map((name) => `...${name}`));
  if (depth === 0) return fc.array(leaf, { minLength: 1, maxLength: 3 }).map((each) => `{ ${each.join(' ')} }`);
  const below = anySelections(spreads, depth - 1);
  const branch = fc.tuple(fc.constantFrom(...branches), anyPage, below).map((parts) => parts.join(' '));
  const inline = fc.tuple(fc.constantFrom('...', ...types.map((type) => `... on ${type}`)), below).map((parts) => parts.join(' '));
  return fc.array(fc.oneof({ weight: 2, arbitrary: leaf }, { weight: 3, arbitrary: branch }, inline), { minLength: 1, maxLength: 4 }).map((each) => `{ ${each.join(' ')} }`);
}

/** A document whose fragments only use later ones, or, when circular, any. */
function anyDocument(circular: boolean): fc.Arbitrary<DocumentNode> {
  const fragment = (name: string, i: number): fc.Arbitrary<string> =>
    fc.tuple(fc.constantFrom(...types), anySelections(circular ? fragmentNames : fragmentNames.slice(i + 1), 2)).map(([type, body]) => `fragment ${name} on ${type} ${body}`);
  return fc
    .tuple(anySelections(fragmentNames), ...fragmentNames.map(fragment))
    .map(([body, ...fragments]) => parse([`query ($n: Int = 3, $m: Int) ${body}`, ...fragments].join('\n')));
}

const anyVariables = fc.dictionary(fc.constantFrom('n', 'm'), fc.oneof(fc.integer({ min: -3, max: 500 }), fc.double(), fc.anything()));

function measure(document: DocumentNode, variables: Readonly<Record<string, unknown>>) {
  const operation = document.definitions.find((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('no operation');
  return { operation, measures: measureOperation({ schema, document, operation, variables, sizes }) };
}

test('whatever the document and its variables, it is measured, each selection set once, and the figures are finite', () => {
  fc.assert(
    fc.property(fc.boolean().chain(anyDocument), anyVariables, (document, variables) => {
      const reads = new Map<object, number>();
      const watched: DocumentNode = visit(document, {
        SelectionSet: {
          leave(node) {
            const { selections } = node;
            const copy = { ...node };
            return Object.defineProperty(copy, 'selections', {
              get: () => {
                reads.set(copy, (reads.get(copy) ?? 0) + 1);
                return selections;
              },
            });
          },
        },
      });
      const { measures } = measure(watched, variables);
      expect(Math.max(...reads.values())).toBe(1);
      for (const figure of [measures.cost, measures.depth, measures.aliases, measures.rootFields]) expect(Number.isFinite(figure) && figure >= 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('the figures are those of the operation with every fragment written out', () => {
  fc.assert(
    fc.property(anyDocument(false), fc.record({ n: fc.integer({ min: 0, max: 50 }) }, { requiredKeys: [] }), (document, variables) => {
      const { operation, measures } = measure(document, variables);
      const root = writtenOut(document, variables)(operation.selectionSet, schema.getQueryType() ?? undefined, null);
      expect(measures).toMatchObject({ depth: root.depth, cost: root.cost, rootFields: root.fields, circularFragment: null });
    }),
    { numRuns: 300 },
  );
});

test('asking for a larger page never costs less', () => {
  fc.assert(
    fc.property(anyDocument(false), fc.nat(300), fc.nat(300), (document, a, b) => {
      const [small, large] = a < b ? [a, b] : [b, a];
      const cost = (n: number): number => measure(document, { n }).measures.cost;
      expect(cost(small)).toBeLessThanOrEqual(cost(large));
    }),
    { numRuns: 100 },
  );
});

interface Written {
  readonly depth: number;
  readonly fields: number;
  readonly cost: number;
}

/** The definitions of depth and cost as they read, without any remembering: right, and hopeless on a fragment bomb. */
function writtenOut(document: DocumentNode, variables: Readonly<Record<string, unknown>>) {
  const fragment = (name: string) => document.definitions.find((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === name);
  const walk = ({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined, page: number | null): Written => {
    const parts = selections.map((selection): Written => {
      if (selection.kind !== Kind.FIELD) {
        const spread = selection.kind === Kind.FRAGMENT_SPREAD ? fragment(selection.name.value) : selection;
        if (!spread) return { depth: 0, fields: 0, cost: 0 };
        return walk(spread.selectionSet, spread.typeCondition ? schema.getType(spread.typeCondition.name.value) : parent, page);
      }
      const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[selection.name.value] : undefined;
      const list = field !== undefined && isListType(getNullableType(field.type));
      const pages = (field?.args ?? []).filter(({ name }) => name === 'first' || name === 'last');
      const asked = pages.map(({ name, defaultValue }): unknown => {
        const value = selection.arguments?.find((each) => each.name.value === name)?.value;
        if (!value) return defaultValue;
        if (value.kind === Kind.VARIABLE) return value.name.value === 'n' ? (variables['n'] ?? 3) : undefined;
        return value.kind === Kind.INT ? Number(value.value) : null;
      });
      const sensible = asked.filter((each): each is number => typeof each === 'number' && each >= 0);
      const own = pages.length === 0 ? null : sensible.length > 0 ? Math.max(...sensible) : sizes.page;
      const below = selection.selectionSet ? walk(selection.selectionSet, field && getNamedType(field.type), list ? null : own) : { depth: 0, fields: 0, cost: 0 };
      const items = list ? (own ?? page ?? sizes.list) : 1;
      return { depth: below.depth + 1, fields: 1, cost: items * ((selection.selectionSet ? 1 : 0) + below.cost) };
    });
    const total = (of: (part: Written) => number): number => parts.reduce((sum, part) => sum + of(part), 0);
    return { depth: Math.max(0, ...parts.map(({ depth }) => depth)), fields: total(({ fields }) => fields), cost: total(({ cost }) => cost) };
  };
  return walk;
}
