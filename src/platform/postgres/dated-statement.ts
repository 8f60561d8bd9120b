import type { AsOf } from '../graphql/call.ts';
import { statement, type Statement } from './statement.ts';

/** A question that can be asked of the present and of any past instant. */
export interface DatedStatement<Row> {
  (asOf: AsOf): Statement<Row>;
  /** The values with the instant behind them, where there is one. */
  values(values: readonly unknown[], asOf: AsOf): readonly unknown[];
}

/**
 * Declares a question over versioned tables. `table('x')` stands for the table, or for `x_as_of` at the instant, which
 * is the parameter behind the stated number of parameters.
 */
export function datedStatement<Row>(name: string, parameters: number, text: (table: (name: string) => string) => string): DatedStatement<Row> {
  const present = statement<Row>(name, text((table) => table));
  const past = statement<Row>(`${name}_as_of`, text((table) => `${table}_as_of($${parameters + 1})`));
  return Object.assign((asOf: AsOf) => (asOf === null ? present : past), {
    values: (values: readonly unknown[], asOf: AsOf) => (asOf === null ? values : [...values, asOf]),
  });
}
