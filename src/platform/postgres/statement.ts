declare const rowType: unique symbol;

/**
 * One SQL text with a name. Statements are constants: the driver prepares each once per connection, under its name,
 * and a count of statements in a test reads as a list of questions. Placeholders are `$1`, `$2`, ….
 */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  /**
   * How a read plans it; KEPT when left out. KEPT: once per connection, whatever the values, which costs no planning per call. BY_VALUE: again
   * for each call, for statements whose best plan depends on the values, such as a prefix or an optional filter.
   */
  readonly plan?: Planning;
  readonly [rowType]?: Row;
}

/** When a statement is planned. */
export type Planning = 'KEPT' | 'BY_VALUE';

/** Declares a statement. `name` is the question it answers, in snake case, unique in the program. Its plan is kept unless said otherwise. */
export function statement<Row>(name: string, text: string, plan: Planning = 'KEPT'): Statement<Row> {
  return { name, text, plan };
}

/** Runs statements in one transaction. */
export interface Sql {
  rows<Row>(statement: Statement<Row>, values?: readonly unknown[]): Promise<Row[]>;
}
