declare const rowType: unique symbol;

/**
 * One SQL text with a name. Statements are constants: the driver prepares each once per connection, under its name,
 * and a count of statements in a test reads as a list of questions. Placeholders are `$1`, `$2`, ….
 */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  readonly [rowType]?: Row;
}

/** Declares a statement. `name` is the question it answers, in snake case, unique in the program. */
export function statement<Row>(name: string, text: string): Statement<Row> {
  return { name, text };
}

/** Runs statements in one transaction. */
export interface Sql {
  rows<Row>(statement: Statement<Row>, values?: readonly unknown[]): Promise<Row[]>;
}
