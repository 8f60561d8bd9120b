import { readdirSync, readFileSync } from 'node:fs';
import {
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  Kind,
  parse,
  type DocumentNode,
  type FieldNode,
  type GraphQLFieldConfigMap,
  type GraphQLOutputType,
  type SelectionSetNode,
} from 'graphql';

/** An operation that a client team wrote. */
export interface AcceptanceOperation {
  readonly name: string;
  readonly source: string;
}

const folder = new URL('../acceptance/', import.meta.url);

/** Every operation of the acceptance files, each on its own as a client would send it. */
export const acceptanceOperations: readonly AcceptanceOperation[] = readdirSync(folder)
  .filter((file) => file.endsWith('.graphql'))
  .flatMap((file) => parse(readFileSync(new URL(file, folder), 'utf8')).definitions)
  .map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION || !definition.name || !definition.loc) throw new Error('an operation has no name');
    return { name: definition.name.value, source: definition.loc.source.body.slice(definition.loc.start, definition.loc.end) };
  });

/** Lists among the fields that the operations select; the rest are single objects. `nodes` are a connection's or a graph's. */
const lists = new Set(
  `edges nodes externalRefs managerFlags contributions sections reasons evidence competitiveThreats lines fields derivationChain
   supersedes missingFields fillScenarioRequirements orphaned dependents frontier items history changes pendingMessages runs moved
   facts omitted results signalTypes snapshots topCriticalKpis recentNotes recentPlaybookReports`.split(/\s+/),
);

/** The smallest schema in which the operations make sense: a type for every place, and for every type condition. */
export function inferSchema(documents: readonly DocumentNode[]): GraphQLSchema {
  const types = new Map<string, { fields: Map<string, FieldNode[]> }>();
  const collect = (place: string, { selections }: SelectionSetNode): void => {
    const type = types.get(place) ?? { fields: new Map<string, FieldNode[]>() };
    types.set(place, type);
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.typeCondition?.name.value ?? place, selection.selectionSet);
      if (selection.kind !== Kind.FIELD || selection.name.value.startsWith('__')) continue;
      type.fields.set(selection.name.value, [...(type.fields.get(selection.name.value) ?? []), selection]);
      if (selection.selectionSet) collect(`${place}_${selection.name.value}`, selection.selectionSet);
    }
  };
  const roots = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;
  for (const { definitions } of documents) {
    for (const definition of definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) collect(roots[definition.operation], definition.selectionSet);
    }
  }
  const made = new Map<string, GraphQLObjectType>();
  for (const [name, { fields }] of types) {
    const configOf = (field: string, nodes: readonly FieldNode[]) => {
      const below = made.get(`${name}_${field}`);
      const paged = nodes.some((node) => node.arguments?.some((argument) => argument.name.value === 'first'));
      const list = lists.has(field) && !(paged && nodes.some((node) => JSON.stringify(node.selectionSet).includes('"edges"')));
      const type: GraphQLOutputType = below ? (list ? new GraphQLList(below) : below) : GraphQLString;
      return { type, args: paged ? { first: { type: GraphQLInt, defaultValue: 20 } } : {} };
    };
    const thunk = (): GraphQLFieldConfigMap<unknown, unknown> =>
      Object.fromEntries([['anything', { type: GraphQLString }], ...[...fields].map(([field, nodes]) => [field, configOf(field, nodes)] as const)]);
    made.set(name, new GraphQLObjectType({ name, fields: thunk }));
  }
  const root = (name: string) => made.get(name) ?? null;
  return new GraphQLSchema({ query: root('Query'), mutation: root('Mutation'), subscription: root('Subscription'), types: [...made.values()] });
}
