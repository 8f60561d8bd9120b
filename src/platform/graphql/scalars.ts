import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt]((?:[01]\d|2[0-3]):\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 instant into its one form, UTC with milliseconds and `Z`; null for anything else. */
export function parseInstant(text: string): string | null {
  if (!rfc3339.test(text)) return null;
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) return null;
  // 2026-02-30 would roll over into March; what was written must be a day that exists.
  if (!isDay(text.slice(0, 10))) return null;
  const utc = instant.toISOString();
  // An offset may lead out of the years 1 to 9999, the ones that this form and the database have in common.
  return utc.length === 24 && utc >= '0001' ? utc : null;
}

/** Whether a text is a calendar day that exists, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001') return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text;
}

function scalarOfText(name: string, description: string, read: (text: string) => string | null, example: string): GraphQLScalarType<string, string> {
  const parse = (value: unknown): string => {
    const read_ = typeof value === 'string' ? read(value) : null;
    if (read_ === null) throw new GraphQLError(`${name} must be written like ${example}.`);
    return read_;
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    // Rows carry the text already in this form; it is not taken apart again for every field of every row.
    serialize: (value) => (value instanceof Date ? value.toISOString() : String(value)),
    parseValue: parse,
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
  });
}

/** An instant. */
export const DateTime = scalarOfText(
  'DateTime',
  'An instant in UTC, RFC 3339 with milliseconds and `Z`: `2026-11-21T09:30:00.000Z`. Other offsets are accepted and converted.',
  parseInstant,
  '2026-11-21T09:30:00Z',
);

/** A calendar day. */
export const Day = scalarOfText('Date', 'A calendar day without a time: `2026-11-21`.', (text) => (isDay(text) ? text : null), '2026-11-21');
