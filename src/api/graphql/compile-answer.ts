import { getNamedType, GraphQLError, isAbstractType, isListType, isNonNullType, isObjectType, Kind, type FieldNode, type GraphQLAbstractType, type GraphQLObjectType, type GraphQLOutputType, type GraphQLSchema, type SelectionNode } from 'graphql';
import { AnswerRun, type Write } from './answer-run.ts';
import { FieldPlan } from './field-plan.ts';
import { leafWriter } from './leaf-writers.ts';
import type { UnfoldedOperation } from './unfold-operation.ts';

/** Runs a compiled operation: its result as JSON, with a line feed behind it. Rejects where graphql-js would report an error. */
export type RunAnswer = (context: unknown, args: AnswerRun['args']) => Promise<Buffer>;

/**
 * Compiles an unfolded operation into functions that write the JSON of its data while it is resolved: no tree of the answer
 * is made. It knows only results without an error; any other run rejects.
 */
export function compileAnswer(schema: GraphQLSchema, unfolded: UnfoldedOperation): RunAnswer {
  const root = schema.getRootType(unfolded.operation.operation);
  if (!root) throw new GraphQLError('The schema has no such operation.');
  const compiling = new Compiling(schema, unfolded);
  const data = compiling.object(root, unfolded.operation.selectionSet.selections);
  const write: Write = (run, value) => {
    run.out.ascii('{"data":');
    data(run, value);
    run.out.ascii('}\n');
  };
  return (context, args) => new AnswerRun({ context, args, fields: compiling.fields }).start(write);
}

type Nodes = readonly [FieldNode, ...FieldNode[]];

class Compiling {
  readonly fields = new Map<FieldNode, FieldPlan>();
  readonly #schema: GraphQLSchema;
  readonly #of: UnfoldedOperation;
  readonly #sites: ReadonlyMap<unknown, number>;
  #fields = -1;

  constructor(schema: GraphQLSchema, unfolded: UnfoldedOperation) {
    this.#schema = schema;
    this.#of = unfolded;
    this.#sites = new Map(unfolded.sites.map((site, number) => [site, number]));
  }

  /** Writes an object by its selections. */
  object(type: GraphQLObjectType, selections: readonly SelectionNode[]): Write {
    const writers = [...this.#collected(type, selections)].map(([key, nodes], index) => this.#field(type, { key, nodes, before: index === 0 ? '' : ',' }));
    return (run, row) => {
      if (type.isTypeOf?.(row, run.context, undefined as never) === false) throw new GraphQLError(`A value is no ${type.name}.`);
      run.out.ascii('{');
      for (const write of writers) write(run, row);
      run.out.ascii('}');
    };
  }

  #field(parent: GraphQLObjectType, { key, nodes, before }: { readonly key: string; readonly nodes: Nodes; readonly before: '' | ',' }): Write {
    const [node] = nodes;
    const field = parent.getFields()[node.name.value];
    if (node.name.value === '__typename') {
      const text = `${before}"${key}":"${parent.name}"`;
      return (run) => run.out.ascii(text);
    }
    if (!field) throw new GraphQLError(`There is no field ${node.name.value}.`);
    const selections = nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
    const plan = new FieldPlan({ schema: this.#schema, operation: this.#of.operation, parent, field, key, before, nodes, site: this.#sites.get(this.#of.siteOf.get(node)) ?? null, write: this.#value(field.type, selections) }, (this.#fields += 1));
    for (const each of nodes) this.fields.set(each, plan);
    return (run, row) => plan.write(run, row);
  }

  #value(type: GraphQLOutputType, selections: readonly SelectionNode[]): Write {
    const isRequired = isNonNullType(type);
    const write = this.#present(isRequired ? type.ofType : type, selections);
    return (run, value) => {
      if (value === null || value === undefined) {
        if (isRequired) throw new GraphQLError('A value is missing.');
        return run.out.ascii('null');
      }
      if (value instanceof Error) throw value;
      write(run, value);
    };
  }

  #present(type: GraphQLOutputType, selections: readonly SelectionNode[]): Write {
    if (isListType(type)) return this.#list(this.#value(type.ofType as GraphQLOutputType, selections));
    const named = getNamedType(type);
    if (isObjectType(named)) return this.object(named, selections);
    if (isAbstractType(named)) return this.#abstract(named, selections);
    const leaf = leafWriter(named);
    return (run, value) => leaf(run.out, value);
  }

  #list(write: Write): Write {
    return (run, items) => {
      if (!isIterable(items)) throw new GraphQLError('A value is no list.');
      run.out.ascii('[');
      let isFirst = true;
      for (const item of items) {
        if (!isFirst) run.out.ascii(',');
        isFirst = false;
        run.write(write, item);
      }
      run.out.ascii(']');
    };
  }

  #abstract(type: GraphQLAbstractType, selections: readonly SelectionNode[]): Write {
    const writers = new Map<string, Write>();
    const writerOf = (name: unknown): Write => {
      const known = typeof name === 'string' ? writers.get(name) : undefined;
      if (known) return known;
      const met = typeof name === 'string' ? this.#schema.getType(name) : undefined;
      if (!isObjectType(met) || !this.#schema.isSubType(type, met)) throw new GraphQLError(`A value is no ${type.name}.`);
      const made = this.object(met, selections);
      writers.set(met.name, made);
      return made;
    };
    return (run, row) => writerOf(type.resolveType?.(row, run.context, undefined as never, type) ?? (row as { readonly __typename?: unknown }).__typename)(run, row);
  }

  /** The fields of an object by response key, in the order of their first selections. */
  #collected(type: GraphQLObjectType, selections: readonly SelectionNode[], found = new Map<string, Nodes>()): Map<string, Nodes> {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const known = found.get(key);
        found.set(key, known ? [...known, selection] : [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT && this.#applies(selection.typeCondition?.name.value, type)) this.#collected(type, selection.selectionSet.selections, found);
    }
    return found;
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const named = this.#schema.getType(condition);
    return isAbstractType(named) && this.#schema.isSubType(named, type);
  }
}

const isIterable = (value: unknown): value is Iterable<unknown> => typeof value === 'object' && value !== null && Symbol.iterator in value;
