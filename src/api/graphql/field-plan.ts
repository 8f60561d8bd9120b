import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { AnswerRun, Write } from './answer-run.ts';

/** The place of a field in a compiled operation. */
export interface FieldPlace {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly parent: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  /** The response key. */
  readonly key: string;
  /** What separates it from the field before. */
  readonly before: '' | ',';
  /** More than one where selections of one key are merged. */
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  /** The number of its arguments' site; null for a field without arguments. */
  readonly site: number | null;
  readonly write: Write;
}

const noArguments = Object.freeze({});

/** A field of a compiled operation: resolves it and writes what comes of it. */
export class FieldPlan {
  readonly #place: FieldPlace;
  readonly #key: string;
  /** Its place among the fields of the operation. */
  readonly number: number;

  constructor(place: FieldPlace, number: number) {
    this.#place = place;
    this.number = number;
    this.#key = `${place.before}"${place.key}":`;
  }

  /** Writes the field's key and value. */
  write(run: AnswerRun, row: unknown): void {
    const { field, nodes, write } = this.#place;
    run.out.ascii(this.#key);
    if (!field.resolve) return run.write(write, this.#property(run, row));
    const ahead = nodes.length === 1 ? run.askedAhead(nodes[0], row) : undefined;
    run.write(write, ahead === undefined ? field.resolve(row, this.argumentsIn(run), run.context, this.infoIn(run)) : ahead);
  }

  /** The field's arguments in a run. */
  argumentsIn(run: AnswerRun): Readonly<Record<string, unknown>> {
    const { site } = this.#place;
    return site === null ? noArguments : (run.args[site] ?? noArguments);
  }

  /** The `info` argument of a field's resolver. Its path leaves out list indexes, which no resolver reads. */
  infoIn(run: AnswerRun): GraphQLResolveInfo {
    const known = run.infos[this.number];
    if (known) return known;
    const { schema, operation, parent, field, key, nodes } = this.#place;
    const info: GraphQLResolveInfo = {
      fieldName: field.name, fieldNodes: nodes, returnType: field.type, parentType: parent, path: { prev: undefined, key, typename: parent.name },
      schema, fragments: {}, rootValue: undefined, operation, variableValues: run.variableValues,
    };
    run.infos[this.number] = info;
    return info;
  }

  #property(run: AnswerRun, row: unknown): unknown {
    if ((typeof row !== 'object' && typeof row !== 'function') || row === null) return undefined;
    const value: unknown = (row as Record<string, unknown>)[this.#place.field.name];
    return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).call(row, this.argumentsIn(run), run.context, this.infoIn(run)) : value;
  }
}
