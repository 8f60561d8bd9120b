import { getArgumentValues, isObjectType, Kind, type FieldNode, type GraphQLField, type GraphQLResolveInfo, type GraphQLSchema, type SelectionNode } from 'graphql';
import { Extensions } from 'type-graphql';
import type { AsOf, Call } from './call.ts';

/**
 * Declares which columns of its row a field resolver reads, by the names of the row's fields. Without arguments: only the
 * row's key (`uuid`, `accountId`) and its moment, so that it can be asked before the row is there. Where a selection has a
 * resolver that declares nothing, its rows are read with all their columns.
 */
export function Needs(...columns: readonly string[]): PropertyDecorator & MethodDecorator {
  return Extensions({ needs: columns });
}

/** What an operation selects of the rows of a list. */
export interface Wanted {
  /** The row's fields that are read; null for all. */
  readonly fields: ReadonlySet<string> | null;
  /** The fields as text: lists with equal text select the same columns. */
  readonly key: string;
  /** Whether the list's `totalCount` is selected. */
  readonly counted: boolean;
}

/** The parts of GraphQL's resolve info that are needed here. */
export type Selecting = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'schema' | 'variableValues'>;

/** Where the rows of a connection are selected. */
export const inEdges: readonly string[] = ['edges', 'node'];

/** Fields that are made of the row's key and moment alone. */
const keyFields: ReadonlySet<string> = new Set(['id', 'presentId', 'asOf', 'validAt']);
const everything = '*';
const known = new WeakMap<FieldNode, Wanted>();

/** What is selected of the rows of a type below the field that is resolved: at `path`, or right below it. Skipped fields count as selected. */
export function wantedOf(info: Selecting, type: string, path: readonly string[] = inEdges): Wanted {
  const [node, ...more] = info.fieldNodes;
  // Documents are parsed once per text, and the type of a field's rows does not change.
  const kept = node && more.length === 0 ? known.get(node) : undefined;
  if (kept) return kept;
  const top = selected(info, info.fieldNodes);
  const nodes = path.reduce<readonly FieldNode[]>((at, name) => selected(info, at).filter((each) => each.name.value === name), info.fieldNodes);
  const fields = columnsOf(info.schema, type, selected(info, nodes));
  const wanted = { fields, key: fields ? [...fields].sort().join() : everything, counted: top.some(({ name }) => name.value === 'totalCount') };
  if (node && more.length === 0) known.set(node, wanted);
  return wanted;
}

/** The columns behind selected fields; null where a field does not say which it reads. */
function columnsOf(schema: GraphQLSchema, type: string, nodes: readonly FieldNode[]): ReadonlySet<string> | null {
  const declared = schema.getType(type);
  if (!isObjectType(declared)) return null;
  const columns = new Set<string>();
  for (const { name } of nodes) {
    const field = declared.getFields()[name.value];
    if (!field || keyFields.has(field.name)) continue;
    const needs = needsOf(field);
    if (!needs && field.resolve && field.extensions['needs'] === undefined) return null;
    for (const column of needs ?? [field.name]) columns.add(column);
  }
  return columns;
}

function needsOf(field: GraphQLField<unknown, unknown>): readonly string[] | null {
  const { needs } = field.extensions;
  return Array.isArray(needs) ? (needs as readonly string[]) : null;
}

/** The fields in the selection sets of some fields, fragments taken apart. */
function selected(info: Selecting, nodes: readonly FieldNode[]): FieldNode[] {
  const inSelection = (selection: SelectionNode): FieldNode[] => {
    if (selection.kind === Kind.FIELD) return [selection];
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? info.fragments[selection.name.value] : selection;
    return fragment?.selectionSet.selections.flatMap(inSelection) ?? [];
  };
  return nodes.flatMap((node) => node.selectionSet?.selections.flatMap(inSelection) ?? []);
}

interface Ahead {
  readonly node: FieldNode;
  readonly field: GraphQLField<unknown, unknown>;
}
const aheads = new WeakMap<FieldNode, readonly Ahead[]>();

/** What a compiled run of an operation knows of its fields. */
export interface AheadInRun {
  argumentsOf(node: FieldNode): Readonly<Record<string, unknown>>;
  infoOf(node: FieldNode): GraphQLResolveInfo | null;
  /** Keeps what a field of the row of a key was resolved to, so that it is not resolved again. */
  keep(node: FieldNode, uuid: string, answer: unknown): void;
}

const aheadInRun = Symbol('ahead in run');

/** The variables of a run whose arguments are coerced already: none, but with what is known of its fields. */
export function variablesOf(run: AheadInRun): Record<string, unknown> {
  return { [aheadInRun]: run };
}

/**
 * Asks the questions of the fields below a row that is known by its key while the row itself is asked for, so that both
 * travel together. What is found out waits in the loaders of the call; where there is no such row, nobody collects it.
 */
export function askAhead(call: Call, info: GraphQLResolveInfo, type: string, row: { readonly uuid: string; readonly asOf: AsOf }): void {
  const run = (info.variableValues as { readonly [aheadInRun]?: AheadInRun })[aheadInRun];
  for (const { node, field } of fieldsAhead(info, type)) {
    try {
      const args = run ? run.argumentsOf(node) : getArgumentValues(field, node, info.variableValues);
      const answer: unknown = field.resolve?.(row, args, call, run?.infoOf(node) ?? { ...info, fieldName: field.name, fieldNodes: [node] });
      if (answer instanceof Promise) answer.catch(() => undefined);
      run?.keep(node, row.uuid, answer);
    } catch {
      // The field itself says so in its place, if it is reached.
    }
  }
}

function fieldsAhead(info: GraphQLResolveInfo, type: string): readonly Ahead[] {
  const [of] = info.fieldNodes;
  const declared = info.schema.getType(type);
  if (!of || !isObjectType(declared)) return [];
  const kept = aheads.get(of);
  if (kept) return kept;
  const found = selected(info, info.fieldNodes).flatMap((node) => {
    const field = declared.getFields()[node.name.value];
    return field?.resolve && needsOf(field)?.length === 0 && (node.directives ?? []).length === 0 ? [{ node, field }] : [];
  });
  aheads.set(of, found);
  return found;
}
