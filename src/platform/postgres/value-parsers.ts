import { types as standardTypes } from 'pg';

/** Turns the text form of a value into the value that the program works with. */
export type ValueParser = (text: string) => unknown;

/**
 * PostgreSQL's text form of an instant, `2026-11-21 04:39:10.12+00`, as RFC 3339 with milliseconds and `Z`. Sessions run
 * in UTC and the program's clock counts milliseconds, so nothing is lost; slicing is ten times faster than a Date.
 */
function readInstant(text: string): string {
  // Infinity, BC and years of five digits stay as they are.
  if (!text.endsWith('+00') || text[10] !== ' ') return text;
  // Nearly always three digits, or six; trailing zeros are left out.
  const time = text.length >= 26 ? text.slice(11, 23) : `${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}`;
  return `${text.slice(0, 10)}T${time}Z`;
}

const asText: ValueParser = (text) => text;

const parsers = new Map<number, ValueParser>([
  [standardTypes.builtins.TIMESTAMPTZ, readInstant],
  [standardTypes.builtins.DATE, asText],
  // Counts and minor units of money: exact up to 2^53.
  [standardTypes.builtins.INT8, Number],
]);

/** Types whose text form is the value; null for the parser saves a call per value. */
const textTypes: ReadonlySet<number> = new Set([standardTypes.builtins.TEXT, standardTypes.builtins.VARCHAR, standardTypes.builtins.UUID, standardTypes.builtins.DATE, standardTypes.builtins.BPCHAR]);

/** The parsers of a pool, as the driver asks for them. */
export const valueTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
    return (format !== 'binary' && parsers.get(oid)) || standardTypes.getTypeParser(oid, format);
  },
};

/** The parser of a type's text form; null where that form is the value. */
export function textParser(oid: number): ValueParser | null {
  return textTypes.has(oid) ? null : (parsers.get(oid) ?? (standardTypes.getTypeParser(oid, 'text') as ValueParser));
}
