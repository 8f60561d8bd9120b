import type { Moment } from '../moment.ts';

/**
 * How a table is read where what was true at one instant is asked by what was known at a later one:
 *
 * - MADE: the system makes its rows itself, so one time suffices: as they were at the earlier instant.
 * - KNOWN: names and identities, as they were known.
 * - OCCURRED: rows that were known, and had occurred by then.
 * - STATED: its rows follow from statements; they are computed beforehand and handed to the statement.
 */
export type TableReading = 'MADE' | 'KNOWN' | 'OCCURRED' | 'STATED';

const readings = new Map<string, TableReading>();

/** Declares how a table is read at two times; MADE unless declared. Returns its name. */
export function readAtTwoTimes(table: string, reading: TableReading): string {
  readings.set(table, reading);
  return table;
}

/** How a table is read at two times. */
export function readingOf(table: string): TableReading {
  return readings.get(table) ?? 'MADE';
}

/** Rows that stand in for tables, by table: JSON arrays of objects by column. */
export type GivenRows = ReadonlyMap<string, string>;

/** Binds a value of a SQL type and returns its placeholder. */
type BindValue = (what: 'at' | 'knownAt' | `rows of ${string}`, sqlType: string) => string;

/** SQL that stands in for a table at a moment; null is the present. Rows that are given come before everything else. */
export function tableAt(table: string, moment: Pick<Moment, 'validAt'> | null, given: ReadonlySet<string>, bind: BindValue): string {
  if (given.has(table)) return `jsonb_populate_recordset(null::${table}, ${bind(`rows of ${table}`, 'jsonb')})`;
  if (moment === null) return table;
  if (moment.validAt === null) return `${table}_as_of(${bind('knownAt', 'timestamptz')})`;
  switch (readingOf(table)) {
    case 'MADE':
      return `${table}_as_of(${bind('at', 'timestamptz')})`;
    case 'KNOWN':
      return `${table}_as_of(${bind('knownAt', 'timestamptz')})`;
    case 'OCCURRED':
      return `(select * from ${table}_as_of(${bind('knownAt', 'timestamptz')}) where occurred_at <= ${bind('at', 'timestamptz')})`;
    case 'STATED':
      return `jsonb_populate_recordset(null::${table}, ${bind(`rows of ${table}`, 'jsonb')})`;
  }
}

/** The value of a placeholder that `tableAt` bound. */
export function valueAt(what: string, moment: Moment | null, given: GivenRows | undefined): unknown {
  if (what === 'at') return moment?.at;
  if (what === 'knownAt') return moment?.knownAt;
  const rows = given?.get(what.slice('rows of '.length));
  if (rows === undefined) throw new Error(`the ${what} were not given`);
  return rows;
}
