import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import { variablesOf } from '../../platform/graphql/needs.ts';
import { AnswerBytes, type Gap } from './answer-bytes.ts';
import type { FieldPlan } from './field-plan.ts';

/** Writes a value that has arrived, as JSON, behind what was written so far; throws where graphql-js would add an error to the result. */
export type Write = (run: AnswerRun, value: unknown) => void;

/** What one run of a compiled operation is made of. */
export interface RunOptions {
  readonly context: unknown;
  /** The arguments of each site, by its number. */
  readonly args: readonly Readonly<Record<string, unknown>>[];
  /** The fields of the operation, by their nodes. */
  readonly fields: ReadonlyMap<FieldNode, FieldPlan>;
}

interface AskedAhead {
  readonly uuid: string;
  readonly answer: unknown;
}

/** One run of a compiled operation: what is awaited, and what is written so far. */
export class AnswerRun {
  readonly context: unknown;
  readonly args: RunOptions['args'];
  readonly out = new AnswerBytes();
  /** What resolvers are told of the fields, by the field's number. */
  readonly infos: GraphQLResolveInfo[] = [];
  /** Stands for the variables of the operation; its arguments are coerced already. */
  readonly variableValues: Record<string, unknown>;
  #ahead: Map<FieldNode, AskedAhead> | null = null;
  /** The root counts as one. */
  #pending = 1;
  #end: { resolve(answer: Buffer): void; reject(error: unknown): void } | null = null;

  constructor({ context, args, fields }: RunOptions) {
    this.context = context;
    this.args = args;
    this.variableValues = variablesOf({
      argumentsOf: (node) => fields.get(node)?.argumentsIn(this) ?? {},
      infoOf: (node) => fields.get(node)?.infoIn(this) ?? null,
      keep: (node, uuid, answer) => void (this.#ahead ??= new Map()).set(node, { uuid, answer }),
    });
  }

  /** Writes the whole answer; rejects with the first error. */
  start(write: Write): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
      this.#write(write, undefined);
    });
  }

  /** Writes a value now, or into a gap once it has arrived. */
  write(write: Write, value: unknown): void {
    if (!isPromise(value)) return write(this, value);
    const gap = this.out.gap();
    this.#pending += 1;
    (value instanceof Promise ? value : Promise.resolve(value)).then((arrived) => this.#fill(gap, write, arrived), this.#fail);
  }

  /** What was asked ahead for a field of a row; undefined where nothing was, or where the row turned out to be another one. */
  askedAhead(node: FieldNode, row: unknown): unknown {
    const known = this.#ahead?.get(node);
    return known && isRow(row) && row.uuid === known.uuid && row.asOf === null ? known.answer : undefined;
  }

  #fill(gap: Gap, write: Write, value: unknown): void {
    if (this.#end === null) return;
    this.out.go(gap);
    this.#write(write, value);
  }

  #write(write: Write, value: unknown): void {
    try {
      write(this, value);
      this.#pending -= 1;
      if (this.#pending === 0) this.#end?.resolve(this.out.take());
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #fail = (error: unknown): void => {
    if (this.#end === null) return;
    this.#end.reject(error);
    this.#end = null;
    this.out.drop();
  };
}

const isPromise = (value: unknown): value is PromiseLike<unknown> => typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
const isRow = (value: unknown): value is { readonly uuid: unknown; readonly asOf: unknown } => typeof value === 'object' && value !== null && 'uuid' in value && 'asOf' in value;
