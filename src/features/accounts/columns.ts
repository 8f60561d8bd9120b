import { GraphQLInt } from 'graphql';
import { Float, ID } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import type { AsOf, Call } from '../../platform/graphql/call.ts';
import { idAt } from '../../platform/graphql/node.ts';
import { DateTime, Day } from '../../platform/graphql/scalars.ts';
import type { DataClass } from '../../platform/graphql/shows.ts';
import { checkMoney, Money, MoneyInput } from '../../platform/graphql/money.ts';
import { parseGlobalId } from '../../platform/ids.ts';

/** What one column writes: SQL column names and their values. */
export type Written = Record<string, unknown>;

/**
 * A field of a record, once for the table, the type and the input. `sql` names the columns with their types; `select`
 * reads them under the field's name; `write` checks a caller's value and says what is stored.
 */
export interface Column {
  readonly description: string;
  readonly out: () => object;
  readonly in: () => object;
  readonly list: boolean;
  /** Whether a record must have it; nullable otherwise. */
  readonly required: boolean;
  readonly sql: Readonly<Record<string, string>>;
  select(field: string): string;
  write(value: unknown, path: readonly string[]): Written;
  /** Turns what was selected into the field's value, where the database cannot say it. */
  readonly finish?: (row: Record<string, unknown>, field: string, call: Call, asOf: AsOf) => void;
  /** The other record of the same account that it names, if it does. */
  readonly refersTo?: Reference;
  /** Whether the value is personal data, sealed with its subject's key before it is stored. */
  readonly sealed?: boolean;
  /** What its text can show of people; absent where it holds no text. */
  readonly shows?: DataClass;
}

/** What a column refers to: a record of another kind, of the same account. */
export interface Reference {
  /** Its GraphQL type. */
  readonly type: string;
  readonly table: string;
  /** The input field that holds its key. */
  readonly field: string;
  /** The input field that names it as another system does. */
  readonly byRef: string;
}

interface Options {
  readonly required?: boolean;
  readonly list?: boolean;
  /** What a text can show of people; TEXT when left out. */
  readonly shows?: DataClass;
}

/** A column waiting for its field's name. */
export type NamedLater = (field: string) => Column;

type ColumnMaker = (description: string, options?: Options) => NamedLater;

const snake = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The column maker: everything of one plain column but its check. */
export function plain(sqlType: string, graphql: () => object, check: (value: unknown, path: readonly string[]) => unknown): ColumnMaker {
  return (description, options = {}) =>
    (field) => {
      const column = snake(field);
      return {
        description,
        out: graphql,
        in: graphql,
        list: options.list ?? false,
        required: options.required ?? false,
        ...(graphql() === String ? { shows: options.shows ?? 'TEXT' } : {}),
        sql: { [column]: sqlType },
        select: (name) => `t.${column} as "${name}"`,
        write: (value, path) => ({ [column]: value === null || value === undefined ? null : check(value, path) }),
      };
    };
}

/** PostgreSQL stores no NUL, and half a surrogate pair is no text; both would fail later and less clearly. */
export function checkText(value: unknown, path: readonly string[], longest = 10_000): string {
  const text = String(value);
  if (text.length > longest) throw new InvalidInput(`This text is longer than ${longest} characters.`, path);
  if (text.includes('\0') || !text.isWellFormed()) throw new InvalidInput('This text contains characters that cannot be stored (NUL or half a surrogate pair).', path);
  return text;
}

function checkRequiredText(value: unknown, path: readonly string[], longest: number): string {
  const text = checkText(value, path, longest);
  if (text.trim() === '') throw new InvalidInput('This text must not be empty.', path);
  return text;
}

/** A text of at most 10,000 characters. */
export const text = plain('text', () => String, checkText);
/** A short text that is not empty: a name, a key, a label. */
export const label = plain('text', () => String, (value, path) => checkRequiredText(value, path, 500));
/** A calendar day. */
export const day = plain('date', () => Day, (value) => value);
/** The Monday of a week. */
export const monday = plain('date', () => Day, (value, path) => checkMonday(String(value), path));

function checkMonday(given: string, path: readonly string[]): string {
  const date = new Date(`${given}T00:00:00Z`);
  const behind = (date.getUTCDay() + 6) % 7;
  if (behind === 0) return given;
  date.setUTCDate(date.getUTCDate() - behind);
  throw new InvalidInput(`${path.at(-1) ?? 'This day'} must be a Monday. The Monday of the week of ${given} is ${date.toISOString().slice(0, 10)}.`, path);
}

/** An instant. */
export const instant = plain('timestamptz', () => DateTime, (value) => value);
/** True or false. */
export const flag = plain('boolean', () => Boolean, (value) => value);
/** Texts, none of them empty; no list is an empty list. */
export function labels(description: string): NamedLater {
  const made = plain('text[]', () => String, (values, path) => {
    const given = Array.isArray(values) ? values : [];
    if (given.length > 100) throw new InvalidInput('A list has at most 100 entries.', path);
    return given.map((value, index) => checkRequiredText(value, [...path, String(index)], 500));
  });
  return (field) => {
    const column = made(description, { list: true, required: true })(field);
    return { ...column, write: (value, path) => column.write(value ?? [], path) };
  };
}

/** A whole number within bounds. */
export const whole = (min: number, max: number): ColumnMaker =>
  plain('int', () => GraphQLInt, (value, path) => checkRange(value, min, max, path));
/** A number within bounds; NaN and infinities are refused. */
export const real = (min: number, max: number): ColumnMaker =>
  plain('double precision', () => Float, (value, path) => checkRange(value, min, max, path));

function checkRange(value: unknown, min: number, max: number, path: readonly string[]): number {
  const number = Number(value);
  if (!(number >= min && number <= max)) throw new InvalidInput(`This number must be between ${min} and ${max}; it is ${String(value)}.`, path);
  return number;
}

/** A value of an enum. */
export const oneOf = (values: object): ColumnMaker =>
  plain('text', () => values, (value) => value);

/** An amount of money, in two columns. */
export function money(description: string, options: { column?: string } = {}): NamedLater {
  return (field) => {
    const column = options.column ?? snake(field);
    const [minor, currency] = [`${column}_minor`, `${column}_currency`];
    return {
      description,
      out: () => Money,
      in: () => MoneyInput,
      list: false,
      required: false,
      sql: { [minor]: 'bigint', [currency]: 'text' },
      select: (name) => `t.${minor} as "${name}", t.${currency} as "${name}Currency"`,
      write(value, path) {
        if (value === null || value === undefined) return { [minor]: null, [currency]: null };
        const amount = value as MoneyInput;
        checkMoney(amount, path);
        return { [minor]: amount.amountMinor, [currency]: amount.currency };
      },
      finish(row, name) {
        row[name] = row[name] === null ? null : { amountMinor: row[name], currency: row[`${name}Currency`] };
      },
    };
  };
}

/** Another record of the same account, by its global id; inputs may name it by an external reference instead. The field's name ends in `Id`. */
export function reference({ type, table }: { readonly type: string; readonly table: string }, description: string): NamedLater {
  return (field) => {
    const column = snake(field);
    return {
      description,
      refersTo: { type, table, field, byRef: field.replace(/Id$/, 'Ref') },
      out: () => ID,
      in: () => ID,
      list: false,
      required: false,
      sql: { [column]: 'uuid' },
      select: (name) => `t.${column} as "${name}"`,
      write(value, path) {
        if (value === null || value === undefined) return { [column]: null };
        const id = typeof value === 'string' ? parseGlobalId(value, path) : null;
        if (id?.type !== type) throw new InvalidInput(`This must be the id of a ${type}.`, path);
        return { [column]: id.id };
      },
      finish(row, name, _call, asOf) {
        const key = row[name];
        row[name] = typeof key === 'string' ? idAt(type, key, asOf) : null;
      },
    };
  };
}

/** Personal data: stored sealed, opened for its readers, null once its subject was erased. */
export function sealedText(description: string, shows: DataClass): NamedLater {
  return (field) => {
    const column = `${snake(field)}_sealed`;
    return {
      description: `${description} Personal data: null once the person was erased${shows === 'PERSON_ADDRESS' ? ', and for roles that do not see addresses' : ''}.`,
      out: () => String,
      in: () => String,
      list: false,
      required: false,
      sealed: true,
      shows,
      sql: { [column]: 'bytea' },
      select: (name) => `t.${column} as "${name}"`,
      write: (value, path) => ({ [column]: value === null || value === undefined ? null : checkRequiredText(value, path, 500) }),
      finish(row, name, call) {
        row[name] = call.seal.open(row['wrappedKey'] as Buffer | null, row[name] as Buffer | null);
      },
    };
  };
}
