import type { FieldNode } from 'graphql';
import { offerAhead } from '../../platform/graphql/needs.ts';
import { AnswerText } from './answer-text.ts';
import type { FieldPlan } from './field-plan.ts';

/** Writes a value that has arrived, as JSON, behind what was written so far; throws where graphql-js would add an error to the result. */
export type Write = (run: AnswerRun, out: AnswerText, value: unknown) => void;

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

/** One run of a compiled operation: what is awaited, and the text so far. */
export class AnswerRun {
  readonly context: unknown;
  readonly args: RunOptions['args'];
  /** Stands for the variables of the operation; its arguments are coerced already. */
  readonly variableValues = {};
  readonly #answer = new AnswerText();
  #ahead: Map<FieldNode, AskedAhead> | null = null;
  /** The root counts as one. */
  #pending = 1;
  #end: { resolve(text: string): void; reject(error: unknown): void } | null = null;

  constructor({ context, args, fields }: RunOptions) {
    this.context = context;
    this.args = args;
    offerAhead(this.variableValues, {
      argumentsOf: (node) => fields.get(node)?.argumentsIn(this) ?? {},
      infoOf: (node) => fields.get(node)?.infoIn(this) ?? null,
      keep: (node, uuid, answer) => void (this.#ahead ??= new Map()).set(node, { uuid, answer }),
    });
  }

  /** Writes the whole answer; rejects with the first error. */
  start(write: Write): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
      this.#write(write, this.#answer, undefined);
    });
  }

  /** Writes a value now, or into a gap once it has arrived. */
  write(write: Write, out: AnswerText, value: unknown): void {
    if (!isPromise(value)) return write(this, out, value);
    const gap = out.gap();
    this.#pending += 1;
    value.then((arrived) => this.#write(write, gap, arrived), this.#fail);
  }

  /** What was asked ahead for a field of a row; undefined where nothing was, or where the row turned out to be another one. */
  askedAhead(node: FieldNode, row: unknown): unknown {
    const known = this.#ahead?.get(node);
    return known && isRow(row) && row.uuid === known.uuid && row.asOf === null ? known.answer : undefined;
  }

  #write(write: Write, out: AnswerText, value: unknown): void {
    if (this.#end === null) return;
    try {
      write(this, out, value);
      this.#pending -= 1;
      if (this.#pending === 0) this.#end.resolve(this.#answer.toString());
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #fail = (error: unknown): void => {
    this.#end?.reject(error);
    this.#end = null;
  };
}

const isPromise = (value: unknown): value is PromiseLike<unknown> => typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
const isRow = (value: unknown): value is { readonly uuid: unknown; readonly asOf: unknown } => typeof value === 'object' && value !== null && 'uuid' in value && 'asOf' in value;
