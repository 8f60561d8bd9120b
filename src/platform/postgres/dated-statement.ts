import type { AsOf } from '../graphql/call.ts';
import { statement, type Statement } from './statement.ts';
import { readingOf, tableAt, valueAt, type GivenRows } from './tables-at.ts';

/** A question that can be asked of the present and of any past moment. */
export interface DatedStatement<Row> {
  (asOf: AsOf): Statement<Row>;
  /** The values with the instants of the moment behind them, where there is one, and the rows that stand in for tables. */
  values(values: readonly unknown[], asOf: AsOf, given?: GivenRows): readonly unknown[];
  /** The tables whose rows must be given for a moment of two times. */
  stated(): readonly string[];
}

interface Form<Row> {
  readonly statement: Statement<Row>;
  /** What is bound behind the caller's own values. */
  readonly bound: readonly string[];
}

/**
 * Declares a question over versioned tables. `table('x')` stands for the table, or for what it was at the moment, whose
 * instants are the parameters behind the stated number of parameters.
 */
export function datedStatement<Row>(name: string, parameters: number, text: (table: (name: string) => string) => string): DatedStatement<Row> {
  const form = (suffix: string, moment: { readonly validAt: string | null } | null): Form<Row> => {
    const bound: string[] = [];
    const bind = (what: string, sqlType: string): string => {
      if (!bound.includes(what)) bound.push(what);
      return `$${parameters + bound.indexOf(what) + 1}::${sqlType}`;
    };
    return { statement: statement<Row>(name + suffix, text((table) => tableAt(table, moment, nothingGiven, bind))), bound };
  };
  const present = form('', null);
  const past = form('_as_of', { validAt: null });
  let twoTimes: Form<Row> | null = null;
  // How each table is read is declared by then.
  const formAt = (asOf: AsOf): Form<Row> => (asOf === null ? present : asOf.validAt === null ? past : (twoTimes ??= form('_valid_at', asOf)));
  return Object.assign((asOf: AsOf) => formAt(asOf).statement, {
    values: (values: readonly unknown[], asOf: AsOf, given?: GivenRows) => [...values, ...formAt(asOf).bound.map((what) => valueAt(what, asOf, given))],
    stated() {
      const named: string[] = [];
      text((table) => (named.push(table), table));
      return [...new Set(named)].filter((table) => readingOf(table) === 'STATED');
    },
  });
}

const nothingGiven: ReadonlySet<string> = new Set();
