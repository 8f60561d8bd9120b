import type { Connection, Submittable } from 'pg';
import type { BoundValue } from './bind-values.ts';
import { MessageWriter } from './message-writer.ts';
import type { Planning } from './statement.ts';
import { textParser, type ValueParser } from './value-parsers.ts';

/** One statement of a batch, with the caller that waits for its rows. */
export interface BatchedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly BoundValue[];
  readonly plan: Planning;
  resolve(rows: Record<string, unknown>[]): void;
  reject(error: unknown): void;
}

interface Column {
  readonly name: string;
  readonly dataTypeID: number;
}

/** How the rows of a prepared statement are read. */
interface RowReader {
  readonly names: readonly string[];
  readonly parsers: readonly (ValueParser | null)[];
  readonly empty: Readonly<Record<string, null>>;
}

/** How many statements a connection keeps prepared; the one unused for longest makes room. */
const mostPrepared = 500;

/** The statements that a connection has prepared, and how their rows are read. Null: prepared by a batch that is under way. */
const prepared = new WeakMap<Connection, Map<string, RowReader | null>>();

/**
 * Statements that travel in one packet and are answered in one. A statement is prepared and its columns described once per
 * connection; from then on a batch holds nothing but parameters, and the answer nothing but rows. One synchronisation point
 * ends the batch: the first failure fails all that follow.
 *
 * It is a query to `pg`, which hands over the messages that belong to it.
 */
export class StatementBatch implements Submittable {
  #statements: readonly BatchedStatement[];
  #results: Record<string, unknown>[][] = [];
  #known: Map<string, RowReader | null> = new Map();
  #rows: Record<string, unknown>[] = [];
  #reader: RowReader | null = null;

  constructor(statements: readonly BatchedStatement[]) {
    this.#statements = statements;
  }

  submit(connection: Connection): void {
    let known = prepared.get(connection);
    if (!known) prepared.set(connection, (known = new Map()));
    this.#known = known;
    const writer = new MessageWriter();
    for (const { name, text, values } of this.#statements) {
      const reader = known.get(name);
      // The map's order is that of use, once room is short.
      if (reader === undefined || known.size > mostPrepared / 2) {
        known.delete(name);
        known.set(name, reader ?? null);
      }
      if (reader === undefined) {
        const [oldest] = known.keys();
        if (known.size > mostPrepared && oldest !== undefined && known.delete(oldest)) writer.close(oldest);
        // Where an earlier batch failed it is not known how far it came. Closing what is not there is no error.
        writer.close(name);
        writer.parse(name, text);
      }
      writer.bind(name, values);
      if (!reader) writer.describe();
      writer.execute();
    }
    const { stream } = connection;
    stream.cork();
    if (stream.writable) stream.write(writer.take());
    (connection as unknown as Wire).sync();
    stream.uncork();
    this.#expect();
  }

  handleRowDescription({ fields }: { readonly fields: readonly Column[] }): void {
    this.#reader = {
      names: fields.map(({ name }) => name),
      parsers: fields.map(({ dataTypeID }) => textParser(dataTypeID)),
      empty: Object.fromEntries(fields.map(({ name }) => [name, null])),
    };
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (!this.#reader) throw new Error('a row came without its columns');
    const { names, parsers, empty } = this.#reader;
    const row: Record<string, unknown> = { ...empty };
    for (let index = 0; index < names.length; index += 1) {
      const text = fields[index];
      const parse = parsers[index];
      if (text !== null && text !== undefined) row[names[index] ?? ''] = parse ? parse(text) : text;
    }
    this.#rows.push(row);
  }

  handleCommandComplete(): void {
    const { name } = this.#statements[this.#results.length] ?? {};
    // It may have made room for another meanwhile.
    if (name !== undefined && this.#known.get(name) === null) this.#known.set(name, this.#reader ?? noColumns);
    this.#results.push(this.#rows);
    this.#rows = [];
    this.#expect();
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete();
  }

  handleReadyForQuery(): void {
    for (const [index, rows] of this.#results.entries()) this.#statements[index]?.resolve(rows);
    // The driver may hold on to a query that has ended.
    this.#statements = this.#statements.slice(this.#results.length);
    this.#results = [];
  }

  handleError(error: unknown): void {
    this.handleReadyForQuery();
    for (const { name, reject } of this.#statements) {
      if (this.#known.get(name) === null) this.#known.delete(name);
      reject(error);
    }
  }

  /** The next rows are the next statement's. */
  #expect(): void {
    this.#reader = this.#known.get(this.#statements[this.#results.length]?.name ?? '') ?? null;
  }
}

const noColumns: RowReader = { names: [], parsers: [], empty: {} };

/** What is used of the driver's connection; its published types are those of an older protocol layer. */
interface Wire {
  sync(): void;
}
